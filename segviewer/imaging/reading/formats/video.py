"""Video files: single frames, decoded by the ffmpeg that imageio-ffmpeg brings.

The file's first bytes choose the demuxer, and it may open no other file: a list of addresses that
calls itself a film is none here.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from segviewer.errors import PictureError
from segviewer.files.regular_files import open_regular
from segviewer.imaging.reading.faults import picture_faults
from segviewer.imaging.reading.formats.optional import library
from segviewer.imaging.reading.header import PictureHeader, check_size, nothing, time_limit
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.stored import StoredPicture

_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
_STILLS_TEXT = b"heic heix heim heis hevc hevx avif avis mif1 msf1"
_STILLS = (*_STILLS_TEXT.split(), b"crx ")
_SIGNS = (
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (8, b"AVI ", "avi"),
    (0, b"OggS", "ogg"),
    (0, b"FLV\1", "flv"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (0, b"\0\0\1\xba", "mpeg"),
)
_TS_PACKET = 188
_DURATION = re.compile(r"Duration: (\d{1,4}):(\d\d):(\d\d(?:\.\d{1,4})?)")
_STREAM = re.compile(
    r"Stream #0:.*?: Video: .*?\b(\d{1,6})x(\d{1,6})\b(?:.*?\b([\d.]{1,9}) (?:fps|tbr))?"
)
_USUAL_FPS = 25.0
_MOST_FRAMES = 10_000_000
_LOOK_SECONDS = 10.0
_MOST_TEXT = 200_000
_WAIT = 0.05  # seconds between two questions whether the frame is wanted still
_FEW_FRAMES = 24
_BEFORE = 0.4  # of a frame: the first frame that is not earlier is the one meant


@dataclass(frozen=True)
class _Film:
    demuxer: str
    width: int
    height: int
    fps: float
    frames: int


def takes(path: Path, settings: PictureSettings) -> bool:
    """Whether its first bytes are those of a film."""
    return demuxer_of(path) is not None


def header(path: Path, settings: PictureSettings) -> PictureHeader:
    """What ffmpeg finds without decoding a frame."""
    with picture_faults(path):
        return _header(_film(path, time_limit(path, _LOOK_SECONDS)), settings)


def read(
    path: Path,
    settings: PictureSettings,
    *,
    allow_large: bool = False,
    check: Callable[[], None] = nothing,
    progressed: Callable[[float], None] = nothing,
) -> StoredPicture:
    """Read one frame.

    Parameters
    ----------
    path, settings, allow_large, check, progressed
        As in :func:`segviewer.imaging.reading.read.read_stored`.
    """
    with picture_faults(path):
        film = _film(path, check)
        found = _header(film, settings)
        check_size(path, found, allow_large)
        at = max(0.0, (found.page - _BEFORE) / film.fps)
        data, said = _run(path, film.demuxer, check, seek=at)
        if not data and found.page < _FEW_FRAMES:
            # Some films cannot be entered near their beginning: gone through from there.
            data, said = _run(path, film.demuxer, check, 0.0, found.page + 1)
        elif not data:
            # Others end a few frames before they say: the last one there is.
            data, said = _run(
                path, film.demuxer, check, at - _FEW_FRAMES / film.fps, 2 * _FEW_FRAMES
            )
        size = re.match(rb"P6\s(\d{1,6}) (\d{1,6})\s255\s", data)
        if size is None:
            raise ValueError(said.strip().splitlines()[-1] if said.strip() else "no frame is there")
        # Turned by ffmpeg, as the file says.
        width, height = int(size[1]), int(size[2])
        amount = width * height * 3
        if len(data) < size.end() + amount:
            raise ValueError("the frame is not whole")
        pixels = np.frombuffer(data[-amount:], np.uint8)
        progressed(1.0)
    image = pixels.reshape(height, width, 3).copy()
    minutes, seconds = divmod(found.page / film.fps, 60)
    note = f"{found.frames_note} · {int(minutes)}:{seconds:05.2f}"
    return StoredPicture(image, replace(found, width=width, height=height), notes=(note,))


def _header(film: _Film, settings: PictureSettings) -> PictureHeader:
    page = settings.page_of(film.frames)
    return PictureHeader(
        width=film.width,
        height=film.height,
        mode="RGB",
        format="video",
        frames=film.frames,
        page=page,
        page_word="frame",
        stored_bytes=12,
        fps=film.fps,
    )


def demuxer_of(path: Path) -> str | None:
    """What ffmpeg calls the kind of film that a file is by its first bytes; None for no film."""
    with open_regular(path) as file:
        start = file.read(512)
    if start[4:8] in _BOXES:
        return None if start[4:8] == b"ftyp" and start[8:12] in _STILLS else "mov"
    for at, sign, name in _SIGNS:
        if start[at : at + len(sign)] == sign and (name != "avi" or start[:4] == b"RIFF"):
            return name
    packets = [start[at : at + 1] for at in (0, _TS_PACKET, 2 * _TS_PACKET)]
    return "mpegts" if packets == [b"G"] * 3 else None


def _film(path: Path, check: Callable[[], None]) -> _Film:
    demuxer = demuxer_of(path)
    assert demuxer is not None  # which was asked before
    _, said = _run(path, demuxer, check)
    stream, duration = _STREAM.search(said), _DURATION.search(said)
    if stream is None:
        raise PictureError(
            f"{path.name} holds no film that can be decoded.",
            said.strip().splitlines()[-1][:200] if said.strip() else "ffmpeg says nothing.",
            "Convert it to MP4 (H.264), or choose another file.",
            details=said[-2000:],
        )
    width, height = int(stream[1]), int(stream[2])
    if width < 1 or height < 1:
        raise ValueError("its frames have no pixels")
    fps = _number(stream[3]) or _USUAL_FPS
    seconds = 0.0
    if duration is not None:
        seconds = 3600 * int(duration[1]) + 60 * int(duration[2]) + float(duration[3])
    return _Film(demuxer, width, height, fps, min(_MOST_FRAMES, max(1, round(seconds * fps))))


def _number(text: str | None) -> float:
    try:
        value = float(text or 0)
    except ValueError:
        return 0.0
    return value if 0.01 <= value <= 1000 else 0.0


def _run(
    path: Path, demuxer: str, check: Callable[[], None], seek: float | None = None, frames: int = 1
) -> tuple[bytes, str]:
    """What ffmpeg writes, and what it says; without `seek` it only looks at the file."""
    ffmpeg = library("imageio_ffmpeg", path, "a video file", "video").get_ffmpeg_exe()
    command = [ffmpeg, "-hide_banner", "-nostdin", "-protocol_whitelist", "file"]
    if seek is not None:
        command += ["-loglevel", "error"]
    if seek:
        command += ["-ss", f"{seek:.6f}"]
    command += ["-f", demuxer, "-i", f"file:{path.absolute()}"]
    if seek is not None:
        command += ["-map", "0:v:0", "-frames:v", str(frames), "-f", "image2pipe", "-c:v", "ppm"]
        command += ["-pix_fmt", "rgb24", "-"]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        while True:
            try:
                data, said = process.communicate(timeout=_WAIT)
                return data, said[:_MOST_TEXT].decode("utf-8", "replace")
            except subprocess.TimeoutExpired:
                check()
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
