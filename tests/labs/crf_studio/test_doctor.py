"""The doctor's list: findings on screen, and a click that asks for the remedy."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from segviewer.crf.diagnosis.finding import Finding
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.labs import compute
from segviewer.labs.crf_studio.doctor import LAB
from segviewer.labs.lab import LabContext


def context(sharpness=1.5, **crf):
    rng = np.random.default_rng(1)
    image = np.full((24, 32, 3), 60, np.uint8)
    image[:, 16:] = 190
    image += rng.integers(0, 5, image.shape, dtype=np.uint8)
    scores = rng.normal(size=(3, 24, 32))
    scores[0, :, :16] += 1
    scores[1, :, 16:] += 1
    scores = np.exp(sharpness * (scores - scores.max(0)))
    return LabContext(
        image=image,
        probs=(scores / scores.sum(0)).astype(np.float32),
        crf=CRFSettings().model_copy(update={"appearance_xy_std": 6.0} | crf),
    )


def results(given, **values):
    return list(compute("doctor", values, given))


def test_findings_come_first_and_what_changed_after_them():
    first, last = results(context(smoothness_xy_std=0.5))
    assert not first.complete and last.complete
    assert [f.name for f in first.shown] == ["smoothness_xy_std"]
    assert [f.name for f in last.shown] == ["after", "smoothness_xy_std"]
    assert "1 note" in last.caption
    (only,) = results(context(), run=False)
    assert only.complete and only.caption.startswith("No problems found (temperature 1)")


def test_remedies_are_fields_of_the_session():
    (only,) = results(context(100, smoothness_xy_std=0.5), run=False)
    remedies = [fix.changes for f in only.shown for fix in f.fixes]
    assert {"smoothness_xy_std": 1.0} in remedies
    assert any("temperature" in c for c in remedies) and any("clip" in c for c in remedies)
    for changes in remedies:
        CRFSettings().changed(**changes)


def test_unsound_probabilities_are_not_run():
    given = context()
    given.probs = given.probs * 0.5
    (only,) = results(given)
    assert only.shown[0].severity == "error" and "1 error" in only.caption


@pytest.fixture
def view(qtbot):
    view = LAB.make_view()
    qtbot.addWidget(view)
    view.resize(800, 240)
    view.show()
    return view


def test_a_click_on_a_remedy_asks_for_it(qtbot, view):
    view.show_result(results(context(smoothness_xy_std=0.5))[-1].shown)
    row = view.rows()[1]
    assert "below a pixel" in row.what.text() and row.why.text()
    (button,) = row.buttons
    with qtbot.waitSignal(view.asked) as seen:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert seen.args == [{"crf": {"smoothness_xy_std": 1.0}}]


def test_where_no_setting_helps_there_is_no_button(view):
    view.show_result((Finding("error", "scores", "Logits.", "No probabilities."),))
    assert view.rows()[0].buttons == []


def test_the_same_findings_leave_the_buttons_where_they_are(view):
    shown = results(context(smoothness_xy_std=0.5))[-1].shown
    view.show_result(shown)
    before = view.rows()
    view.show_result(tuple(shown))
    assert view.rows() == before
    view.show_result(None)
    assert view.rows() == []


def test_every_severity_and_every_size(view):
    view.show_result(
        tuple(
            Finding(s, "x", "What " * 20, "Why " * 60) for s in ("error", "warning", "note", "fine")
        )
    )
    assert len({row.grab().toImage().copy(0, 0, 20, 20).pixel(10, 2) for row in view.rows()}) > 1
    for size in ((160, 72), (2600, 900)):
        view.resize(*size)
        assert not view.grab().isNull()
    assert view.area.horizontalScrollBar().maximum() == 0
