"""What lies on the picture: labels with the network, names and photograph they belong to."""

from __future__ import annotations

from dataclasses import dataclass, replace

from segviewer.engine.results import HeatResult, LabelResult, NetworkResult, ProbsResult
from segviewer.engine.stages import weights_of
from segviewer.export.cover import Cover
from segviewer.imaging.overlay import heat_table
from segviewer.session import OverlaySettings, Session


@dataclass(frozen=True)
class Shown:
    """A label map and everything that is said of it; of one photograph and one network.

    Names, colours, shares, probabilities and chips are all taken from here, so that one network's
    labels cannot appear under the name of another, whatever has been opened meanwhile.

    Attributes
    ----------
    image : str
        The photograph's reference.
    weights : tuple
        Which checkpoint, and as what.
    network : NetworkResult
        Its `classes` name the labels.
    labelled : LabelResult
    probs : ProbsResult or None
        The probabilities from which the labels are; None for a draft.
    heat : HeatResult or None
        The last layer that was computed for this photograph by this network.
    """

    image: str
    weights: tuple[str, str]
    network: NetworkResult
    labelled: LabelResult
    probs: ProbsResult | None = None
    heat: HeatResult | None = None

    @classmethod
    def of(
        cls,
        session: Session,
        network: NetworkResult,
        labelled: LabelResult,
        probs: ProbsResult | None,
        before: Shown | None,
    ) -> Shown:
        """Labels that have just come for `session`; `before` is what they take the place of."""
        if labelled.classes != network.classes:
            # Of a thousand classes each picture shows its own few.
            network = replace(network, classes=labelled.classes, label_set="")
        if probs is not None and probs.classes != labelled.classes:
            probs = None
        heat = before.heat if before is not None and before.is_of(session) else None
        return cls(session.image, weights_of(session), network, labelled, probs, heat)

    def is_of(self, session: Session) -> bool:
        """Whether photograph and network are those of `session`."""
        return (self.image, self.weights) == (session.image, weights_of(session))

    def previous(self, session: Session) -> str:
        """What is said of it while something else is being opened; empty where it is current."""
        if self.image != session.image:
            return "previous photograph"
        return "" if self.weights == weights_of(session) else "previous network"

    def cover(self, overlay: OverlaySettings) -> Cover | None:
        """The chosen layer; None where the labels are to be seen.

        Of a class that was chosen a moment ago nothing is shown under the name of the new one.
        """
        heat = self.heat
        if overlay.layer == "labels" or heat is None or heat.layer != overlay.layer:
            return None
        last = len(self.network.classes) - 1
        if overlay.layer == "probability" and heat.chosen_class != min(overlay.chosen_class, last):
            return None
        return Cover(heat.heat, heat_table(overlay.layer))
