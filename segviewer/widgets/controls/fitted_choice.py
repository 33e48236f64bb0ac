"""A choice whose words are drawn whole, smaller where they are longer than its panel is wide."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QFontMetrics, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QWidget

from segviewer.widgets.theme.typography import resized, set_size

LEAST_WIDTH = 80  # pixels
CHANGES = (QEvent.Type.FontChange, QEvent.Type.StyleChange)
CLOSE = 0.97
SMALLEST = 0.5  # of the panel's text


class FittedChoice(QComboBox):
    """As wide as its panel, whatever stands in the list.

    The wheel changes it only when it has the focus: over a panel that scrolls, it scrolls.
    """

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # In a turn of its own: the panel takes another font after its children, or before them.
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._fit)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.currentTextChanged.connect(lambda text: self._fit())

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 (Qt's name)
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        super().changeEvent(event)
        # Qt asks while it is being made, too.
        if event.type() in CHANGES and hasattr(self, "_later"):
            self._later.start()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return QSize(LEAST_WIDTH, super().minimumSizeHint().height())

    def _fit(self) -> None:
        panel = self.parentWidget()
        if panel is None:
            return
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        wide = QFontMetrics(panel.font()).horizontalAdvance(self.currentText())
        if wide <= CLOSE * field.width() or field.width() <= 0:
            if self.styleSheet():
                self.setStyleSheet("")
        else:
            share = max(SMALLEST, CLOSE * field.width() / wide)
            set_size(self, resized(panel.font(), share))
