"""What was found in opened files that a person did not ask for, said once they are on screen."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from segviewer.app.frame.openings import Openings
from segviewer.app.state.results import Results
from segviewer.widgets.panels.message_bar import MessageBar

if TYPE_CHECKING:
    from segviewer.imaging.datasets.pairing import Pairing

ABOUT = "offer"


class Offers(QObject):
    """Says how pictures and masks were paired, and offers a photograph as a target mask.

    Signals
    -------
    measure_requested()
        The data set that was found shall be measured.
    """

    measure_requested = Signal()

    def __init__(self, bar: MessageBar, openings: Openings, results: Results, parent: QObject):
        super().__init__(parent)
        self.bar, self.openings = bar, openings
        self._found: list[str] = []
        self._supposed, self._dataset = "", ""
        self._beside = ("", "")  # a photograph, and what is called like its mask
        openings.dataset_opened.connect(self._on_dataset)
        openings.noted.connect(self._found.append)
        openings.mask_supposed.connect(self._on_mask_supposed)
        openings.mask_found.connect(self._on_mask_found)
        # Messages of the photograph before are taken down when the next one comes.
        results.arrived.connect(self._on_arrived)

    def _on_dataset(self, folder: str, found: Pairing) -> None:
        # Of several splits one is chosen first.
        self._dataset = "Measure…" if len(found.splits) > 1 else "Measure all"

    def _on_mask_supposed(self, path: str) -> None:
        self._supposed = path

    def _on_mask_found(self, picture: str, mask: str) -> None:
        self._beside = (picture, mask)

    def _on_arrived(self, stage: str, result: object) -> None:
        if stage != "image":
            return
        if self._found:
            first, *others = self._found
            offered = [(self._dataset, self.measure_requested.emit)] if self._dataset else []
            self.bar.show_message(
                first, " ".join(others), tone="info", actions=offered, about=ABOUT
            )
        elif self._supposed and self._supposed == self.openings.store.session.image:
            path = self._supposed
            self.bar.show_message(
                f"{Path(path).name} was opened as a photograph.",
                "It holds few different numbers or colours, as target masks do.",
                tone="info",
                actions=[("Open as target mask", partial(self.openings.open_target, path))],
                about=ABOUT,
            )
        elif self._beside[0] and self._beside[0] == self.openings.store.session.image:
            picture, mask = (Path(path).name for path in self._beside)
            self.bar.show_message(
                f"{mask} lies beside {picture}.",
                "By its name it is the target mask of this photograph.",
                tone="info",
                actions=[
                    ("Open as target mask", partial(self.openings.open_target, self._beside[1]))
                ],
                about=ABOUT,
            )
        self._found.clear()
        self._supposed, self._dataset, self._beside = "", "", ("", "")
