"""The target mask: how the labels fit it, what its numbers mean, and closing it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.state.preferences import Preferences
from segviewer.app.state.shown import Screen, Shown
from segviewer.app.state.store import Store
from segviewer.engine.results import MetricsResult
from segviewer.imaging.datasets.mapping import CHOICES
from segviewer.imaging.painted_mask import mask_title
from segviewer.widgets.text.plain_text import plain_tip

_LEAST = 0.0005  # a difference that shows in three digits


class TargetPanel:
    """Says figures and name of the mask, lets its numbers be read otherwise, and closes it."""

    def __init__(self, window: MainWindow, store: Store, preferences: Preferences):
        self.label, self.section = window.target_label, window.target_section
        self.mapping, self.store = window.mapping_box, store
        self.preferences = preferences
        for name, meaning in CHOICES.items():
            self.mapping.addItem(_sentence(name or "automatic"), name)
            self.mapping.setItemData(
                self.mapping.count() - 1, plain_tip(_sentence(meaning)), Qt.ItemDataRole.ToolTipRole
            )
        self.mapping.activated.connect(self._on_mapping_chosen)
        self._close = window.action("close_target")
        self._close.triggered.connect(self._on_close)
        self._close_any = window.action("close")
        self._close_any.triggered.connect(self._on_close_any)

    def apply(self, old: Screen | None, new: Screen) -> None:
        """Show what has changed."""
        session = new.session
        if old is None or old.session.target != session.target:
            self.section.setVisible(bool(session.target))
            self._close.setEnabled(bool(session.target))
        self._close_any.setEnabled(bool(session.target or session.image))
        before, metrics = (old.shown if old is not None else Shown()).metrics, new.shown.metrics
        if metrics is not before:
            name = mask_title(new.shown.target)
            network = new.shown.network
            names = network.classes if network is not None else ()
            self.label.setText("" if metrics is None else target_text(metrics, name, names))
        if old is None or metrics is not before or old.session != session:
            self._show_mapping(session.target_mapping, metrics)

    def _show_mapping(self, asked: str, metrics: MetricsResult | None) -> None:
        """Name the mapping that is set, and behind "automatic" what that is."""
        seems = metrics.mapping if metrics is not None and not asked else ""
        text = f"Automatic: {seems}" if seems else "Automatic"
        with QSignalBlocker(self.mapping):
            if self.mapping.itemText(0) != text:
                self.mapping.setItemText(0, text)
            place = self.mapping.findData(asked)
            if asked.startswith("table:") and place < 0:
                self.mapping.addItem(f"Table {Path(asked).name}", asked)
                place = self.mapping.count() - 1
            self.mapping.setCurrentIndex(max(0, place))

    def _on_mapping_chosen(self, index: int) -> None:
        chosen = self.mapping.itemData(index)
        session = self.store.session
        if session.target:
            self.preferences.save_mapping(str(Path(session.target).parent), chosen)
        self.store.update(session.changed(target_mapping=chosen))

    def _on_close(self) -> None:
        self.store.update(self.store.session.changed(target=""))

    def _on_close_any(self) -> None:
        """Close the mask, or where there is none the picture."""
        if self.store.session.target:
            self._on_close()
        else:
            self.store.update(self.store.session.with_image(""))


def target_text(result: MetricsResult, name: str, classes: tuple[str, ...] = ()) -> str:
    """Figures, what the CRF changed of them, the mask's name, and what was not compared.

    Parameters
    ----------
    result : MetricsResult
    name : str
        Of the mask.
    classes : tuple of str
        Names, for the classes that the CRF changed most.
    """
    if not result.present:
        return "\n".join(["mIoU – · nothing to compare", name, *result.notes])
    of = f" over the {result.present} of {len(result.iou)} classes in it"
    lines = [f"mIoU {result.miou:.3f}{of} · accuracy {result.pixel_accuracy:.3f}"]
    if result.before is not None:
        miou, accuracy = result.before
        lines.append(
            f"by the CRF: mIoU {_change(result.miou - miou)}, "
            f"accuracy {_change(result.pixel_accuracy - accuracy)}"
        )
    if result.iou_before is not None and len(classes) == len(result.iou):
        lines += _most_changed(result.iou - result.iou_before, classes)
    return "\n".join([*lines, name, *result.notes])


def _most_changed(change: np.ndarray, classes: tuple[str, ...]) -> list[str]:
    """The class that gained most, and the one that lost most; none where it does not show."""
    known = np.nan_to_num(change)
    best, worst = int(known.argmax()), int(known.argmin())
    named = [
        f"{classes[index]} {_change(known[index])}"
        for index in dict.fromkeys((best, worst))
        if abs(known[index]) >= _LEAST
    ]
    return [f"most changed: {', '.join(named)}"] if named else []


def _change(difference: float) -> str:
    """A difference with its direction: ▲ 0.013, ▼ 0.002, unchanged."""
    if np.isnan(difference) or abs(difference) < _LEAST:
        return "unchanged"
    return f"{'▲' if difference > 0 else '▼'}\u00a0{abs(difference):.3f}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
