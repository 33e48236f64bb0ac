"""What is on screen: the session and, of what came back for it, one set that belongs together."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

from segviewer.analysis.networks.network_card import NetworkCard
from segviewer.engine.detail_keys import detail_key, seen_picture_key
from segviewer.engine.results import (
    DisagreementResult,
    LabelPart,
    LabelResult,
    MetricsResult,
    NetworkResult,
    OverlayLayerResult,
    PicturePart,
    PictureResult,
    ProbsResult,
)
from segviewer.engine.stages import weights_of
from segviewer.export.coloured_raster import ColouredRaster
from segviewer.imaging.labels import LabelSet
from segviewer.imaging.mark import Mark
from segviewer.imaging.overlay import colour_scale, colour_table, layer_table, raster_scale
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.inference.inspected import ActivationResult, FiguresResult
from segviewer.labs.lab import LabResult
from segviewer.session import OF_CLASS, OverlaySettings, Session, Value


@dataclass(frozen=True, eq=False)
class Side:
    """What is known of one of two networks that are compared, for the settings on screen."""

    network: NetworkResult | None = None
    labelled: LabelResult | None = None
    overlay_layer: OverlayLayerResult | None = None
    metrics: MetricsResult | None = None
    figures: FiguresResult | None = None


@dataclass(frozen=True, eq=False)
class Compared:
    """The pinned network A, the present one B, and where they differ.

    Attributes
    ----------
    first, second : Side
        A and B.
    disagreement : DisagreementResult or None
    """

    first: Side = Side()
    second: Side = Side()
    disagreement: DisagreementResult | None = None


@dataclass(frozen=True, eq=False)
class Shown:
    """A photograph, its labels and everything that is said of them; of one network.

    Names, colours, shares, probabilities, figures, times and chips are all taken from here, so
    that one network's labels cannot appear under the name of another, nor an old photograph's
    numbers beside a new one, whatever has been opened meanwhile. Where there are no labels, there
    is nothing that would be said of them.

    Attributes
    ----------
    image : str
        The photograph's reference; empty while there is none.
    allow_large : bool
        Whether the person agreed to its size.
    read_as : PictureSettings
        Which page of it, and which bands.
    target : str
        The mask that is open with it; `metrics` are of this one.
    picture : PictureResult or None
        As the network sees it.
    display : PictureResult or None
        As it is shown, where that is another one.
    opened : NetworkResult or None
        The network that is open, whose labels may still be computed.
    opened_as : tuple of str
        Which checkpoint that is, and as what.
    network : NetworkResult or None
        Its `classes` name the labels; before there are any, the open one.
    weights, settings
        Which network, and how it was set, whose labels were shown last; to go back to.
    labels : LabelSet or None
        Colours and names of the classes; None also for very many, before the first labels say
        which few there are.
    labelled : LabelResult or None
    probs : ProbsResult or None
        The probabilities from which the labels are; None for a draft.
    overlay_layer : OverlayLayerResult or None
        The last layer that was computed for this photograph by this network.
    metrics : MetricsResult or None
    seconds : tuple of float
        What network and CRF took; empty where that is not known.
    idle : tuple of str
        Settings of the network that do nothing as it is set.
    activation : ActivationResult or None
        The layer that is looked into. While the engine works, the same layer of the same
        photograph, as it was set before.
    activation_of : tuple
        What it is of.
    lab : LabResult or None
        What the open lab found, perhaps a moment ago.
    card : NetworkCard or None
    card_is_current : bool
        Whether it is that of the settings.
    compared : Compared or None
        None while nothing is pinned.
    """

    image: str = ""
    allow_large: bool = False
    target: str = ""
    picture: PictureResult | None = None
    opened: NetworkResult | None = None
    opened_as: tuple[str, str, str] = ("", "", "")
    network: NetworkResult | None = None
    weights: tuple[str, str, str] = ("", "", "")
    settings: tuple[tuple[str, Value], ...] = ()
    labels: LabelSet | None = None
    labelled: LabelResult | None = None
    probs: ProbsResult | None = None
    overlay_layer: OverlayLayerResult | None = None
    metrics: MetricsResult | None = None
    seconds: tuple[float, ...] = ()
    idle: tuple[str, ...] = ()
    activation: ActivationResult | None = None
    activation_of: tuple[str | int, ...] = ()
    lab: LabResult | None = None
    card: NetworkCard | None = None
    card_is_current: bool = False
    compared: Compared | None = None
    read_as: PictureSettings = PictureSettings()
    display: PictureResult | None = None

    def __post_init__(self) -> None:
        """Refuse what does not belong together; it would be a mistake in this program.

        Raises
        ------
        ValueError
        """
        if self.labelled is None:
            said = (self.probs, self.overlay_layer, self.metrics)
            if self.seconds or any(one is not None for one in said):
                raise ValueError("something is said of labels that are not there")
        elif self.picture is None:
            raise ValueError("labels without a photograph")
        elif self.network is None or self.network.classes != self.labelled.classes:
            raise ValueError("labels that another network names")
        elif self.probs is not None and self.probs.classes != self.labelled.classes:
            raise ValueError("probabilities of other classes than the labels")

    def pictured(self, session: Session, picture: PictureResult) -> Shown:
        """With the photograph that has just come for `session`; another one has no labels yet."""
        large, target = session.allow_large, session.target
        read_as = session.picture
        if self.photograph == session.photograph:
            return replace(self, allow_large=large, target=target, picture=picture, read_as=read_as)
        return Shown(
            session.image,
            large,
            target,
            picture,
            opened=self.opened,
            opened_as=self.opened_as,
            network=self.opened,
            weights=self.weights,
            settings=self.settings,
            read_as=read_as,
        )

    def without_photograph(self) -> Shown:
        """With the network that is open, and no photograph."""
        return Shown(
            opened=self.opened,
            opened_as=self.opened_as,
            network=self.opened,
            weights=self.weights,
            settings=self.settings,
        )

    @property
    def seen(self) -> PictureResult | None:
        """The photograph as it is shown."""
        return self.picture if self.display is None else self.display

    @property
    def photograph(self) -> tuple[str, int | None]:
        """Which one there is, as :attr:`Session.photograph`."""
        return self.image, self.read_as.page

    def with_opened(self, session: Session, network: NetworkResult) -> Shown:
        """With the network that has just been opened; labels keep the one that they are of."""
        # Another name or other colours change no label.
        same = self.labelled is None or (
            self.weights == weights_of(session) and network.classes == self.labelled.classes
        )
        shown = network if same else self.network
        return replace(self, opened=network, opened_as=weights_of(session), network=shown, idle=())

    def labelled_by(
        self, session: Session, labelled: LabelResult, probs: ProbsResult | None
    ) -> Shown:
        """With labels of the open network, which have just come for `session`."""
        network = self.opened
        if network is None:
            return self
        if labelled.classes != network.classes:
            # Of a thousand classes each picture shows its own few.
            network = replace(network, classes=labelled.classes, label_set="")
        if probs is not None and probs.classes != labelled.classes:
            probs = None
        shown = replace(self, network=network, labelled=labelled, probs=probs)
        if not self.is_of(session):
            # Those of the next network come later.
            shown = replace(shown, overlay_layer=None, metrics=None, seconds=())
        return replace(shown, weights=weights_of(session), settings=session.network)

    def is_of(self, session: Session) -> bool:
        """Whether there are labels, and photograph and network are those of `session`."""
        if self.labelled is None:
            return False
        return (self.photograph, self.weights) == (session.photograph, weights_of(session))

    def previous(self, session: Session) -> str:
        """What is said of it while something else is being opened; empty where it is current."""
        if self.labelled is None or self.is_of(session):
            return ""
        if self.image != session.image:
            return "previous photograph"
        return "previous page" if self.read_as.page != session.picture.page else "previous network"

    def layer(self, overlay: OverlaySettings) -> ColouredRaster | None:
        """The chosen layer; None where the labels are to be seen.

        Of a class that was chosen a moment ago nothing is shown under the name of the new one.
        """
        computed, network = self.overlay_layer, self.network
        if network is None or computed is None or computed.layer != overlay.layer:
            return None
        last = len(network.classes) - 1
        if overlay.layer in OF_CLASS and computed.chosen_class != min(overlay.chosen_class, last):
            return None
        return ColouredRaster(
            computed.values, layer_table(overlay.layer, self.labels, overlay.hidden)
        )

    def raster(self, overlay: OverlaySettings) -> ColouredRaster | None:
        """What is seen in place of the labels; None where they are seen."""
        if self.activation is not None and self.activation.raster is not None:
            return ColouredRaster(self.activation.raster, colour_scale("probability"))
        if self.lab is not None and self.lab.raster is not None:
            return ColouredRaster(self.lab.raster, raster_scale())
        if self.lab is not None and self.lab.label_map is not None and self.labels is not None:
            return ColouredRaster(
                self.lab.label_map, colour_table(self.labels, hidden=overlay.hidden)
            )
        return self.layer(overlay)

    def beside_target(self, overlay: OverlaySettings) -> bool:
        """Whether the labels are seen on the left and the target mask on the right."""
        if overlay.layer != "target" or overlay.comparison not in ("side", "swipe"):
            return False
        raster, computed = self.raster(overlay), self.overlay_layer
        # A lab or an activation may lie over the mask.
        seen = raster is not None and computed is not None and raster.values is computed.values
        return seen and self.labelled is not None

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Rectangles and ellipses that the lab draws on the photograph."""
        return self.lab.marks if self.lab is not None else ()


@dataclass(frozen=True, eq=False)
class Detail:
    """Parts of a huge photograph that are finer than its overview, and what they belong to.

    Attributes
    ----------
    picture_key : Hashable
    picture : PicturePart or None
    label_key : Hashable
    labels : tuple of LabelPart
    said : (str, str)
        Of the labels, as a chip; empty where nothing is to be said.
    """

    picture_key: Hashable = None
    picture: PicturePart | None = None
    label_key: Hashable = None
    labels: tuple[LabelPart, ...] = ()
    said: tuple[str, str] = ("", "info")

    def of(self, session: Session, shown: Shown) -> Detail:
        """What of it belongs to the settings and to what is shown."""
        found = self
        same = shown.photograph == session.photograph
        if not same or self.picture_key != seen_picture_key(session):
            found = replace(found, picture=None)
        if not (shown.is_of(session) and self.label_key == detail_key(session)):
            found = replace(found, labels=(), said=("", "info"))
        return found


@dataclass(frozen=True, eq=False)
class Screen:
    """All that the panels draw.

    Attributes
    ----------
    session : Session
    shown : Shown
    computing : bool
        Whether the first labels are being computed.
    waiting : bool
        Whether the session has changed and nobody has said Run.
    detail : Detail
        Of a huge photograph; of none nothing.
    """

    session: Session
    shown: Shown
    computing: bool = False
    waiting: bool = False
    detail: Detail = Detail()


class Panel(Protocol):
    """A part of the window."""

    def apply(self, old: Screen | None, new: Screen) -> None:
        """Draw what differs between two screens; everything where there is no `old`."""


def is_same(one: Any, other: Any) -> bool:
    """Whether two of these classes hold the very same; arrays are not looked into."""
    if one is other or one is None or other is None:
        return one is other
    if isinstance(one, (Shown, Screen, Compared, Side)):
        names = [field.name for field in fields(one)]
        return all(is_same(getattr(one, name), getattr(other, name)) for name in names)
    return isinstance(one, (str, bool, tuple, Session)) and one == other
