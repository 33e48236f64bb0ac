"""The class list: names, colours, shares, and IoU beside a target mask."""

from __future__ import annotations

import numpy as np

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.state.shown import Screen, Shown
from segviewer.session import OF_CLASS


class ClassPanel:
    """Lists the classes of what is shown."""

    def __init__(self, window: MainWindow):
        self.legend, self.readout = window.legend, window.readout
        self._listed: tuple[str, ...] | None = None

    def apply(self, old: Screen | None, new: Screen) -> None:
        """Show what has changed."""
        before, shown = old.shown if old is not None else Shown(), new.shown
        if old is None or _of_class(old) != _of_class(new):
            self.legend.set_choosing(_of_class(new), "layer")
        listed = self._list(before, shown)
        if listed or old is None or old.session.overlay.hidden != new.session.overlay.hidden:
            self.legend.set_hidden(new.session.overlay.hidden)
        if listed or shown.labelled is not before.labelled:
            labelled = shown.labelled
            self.legend.set_shares(labelled.shares if labelled is not None else None)
        if listed or shown.metrics is not before.metrics:
            self.legend.set_iou(shown.metrics.iou if shown.metrics is not None else None)

    def _list(self, before: Shown, shown: Shown) -> bool:
        """List classes with their colours; True where other ones are listed now."""
        network, labels = shown.network, shown.labels
        if network is None or (network is before.network and labels is before.labels):
            return False
        # Of very many classes the few to list come with the first labels.
        names = network.classes if labels is not None else ()
        colours = np.array(labels.colours if labels is not None else (), np.uint8).reshape(-1, 3)
        if names == self._listed:
            self.legend.set_colours(colours)
            return False
        self._listed = names
        self.legend.set_classes(names, colours)
        self.readout.set_classes(names)
        return True


def _of_class(screen: Screen) -> bool:
    """Whether one class is seen, which a click in the list chooses."""
    overlay = screen.session.overlay
    return overlay.layer in OF_CLASS and not overlay.activation
