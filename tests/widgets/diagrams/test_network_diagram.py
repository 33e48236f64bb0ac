"""The diagram is to scale, marks what has holes, and is worked by mouse and keys."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QFont, QHelpEvent, QImage
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from segviewer.analysis.networks.network_card import UNKNOWN_FIELD, CardStage
from segviewer.widgets.diagrams.network_diagram import NetworkDiagram
from segviewer.widgets.diagrams.stage_words import rate_text, stage_text
from segviewer.widgets.theme.symbol_colours import symbol_colour


def stage(key, column, height=90, width=120, channels=64, rates=(1,), jump=4.0, **values):
    numbers = {
        "theoretical_receptive_field": 35,
        "local_receptive_field": 35,
        "parameters": 1234,
        "multiply_adds": 56789,
        "layers": 3,
        **values,
    }
    return CardStage(
        key=key,
        title=key.rpartition(".")[2],
        part=key.split(".")[0],
        column=column,
        layer=key,
        channels=channels,
        height=height,
        width=width,
        jump=jump,
        rates=rates,
        **numbers,
    )


STAGES = (
    stage("backbone.stem", 0, 180, 240, 64, jump=2),
    stage("backbone.layer1", 1, 90, 120, 256),
    stage("backbone.layer4", 2, 45, 60, 2048, rates=(2, 4, 8), jump=8),
    stage("aspp.one", 3, 45, 60, 256, rates=()),
    stage("aspp.two", 3, 45, 60, 256, rates=(12,)),
    stage("aspp.pooling", 3, 1, 1, 256, rates=(), jump=0, theoretical_receptive_field=None),
    stage("classifier", 4, 45, 60, 21, theoretical_receptive_field=None),
)


@pytest.fixture
def diagram(qtbot):
    widget = NetworkDiagram()
    qtbot.addWidget(widget)
    widget.set_stages(STAGES, 360, 480)
    widget.resize(widget.sizeHint())
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def click(qtbot, diagram, key):
    qtbot.mouseClick(diagram, Qt.MouseButton.LeftButton, pos=diagram.block(key).center().toPoint())


def picture(diagram) -> QImage:
    return diagram.grab().toImage()


def test_height_is_the_root_of_the_side_and_width_counts_doublings(diagram):
    heights = [diagram.block(s.key).height() for s in STAGES[:3]]
    assert heights[0] / heights[1] == pytest.approx(2**0.5)
    assert heights[1] / heights[2] == pytest.approx(2**0.5)
    # The same map is as high beside others as alone.
    assert diagram.block("aspp.two").height() == pytest.approx(heights[2])
    widths = [diagram.block(s.key).width() for s in STAGES[:3]]
    assert (widths[1] - widths[0]) / 2 == pytest.approx((widths[2] - widths[1]) / 3)


def test_columns_go_to_the_right_and_no_two_blocks_touch(diagram):
    blocks = [diagram.block(s.key) for s in STAGES]
    for number, block in enumerate(blocks):
        assert diagram.rect().contains(block.toAlignedRect())
        for other in blocks[number + 1 :]:
            assert not block.intersects(other)
    for one, block in zip(STAGES, blocks, strict=True):
        for other, its in zip(STAGES, blocks, strict=True):
            if other.column > one.column:
                assert its.left() > block.right()
    assert blocks[3].bottom() < blocks[4].top() < blocks[5].top()


def test_a_click_tells_which_stage(diagram, qtbot):
    for one in STAGES:
        with qtbot.waitSignal(diagram.stage_clicked) as emitted:
            click(qtbot, diagram, one.key)
        assert emitted.args == [one.key]
    with qtbot.assertNotEmitted(diagram.stage_clicked):
        qtbot.mouseClick(diagram, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    # The words below a block belong to it.
    below = QPoint(round(diagram.block("backbone.layer4").center().x()), diagram.height() - 12)
    with qtbot.waitSignal(diagram.stage_clicked) as emitted:
        qtbot.mouseClick(diagram, Qt.MouseButton.LeftButton, pos=below)
    assert emitted.args == ["backbone.layer4"]


def test_arrows_walk_and_enter_clicks(diagram, qtbot):
    diagram.setFocus(Qt.FocusReason.TabFocusReason)
    assert diagram.current() == "backbone.stem"

    def press(*keys):
        for key in keys:
            qtbot.keyClick(diagram, key)
        return diagram.current()

    keys = Qt.Key
    assert press(keys.Key_Right, keys.Key_Right) == "backbone.layer4"
    assert press(keys.Key_Right) == "aspp.two"  # straight on
    assert press(keys.Key_Down) == "aspp.pooling"
    assert press(keys.Key_Down) == "aspp.pooling"
    assert press(keys.Key_Up, keys.Key_Up) == "aspp.one"
    assert press(keys.Key_End) == "classifier" and press(keys.Key_Home) == "backbone.stem"
    assert press(keys.Key_Left) == "backbone.stem"
    press(keys.Key_Right)
    with qtbot.waitSignal(diagram.stage_clicked) as emitted:
        press(keys.Key_Return)
    assert emitted.args == ["backbone.layer1"]
    with qtbot.waitSignal(diagram.current_moved) as moved:
        press(keys.Key_End)
    assert moved.args[0].contains(diagram.block("classifier").center())
    assert diagram.accessibleDescription().startswith("classifier")


def test_keys_that_it_has_no_use_for_go_on(qtbot):
    received = []

    class Parent(QWidget):
        def keyPressEvent(self, event):  # noqa: N802 (Qt's name)
            received.append(event.key())

    parent = Parent()
    qtbot.addWidget(parent)
    diagram = NetworkDiagram(parent)
    diagram.set_stages(STAGES, 360, 480)
    with qtbot.assertNotEmitted(diagram.stage_clicked):
        for key in (Qt.Key.Key_Return, Qt.Key.Key_S):  # nothing is current yet
            qtbot.keyClick(diagram, key)
    assert received == [Qt.Key.Key_Return, Qt.Key.Key_S]


def test_new_sizes_keep_the_keyboards_place(diagram, qtbot):
    diagram.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(diagram, Qt.Key.Key_Right)
    finer = [replace(s, height=2 * s.height, width=2 * s.width) for s in STAGES[:3]]
    diagram.set_stages(finer, 360, 480)
    assert diagram.current() == "backbone.layer1"
    assert diagram.stages() == tuple(finer)
    diagram.set_stages(finer[:1], 360, 480)
    assert diagram.current() == ""
    diagram.set_stages((), 360, 480)
    qtbot.keyClick(diagram, Qt.Key.Key_Right)
    assert diagram.current() == ""


def colours_in(image: QImage, area, ratio=1.0) -> set[str]:
    found = set()
    for x in range(round(area.left() * ratio), round(area.right() * ratio)):
        for y in range(round(area.top() * ratio), round(area.bottom() * ratio)):
            found.add(image.pixelColor(x, y).name())
    return found


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_holes_are_hatched_in_the_colour_of_the_rate(diagram, themed, scheme):
    themed(scheme)
    image = picture(diagram)
    hue = QColor(symbol_colour("r", scheme == "dark")).hslHue()
    for one in STAGES:
        if one.key != "aspp.pooling":  # too thin to look into
            inside = diagram.block(one.key).adjusted(3, 3, -3, -3)
            found = map(QColor, colours_in(image, inside))
            # Lines are smoothed; all else in a block is grey.
            hues = {abs(c.hslHue() - hue) < 16 for c in found if c.saturation() > 100}
            assert hues == ({True} if one.atrous else set()), one.key


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_selected_stage_stands_out(diagram, themed, scheme):
    accent = themed(scheme).accent
    plain = picture(diagram)
    diagram.set_selected("backbone.layer1")
    chosen = picture(diagram)
    area = diagram.block("backbone.layer1").adjusted(-2, -2, 2, 2)
    assert accent in colours_in(chosen, area)
    assert accent not in colours_in(plain, area)
    other = diagram.block("backbone.stem")
    assert colours_in(chosen, other) == colours_in(plain, other)
    diagram.set_selected("")
    assert picture(diagram) == plain


def test_the_tooltip_has_the_numbers(diagram, monkeypatch):
    said = []
    monkeypatch.setattr(QToolTip, "showText", lambda place, text, *rest: said.append(text))
    where = diagram.block("backbone.layer4").center().toPoint()
    QApplication.sendEvent(
        diagram, QHelpEvent(QHelpEvent.Type.ToolTip, where, diagram.mapToGlobal(where))
    )
    (text,) = said
    for part in ("60×45×2048", "rates 2, 4, 8", "every 8 px", "35 px", "1,234 parameters"):
        assert part in text


def test_fields_and_rates_in_words():
    one = STAGES[2]
    assert rate_text(one) == "r 2, 4, 8" and rate_text(STAGES[0]) == ""
    assert rate_text(replace(one, rates=(1, 2, 5, 9, 17))) == "r 1, 2, 5, 9 …"
    whole = replace(one, theoretical_receptive_field=None, local_receptive_field=1019)
    assert "picture (1,019 px without global pooling)" in stage_text(whole)
    unknown = replace(one, theoretical_receptive_field=UNKNOWN_FIELD)
    assert "receptive field –" in stage_text(unknown)


def test_it_grows_with_its_font(diagram):
    before, block = diagram.sizeHint(), diagram.block("backbone.stem").size()
    font = QFont(diagram.font())
    font.setPointSizeF(2 * font.pointSizeF())
    diagram.setFont(font)
    after = diagram.sizeHint()
    assert after.height() == pytest.approx(2 * before.height(), rel=0.15)
    assert after.width() > 1.6 * before.width()
    assert diagram.block("backbone.stem").height() > 1.6 * block.height()


def test_a_hovered_block_lights_up(diagram, qtbot):
    where = diagram.block("backbone.stem").center()
    before = picture(diagram).pixelColor(where.toPoint())
    qtbot.mouseMove(diagram, where.toPoint())
    assert diagram.cursor().shape() == Qt.CursorShape.PointingHandCursor
    assert picture(diagram).pixelColor(where.toPoint()) != before
