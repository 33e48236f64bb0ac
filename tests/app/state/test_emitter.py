"""Signals from other threads end with their object, and never take the program with them."""

import subprocess
import sys
import threading

import pytest
import shiboken6
from PySide6.QtCore import QObject, Signal

from segviewer.app.state.emitter import Emitter


class Owner(QObject):
    said = Signal(int)


def test_what_is_emitted_arrives_until_it_is_shut(qtbot):
    owner = Owner()
    emitter, heard = Emitter(owner), []
    owner.said.connect(heard.append)
    thread = threading.Thread(target=lambda: emitter.emit(owner.said, 1))
    thread.start()
    qtbot.waitUntil(lambda: heard == [1])
    thread.join()
    emitter.shut()
    assert not emitter.emit(owner.said, 2)
    assert heard == [1]


def test_the_end_of_its_object_shuts_it(qapp):
    owner = Owner()
    emitter, said = Emitter(owner), owner.said
    shiboken6.delete(owner)
    assert not emitter.emit(said, 1)


def test_a_parent_s_end_is_one(qapp):
    parent = QObject()
    owner = Owner()
    owner.setParent(parent)
    emitter, said = Emitter(owner), owner.said
    shiboken6.delete(parent)
    assert not emitter.emit(said, 1)


def test_what_it_emits_may_shut_it(qapp):
    owner = Owner()
    emitter = Emitter(owner)
    owner.said.connect(lambda number: emitter.shut())
    assert not emitter.emit(owner.said, 1)


STRESS = """
import sys, threading
import shiboken6
from PySide6.QtCore import QCoreApplication, QObject, Signal
from segviewer.app.state.emitter import Emitter

class Owner(QObject):
    said = Signal(object, object)
    def hear(self, *values): pass

app = QCoreApplication([])
sys.setswitchinterval(1e-5)
for _ in range(400):
    owner = Owner()
    owner.said.connect(owner.hear)
    emitter, signal = Emitter(owner), owner.said
    def work(emitter=emitter, signal=signal):
        while emitter.emit(signal, 1, "x"):
            pass
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    app.processEvents()
    emitter.shut()
    shiboken6.delete(owner)
    for thread in threads:
        thread.join()
print("whole")
"""


@pytest.mark.slow
def test_objects_go_while_threads_emit():
    """A window of a test went while a job ended, and Python with it."""
    done = subprocess.run(
        [sys.executable, "-c", STRESS], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0 and done.stdout == "whole\n", done.stderr
