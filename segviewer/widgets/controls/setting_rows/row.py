"""What every row of a settings form has: head, change dot, reset, and when an edit ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QEnterEvent, QWhatsThisClickedEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from segviewer.glossary import Term, term_of
from segviewer.widgets.controls.setting_rows.head import ChangeDot, HeadLabel
from segviewer.widgets.controls.setting_rows.words import same_value, tooltip, written
from segviewer.widgets.controls.value_slider import ValueSlider

if TYPE_CHECKING:
    from segviewer.settings import Control

PANEL_ROOM = 248  # What a side panel of 280 pixels leaves between its margins.
SETTLE_MS = 500


class SettingRow(QWidget):
    """Head line with label, change dot and room for a field; subclasses add the rest.

    Signals
    -------
    edited(object, bool)
        New value, and whether the edit is finished.
    """

    edited = Signal(object, bool)

    def __init__(self, control: Control):
        super().__init__()
        self.control = control
        self._mark: Any = None
        self._open_edit = False
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._finish)

        self._label = HeadLabel(control)
        self._label.reset_requested.connect(self.reset)
        self._dot = ChangeDot()
        self._dot.clicked.connect(self.reset)
        self._head = QHBoxLayout()
        self._head.setSpacing(4)
        self._head.addWidget(self._label)
        self._head.addWidget(self._dot)
        self._head.addStretch(1)
        self._body = QVBoxLayout(self)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(2)
        self._body.addLayout(self._head)
        self.set_enabled(True)

    # What subclasses say

    def value(self) -> Any:
        """The value shown."""
        raise NotImplementedError

    def _show(self, value: Any) -> None:
        raise NotImplementedError

    def _show_mark(self) -> None:
        """Draw the mark, where the row has a place for it."""

    # The same for every row

    def set_value(self, value: Any) -> None:
        """Show `value` without a signal; an unfinished edit is given up."""
        self._settle.stop()
        self._open_edit = False
        self._show(value)
        self._send_change()

    def shows(self, value: Any) -> bool:
        """Whether the row shows this value already."""
        return same_value(self.value(), value)

    def set_mark(self, value: Any) -> None:
        """Remember the trained or preset value; None for none."""
        self._mark = value
        self._show_mark()
        self._send_change()

    def norm(self) -> Any:
        """What a reset goes to: the mark, or else the default."""
        return self.control.default if self._mark is None else self._mark

    def changed(self) -> bool:
        """Whether the value differs from a mark."""
        return self._mark is not None and not same_value(self.value(), self._mark)

    def reset(self) -> None:
        """Go back to the norm, as one finished edit."""
        if not self.isEnabled() or same_value(self.value(), self.norm()):
            return
        self.set_value(self.norm())
        self.edited.emit(self.value(), True)

    def held(self) -> bool:
        """Whether the person has hold of a slider of this row."""
        return any(slider.isSliderDown() for slider in self.findChildren(ValueSlider))

    def set_enabled(self, enabled: bool, reason: str = "") -> None:
        """Switch on or off; the tooltip says why it is off."""
        self.setEnabled(enabled)
        self._reason = "" if enabled else reason
        self.setToolTip(tooltip(self.control, self._reason))

    def term(self) -> Term | None:
        """What the glossary says of this setting, None for nothing."""
        return term_of(self.control.name, self.control.symbol, self.control.label)

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802 (Qt's name)
        # Only now: the glossary is read when it is first needed, not when the window starts.
        self.setToolTip(tooltip(self.control, self._reason, self.term()))
        super().enterEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        menu = QMenu(self)
        term = self.term()
        if term is not None:
            look_up = menu.addAction(f"“{term.term}” in the glossary\tF1")
            look_up.triggered.connect(lambda: self._ask_for(term))
        reset = menu.addAction(f"Back to {written(self.control, self.norm())}")
        reset.setEnabled(self.isEnabled() and not same_value(self.value(), self.norm()))
        reset.triggered.connect(self.reset)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def _ask_for(self, term: Term) -> None:
        # A form does not know the window; Qt carries this event up to it.
        QCoreApplication.sendEvent(self, QWhatsThisClickedEvent(term.id))

    def _live(self) -> None:
        """Notify of an unfinished edit."""
        self._open_edit = True
        self._send_change()
        self.edited.emit(self.value(), False)

    def _on_moved(self, dragging: bool) -> None:
        self._live()
        # Keys and typing have no release: the edit ends when they pause.
        if not dragging:
            self._settle.start()

    def _finish(self) -> None:
        """Notify that an edit is finished, if there is one."""
        self._settle.stop()
        if self._open_edit:
            self._open_edit = False
            self.edited.emit(self.value(), True)

    def _at_once(self) -> None:
        self._open_edit = False
        self._send_change()
        self.edited.emit(self.value(), True)

    def _send_change(self) -> None:
        self._dot.set_shown(self.changed(), written(self.control, self.norm()))
