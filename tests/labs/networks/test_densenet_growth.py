"""The paper's parameters in words; layers are chosen on the drawing."""

from __future__ import annotations

import pickle

import pytest
from PySide6.QtCore import Qt

from segviewer.labs import LABS, compute, lab_of
from segviewer.labs.lab import LabContext


def results(memory=None, **values):
    context = LabContext(memory={} if memory is None else memory)
    return list(compute("densenet_growth", values, context))


def test_the_papers_networks_in_words():
    first, last = results()
    assert not first.complete and first.caption.endswith("measuring the gradient …")
    assert last.caption.startswith("DenseNet-40, k 12: 1.02 M parameters (with BC")
    assert "78 links in a block, in a chain 12; 16 maps grow to 160" in last.caption
    assert "layer 6 reads" in last.formula and "16 + 12 · 5 = <b>76</b>" in last.formula
    assert pickle.loads(pickle.dumps(last)).shown == last.shown
    assert "DenseNet-BC-190, k 40: 25.62 M" in results(layers=31, growth=40, bc=True)[-1].caption


def test_every_current_network_lies_on_its_curve():
    for bc in (False, True):
        shown = results(layers=42, growth=3, bc=bc)[-1].shown
        depths = (shown.compressed if bc else shown.basic)[0]
        assert shown.depth in depths


def test_growth_beyond_what_is_measured_measures_nothing_again():
    memory = {}
    results(memory, growth=12)
    assert len(results(memory, growth=24)) == 1


def test_a_chain_explodes_where_dense_links_do_not():
    shown = results(layers=24, bc=True)[-1].shown
    assert shown.chain[0] > 2 and shown.dense[0] < 1.6
    assert shown.chain[-1] == shown.dense[-1] == 0


@pytest.fixture
def view(qtbot):
    widget = lab_of("densenet_growth").make_view()
    widget.resize(1100, 240)
    qtbot.addWidget(widget)
    widget.show_result(results(layers=8, growth=4)[-1].shown)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_a_layer_is_chosen_by_click_and_by_key(view, qtbot):
    place = view.links.place(3).toPoint()
    with qtbot.waitSignal(view.edited) as emitted:
        qtbot.mouseClick(view.links, Qt.MouseButton.LeftButton, pos=place)
    assert emitted.args == ["layer", 3, True]
    with qtbot.waitSignal(view.edited) as emitted:
        qtbot.keyClick(view.links, Qt.Key.Key_Right)
    assert emitted.args == ["layer", 7, True]
    assert view.links.reading(3) == "layer 3 reads 24 maps of 3 sources and adds 4"
    with qtbot.assertNotEmitted(view.edited):  # the input is no layer
        qtbot.mouseClick(view.links, Qt.MouseButton.LeftButton, pos=view.links.place(0).toPoint())
    with qtbot.waitSignal(view.edited) as emitted:
        qtbot.mouseClick(view.gradient.viewport(), Qt.MouseButton.LeftButton)
    assert emitted.args[0] == "layer" and 1 <= emitted.args[1] <= 8


@pytest.mark.parametrize("size", [(60, 40), (2600, 1400)])
def test_nothing_one_layer_and_any_size_can_be_drawn(view, size):
    view.resize(*size)
    for values in ({"layers": 1}, {"layers": 42, "growth": 1}):
        for found in results(**values):
            view.show_result(found.shown)
            assert not view.grab().isNull()
    view.show_result(None)
    assert not view.grab().isNull() and view.links.layers() == 0


def test_it_is_in_the_gallery():
    assert LABS["densenet_growth"].needs == "nothing"
