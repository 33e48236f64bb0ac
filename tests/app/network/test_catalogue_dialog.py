"""The catalogue dialog against a small server on this machine."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PySide6.QtCore import Qt

from segviewer.app.network.catalogue_dialog import CatalogueDialog
from segviewer.app.state.background import Background
from segviewer.checkpoints.model_card import read_card
from segviewer.checkpoints.published.catalogue import PUBLISHED, bundled_checkpoints, catalogue

CONTENT = bytes(range(256)) * 4096


@pytest.fixture
def server():
    """Serves CONTENT; while `held` is set it stops half way and waits."""
    release = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        held = False

        def do_GET(self):
            start = int(self.headers.get("Range", "bytes=0-")[6:-1])
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(CONTENT) - start))
            if start:
                end = len(CONTENT) - 1
                self.send_header("Content-Range", f"bytes {start}-{end}/{len(CONTENT)}")
            self.end_headers()
            half = max(start, len(CONTENT) // 2)
            try:
                self.wfile.write(CONTENT[start:half])
                if Handler.held:
                    release.wait(30)
                self.wfile.write(CONTENT[half:])
            except OSError:
                pass  # the client has gone, as the test wants

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        server.handler, server.release = Handler, release
        yield server
        release.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def entry(server):
    digest = hashlib.sha256(CONTENT).hexdigest()[:8]
    url = f"http://127.0.0.1:{server.server_port}/weights-{digest}.pth"
    return replace(PUBLISHED[0], url=url, sha256=digest, bytes=len(CONTENT))


@pytest.fixture
def background():
    background = Background()
    yield background
    background.close()
    assert background.wait(5)


@pytest.fixture
def dialog_with(qtbot, background, tmp_path):
    def make(entries):
        dialog = CatalogueDialog(background, None, entries, tmp_path)
        qtbot.addWidget(dialog)
        dialog.start()
        qtbot.waitUntil(lambda: dialog.table.rowCount() > 0)
        return dialog

    return make


def test_it_lists_bundled_and_published_weights_with_size_and_miou(dialog_with):
    dialog = dialog_with(catalogue())
    names = [dialog.table.item(row, 0).text() for row in range(dialog.table.rowCount())]
    assert len(names) == len(bundled_checkpoints()) + 3
    assert "MB" in dialog.table.item(1, 2).text()
    assert dialog.table.item(0, 4).text() == "ships"


def test_bundled_weights_open_at_once(qtbot, dialog_with):
    dialog = dialog_with(catalogue())
    with qtbot.waitSignal(dialog.checkpoint_chosen) as chosen:
        qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    assert chosen.args[0].startswith("bundled:")


def test_a_download_is_checked_and_opened(qtbot, dialog_with, tmp_path, entry):
    dialog = dialog_with((entry,))
    with qtbot.waitSignal(dialog.checkpoint_chosen, timeout=20_000) as chosen:
        qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    assert (tmp_path / entry.file_name).read_bytes() == CONTENT
    assert chosen.args[0] == str(tmp_path / entry.file_name)


def test_a_wrong_hash_is_refused_and_nothing_is_opened(qtbot, dialog_with, tmp_path, entry):
    dialog = dialog_with((replace(entry, sha256="00000000"),))
    chosen = []
    dialog.checkpoint_chosen.connect(chosen.append)
    qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.message.text() != "", timeout=20_000)
    assert chosen == [] and not (tmp_path / entry.file_name).exists()
    assert dialog.open_button.isEnabled()


def test_a_cancelled_download_goes_on_where_it_stopped(qtbot, dialog_with, tmp_path, server, entry):
    server.handler.held = True
    dialog = dialog_with((entry,))
    qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.bar.value() > 100, timeout=20_000)
    qtbot.mouseClick(dialog.cancel_button, Qt.MouseButton.LeftButton)
    server.release.set()
    qtbot.waitUntil(lambda: "Stopped" in dialog.message.text(), timeout=20_000)
    server.handler.held = False
    with qtbot.waitSignal(dialog.checkpoint_chosen, timeout=20_000):
        qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    assert (tmp_path / entry.file_name).read_bytes() == CONTENT


def test_closing_does_not_wait_for_a_server_that_trickles_its_headers(
    qtbot, dialog_with, monkeypatch
):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    ended, asked = threading.Event(), threading.Event()

    def trickle():
        connection = listening.accept()[0]
        with connection, contextlib.suppress(OSError):
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            asked.set()
            while not ended.wait(0.1):
                connection.sendall(b"X-A: b\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=trickle)
        server.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/weights-00000000.pth"
        dialog = dialog_with((replace(PUBLISHED[0], url=url),))
        qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(asked.is_set, timeout=20_000)
        thread = next(t for t in threading.enumerate() if t.name == "segviewer download")
        began = time.monotonic()
        dialog.reject()
        assert time.monotonic() - began < 0.2
        assert not dialog.isVisible()
        assert thread.daemon  # the program's end does not wait for it either
        thread.join(5)  # and by itself it ends soon
        assert not thread.is_alive() and time.monotonic() - began < 2
        ended.set()
        server.join()


def test_how_a_download_is_checked_is_said(qtbot, dialog_with, tmp_path, entry):
    dialog = dialog_with((entry,))
    assert "file name hash only: 8 of 64 digits" in dialog.notice.text()


def test_no_card_is_read_on_qts_thread(qtbot, dialog_with, monkeypatch):
    read = []

    def noted(path):
        read.append(threading.current_thread())
        return read_card(path)

    monkeypatch.setattr("segviewer.checkpoints.published.catalogue.read_card", noted)
    dialog_with(None)
    assert read and threading.main_thread() not in read


def test_before_the_cards_are_read_it_says_so_and_opens_nothing(qtbot, tmp_path):
    class Never:
        def run(self, *arguments, done):
            pass

    dialog = CatalogueDialog(Never(), None, None, tmp_path)
    qtbot.addWidget(dialog)
    dialog.start()
    assert "Reading" in dialog.notice.text() and not dialog.open_button.isEnabled()
    dialog._on_open()
    assert dialog.isVisible()
