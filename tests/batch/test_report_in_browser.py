"""The HTML report in a real browser, which is watched for whatever it fetches."""

import re
import shutil
import socket
import subprocess
import threading
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image

from segviewer.batch.error_picture import small_error_map
from segviewer.batch.evaluate import Evaluation
from segviewer.batch.html_report import write_html
from segviewer.engine.results import NetworkResult
from segviewer.imaging.datasets.mapping import AS_STORED
from segviewer.imaging.datasets.pairing import Pairing
from segviewer.session import Session

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no chromium or chrome is installed"),
]


# What a browser asks its maker for, whatever page it shows.
OF_THE_BROWSER = re.compile(r"[/. ](google|googleapis|gvt1|gstatic)\.com[:/ ]")


@contextmanager
def watched():
    """A proxy that answers nothing and notes what it is asked for."""
    asked, server = [], socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                asked.append(connection.recv(4096).split(b"\r\n")[0].decode("latin-1"))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1], asked
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


def opened(page, folder):
    """The document as the browser understood it, and what it asked the network for."""
    with watched() as (port, asked):
        done = subprocess.run(
            [
                BROWSER,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-default-apps",
                "--disable-sync",
                "--no-first-run",
                "--disable-features=NetworkTimeServiceQuerying,OptimizationHints,MediaRouter",
                f"--user-data-dir={folder / 'profile'}",
                f"--proxy-server=http://127.0.0.1:{port}",
                "--proxy-bypass-list=<-loopback>",
                "--virtual-time-budget=3000",
                "--dump-dom",
                page.as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
    return done.stdout, [line for line in asked if not OF_THE_BROWSER.search(line)]


def test_the_watch_sees_what_a_page_fetches(tmp_path):
    page = tmp_path / "page.html"
    page.write_text('<html><body><img src="http://pictures.example/a.png">here</body></html>')
    text, asked = opened(page, tmp_path)
    assert "here" in text and any("pictures.example" in line for line in asked)


def test_the_report_is_whole_and_fetches_nothing(make_row, tmp_path):
    classes = ("sky", "road", "car")
    network = NetworkResult("Net & Co", "x", (), {}, classes, "", "trained", "", 0, 0, (), {})
    rows = []
    for number in range(3):
        picture = tmp_path / f"street {number}.png"
        Image.fromarray(np.full((30, 40, 3), 90, np.uint8)).save(picture)
        target, labels = np.zeros((30, 40), np.uint8), np.zeros((30, 40), np.uint8)
        labels[:10] = 1
        rows.append(make_row(str(picture), errors=small_error_map(target, labels, 3)))
    found = Pairing(tuple((tmp_path / row.picture, tmp_path / row.target) for row in rows))
    done = Evaluation(Session(checkpoint="x"), network, found, AS_STORED, tuple(rows), 1.0)
    write_html(tmp_path / "report.html", done)
    text, asked = opened(tmp_path / "report.html", tmp_path)
    assert asked == []
    assert text.rstrip().endswith("</html>") and "Net &amp; Co" in text
    assert all(f"street {number}.png" in text for number in range(3))
    assert len(re.findall(r'<img[^>]* src="data:image/jpeg;base64,', text)) == 3
    assert len(re.findall(r"<svg", text)) >= 1 and "mIoU" in text
    assert re.search(r"road", text) and not re.search(r"<script|{{|{%", text)
