"""The tour: where its callout stands, what it lets through, and how it ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QMainWindow, QPushButton, QWidget
from shiboken6 import delete

from segviewer.widgets.help.tour import GAP, Stop, Tour, callout_place, lit_area

SIZE = QSize(336, 150)
WHOLE = QRect(0, 0, 1280, 720)


@pytest.mark.parametrize(
    ("hole", "place"),
    [
        (QRect(10, 10, 60, 30), QPoint(GAP, 39 + GAP)),  # a button above: below it
        (QRect(0, 40, 270, 680), QPoint(269 + GAP, 40)),  # a left panel: at its right
        (QRect(1000, 40, 280, 680), QPoint(1000 - GAP - 336, 40)),  # a right one: at its left
        (QRect(0, 600, 1280, 120), QPoint(GAP, 600 - GAP - 150)),  # a strip below: above it
    ],
)
def test_the_callout_stands_beside_its_target(hole, place):
    assert callout_place(WHOLE, SIZE, [hole]) == place
    assert not QRect(place, SIZE).intersects(hole)


def test_without_a_target_it_stands_in_the_middle():
    box = QRect(callout_place(WHOLE, SIZE, []), SIZE)
    assert box.center() == WHOLE.center()


@given(
    st.lists(
        st.tuples(
            *(st.integers(0, 1200), st.integers(0, 700)) * 1,
            st.integers(1, 1280),
            st.integers(1, 720),
        ),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from([(1280, 720), (640, 360), (3840, 2160)]),
)
def test_it_never_leaves_the_window(holes, window):
    whole = QRect(QPoint(), QSize(*window))
    rects = [QRect(*hole) & whole for hole in holes]
    rects = [rect for rect in rects if not rect.isEmpty()]
    box = QRect(callout_place(whole, SIZE, rects), SIZE)
    assert whole.contains(box)


class Window(QMainWindow):
    """A window with a button, a panel, and something that Esc does."""

    def __init__(self):
        super().__init__()
        self.dropped, self.escaped = [], 0
        self.setAcceptDrops(True)
        self.resize(800, 600)
        inside = QWidget()
        self.setCentralWidget(inside)
        self.button = QPushButton("Open", inside)
        self.button.setGeometry(10, 10, 80, 30)
        self.panel = QPushButton("Panel", inside)
        self.panel.setGeometry(600, 100, 180, 400)
        escape = QAction(self)
        escape.setShortcut(QKeySequence("Esc"))
        escape.triggered.connect(self._on_escape)
        self.addAction(escape)

    def _on_escape(self):
        self.escaped += 1


@pytest.fixture
def window(qtbot):
    window = Window()
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    window.button.setFocus()
    return window


@pytest.fixture
def prepared():
    return []


@pytest.fixture
def tour(window, prepared):
    tour = Tour(
        window,
        [
            Stop("One", "First", (window.button,), lambda: prepared.append("one")),
            Stop("Two", "Second", (window.panel, window.button)),
            Stop("Three", "Third", ()),
        ],
    )
    tour.start()
    return tour


def test_next_and_back_by_keys_alone(tour, qtbot, prepared):
    callout = tour.callout
    assert prepared == ["one"]
    assert callout.isVisible() and callout.title.text() == "One"
    assert callout.count.text() == "1 of 3" and not callout.back_button.isVisible()
    assert callout.next_button.hasFocus()
    qtbot.keyClick(callout.next_button, Qt.Key.Key_Return)
    assert callout.title.text() == "Two" and callout.back_button.isVisible()
    qtbot.keyClick(callout.next_button, Qt.Key.Key_Tab)
    qtbot.keyClick(callout.back_button, Qt.Key.Key_Space)
    assert callout.title.text() == "One" and prepared == ["one", "one"]
    for _ in range(2):
        qtbot.keyClick(callout.next_button, Qt.Key.Key_Space)
    assert callout.next_button.text() == "Done" and not callout.skip_button.isVisible()
    with qtbot.waitSignal(tour.ended):
        qtbot.keyClick(callout.next_button, Qt.Key.Key_Return)


def test_escape_ends_it_and_does_nothing_else(tour, window, qtbot):
    with qtbot.waitSignal(tour.ended):
        qtbot.keyClick(tour.callout.next_button, Qt.Key.Key_Escape)
    assert window.escaped == 0
    assert window.button.hasFocus()  # as before
    qtbot.keyClick(window.button, Qt.Key.Key_Escape)
    assert window.escaped == 1


def test_escape_ends_it_from_anywhere_in_the_window(tour, window, qtbot):
    window.panel.setFocus()
    with qtbot.waitSignal(tour.ended):
        qtbot.keyClick(window.panel, Qt.Key.Key_Escape)
    assert window.escaped == 0


def test_skip_ends_it_and_nothing_is_left(tour, window, qtbot):
    qtbot.mouseClick(tour.callout.skip_button, Qt.MouseButton.LeftButton)
    assert tour.place == -1
    tour.end()  # once more does no harm
    assert not [
        w
        for w in window.findChildren(QWidget)
        if w in (tour.callout, tour.dimming) and w.isVisible()
    ]


def test_what_is_lit_is_used_and_the_rest_takes_no_click(tour, window, qtbot):
    assert tour.dimming.geometry() == window.rect()
    lit, dimmed = (w.mapTo(window, w.rect().center()) for w in (window.button, window.panel))
    assert window.childAt(lit) is window.button
    assert window.childAt(dimmed) is tour.dimming
    window.button.setFocus()
    with qtbot.assertNotEmitted(window.panel.clicked):
        qtbot.mouseClick(tour.dimming, Qt.MouseButton.LeftButton, pos=dimmed)
    assert tour.callout.next_button.hasFocus()  # so that Return goes on


def test_keys_stay_with_the_callout(tour, window, qtbot):
    hit, action = [], QAction(window)
    action.setShortcuts([QKeySequence("S"), QKeySequence("Ctrl+S"), QKeySequence("PgDown")])
    action.triggered.connect(lambda: hit.append(1))
    window.addAction(action)
    tour.go_on()
    callout = tour.callout
    qtbot.keyClick(callout.next_button, Qt.Key.Key_S)
    qtbot.keyClick(callout.next_button, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(callout.next_button, Qt.Key.Key_PageDown)
    assert hit == []
    for expected in (callout.back_button, callout.skip_button, callout.next_button):
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        assert expected.hasFocus()
    qtbot.keyClick(callout.next_button, Qt.Key.Key_Right)
    assert callout.back_button.hasFocus()
    qtbot.keyClick(callout.back_button, Qt.Key.Key_Escape)
    qtbot.keyClick(window.button, Qt.Key.Key_S)
    assert hit == [1]  # after the tour they are the window's again


def test_drops_come_through(tour):
    assert not tour.dimming.acceptDrops() and not tour.callout.acceptDrops()
    assert QApplication.activeModalWidget() is None


def test_the_light_follows_the_target_and_the_window(tour, window, qtbot):
    first = lit_area(window, window.button)
    window.button.move(200, 300)
    moved = lit_area(window, window.button)
    assert moved.topLeft() - first.topLeft() == QPoint(190, 290)
    qtbot.waitUntil(lambda: tour.dimming._holes == [moved])
    tour.go_on()
    window.panel.hide()
    qtbot.waitUntil(lambda: len(tour.dimming._holes) == 1)
    window.resize(640, 400)
    qtbot.waitUntil(lambda: tour.dimming.size() == window.size())
    assert window.rect().contains(tour.callout.geometry())


def test_the_rest_is_darker_and_the_target_is_not(tour, window, qtbot):
    lit, dark = window.button.mapTo(window, QPoint(4, 4)), QPoint(500, 550)
    with_tour = window.grab().toImage()
    tour.end()
    without = window.grab().toImage()
    assert with_tour.pixelColor(lit) == without.pixelColor(lit)
    assert with_tour.pixelColor(dark).lightness() < 0.6 * without.pixelColor(dark).lightness()


def test_all_of_the_text_fits_a_narrow_window(tour, window):
    size = tour.callout.size_in(QSize(640, 360))
    assert size.width() <= 640 - 2 * GAP and size.height() <= 360 - 2 * GAP
    assert tour.callout.height() >= tour.callout.layout().minimumSize().height()


def test_presenting_ends_it(tour, window, qtbot):
    with qtbot.waitSignal(tour.ended):
        window.showFullScreen()
    window.showNormal()


def test_what_cannot_wait_stays_lit_free_and_usable(window, qtbot):
    bar = QPushButton("Restore", window)
    bar.setGeometry(10, 50, 700, 40)  # where the callout of the button above would stand
    bar.hide()
    tour = Tour(window, [Stop("One", "First", (window.button,))], spared=(bar,))
    tour.start()
    assert tour.callout.geometry().intersects(bar.geometry())
    bar.show()  # it comes while the tour runs
    area = lit_area(window, bar)
    qtbot.waitUntil(lambda: area in tour.dimming._holes)
    hidden = tour.callout.geometry() & area
    assert hidden.width() * hidden.height() < 0.12 * area.width() * area.height()
    with qtbot.waitSignal(bar.clicked):
        centre = bar.mapTo(window, bar.rect().center())
        qtbot.mouseClick(window.childAt(centre), Qt.MouseButton.LeftButton)
    tour.end()


@pytest.mark.parametrize("of", ["focus", "stop"])
def test_it_ends_though_a_widget_it_knew_is_gone(window, qtbot, of):
    field = QPushButton("Field", window.centralWidget())
    field.show()
    field.setFocus()
    tour = Tour(window, [Stop("One", "Here.", (field if of == "stop" else window.panel,))])
    tour.start()
    qtbot.waitUntil(tour.callout.next_button.hasFocus)
    delete(field)
    with qtbot.waitSignal(tour.ended):
        qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert tour.place == -1 and not tour.callout.isVisible()


def test_what_a_stop_lights_is_painted_anew(tour, window, qtbot):
    painted = []

    class Paints(QObject):
        def eventFilter(self, watched, event):
            if event.type() == QEvent.Type.Paint:
                painted.append(event.rect())
            return False

    paints = Paints()
    window.panel.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
    window.panel.installEventFilter(paints)
    qtbot.mouseClick(tour.callout.next_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.panel.rect() in painted)
