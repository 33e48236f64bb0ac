"""The log: what ran last, with which versions and where, and every traceback of both processes.

Window and engine append to one file, a record at a time. It holds no contents of files, and of a
file's path no more than its name. What faulthandler writes when a process crashes lands in the
running window's own folder first, and is taken over into the log afterwards.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import platform
import queue
import re
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import TextIO

from segviewer import __version__
from segviewer.files.file_lock import FileLock
from segviewer.resource_files import state_path

LARGEST = 500_000  # bytes of the file, and again of the one before it: 1 MB in all
LONGEST = 20_000  # characters of a record
MOST_FAULTS = 100_000  # bytes taken over of what faulthandler wrote
FLUSH_S = 2.0
LIBRARIES = ("torch", "torchvision", "numpy", "numba", "PySide6-Essentials", "pydantic", "Pillow")

# Whoever notes something without a log being kept says nothing on the terminal.
logging.getLogger("segviewer").addHandler(logging.NullHandler())

# From the first slash of a word to the last one before a quote or the line's end: in doubt a word
# too much goes. What begins with a protocol keeps its host; only file: names a place on a disk.
_FOLDERS = re.compile(r"""(?<![\w.:/\\~])(?:file:(?=[/\\]))?(?:~|[A-Za-z]:)?[/\\][^\n"']*[/\\]""")
# Of code in a traceback the last folder stays: there are many opening.py.
_CODE = re.compile(r"""(?<=File ")[^"\n]*[/\\](?=[\w.-]+[/\\]\w+\.py")""")
# pydantic repeats what it was given, which may come out of a file.
_GIVEN = re.compile(r"input_value=[^\n]*")


def scrubbed(text: str) -> str:
    """`text` without folders, and without what a file held; of a long one the ends."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]}\n…\n{text[-LONGEST // 2 :]}"
    return _FOLDERS.sub("", _CODE.sub("", _GIVEN.sub("input_value=…", text)))


def log_path() -> Path:
    """The log's file; need not exist."""
    return state_path("segviewer.log")


def log_files(path: Path) -> tuple[Path, Path]:
    """The file before this one, and this one."""
    return path.with_name(path.name + ".1"), path


class LogFile:
    """A file that several processes append to; at its largest size another one is begun."""

    def __init__(self, path: Path, largest: int = LARGEST):
        self.path, self.largest = path, largest

    def append(self, text: str) -> None:
        """Add `text`; a disk that is full or gone is no error here."""
        data = text.encode("utf-8", "backslashreplace")
        with contextlib.suppress(OSError):
            self._make_room(len(data))
            # Opened each time: another process may have begun a new file, and one write to the
            # end of a file is never mixed with another's.
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, data)
            finally:
                os.close(handle)

    def _make_room(self, more: int) -> None:
        if not self._is_full(more):
            return
        lock = FileLock(self.path.with_name(self.path.name + ".lock"))
        if lock.acquire():
            try:
                # Who had the lock before may have done it.
                if self._is_full(more):
                    os.replace(self.path, log_files(self.path)[0])
            finally:
                lock.release()

    def _is_full(self, more: int) -> bool:
        try:
            return self.path.stat().st_size + more > self.largest
        except OSError:
            return False


class LogHandler(logging.Handler):
    """Writes scrubbed records, on a thread of its own where the caller may not wait for a disk."""

    def __init__(self, file: LogFile, *, waits: bool):
        super().__init__()
        self.file = file
        self.setFormatter(
            logging.Formatter("%(asctime)s %(process)d %(name)s %(levelname)s %(message)s")
        )
        self._queue: queue.SimpleQueue[str | None] | None = None
        if not waits:
            self._queue = queue.SimpleQueue()
            self._thread = threading.Thread(
                target=self._write_all, args=(self._queue,), name="segviewer log", daemon=True
            )
            self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = scrubbed(self.format(record)) + "\n"
        except Exception:  # a record that cannot be formatted must not end what noted it
            self.handleError(record)
            return
        if self._queue is None:
            self.file.append(text)
        else:
            self._queue.put(text)

    def close(self) -> None:
        """Write what waits, within a moment."""
        if self._queue is not None and self._thread.is_alive():
            self._queue.put(None)
            self._thread.join(FLUSH_S)
        super().close()

    def _write_all(self, waiting: queue.SimpleQueue[str | None]) -> None:
        while (text := waiting.get()) is not None:
            self.file.append(text)


class ProcessLog:
    """The log of this process, from :meth:`start` to :meth:`stop`.

    Parameters
    ----------
    who : str
        ``window`` or ``engine``.
    faults : Path or None
        Where faulthandler writes; standard error if None.
    path : Path, optional
        The log's file; :func:`log_path` if left out.
    """

    def __init__(self, who: str, faults: Path | None, path: Path | None = None):
        self.who, self._faults_path = who, faults
        self.path = log_path() if path is None else path
        self._handler: LogHandler | None = None
        self._faults: TextIO | None = None
        self._hooks = (sys.excepthook, threading.excepthook)

    def start(self) -> None:
        """Log from now on, and have faulthandler write where the process ends by a signal."""
        self._faults = enable_faulthandler(self._faults_path)
        # The window's records may come from Qt's thread, which waits for no disk.
        self._handler = LogHandler(LogFile(self.path), waits=self.who != "window")
        log = logging.getLogger("segviewer")
        log.setLevel(logging.INFO)
        log.addHandler(self._handler)
        log.info("the %s of segviewer %s starts", self.who, __version__)
        self._hooks = (sys.excepthook, threading.excepthook)
        sys.excepthook, threading.excepthook = self._on_exception, self._on_thread_exception

    def stop(self) -> None:
        """Write what waits, and log no more; safe to call twice."""
        handler, self._handler = self._handler, None
        if handler is None:
            return
        sys.excepthook, threading.excepthook = self._hooks
        logging.getLogger("segviewer").removeHandler(handler)
        handler.close()
        if self._faults is not None:
            enable_faulthandler(None)
            self._faults.close()
            self._faults = None

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            logging.getLogger(f"segviewer.{self.who}").critical(
                "uncaught", exc_info=(kind, error, trace)
            )
        self._hooks[0](kind, error, trace)

    def _on_thread_exception(self, caught: threading.ExceptHookArgs) -> None:
        # At the end threads that cannot be stopped stumble over what is taken down.
        if caught.exc_value is not None and threading.main_thread().is_alive():
            logging.getLogger(f"segviewer.{self.who}").critical(
                "uncaught on a thread",
                exc_info=(caught.exc_type, caught.exc_value, caught.exc_traceback),
            )
        self._hooks[1](caught)


def enable_faulthandler(path: Path | None) -> TextIO | None:
    """Have the tracebacks of a crash written to `path`, or to standard error.

    Returns the open file, which has to live as long as faulthandler writes into it.
    """
    if path is not None:
        try:
            file = open(path, "a", encoding="utf-8")  # noqa: SIM115 (it stays open)
        except OSError:
            pass
        else:
            faulthandler.enable(file)
            return file
    if sys.stderr is not None:  # a window without a terminal on Windows has none
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            faulthandler.enable()
    return None


def take_over_faults(path: Path, who: str, file: LogFile) -> bool:
    """Move what faulthandler wrote into the log; True if there was something.

    Parameters
    ----------
    path : Path
        What faulthandler wrote.
    who : str
        Whose faults they are, for the log.
    file : LogFile
    """
    try:
        with open(path, "r+b") as faults:
            data = faults.read(MOST_FAULTS)
            faults.truncate(0)
            ended = time.localtime(os.fstat(faults.fileno()).st_mtime)
    except OSError:
        return False
    if not data.strip():
        return False
    said = "\n".join(scrubbed(line) for line in data.decode("utf-8", "replace").splitlines())
    when = time.strftime("%Y-%m-%d %H:%M:%S", ended)
    file.append(f"{when} the {who} crashed; faulthandler wrote:\n{said}\n")
    return True


def versions_line() -> str:
    """Versions of the program and what it stands on, and the machine, in one line."""
    from importlib import metadata

    said = [f"segviewer {__version__}", f"Python {platform.python_version()}"]
    for name in LIBRARIES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            said.append(f"{name} {metadata.version(name)}")
    return ", ".join([*said, platform.platform()])


def note_versions() -> None:
    """Put :func:`versions_line` into the log; looking for them takes a moment."""
    logging.getLogger(__name__).info("%s", versions_line())


def read_log(path: Path, most: int) -> str:
    """The last `most` bytes of the log, whole lines only; empty where there is none."""
    parts: list[bytes] = []
    left = most
    for file in reversed(log_files(path)):
        with contextlib.suppress(OSError), open(file, "rb") as opened:
            size = os.fstat(opened.fileno()).st_size
            opened.seek(max(0, size - left))
            data = opened.read(left)
            if size > left:
                data = data.partition(b"\n")[2]
            parts.insert(0, data)
            left -= len(data)
        if left <= 0:
            break
    return b"".join(parts).decode("utf-8", "replace")
