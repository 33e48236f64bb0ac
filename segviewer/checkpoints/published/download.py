"""Downloading a published checkpoint: resumable, checked, cancellable."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import http.client
import os
import re
import shutil
import ssl
import urllib.error
from collections.abc import Callable
from pathlib import Path

from segviewer.checkpoints.model_card import write_card
from segviewer.checkpoints.published.catalogue import CARD_SUFFIX, CatalogueEntry
from segviewer.checkpoints.published.web_file import AddressError, request
from segviewer.errors import Cancelled, DownloadError
from segviewer.files.regular_files import is_regular, open_regular

CHUNK = 1 << 18
PARTIAL_SUFFIX = ".partial"
ROUNDED_BYTES = 64 << 10  # beyond one percent, by which a published size may be wrong
_DIGITS = re.compile(r"[0-9]{1,18}")


def download(
    entry: CatalogueEntry,
    folder: Path,
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
    *,
    timeout: float = 20.0,
) -> Path:
    """Download `entry` into `folder`, going on from what an earlier try left there.

    Parameters
    ----------
    entry : CatalogueEntry
        One with a `url`.
    folder : Path
        Made if it does not exist.
    progress : callable
        Called with (bytes so far, bytes in all; 0 where the server does not say).
    cancelled : callable
        Asked between chunks; what was received is kept for the next try.
    timeout : float
        Seconds for the head of the answer, and then without a byte, before the server is
        given up. `cancelled` is asked several times a second meanwhile.

    Returns
    -------
    Path
        The checked file, with its card beside it.

    Raises
    ------
    DownloadError
        If the server, the network, the disk or the content fails.
    Cancelled
        If `cancelled` said so.
    """
    target = folder / entry.file_name
    partial = folder / (entry.file_name + PARTIAL_SUFFIX)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (is_regular(target) and entry.is_file_with(_digest(target))):
            _fetch(entry, partial, progress, cancelled, timeout)
            _check(entry, partial)
            os.replace(partial, target)
    except OSError as error:
        raise _disk_refusal(entry, folder, error) from error
    write_card(target.with_suffix(CARD_SUFFIX), entry.card)
    return target


def _fetch(
    entry: CatalogueEntry,
    partial: Path,
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
    timeout: float,
) -> None:
    """Bring `partial` to its full length."""
    if cancelled():
        raise Cancelled
    have = partial.stat().st_size if is_regular(partial) else 0
    response = _request(entry, have, timeout, cancelled)
    if response is None:  # nothing lies behind `have`: whole already, or of another file
        if entry.is_file_with(_digest(partial)):
            return
        partial.unlink()
        have = 0
        response = _request(entry, have, timeout, cancelled)
        if response is None:
            raise _server_refusal(entry, "It refuses every range of the file.")
    with response:
        if response.status != 206 or not _continues(response, have):
            have = 0
        length = response.headers.get("Content-Length", "")
        total = have + int(length) if _DIGITS.fullmatch(length) else 0
        if total > _most_bytes(entry):
            raise _too_long(entry, f"announces {total / 2**20:,.1f} MiB")
        _check_space(entry, partial, (total or entry.bytes) - have)
        if cancelled():
            raise Cancelled  # before the file is touched, which may be another try's by now
        with partial.open("ab" if have else "wb") as file:
            progress(have, total)
            while chunk := _receive(entry, response, have):
                if have + len(chunk) > _most_bytes(entry):
                    file.close()
                    partial.unlink()
                    raise _too_long(entry, "sends more and more")
                file.write(chunk)
                have += len(chunk)
                progress(have, total)
                if cancelled():
                    raise Cancelled
    if have < total:
        raise _broke_off(entry, have, f"{have} of {total} bytes had come")


def _most_bytes(entry: CatalogueEntry) -> int:
    """Where a body is ended that ends later than the file; its published size is rounded."""
    return entry.bytes + entry.bytes // 100 + ROUNDED_BYTES


def _request(
    entry: CatalogueEntry, have: int, timeout: float, cancelled: Callable[[], bool]
) -> http.client.HTTPResponse | None:
    """Ask for the file from byte `have` on; None where the server has nothing there."""
    headers = {"User-Agent": "segviewer"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        return request(entry.url, headers, timeout, cancelled)
    except AddressError as error:
        raise _server_refusal(entry, str(error)) from error
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:
            return None
        if error.code in (404, 410):
            why = f"The server no longer has it (answer {error.code})."
        elif 300 <= error.code < 400:
            why = f"It sends on without end, or to what is not a web address ({error.code})."
        else:
            why = f"The server answered {error.code} {str(error.reason)[:100]}."
        raise _server_refusal(entry, why) from error
    except urllib.error.URLError as error:
        raise _server_refusal(entry, _reason(error.reason)) from error
    except (OSError, http.client.HTTPException) as error:
        raise _server_refusal(entry, _reason(error)) from error


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "The server did not answer in time."
    if isinstance(error, ConnectionRefusedError):
        return "The server refused the connection."
    if isinstance(error, ssl.SSLError):
        return "The server's certificate could not be checked."
    return f"The server could not be reached ({str(error)[:200]})."


def _receive(entry: CatalogueEntry, response: http.client.HTTPResponse, have: int) -> bytes:
    # read1 gives what has come instead of waiting for a full chunk, so that a cancel is
    # noticed soon on a slow line.
    try:
        return response.read1(CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise _broke_off(entry, have, str(error)) from error


def _continues(response: http.client.HTTPResponse, have: int) -> bool:
    return response.headers.get("Content-Range", "").startswith(f"bytes {have}-")


def _named(entry: CatalogueEntry) -> str:
    """Its title within a sentence: a middle dot would part it into texts of their own."""
    return entry.title.replace(" · ", ", ")


def _check_space(entry: CatalogueEntry, partial: Path, needed: int) -> None:
    free = shutil.disk_usage(partial.parent).free
    if needed > free:
        raise DownloadError(
            f"{_named(entry)} was not downloaded.",
            f"It needs {needed / 2**20:,.0f} MiB and the disk has {free / 2**20:,.0f} MiB free.",
            "Make room, then download it again.",
            str(partial.parent),
        )


def _digest(path: Path) -> str:
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(entry: CatalogueEntry, partial: Path) -> None:
    digest = _digest(partial)
    if not entry.is_file_with(digest):
        with contextlib.suppress(OSError):
            partial.unlink()
        raise DownloadError(
            f"{_named(entry)} was downloaded, but is not the published file.",
            "Its SHA-256 differs: it was changed on the way, or a page came in its place.",
            "It was deleted. Download it again, from another network if it happens twice.",
            f"{entry.url}\nSHA-256 {digest}, wanted {entry.sha256} ({entry.checked_by})",
        )


def _too_long(entry: CatalogueEntry, does: str) -> DownloadError:
    return DownloadError(
        f"{_named(entry)} was not downloaded.",
        f"The server {does}, and the published file has {entry.bytes / 2**20:,.1f} MiB.",
        "Nothing of it was kept. Try another network, or later.",
        entry.url,
    )


def _server_refusal(entry: CatalogueEntry, why: str) -> DownloadError:
    return DownloadError(
        f"{_named(entry)} could not be downloaded.",
        why,
        "Check the connection and try again; what has come so far is kept.",
        entry.url,
    )


def _broke_off(entry: CatalogueEntry, have: int, detail: str) -> DownloadError:
    return DownloadError(
        f"The download of {_named(entry)} broke off.",
        f"The connection ended after {have / 2**20:,.1f} MiB.",
        "Download it again: it goes on from there.",
        f"{entry.url}\n{detail}",
    )


def _disk_refusal(entry: CatalogueEntry, folder: Path, error: OSError) -> DownloadError:
    full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None))
    return DownloadError(
        f"{_named(entry)} was not downloaded.",
        "The disk is full." if full else f"The folder cannot be written: {error.strerror}.",
        "Make room, then download it again." if full else "Allow writing there, then try again.",
        f"{folder}: {error}",
    )
