"""Downloading from a small server on 127.0.0.1 that misbehaves on request."""

import errno
import hashlib
import re
import socket
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from segviewer.checkpoints.model_card import read_card
from segviewer.checkpoints.published import download as module
from segviewer.checkpoints.published.catalogue import PUBLISHED
from segviewer.checkpoints.published.download import CHUNK, download
from segviewer.errors import Cancelled, DownloadError

CONTENT = bytes(range(256)) * 4096  # 1 MiB, four chunks
DIGEST = hashlib.sha256(CONTENT).hexdigest()[:8]
NAME = f"weights-{DIGEST}.pth"


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        server = self.server
        server.ranges.append(self.headers.get("Range"))
        if server.code != 200:
            self.send_error(server.code)
            return
        start = 0
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if asked and server.knows_ranges:
            start = int(asked[1])
            if start >= len(server.content):
                self.send_response(416)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206)
            last = len(server.content) - 1
            self.send_header("Content-Range", f"bytes {start}-{last}/{len(server.content)}")
        else:
            self.send_response(200)
        if server.says_length:
            self.send_header("Content-Length", str(len(server.content) - start))
        self.end_headers()
        if server.silent:
            server.released.wait(10)
            return
        end = len(server.content) if server.drop_at is None else server.drop_at
        self.wfile.write(server.content[start:end])


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.content, server.code, server.ranges = CONTENT, 200, []
    server.knows_ranges = server.says_length = True
    server.silent, server.released, server.drop_at = False, threading.Event(), None
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def entry(server):
    url = f"http://127.0.0.1:{server.server_port}/models/{NAME}"
    return replace(PUBLISHED[0], url=url, sha256=DIGEST, bytes=len(CONTENT))


@pytest.fixture
def fetch(entry, tmp_path):
    """Download into tmp_path/folder, recording progress; `stop_at` cancels at so many bytes."""

    def fetch(stop_at=None, entry=entry, **options):
        seen = []
        fetch.seen = seen
        return download(
            entry,
            fetch.folder,
            lambda done, total: seen.append((done, total)),
            lambda: stop_at is not None and bool(seen) and seen[-1][0] >= stop_at,
            **options,
        )

    fetch.folder = tmp_path / "data" / "checkpoints"
    fetch.partial = fetch.folder / (NAME + ".partial")
    return fetch


def refused(fetch, **options):
    with pytest.raises(DownloadError) as caught:
        fetch(**options)
    assert caught.value.what and caught.value.why and caught.value.next_step
    assert not (fetch.folder / NAME).exists()
    return caught.value


def test_whole_file_with_its_card(fetch, entry):
    path = fetch()
    assert path == fetch.folder / NAME
    assert path.read_bytes() == CONTENT
    assert read_card(path.with_suffix(".json")).title == entry.title
    assert sorted(p.name for p in fetch.folder.iterdir()) == [path.stem + ".json", NAME]


def test_progress_runs_from_nothing_to_all(fetch):
    fetch()
    done = [bytes_done for bytes_done, _ in fetch.seen]
    assert done == sorted(done) and done[0] == 0 and done[-1] == len(CONTENT)
    assert len(done) >= len(CONTENT) // CHUNK
    assert {total for _, total in fetch.seen} == {len(CONTENT)}


def test_what_is_there_is_not_fetched_again(fetch, server):
    fetch()
    fetch()
    assert len(server.ranges) == 1


def test_a_damaged_file_is_fetched_again(fetch):
    fetch().write_bytes(b"damaged")
    assert fetch().read_bytes() == CONTENT


def test_dropped_connection_then_resumed(fetch, server):
    server.drop_at = 600_000
    error = refused(fetch)
    assert "broke off" in error.what
    assert fetch.partial.stat().st_size == 600_000
    server.drop_at = None
    assert fetch().read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=600000-"]
    assert fetch.seen[0] == (600_000, len(CONTENT))
    assert not fetch.partial.exists()


def test_server_without_ranges_starts_over(fetch, server):
    server.drop_at = 600_000
    refused(fetch)
    server.drop_at, server.knows_ranges = None, False
    assert fetch().read_bytes() == CONTENT
    assert fetch.seen[0] == (0, len(CONTENT))


def test_server_that_does_not_say_the_length(fetch, server):
    server.says_length = False
    assert fetch().read_bytes() == CONTENT
    assert fetch.seen[-1] == (len(CONTENT), 0)


def test_cancel_keeps_what_came(fetch, server):
    with pytest.raises(Cancelled):
        fetch(stop_at=1)
    kept = fetch.partial.stat().st_size
    assert 0 < kept < len(CONTENT)
    assert not (fetch.folder / NAME).exists()
    assert fetch().read_bytes() == CONTENT
    assert server.ranges[1] == f"bytes={kept}-"


def test_cancelled_before_it_began(entry, tmp_path, server):
    with pytest.raises(Cancelled):
        download(entry, tmp_path, lambda done, total: None, lambda: True)
    assert server.ranges == []


def test_wrong_content_is_deleted(fetch, server):
    server.content = CONTENT[:-1] + b"x"
    error = refused(fetch)
    assert "not the published file" in error.what
    assert list(fetch.folder.iterdir()) == []


def test_partial_of_another_file_is_found_out(fetch):
    fetch.folder.mkdir(parents=True)
    fetch.partial.write_bytes(b"other" * 1000)
    assert "not the published file" in refused(fetch).what
    assert fetch().read_bytes() == CONTENT


def test_partial_that_was_whole_already(fetch, server):
    fetch.folder.mkdir(parents=True)
    fetch.partial.write_bytes(CONTENT)
    assert fetch().read_bytes() == CONTENT
    assert len(server.ranges) == 1


def test_partial_longer_than_the_file_starts_over(fetch):
    fetch.folder.mkdir(parents=True)
    fetch.partial.write_bytes(CONTENT + b"more")
    assert fetch().read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("code", "why"), [(404, "no longer has it"), (410, "no longer"), (500, "500"), (403, "403")]
)
def test_server_says_no(fetch, server, code, why):
    server.code = code
    assert why in refused(fetch).why


def test_server_that_stays_silent(fetch, server):
    server.silent = True
    assert "broke off" in refused(fetch, timeout=0.1).what


def test_nobody_listens(fetch, entry):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/{NAME}"
        error = refused(fetch, entry=replace(entry, url=url))
    assert "refused the connection" in error.why


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_only_web_addresses(fetch, entry, url):
    assert "not a web address" in refused(fetch, entry=replace(entry, url=f"{url}/{NAME}")).why


def test_too_little_room(fetch, monkeypatch):
    monkeypatch.setattr(module.shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    assert "free" in refused(fetch).why


def test_disk_full_on_the_way(fetch, monkeypatch):
    def full(entry, response, have):
        if have:
            raise OSError(errno.ENOSPC, "No space left on device")
        return b"some bytes"

    monkeypatch.setattr(module, "_receive", full)
    error = refused(fetch)
    assert "disk is full" in error.why
    assert fetch.partial.read_bytes() == b"some bytes"


def test_folder_that_cannot_be_made(fetch, tmp_path):
    (tmp_path / "data").write_text("a file where the folder should be")
    assert "cannot be written" in refused(fetch).why


# What a hostile server does


def test_a_body_without_end_or_length_is_ended(fetch, server):
    server.says_length = False
    server.content = bytes(40) + CONTENT * 8
    error = refused(fetch)
    assert "published file has 1.0 MiB" in error.why
    assert fetch.seen[-1][0] < 1.2 * len(CONTENT)
    assert not fetch.partial.exists()


def test_a_length_far_beyond_the_file_is_refused_before_a_byte_is_written(fetch, server):
    server.content = bytes(9 * len(CONTENT))
    assert "announces 9.0 MiB" in refused(fetch).why
    assert fetch.seen == [] and not fetch.partial.exists()


@pytest.mark.parametrize("length", ["²", "٣٤", "-1", "1e3", "9" * 40, " ", "0x10"])
def test_a_length_that_is_no_number_is_not_used(fetch, monkeypatch, length):
    def lying(*arguments):
        found = module_request(*arguments)
        del found.headers["Content-Length"]
        found.headers["Content-Length"] = length
        return found

    module_request = module.request
    monkeypatch.setattr(module, "request", lying)
    assert fetch().read_bytes() == CONTENT
    assert {total for _, total in fetch.seen} == {0}


def test_a_cancelled_try_does_not_touch_the_file_of_the_next(fetch, entry, monkeypatch):
    stop = threading.Event()

    def late(*arguments):
        found = module_request(*arguments)
        stop.set()
        fetch.partial.write_bytes(b"of the next try")
        return found

    module_request = module.request
    monkeypatch.setattr(module, "request", late)
    fetch.folder.mkdir(parents=True)
    with pytest.raises(Cancelled):
        download(entry, fetch.folder, lambda done, total: None, stop.is_set)
    assert fetch.partial.read_bytes() == b"of the next try"


def test_the_whole_hash_counts_where_it_is_known(fetch, server, entry):
    whole = replace(entry, sha256=hashlib.sha256(CONTENT).hexdigest())
    assert whole.checked_by == "whole SHA-256"
    other = replace(whole, sha256=whole.sha256[:8] + "0" * 56)
    assert "not the published file" in refused(fetch, entry=other).what
    assert fetch(entry=whole).read_bytes() == CONTENT


def test_eight_digits_are_said_to_be_only_that(fetch, server, entry):
    assert entry.checked_by == "file name hash only: 8 of 64 digits"
    server.content = CONTENT[:-1] + b"x"
    assert "file name hash only" in refused(fetch).details


def test_no_hash_fits_nothing(fetch, entry):
    assert "not the published file" in refused(fetch, entry=replace(entry, sha256="")).what
