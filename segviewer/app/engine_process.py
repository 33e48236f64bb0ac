"""Starting and ending the engine process, without Qt, so that it can start before Qt loads."""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing.connection import Connection

from segviewer.app.messages import Stop

STOP_SECONDS = 2.0


class EngineProcess:
    """A spawned engine and the connection to it."""

    start_method = "spawn"

    def __init__(self):
        context = multiprocessing.get_context(self.start_method)
        self.connection, theirs = context.Pipe(duplex=True)
        self.process = context.Process(
            target=_run_engine, args=(theirs,), name="segviewer engine", daemon=True
        )
        self.process.start()
        theirs.close()

    def send(self, message: object) -> bool:
        """Send a message; False if the engine is gone."""
        try:
            self.connection.send(message)
        except (BrokenPipeError, ConnectionResetError, OSError):
            return False
        return True

    def stop(self) -> None:
        """End the process: by message first, by force where it does not listen."""
        self.send(Stop())
        self.process.join(STOP_SECONDS)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.connection.close()
        self.process.close()


def _run_engine(connection: Connection) -> None:
    if "OMP_WAIT_POLICY" not in os.environ:
        # Before torch is loaded. By default its threads wait for each other in a loop, which on a
        # machine that does something else takes the core from the very thread they wait for.
        os.environ.setdefault("GOMP_SPINCOUNT", "3000")
    from segviewer.app.engine import engine_main

    engine_main(connection)
