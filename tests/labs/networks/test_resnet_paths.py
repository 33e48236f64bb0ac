"""Paths are counted, the gradient is where the closed form has it, a click chooses a module."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from segviewer.errors import Cancelled
from segviewer.labs import LABS, compute, lab_of
from segviewer.labs.lab import LabContext


def results(memory=None, **values):
    context = LabContext(memory={} if memory is None else memory)
    return list(compute("resnet_paths", {"modules": 6, **values}, context))


def test_counts_come_first_and_measurements_after():
    first, last = results()
    assert not first.complete and first.caption.endswith("measuring …")
    assert first.shown.gradient == () and last.complete
    assert "6 modules, 64 paths" in last.caption and "32 paths left" in last.caption
    np.testing.assert_allclose(np.array(last.shown.paths) * 64, [1, 6, 15, 20, 15, 6, 1])
    np.testing.assert_allclose(np.array(last.shown.left) * 64, [1, 5, 10, 10, 5, 1, 0])
    mean = np.array(last.shown.gradient) @ np.arange(7)
    assert mean == pytest.approx(6 * 0.3 / 1.3, rel=0.25)
    assert "6 · 0.3 / 1.3 = <b>1.4</b>" in last.formula
    assert pickle.loads(pickle.dumps(last)).shown == last.shown


def test_only_the_lesion_changes_without_measuring_again():
    memory = {}
    results(memory)
    (several,) = results(memory, lesion="several", module=4)
    assert "4 modules deleted: 4 paths left" in several.caption
    (swap,) = results(memory, lesion="swap", module=2)
    assert "modules 2 and 3 swapped" in swap.caption and swap.shown.chain == ()
    (none,) = results(memory, lesion="swap", module=54)
    assert "module 6 has none 1 later" in none.caption


def test_it_can_be_cancelled():
    def stop():
        raise Cancelled

    found = compute("resnet_paths", {}, LabContext(check=stop))
    next(found)
    with pytest.raises(Cancelled):
        next(found)


@pytest.fixture
def view(qtbot):
    widget = lab_of("resnet_paths").make_view()
    widget.resize(1100, 240)
    qtbot.addWidget(widget)
    widget.show_result(results()[-1].shown)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_a_click_chooses_the_module_and_a_point_is_read(view, qtbot):
    names = [curve.name for curve in view.changes.curves()]
    assert names == ["ResNet", "without shortcuts", ""]
    curve = view.changes.curves()[0]
    box = view.changes.axes.view
    point = box.mapViewToScene(QPointF(curve.x[2], curve.y[2]))
    assert view.changes.reading(point).startswith("ResNet: 3, ")
    with qtbot.waitSignal(view.edited) as emitted:
        qtbot.mouseClick(view.changes.viewport(), Qt.MouseButton.LeftButton, pos=point.toPoint())
    assert emitted.args == ["module", 3, True]


@pytest.mark.parametrize("size", [(60, 40), (2600, 1400)])
def test_nothing_one_module_and_any_size_can_be_drawn(view, size, qtbot):
    view.resize(*size)
    for lesion in ("delete", "swap", "several"):
        for found in results(modules=1, lesion=lesion):
            view.show_result(found.shown)
            assert not view.grab().isNull()
    view.show_result(None)
    with qtbot.assertNotEmitted(view.edited):
        view.changes.clicked.emit(2.0, 2.0)


def test_it_is_in_the_gallery():
    assert LABS["resnet_paths"].needs == "nothing"
