"""Cameras of this computer: what they are called, and how ffmpeg is asked for one.

Only the way of Linux has been tried. Those of macOS and Windows are written as ffmpeg's manual
says (https://ffmpeg.org/ffmpeg-devices.html, avfoundation and dshow), and said to be unconfirmed.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from segviewer.errors import PictureError
from segviewer.files.regular_files import open_regular
from segviewer.imaging.reading.formats.optional import library
from segviewer.imaging.reading.formats.video import demuxer_of
from segviewer.references import Reference

CONFIRMED = "linux"
_LIST_SECONDS = 10.0
_MOST_NAME = 80
_DEVICES = Path("/dev")
_NAMES = Path("/sys/class/video4linux")
_AVFOUNDATION = re.compile(r"\] \[(\d{1,3})\] (.+)$")
_DSHOW = re.compile(r'\] +"([^"@][^"]*)"(?: \(video\))?$')


@dataclass(frozen=True)
class Camera:
    """A camera that can be opened.

    Attributes
    ----------
    name : str
        What the system knows it by: ``/dev/video0``, a number, a title.
    title : str
        What a person knows it by.
    """

    name: str
    title: str


def cameras(platform: str = sys.platform) -> list[Camera]:
    """The cameras that the system names; slow where ffmpeg has to be asked.

    Parameters
    ----------
    platform : str
        As :data:`sys.platform`.

    Raises
    ------
    PictureError
        If ffmpeg is missing.
    """
    _ffmpeg("a camera")
    if platform == "linux":
        return _of_video4linux()
    if platform == "darwin":
        said = _said("-f", "avfoundation", "-list_devices", "true", "-i", "")
        video = said.partition("video devices")[2].partition("audio devices")[0]
        found = [_AVFOUNDATION.search(line.rstrip()) for line in video.splitlines()]
        return [Camera(one[1], one[2][:_MOST_NAME]) for one in found if one is not None]
    if platform == "win32":
        said = _said("-f", "dshow", "-list_devices", "true", "-i", "dummy")
        video = said.partition("DirectShow audio devices")[0]
        lines = (line.rstrip() for line in video.splitlines() if "(audio)" not in line)
        found = [_DSHOW.search(line) for line in lines]
        return [Camera(one[1], one[1][:_MOST_NAME]) for one in found if one is not None]
    return []


def source_arguments(name: str, platform: str = sys.platform) -> list[str]:
    """What ffmpeg is asked to read a camera, or a film as though it were one.

    Parameters
    ----------
    name : str
        Of :attr:`Camera.name`, or the path of a film, which then goes round at its own pace.
    platform : str
        As :data:`sys.platform`.

    Raises
    ------
    PictureError
        If the system has no way that is known.
    """
    film = Path(name)
    demuxer = demuxer_of(film) if film.is_file() else None
    if demuxer is not None:
        return ["-re", "-stream_loop", "-1", "-f", demuxer, "-i", f"file:{film.absolute()}"]
    if platform == "linux":
        return ["-f", "v4l2", "-i", name]
    if platform == "darwin":
        return ["-f", "avfoundation", "-framerate", "30", "-i", f"{name}:none"]
    if platform == "win32":
        return ["-f", "dshow", "-i", f"video={name}"]
    raise PictureError(
        "This system's cameras cannot be read.",
        f"Ways are known for Linux, macOS and Windows; this is {platform}.",
        "Record a film, and open that.",
    )


def camera_reference(name: str) -> str:
    """What a session names a camera by: that of this run of the program alone.

    A session, a figure or a lesson that somebody else wrote must not switch a camera on.
    """
    return str(Reference("camera", f"{os.getpid()}:{name}"))


def camera_name(reference: str) -> str:
    """The camera that a reference names, where this program's window has opened it.

    Raises
    ------
    PictureError
        If it was opened in another run.
    """
    run, _, name = Reference.picture(reference).name.partition(":")
    window = multiprocessing.parent_process()
    ours = {str(os.getpid()), "" if window is None else str(window.pid)}
    if run not in ours or not name:
        raise PictureError(
            "This is the picture of a camera, which is not switched on again.",
            "A camera is opened by a person, never by a session or a figure.",
            "File ▸ Open camera… opens it.",
        )
    return name


def ffmpeg_path() -> str:
    """The program that reads cameras.

    Raises
    ------
    PictureError
        If it is not installed.
    """
    return _ffmpeg("a camera")


def _ffmpeg(what: str) -> str:
    path: str = library("imageio_ffmpeg", Path("The source"), what, "video").get_ffmpeg_exe()
    return path


def _of_video4linux() -> list[Camera]:
    found = []
    for device in sorted(_DEVICES.glob("video*"), key=lambda path: (len(path.name), path.name)):
        try:
            with open_regular(_NAMES / device.name / "name") as file:
                title = file.read(_MOST_NAME).decode("utf-8", "replace").strip()
        except OSError:
            title = ""
        found.append(Camera(str(device), f"{title} ({device})" if title else str(device)))
    return found


def _said(*arguments: str) -> str:
    """What ffmpeg says of the devices; it ends with an error after that, as it should."""
    try:
        done = subprocess.run(
            [ffmpeg_path(), "-hide_banner", "-nostdin", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_LIST_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stderr.decode("utf-8", "replace")
