"""The doctor's findings: words, signs, and buttons that set what they say."""

import pytest
from PySide6.QtCore import Qt

from segviewer.crf.diagnosis.finding import Finding, Fix
from segviewer.widgets.tables.finding_list import FindingList, SeveritySign

FINDINGS = (
    Finding(
        "warning",
        "reach",
        "σα is <b>800</b> px.",
        "Wider than the picture.",
        (
            Fix("Set σα 80", {"appearance_xy_std": 80.0}),
            Fix("Switch off", {"appearance_weight": 0.0}),
        ),
    ),
    Finding("fine", "converged", "It has converged.", "", ()),
)


@pytest.fixture
def findings(qtbot):
    widget = FindingList()
    qtbot.addWidget(widget)
    widget.resize(500, 200)
    widget.show_result(FINDINGS)
    widget.show()
    widget.received = []
    widget.asked.connect(lambda asks: widget.received.append(asks))
    return widget


def test_every_button_asks_for_its_own_remedy(findings, qtbot):
    first, second = findings.rows()
    for button in first.buttons:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert findings.received == [
        {"crf": {"appearance_xy_std": 80.0}},
        {"crf": {"appearance_weight": 0.0}},
    ]
    assert second.buttons == []
    assert first.buttons[0].toolTip() == "appearance_xy_std = 80"


def test_the_remedy_that_is_told_is_a_copy(findings, qtbot):
    qtbot.mouseClick(findings.rows()[0].buttons[0], Qt.MouseButton.LeftButton)
    findings.received[0]["crf"].clear()
    assert FINDINGS[0].fixes[0].changes == {"appearance_xy_std": 80.0}


def test_equal_findings_leave_the_buttons_where_they_are(findings):
    before = findings.rows()
    findings.show_result(tuple(FINDINGS))
    assert findings.rows() == before
    findings.show_result(FINDINGS[1:])
    assert [row.finding.name for row in findings.rows()] == ["converged"]
    findings.show_result(None)
    assert findings.rows() == []


def test_words_are_plain_text(findings):
    row = findings.rows()[0]
    assert row.what.text() == "σα is <b>800</b> px."
    assert row.what.textFormat() == Qt.TextFormat.PlainText


def test_severities_differ_in_shape(qtbot):
    outlines = set()
    for severity in ("error", "warning", "note", "fine"):
        sign = SeveritySign(severity)
        qtbot.addWidget(sign)
        assert sign.accessibleName() and sign.accessibleName() == sign.toolTip()
        image = sign.grab().toImage()
        ground = image.pixelColor(0, 19)
        # Along the upper edge, where circle, square and triangle differ.
        row = tuple(image.pixelColor(x, 4) != ground for x in range(20))
        middle = tuple(image.pixelColor(10, y).lightness() // 40 for y in range(20))
        outlines.add((row, middle))
    assert len(outlines) == 4
