"""The folder and the log of a window, from before Qt is loaded until the process ends."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass

from segviewer.engine.worker.engine_process import EngineProcess
from segviewer.engine.worker.log import ProcessLog, enable_faulthandler
from segviewer.errors import SegviewerError
from segviewer.files.run_folder import RunFolder


@dataclass(frozen=True)
class OwnState:
    """Where a running window keeps what is open, and what it notes."""

    folder: RunFolder
    log: ProcessLog


@contextlib.contextmanager
def own_state(*, passing: bool) -> Iterator[OwnState | None]:
    """Make and lock this window's folder and begin its log.

    Nothing is made, and None is given, where `passing` says that the run leaves no trace on the
    person's state, and where no folder can be made.
    """
    folder = None if passing else RunFolder.make()
    if folder is None:
        enable_faulthandler(None)
        yield None
        return
    log = ProcessLog("window", folder.faults("window"))
    log.start()
    EngineProcess.faults = folder.faults("engine")
    try:
        yield OwnState(folder, log)
    except SegviewerError:
        folder.remove()  # no window was opened
        raise
    except Exception:
        logging.getLogger(__name__).critical("the window ends", exc_info=True)
        raise
    finally:
        log.stop()
        EngineProcess.faults = None
