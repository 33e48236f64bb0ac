"""Menus of networks: every form untrained, the bundled weights, and what a file is meant to be."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.frame.openings import Openings
from segviewer.app.state.background import Background
from segviewer.app.state.results import Results
from segviewer.checkpoints.model_card import ModelCard
from segviewer.engine.results import FormsResult, NetworkResult
from segviewer.references import Reference
from segviewer.session import Session
from segviewer.widgets.text.plain_text import plain_entry, plain_tip

if TYPE_CHECKING:
    from segviewer.app.network.catalogue_dialog import CatalogueDialog

# How the titles of the ablation's rows begin, and which network each is.
AS_NETWORKS = (
    ("plain FCN head", "FCN head"),
    ("+ global context (ParseNet)", "ParseNet head with global context"),
    ("PPM", "PSPNet head,"),
    ("cascaded", "DeepLab v3 head, cascaded"),
    ("ASPP 6, 12, 18, 24 by sum (v2)", "DeepLab v2 head, ASPP 6, 12, 18, 24"),
    ("ASPP, multi-grid", "DeepLab v3 head, ASPP, multi-grid"),
    ("ASPP", "DeepLab v3 head, ASPP"),
    ("DUC, constant rates", "DUC head, constant rates"),
    ("DUC, hybrid rates", "DUC head, hybrid rates"),
)
MOST_PARTS = 3  # buttons that fit beside the message


class NetworkMenus(QObject):
    """Fills the Model menu's lists, and asks where a file could be several networks."""

    def __init__(
        self, window: MainWindow, openings: Openings, results: Results, background: Background
    ):
        super().__init__(window)
        self.window, self.openings, self.store = window, openings, openings.store
        self._background = background
        self._menu, self._bundled_menu = window.toolbar.networks_menu, window.toolbar.bundled_menu
        self._bar = window.message_bar
        self.catalogue: CatalogueDialog | None = None  # made when it is first opened
        self._bundled: list[tuple[str, ModelCard]] = []
        self._forms: FormsResult | None = None
        self._asked: set[str] = set()
        # Hundreds of entries; they are made for whoever looks at them.
        self._menu.aboutToShow.connect(self._fill)
        window.action("catalogue").triggered.connect(lambda checked=False: self.show_catalogue())
        results.arrived.connect(self._on_arrived)
        background.run(_bundled, done=self.fill_bundled, failed=lambda error: None)

    def show_catalogue(self) -> None:
        """Open the catalogue of weights."""
        from segviewer.app.network.catalogue_dialog import CatalogueDialog

        if self.catalogue is None:
            self.catalogue = CatalogueDialog(self._background, self.window)
            self.catalogue.checkpoint_chosen.connect(self.openings.open_checkpoint)
        self.catalogue.start()

    def _on_arrived(self, stage: str, result: object) -> None:
        if isinstance(result, FormsResult):
            self.fill_forms(result)
        elif stage == "network" and isinstance(result, NetworkResult):
            self.ask_meant(self.store.session, result)

    def fill_bundled(self, entries: list[tuple[str, ModelCard]]) -> None:
        """List the weights that ship."""
        self._bundled = list(entries)
        for name, card in entries:
            self._add_bundled(self._bundled_menu, name, card)
        _empty(self._menu)

    def fill_forms(self, result: FormsResult) -> None:
        """List every form of every network, the trained ones first."""
        self._forms = result
        _empty(self._menu)
        self._menu.setEnabled(True)

    def ask_meant(self, session: Session, network: NetworkResult) -> None:
        """Where the file's keys are those of several networks, offer the less likely ones."""
        where = session.checkpoint
        if where in self._asked:
            return
        if network.parts and not session.part:
            self._asked.add(where)
            self._offer_parts(where, session.architecture, network)
            return
        if not network.alternatives or session.architecture:
            return
        self._asked.add(where)
        titles = " or ".join(title for _, title in network.alternatives)
        self._bar.show_message(
            f"{network.title} could also be {titles}.",
            "Its keys and shapes are the same.",
            "It was opened as the likelier one.",
            tone="info",
            actions=[
                (f"Open as {title}", partial(self._open_as, where, architecture))
                for architecture, title in network.alternatives
            ],
        )

    def _offer_parts(self, where: str, architecture: str, network: NetworkResult) -> None:
        """Name the other networks of a file, each one click away."""
        self._bar.show_message(
            f"{network.title} holds {len(network.parts) + 1} networks.",
            f"It was opened as “{network.part or 'the file itself'}”, the likeliest.",
            "The others are in the same file.",
            tone="info",
            actions=[
                (f"Open “{part}”", partial(self._open_as, where, architecture, part))
                for part in network.parts[:MOST_PARTS]
            ],
        )

    def _open_as(self, reference: str, architecture: str, part: str = "") -> None:
        self.store.update(self.store.session.with_checkpoint(reference, architecture, part))

    def _add_bundled(self, menu: QMenu, name: str, card: ModelCard) -> None:
        miou = card.results.get("test", {}).get("miou")
        figure = f" · test mIoU {miou:.3f}" if miou is not None else ""
        action = menu.addAction(plain_entry(f"{network_name(card.title)}{figure}"))
        action.setToolTip(plain_tip(f"{card.title}, trained on {card.trained_on}"))
        reference = str(Reference("bundled", name))
        action.triggered.connect(lambda: self.openings.open_checkpoint(reference))

    def _fill(self) -> None:
        menu = self._menu
        if self._forms is None or menu.actions():
            return
        for architecture, title, forms in self._forms.networks:
            forms_menu = menu.addMenu(title)
            forms_menu.aboutToShow.connect(
                partial(self._fill_forms_of, forms_menu, architecture, forms)
            )

    def _fill_forms_of(self, menu: QMenu, architecture: str, forms: tuple[str, ...]) -> None:
        if menu.actions():
            return
        for name, card in self._bundled:
            if card.architecture == architecture:
                self._add_bundled(menu, name, card)
        menu.addSection("Random weights")
        for form in forms:
            action = menu.addAction(form)
            reference = str(Reference("random", f"{architecture}:{form}"))
            action.triggered.connect(partial(self._open, reference))

    def _open(self, reference: str, checked: bool = False) -> None:
        self.openings.open_checkpoint(reference)


def network_name(title: str) -> str:
    """A title as one names a network: those of the ablation are named as rows of its table."""
    head, _, backbone = title.partition(" · EfficientNet")
    for said, network in AS_NETWORKS:
        if head.startswith(said):
            head = network + head.removeprefix(said)
            break
    return f"{head} · EfficientNet{backbone}" if backbone else head


def _empty(menu: QMenu) -> None:
    """Clear `menu`; its submenus, which Qt leaves behind, go too."""
    for action in menu.actions():
        if action.menu() is not None:
            action.menu().deleteLater()
    menu.clear()


def _bundled() -> list[tuple[str, ModelCard]]:
    from segviewer.checkpoints.published.catalogue import bundled_checkpoints

    return list(bundled_checkpoints())
