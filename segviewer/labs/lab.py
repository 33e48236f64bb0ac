"""What a lab is, what it may compute with, and what it finds."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Protocol, TypeVar

import numpy as np

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.imaging.mark import Mark
from segviewer.settings import Settings

if TYPE_CHECKING:  # which import torch
    from segviewer.checkpoints.model_card import ModelCard
    from segviewer.checkpoints.opening import OpenedNetwork
    from segviewer.networks.network import Network
    from segviewer.networks.settings import NetworkSettings

Needs = Literal["nothing", "image", "network", "probs"]
ConfigT = TypeVar("ConfigT", bound=Settings)
ShownT = TypeVar("ShownT")

NOTHING = np.empty(0)
"""In place of an array that a lab does not need."""


@dataclass(frozen=True)
class LabEntry:
    """One line of the gallery.

    Attributes
    ----------
    title, sentence, source : str
        Name, what it shows, and the papers or slides it belongs to.
    needs : str
        What it is computed from: ``nothing`` but its own settings; the ``image``; the
        ``network`` as it is set, on the image; its probabilities (``probs``) with the CRF's
        settings and the target mask.
    group : str
        The part of the gallery it stands in.
    view : str
        ``module:class`` of the widget that draws it; a name, so that nothing here imports Qt.
    closed : bool
        Of a lab that needs the network: whether it works on a closed program (TorchScript,
        torch.export, ONNX) too, whose layers and settings are not reached.
    has_photograph : bool
        Whether its own drawing has the photograph in it, so that presenting it may stand alone.
    """

    title: str
    sentence: str
    source: str
    needs: Needs
    group: str
    view: str
    closed: bool = False
    has_photograph: bool = False


@dataclass(frozen=True)
class LabResult(Generic[ShownT]):
    """What a lab found.

    Attributes
    ----------
    name : str
        Of the lab.
    shown : ShownT or None
        What its view draws; None where there is nothing, and `caption` says why.
    caption : str
        What is seen now, in numbers.
    formula : str
        The formula with the current values, as rich text.
    raster : ndarray of uint8 (h, w) or None
        Over the photograph in place of the labels; `raster_name` is said on the picture.
    label_map : ndarray of uint8 (h, w) or None
        In place of the network's labels, of the same classes; `raster_name` names it.
    marks : tuple of Mark
    complete : bool
        False while a running mean still grows.
    """

    name: str
    shown: ShownT | None = None
    caption: str = ""
    formula: str = ""
    raster: np.ndarray | None = None
    raster_name: str = ""
    label_map: np.ndarray | None = None
    marks: tuple[Mark, ...] = ()
    complete: bool = True


@dataclass
class LabContext:
    """What a lab may compute with; only what its entry needs is there.

    Attributes
    ----------
    image : ndarray of uint8 (H, W, 3)
        Photograph at working size; :data:`NOTHING` for a lab that needs none.
    opened : OpenedNetwork or None
        The network, set as the session says.
    photograph : (int, int) or None
        Height and width of the photograph itself; None where `image` is it.
    probs : ndarray of float32 (K, H, W)
        Probabilities before the CRF, not to be written into; or `NOTHING`.
    classes : tuple of str
        Names of the K.
    crf : CRFSettings
    target : ndarray of uint8 (H', W') or None
        Target mask at its own size, 255 where it says nothing.
    check : callable
        Raises :class:`segviewer.errors.Cancelled` when nobody waits any more.
    progressed : callable (fraction)
    memory : dict
        Kept between runs of the same lab, for what is costly to make again.
    """

    image: np.ndarray = field(default_factory=lambda: NOTHING)
    photograph: tuple[int, int] | None = None
    opened: OpenedNetwork | None = None
    probs: np.ndarray = field(default_factory=lambda: NOTHING)
    classes: tuple[str, ...] = ()
    crf: CRFSettings = CRFSettings()
    target: np.ndarray | None = None
    check: Callable[[], None] = lambda: None
    progressed: Callable[[float], None] = lambda fraction: None
    memory: dict[Any, Any] = field(default_factory=dict)

    @property
    def network(self) -> Network:
        """That of `opened`; for labs that need one."""
        assert self.opened is not None
        return self.opened.network

    @property
    def trained(self) -> NetworkSettings:
        """Settings of the network as trained; what runs is ``network.config``."""
        assert self.opened is not None
        return self.opened.config

    @property
    def card(self) -> ModelCard:
        """That of `opened`; for labs that need one."""
        assert self.opened is not None
        return self.opened.card


class LabView(Protocol):
    """The widget that draws a lab's results.

    It may have three signals. ``edited(name, value, finished)`` is a setting of the lab that was
    changed by hand on the drawing; ``asked(changes)`` is a change of what is looked at, as
    ``{"crf": {field: value}, "network": {…}}``, which becomes one step to undo; ``wanted(name)``
    triggers an action of the window.
    """

    def show_result(self, shown: Any) -> None:
        """Draw what was found; None while there is nothing."""


class Lab(Generic[ConfigT, ShownT]):
    """One concept: settings, what is computed from them, and how it is drawn.

    Attributes
    ----------
    name : str
        Its file's name, and its name in sessions and lessons.
    entry : LabEntry
        Its line in the gallery.
    Config : type of Settings
        Frozen, with :func:`segviewer.settings.control` on every field.
    picks : tuple of str
        Names of two settings, the column and the row as fractions of the photograph, that a
        click on the photograph sets; empty where a click means nothing.
    """

    name: ClassVar[str]
    entry: ClassVar[LabEntry]
    Config: type[Settings]
    picks: tuple[str, ...] = ()

    def compute(self, context: LabContext, config: ConfigT) -> Iterator[LabResult[ShownT]]:
        """Yield the result; a lab whose result grows yields it several times.

        Pure, without Qt and without threads of its own: it runs in the engine, which calls
        ``context.check`` between two yields.
        """
        raise NotImplementedError

    def make_view(self) -> Any:
        """Make the widget of Qt that draws a result, a :class:`LabView`."""
        module, _, name = self.entry.view.partition(":")
        return getattr(importlib.import_module(module), name)()
