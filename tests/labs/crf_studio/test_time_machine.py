"""The time machine: what it shows is the engine's iteration, and a click goes there."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from segviewer.crf.engines.mean_field_lattice import refine
from segviewer.crf.engines.unary import unary_from_probs
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import Cancelled
from segviewer.labs import compute
from segviewer.labs.crf_studio.time_machine import LAB
from segviewer.labs.lab import LabContext


def context(**crf):
    rng = np.random.default_rng(1)
    image = np.full((24, 32, 3), 60, np.uint8)
    image[:, 16:] = 190
    scores = rng.normal(size=(3, 24, 32))
    scores[0, :, :16] += 1
    scores[1, :, 16:] += 1
    probs = np.exp(scores) / np.exp(scores).sum(0)
    return LabContext(
        image=image,
        probs=probs.astype(np.float32),
        classes=("left", "right", "none"),
        crf=CRFSettings().model_copy(update={"appearance_xy_std": 6.0} | crf),
    )


def kept(given):
    (only,) = given.memory.values()
    return only


def result(given, **values):
    (found,) = compute("time_machine", values, given)
    return found


def labels(given, count):
    steps = refine(
        given.image, unary_from_probs(given.probs), given.crf.changed(num_iterations=count)
    )
    return [given.probs.argmax(0), *(s.argmax(0) for s in steps)]


def test_labels_and_flips_of_every_iteration():
    given = context()
    maps = labels(given, 4)
    for t in range(5):
        found = result(given, iteration=t, last=4)
        np.testing.assert_array_equal(found.label_map, maps[t])
        assert found.raster is None and found.shown.iteration == t
        flips = result(given, iteration=t, last=4, show="flips")
        np.testing.assert_array_equal(flips.raster > 0, maps[t] != maps[max(0, t - 1)])
        since = result(given, iteration=t, last=4, show="flips", since="network")
        np.testing.assert_array_equal(since.raster > 0, maps[t] != maps[0])
        assert f"from iteration 0 to {t}" in since.raster_name
    changed = [100 * (m != maps[0]).mean() for m in maps]
    np.testing.assert_allclose(result(given, last=4).shown.start, changed)
    assert result(given, iteration=20, last=4).shown.iteration == 4
    assert f"{(maps[2] != maps[1]).sum()} pixels" in result(given, iteration=2, last=4).caption


def test_it_is_run_once_for_all_iterations_and_again_for_other_settings():
    given = context()
    result(given, iteration=1)
    history = kept(given)
    result(given, iteration=5, show="lead")
    assert kept(given) is history
    given.crf = given.crf.changed(engine="reference", enabled=True, num_iterations=9)
    result(given)
    assert kept(given) is history  # which says how, not what
    given.crf = given.crf.changed(appearance_weight=5.0)
    result(given)
    assert kept(given) is not history
    history = kept(given)
    given.probs = given.probs[:, ::-1].copy()
    result(given)
    assert kept(given) is not history


def test_a_lead_is_shown_and_a_compatibility_taken_in():
    given = context()
    found = result(given, iteration=3, show="lead")
    assert found.raster.max() > found.raster.min() and "lead" in found.raster_name
    given.crf = given.crf.changed(compatibility=((0, 1, 0.2), (1, 0, 0.2)))
    other = result(given, iteration=3)
    assert "compatibility" in other.formula


def test_it_can_be_stopped():
    given = context()

    def check():
        raise Cancelled

    given.check = check
    with pytest.raises(Cancelled):
        result(given)
    assert not given.memory


@pytest.fixture
def view(qtbot):
    view = LAB.make_view()
    qtbot.addWidget(view)
    view.resize(900, 240)
    view.show()
    view.show_result(result(context(), iteration=1, last=4).shown)
    return view


def click(qtbot, plot, x, y):
    place = plot.axes.view.mapViewToScene(QPointF(x, y))
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=plot.mapFromScene(place))


def test_a_click_into_the_changes_shows_the_flips_of_that_iteration(qtbot, view):
    seen = []
    view.edited.connect(lambda *edit: seen.append(edit))
    (start, before) = view.changed.curves()
    click(qtbot, view.changed, 3, before.y[2])
    assert seen == [("show", "flips", False), ("iteration", 3, True)]
    seen.clear()
    click(qtbot, view.energy, 2, view.energy.curves()[0].y[2])
    assert seen == [("iteration", 2, True)]
    assert start.name and before.name and list(before.x) == [1, 2, 3, 4]


def test_nothing_tiny_and_huge(view):
    for size in ((160, 60), (2600, 900)):
        view.resize(*size)
        assert not view.grab().isNull()
    view.show_result(None)
    assert view.changed.curves() == ()


def test_play_goes_through_every_iteration(qtbot):
    given, view = context(), LAB.make_view()
    qtbot.addWidget(view)
    view.show()
    view.steps.least_ms = 1
    seen = []

    def answer(name, value, finished):
        seen.append((value, finished))
        view.show_result(result(given, iteration=value, last=3).shown)

    view.edited.connect(answer)
    view.show_result(result(given, iteration=3, last=3).shown)
    assert view.steps.step_name() == "iteration 3"
    view.steps.play_button.click()
    qtbot.waitUntil(lambda: not view.steps.is_playing())
    assert seen == [(0, False), (1, False), (2, False), (3, True)]  # one step to undo
    view.show_result(None)
    assert view.steps.count() == 0
