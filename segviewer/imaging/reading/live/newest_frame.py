"""The newest frame of a camera: a thread reads all, and keeps one."""

from __future__ import annotations

import contextlib
import re
import subprocess
import threading
import time
from collections.abc import Callable
from typing import IO

import numpy as np
from numpy.typing import NDArray

from segviewer.errors import PictureError
from segviewer.imaging.reading.header import PictureHeader, nothing
from segviewer.imaging.reading.live.devices import camera_name, ffmpeg_path, source_arguments
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.stored import StoredPicture

WIDEST = 1920  # pixels; a wider camera is asked for smaller frames
IDLE_SECONDS = 30.0  # after which a camera that nobody asks is let go
_FIRST_SECONDS = 20.0  # some take long to wake
_NEXT_SECONDS = 5.0
_LOOK = 0.05
_LAST_WORDS = 1.0
_HEAD = re.compile(rb"P6\s(\d{1,6}) (\d{1,6})\s255\s")
_MOST_HEAD = 64
_MOST_SAID = 20_000


class NewestFrame:
    """A camera that is open; frames that nobody asked for in time are dropped, never queued.

    Parameters
    ----------
    name : str
        As :func:`segviewer.imaging.reading.live.devices.source_arguments` takes it.
    idle_seconds : float
        It is let go when it was not asked for so long.
    """

    def __init__(self, name: str, idle_seconds: float = IDLE_SECONDS):
        self.name = name
        self.seen = 0
        """How many frames came so far."""
        self._idle, self._asked = idle_seconds, time.monotonic()
        self._frame: NDArray[np.uint8] | None = None
        self._news = threading.Condition()
        self._ended = False
        self._said = b""
        scale = f"scale='min({WIDEST},iw)':-2"
        command = [ffmpeg_path(), "-hide_banner", "-nostdin", "-loglevel", "error"]
        command += ["-protocol_whitelist", "file", *source_arguments(name)]
        command += ["-map", "0:v:0", "-vf", scale, "-f", "image2pipe", "-c:v", "ppm"]
        command += ["-pix_fmt", "rgb24", "-"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._listener = threading.Thread(target=self._listen, name="camera", daemon=True)
        self._listener.start()
        threading.Thread(target=self._read, name="camera", daemon=True).start()

    @property
    def is_open(self) -> bool:
        """Whether frames still come."""
        return not self._ended

    def after(
        self, number: int, check: Callable[[], None] = nothing
    ) -> tuple[int, NDArray[np.uint8]]:
        """The newest frame and its number, which is over `number`; waits for one.

        Parameters
        ----------
        number : int
            Of a frame that is known, 0 for none.
        check : callable
            Called often; what it raises comes through.

        Returns
        -------
        (int, ndarray of uint8 (H, W, 3))

        Raises
        ------
        PictureError
            If the camera gives none.
        """
        patience = _NEXT_SECONDS if self.seen else _FIRST_SECONDS
        end = time.monotonic() + patience
        while True:
            with self._news:
                self._asked = time.monotonic()
                if self._frame is not None and self.seen > number:
                    return self.seen, self._frame
                if self._ended:
                    raise self._silent("It ended.")
                self._news.wait(_LOOK)
            check()
            if time.monotonic() > end:
                self.close()
                raise self._silent(f"None came for {patience:g} seconds.")

    def close(self) -> None:
        """Let the camera go; safe to call twice."""
        self._ended = True
        with contextlib.suppress(OSError):
            self._process.kill()

    def _silent(self, why: str) -> PictureError:
        self._listener.join(_LAST_WORDS)  # what it said last comes after its last frame
        lines = [
            line for line in self._said.decode("utf-8", "replace").splitlines() if line.strip()
        ]
        said = lines[-1].strip()[:200] if lines else why
        return PictureError(
            f"The camera {self.name} gives no picture.",
            f"ffmpeg says: {said}" if lines else said,
            "Check that it is plugged in, that no other program uses it, and that you may read "
            "it (on Linux your user has to be in the group video); then File ▸ Open camera….",
            details="\n".join(lines[-20:]),
        )

    def _read(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None  # which was asked for
        try:
            while not self._ended and (frame := _frame_of(stdout)) is not None:
                with self._news:
                    self._frame = frame
                    self.seen += 1
                    self._news.notify_all()
                    if time.monotonic() - self._asked > self._idle:
                        break
        finally:
            self.close()
            self._process.wait()
            stdout.close()
            with self._news:
                self._news.notify_all()

    def _listen(self) -> None:
        stderr = self._process.stderr
        assert stderr is not None
        with stderr:
            for line in stderr:
                self._said = (self._said + line)[-_MOST_SAID:]


def _frame_of(stream: IO[bytes]) -> NDArray[np.uint8] | None:
    """The next frame; None where there is none any more."""
    head = b""
    while (found := _HEAD.fullmatch(head)) is None:
        byte = stream.read(1)
        if not byte or len(head) > _MOST_HEAD:
            return None
        head += byte
    width, height = int(found[1]), int(found[2])
    data = stream.read(width * height * 3)
    if len(data) < width * height * 3 or not data:
        return None
    return np.frombuffer(data, np.uint8).reshape(height, width, 3)


_open: dict[str, NewestFrame] = {}
_kept: dict[str, tuple[int | None, int, NDArray[np.uint8]]] = {}


def read_camera(
    reference: str, settings: PictureSettings, check: Callable[[], None] = nothing
) -> StoredPicture:
    """The newest frame of a camera for the page that is asked for; the same for the same page.

    One camera is open at a time, in the process that asks.

    Parameters
    ----------
    reference : str
        As :func:`segviewer.imaging.reading.live.devices.camera_reference` makes it.
    settings : PictureSettings
        A page is no place here: the next one is a newer frame.
    check : callable
        Called often; what it raises comes through.

    Raises
    ------
    PictureError
        If the camera is not there, was opened in another run, or gives no frame.
    """
    name = camera_name(reference)
    page, number, frame = _kept.get(reference, (None, 0, None))
    if frame is None or page != settings.page:
        camera = _open.get(name)
        if camera is None or not camera.is_open:
            let_cameras_go()
            camera, number = NewestFrame(name), 0
            _open[name] = camera
        number, frame = camera.after(number, check)
        _kept[reference] = (settings.page, number, frame)
    header = PictureHeader(
        width=frame.shape[1],
        height=frame.shape[0],
        mode="RGB",
        format="camera",
        page=settings.page or 0,
        page_word="frame",
        live=True,
    )
    return StoredPicture(frame, header, notes=("camera",))


def let_cameras_go() -> None:
    """Close the camera that is open, if any, and forget its frame."""
    for camera in _open.values():
        camera.close()
    _open.clear()
    _kept.clear()
