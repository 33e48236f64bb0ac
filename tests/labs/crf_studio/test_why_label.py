"""Why this label: the bars add up to the decision, and the raster is who made it."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from segviewer.crf.engines.mean_field_lattice import refine
from segviewer.crf.engines.unary import unary_from_probs
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import SettingsError
from segviewer.labs import compute
from segviewer.labs.crf_studio.why_label import LAB
from segviewer.labs.lab import LabContext


def context(classes=6, **crf):
    rng = np.random.default_rng(1)
    image = np.full((24, 32, 3), 60, np.uint8)
    image[:, 16:] = 190
    scores = rng.normal(size=(classes, 24, 32))
    scores[0, :, :16] += 2
    scores[-1, :, 16:] += 2
    probs = np.exp(scores) / np.exp(scores).sum(0)
    return LabContext(
        image=image,
        probs=probs.astype(np.float32),
        classes=("left", "b", "c", "d", "e", "right"),
        crf=CRFSettings().model_copy(update={"appearance_xy_std": 6.0, "num_iterations": 3} | crf),
    )


def kept(given):
    (only,) = given.memory.values()
    return only


def result(given, **values):
    (found,) = compute("why_label", {"column": 10.5 / 32, "row": 5.5 / 24} | values, given)
    return found


def test_bars_add_up_to_the_decision():
    given = context()
    steps = list(refine(given.image, unary_from_probs(given.probs), given.crf))
    for t in (1, 2, 3):
        shown = result(given, iteration=t).shown
        assert shown.iteration == t and len(shown.names) == 5
        total = (shown.unary + shown.smoothness + shown.appearance)[t - 1]
        assert (total >= 0).all()
        # Ratios, because one class of six is not shown.
        odds = np.exp(total - total[0])
        np.testing.assert_allclose(odds, shown.probs[t] / shown.probs[t, 0], rtol=1e-3, atol=1e-6)
        winner = given.classes[steps[t - 1][:, 5, 10].argmax()]
        assert shown.names[0] == winner == shown.pair[0]
        # The waterfall ends where the odds of the two are.
        pair = [given.classes.index(name) for name in shown.pair]
        ahead, behind = steps[t - 1][pair, 5, 10].astype(float)
        assert sum(shown.leads) == pytest.approx(np.log(ahead / behind), abs=1e-3)
    assert result(given, iteration=20).shown.iteration == 3


def test_raster_shows_who_voted_and_the_caption_names_them():
    given = context()
    found = result(given)
    assert found.raster.max() == 255 and found.raster[5, 10] > 0
    # The other half has another colour and is out of reach of the smoothness kernel.
    assert not found.raster[:, 24:].any()
    assert "x 10, y 5:" in found.caption and "nats for" in found.caption
    against = result(given, voters="against")
    assert not ((found.raster > 0) & (against.raster > 0)).any()
    assert found.raster_name.split(" ")[3:] == against.raster_name.split(" ")[:2:-1]
    assert "nats; network: " in found.formula
    assert len([m for m in found.marks if not m.oval]) == 3


def test_without_weights_nobody_votes():
    found = result(context(appearance_weight=0.0, smoothness_weight=0.0))
    assert "no pixel votes for" in found.caption and not found.raster.any()
    assert not found.shown.appearance.any() and not found.shown.smoothness.any()


def test_a_change_of_what_is_seen_runs_nothing_again():
    given = context()
    result(given)
    found = kept(given)
    result(given, voters="against")
    assert kept(given) is found
    result(given, row=0.9)
    assert kept(given) is not found


def test_one_class_is_refused_in_three_parts():
    given = context()
    given.probs = np.ones((1, 24, 32), np.float32)
    with pytest.raises(SettingsError) as caught:
        result(given)
    assert caught.value.what and caught.value.why and caught.value.next_step


@pytest.fixture
def view(qtbot):
    view = LAB.make_view()
    qtbot.addWidget(view)
    view.show_result(None)
    view.resize(900, 240)
    view.show()
    view.shown = result(context(), iteration=2).shown
    view.show_result(view.shown)
    return view


def test_a_click_on_a_bar_goes_to_its_iteration(qtbot, view):
    for t in (1, 3):
        bar = view.bars.bar(1, t)
        with qtbot.waitSignal(view.edited) as seen:
            qtbot.mouseClick(
                view.bars,
                Qt.MouseButton.LeftButton,
                pos=QPoint(round(bar.center().x()), int(bar.center().y())),
            )
        assert seen.args == ["iteration", t, True]


def test_bars_lie_in_order_inside_the_widget_and_the_numbers_are_said(view):
    for c in range(5):
        bars = [view.bars.bar(c, t) for t in (1, 2, 3)]
        assert all(a.bottom() <= b.top() + 1e-6 for a, b in zip(bars, bars[1:], strict=False))
        assert bars[0].top() >= 0 and bars[-1].bottom() <= view.bars.height() + 1
        assert bars[1].height() > bars[0].height()
    words = view.bars.accessibleDescription()
    assert f"appearance {view.shown.appearance[1, 0]:.2f}" in words
    assert f"probability {view.shown.probs[2, 0]:.3f}" in words


def test_nothing_tiny_and_huge(view):
    for size in ((160, 60), (2600, 900)):
        view.resize(*size)
        assert not view.grab().isNull()
    view.show_result(None)
    assert view.bars.iteration_at(50) == 0 and view.bars.accessibleDescription() == ""
