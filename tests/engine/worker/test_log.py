"""The log: one file of several processes, bounded, and without anybody's folders."""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from segviewer.engine.worker.log import (
    LONGEST,
    LogFile,
    ProcessLog,
    log_files,
    read_log,
    scrubbed,
    take_over_faults,
    versions_line,
)

CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.fixture
def log(tmp_path, monkeypatch):
    monkeypatch.setattr(faulthandler, "enable", lambda *file: None)  # pytest's own stays
    log = ProcessLog("window", None, tmp_path / "segviewer.log")
    log.start()
    yield log
    log.stop()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("/home/anna/My Pictures/x.png cannot be read", "x.png cannot be read"),
        ("[Errno 2] No such file: '/home/anna/a.png'", "[Errno 2] No such file: 'a.png'"),
        ("~/secret/a.png", "a.png"),
        ("file:///home/anna/a.png", "a.png"),
        (r"C:\Users\Anna\My Pictures\x.png broke", "x.png broke"),
        (r"\\server\share\x.png", "x.png"),
        ("(/tmp/a.pth)", "(a.pth)"),
        ("mIoU 1/2, and/or 3 / 4", "mIoU 1/2, and/or 3 / 4"),
        ("https://host.org/a/b.pth", "https://host.org/a/b.pth"),
        ('  File "/home/anna/venv/lib/x/app/store.py", line 3', '  File "app/store.py", line 3'),
        ("[type=x, input_value='what a file said', input_type=str]", "[type=x, input_value=…"),
    ],
)
def test_folders_and_contents_stay_out(text, kept):
    assert scrubbed(text) == kept


@pytest.mark.parametrize("piece", ["/ ", "/a", '"/', " /", "input_value=", 'File "', 'File "/'])
def test_no_text_takes_long(piece):
    began = time.perf_counter()
    scrubbed(piece * (LONGEST // len(piece)))
    assert time.perf_counter() - began < 0.5


def test_of_a_long_record_both_ends_stay():
    text = scrubbed("first" + "x" * 3 * LONGEST + "last")
    assert text.startswith("first") and text.endswith("last") and len(text) < LONGEST + 10


def test_records_are_written_in_order_and_at_the_end_at_the_latest(log):
    for number in range(50):
        logging.getLogger("segviewer.test").info("record %d of /home/anna/%s", number, "x.png")
    log.stop()
    started, *lines = log.path.read_text("utf-8").splitlines()
    assert "the window of segviewer" in started
    assert [line.partition(" INFO ")[2] for line in lines] == [
        f"record {n} of x.png" for n in range(50)
    ]
    logging.getLogger("segviewer.test").info("after the end")
    assert "after the end" not in log.path.read_text("utf-8")


@pytest.mark.parametrize(("who", "on_a_thread"), [("window", True), ("engine", False)])
def test_only_the_window_leaves_the_disk_to_a_thread(tmp_path, monkeypatch, who, on_a_thread):
    """Qt's thread may not wait for a disk; the engine's record is there when it dies next."""
    monkeypatch.setattr(faulthandler, "enable", lambda *file: None)
    seen = []
    monkeypatch.setattr(
        LogFile, "append", lambda self, text: seen.append(threading.current_thread())
    )
    log = ProcessLog(who, None, tmp_path / "segviewer.log")
    log.start()
    log.stop()
    assert [thread is not threading.current_thread() for thread in seen] == [on_a_thread]


def test_what_nobody_caught_is_in_it_and_still_said(log, monkeypatch):
    said = []
    # As the hooks stood before the log was started.
    log._hooks = (lambda *error: said.append(error[0]), lambda caught: said.append(caught.exc_type))
    try:
        raise ValueError("on the main thread")
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    log._hooks = (sys.__excepthook__, threading.__excepthook__)
    log.stop()
    text = log.path.read_text("utf-8")
    assert "ValueError: on the main thread" in text and "ZeroDivisionError" in text
    assert str(Path(__file__).parent) not in text and 'File "worker/test_log.py"' in text
    assert said == [ValueError, ZeroDivisionError]


def test_the_file_stays_within_a_megabyte(tmp_path):
    file = LogFile(tmp_path / "log", largest=10_000)
    for number in range(1000):
        file.append(f"record {number:04d} {'x' * 80}\n")
    before, now = log_files(file.path)
    assert now.stat().st_size <= 10_000 and before.stat().st_size <= 10_000
    lines = read_log(file.path, 1_000_000).splitlines()
    assert [int(line.split()[1]) for line in lines] == list(range(1000 - len(lines), 1000))
    tail = read_log(file.path, 500).splitlines()
    assert tail == lines[-len(tail) :] and 1 < len(tail) < 6


WRITER = """
import sys
from pathlib import Path
from segviewer.engine.worker.log import LogFile
file = LogFile(Path(sys.argv[1]), largest=2_000_000)
for number in range(2000):
    file.append(f"{sys.argv[2]} {number}\\n")
"""


def test_processes_do_not_mix_their_records(tmp_path):
    path = tmp_path / "log"
    command = [sys.executable, "-c", WRITER, path]
    writers = [subprocess.Popen([*command, name], cwd=CHECKOUT) for name in "ab"]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    lines = path.read_text("utf-8").splitlines()
    for name in "ab":
        own = [line for line in lines if line.startswith(name)]
        assert own == [f"{name} {number}" for number in range(2000)]


def test_processes_that_begin_a_new_file_at_once_lose_none(tmp_path):
    path = tmp_path / "log"
    files = [LogFile(path, largest=4000) for _ in range(4)]

    def write(file, name):
        for number in range(10):
            file.append(f"{name} {number} {'x' * 40}\n")

    LogFile(path).append("full\n" * 799)  # the next records begin a new one
    threads = [threading.Thread(target=write, args=(f, n)) for n, f in enumerate(files)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = read_log(path, 1_000_000).splitlines()
    assert len([line for line in lines if line != "full"]) == 40
    assert lines.count("full") == 799


def test_a_full_disk_is_no_error(tmp_path, log):
    LogFile(tmp_path / "missing" / "log").append("text")
    log.path.unlink(missing_ok=True)
    log.path.mkdir()
    logging.getLogger("segviewer.test").error("nowhere to go")
    log.stop()


CRASH = """
import ctypes, sys
from pathlib import Path
from segviewer.engine.worker.log import enable_faulthandler
faults = enable_faulthandler(Path(sys.argv[1]))
ctypes.string_at(0)
"""


def test_a_crash_is_taken_over_into_the_log(tmp_path):
    faults, file = tmp_path / "window.faults", LogFile(tmp_path / "log")
    done = subprocess.run([sys.executable, "-c", CRASH, faults], cwd=CHECKOUT, check=False)
    assert done.returncode == -signal.SIGSEGV
    assert take_over_faults(faults, "window", file)
    text = file.path.read_text("utf-8")
    assert "the window crashed" in text and "Segmentation fault" in text
    assert 'File "ctypes/__init__.py"' in text
    assert not take_over_faults(faults, "window", file)  # once
    assert not take_over_faults(tmp_path / "missing", "window", file)


def test_versions_are_in_one_line():
    line = versions_line()
    assert line.startswith("segviewer ") and " torch " in line and "PySide6" in line
    assert "\n" not in line and os.sep + "home" not in line


def test_the_engine_s_part_imports_no_qt():
    code = (
        "import sys, segviewer.engine.worker.log, segviewer.engine.worker.engine_process;"
        "import segviewer.app.state.recovery_file;"
        "sys.exit(any(name.startswith('PySide6') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=False).returncode == 0
