"""The one frozen state: everything that decides what is on the screen."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from segviewer.checkpoints.model_sheet import EMPTY, ModelSheet
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.tone_settings import ToneSettings
from segviewer.settings import Settings, control

THRESHOLD = 0.5
"""Probability from which a network with one class says foreground, unless another is set."""

Value = bool | int | float | str | tuple[bool | int | float | str, ...]


class InferenceSettings(Settings):
    """How the network is shown the photograph."""

    long_side: int = control(
        0,
        kind="inference",
        label="Inference size",
        unit="px",
        ge=0,
        le=8192,
        step=16,
        log=True,
        zero_text="as trained",
        tip="Long side of the picture the network sees; "
        "at the left end the size it was trained for, and never below a quarter of that. "
        "Scores are brought back to the picture's own pixels.",
    )
    multi_scale: bool = control(
        False,
        kind="inference",
        label="Multi-scale",
        tip="Average the probabilities over scales 0.75, 1 and 1.25 (DeepLab v3, section 4.1).",
    )
    flip: bool = control(
        False,
        kind="inference",
        label="Flip",
        tip="Average with the mirrored picture: twice the time, slightly steadier borders.",
    )
    threshold: float = control(
        THRESHOLD,
        kind="inference",
        label="Threshold",
        ge=0,
        le=1,
        step=0.05,
        decimals=2,
        tip="Foreground is where its probability is larger. Only for networks with one class, or "
        "a sigmoid for each class: there the likeliest class is drawn where it is over this.",
    )
    half: bool = control(
        False,
        kind="inference",
        label="Half precision",
        tip="Convolutions in float16 on a CUDA device: faster, half the memory, and labels that "
        "differ where two classes are nearly as likely. Not on a CPU, where it would be slower.",
    )
    channels_last: bool = control(
        False,
        kind="inference",
        label="Channels last",
        tip="Another order of the weights in memory, on a CUDA device: often faster, above all "
        "with half precision; the same labels.",
    )
    device: str = control("auto", kind="inference", label="Device", hidden=True)


TARGET_LAYERS = ("target", "errors", "boundary errors", "class errors")
"""Overlay layers that need a target mask."""

OF_CLASS = ("probability", "class errors")
"""Overlay layers of one class."""


class OverlaySettings(Settings):
    """How the result lies over the photograph."""

    visible: bool = control(True, kind="overlay", label="Overlay", hidden=True)
    opacity: float = control(
        0.55,
        kind="overlay",
        label="Opacity",
        ge=0,
        le=1,
        step=0.05,
        decimals=2,
        inline=True,
        tip="How much of the photograph the labels cover. Keys A and D.",
    )
    style: Literal["fill", "contour", "both"] = control(
        "fill",
        kind="overlay",
        label="Style",
        inline=True,
        tip="Filled regions, their outlines, or both.",
    )
    layer: Literal[
        "labels",
        "probability",
        "entropy",
        "margin",
        "target",
        "errors",
        "boundary errors",
        "class errors",
    ] = control("labels", kind="overlay", label="Layer", hidden=True)
    chosen_class: int = control(0, kind="overlay", label="Class", hidden=True, ge=0, le=254)
    palette: Literal["label set", "colour-blind safe"] = control(
        "label set", kind="overlay", label="Palette", hidden=True
    )
    hidden: tuple[int, ...] = ()
    # A layer to look into in place of the labels, by its name in the network, and which of
    # its channels: -1 the mean of |x| over all, -2 the one that is strongest.
    activation: str = control("", kind="overlay", label="Activations of", hidden=True)
    channel: int = control(-1, kind="overlay", label="Channel", hidden=True, ge=-2)
    comparison: Literal["overlay", "side", "swipe", "difference", "photo"] = control(
        "overlay", kind="overlay", label="Compare", hidden=True
    )


class PinnedNetwork(Settings):
    """The network and the CRF pinned as A: all that decides its labels, but the device.

    Without a `crf` A is refined as B is, so that only what belongs to the network differs: so
    say figures that were saved when only a network could be pinned.
    """

    checkpoint: str
    architecture: str = ""
    part: str = ""
    sheet: ModelSheet = EMPTY
    network: tuple[tuple[str, Value], ...] = ()
    inference: InferenceSettings = InferenceSettings()
    crf: CRFSettings | None = None


_RENAMED_LAB_VALUES: dict[tuple[str, Value], Value] = {
    ("looked_at", "cures"): "remedies",
    ("check", "deck"): "slides",
}
"""What sessions, figures and lessons of before call a value of a lab, and its word now."""

LabValues = tuple[tuple[str, Value], ...]


def in_words_of_now(values: LabValues) -> LabValues:
    """Settings of a lab, with the words of today where a file still has those of before."""
    return tuple((name, _RENAMED_LAB_VALUES.get((name, value), value)) for name, value in values)


class LabState(Settings):
    """The open lab, by its name in ``LABS``, and its settings that are not at their defaults."""

    name: str = ""
    values: LabValues = ()

    _renamed = field_validator("values")(in_words_of_now)


class Session(Settings):
    """What is on the screen, in numbers, strings, tuples and frozen settings only.

    Attributes
    ----------
    image : str
        Path of the photograph, ``sample:NAME``, or empty.
    allow_large : bool
        The person agreed to open a picture above 50 megapixels.
    picture : PictureSettings
        Which page of its file the photograph is, and which bands.
    tones : ToneSettings
        What of its values becomes black and white, for the eye and for the network.
    target : str
        Path of a target mask, or empty.
    target_mapping : str
        What the mask's numbers mean: a name in
        :data:`segviewer.imaging.datasets.mapping.CHOICES` or ``table:PATH``; empty for the
        likeliest.
    checkpoint : str
        Path, ``bundled:NAME`` or ``random:ARCHITECTURE:FORM``, or empty.
    architecture : str
        Name in ``NETWORKS`` of what the checkpoint is meant to be, where its keys are those
        of several; empty takes the likeliest.
    part : str
        Dotted names, in the checkpoint, of the network that is meant where it holds several (a
        student and its teacher); empty takes the likeliest.
    sheet : ModelSheet
        What a person says of the checkpoint in this session: names, colours, preprocessing,
        activation.
    network : tuple of (name, value)
        Geometry settings that differ from the ones the checkpoint was trained with,
        sorted by name.
    reference : PinnedNetwork or None
        The network and CRF pinned as A, which the present ones (B) are compared with.
    lab : LabState
        The lab in the drawer; without a name the drawer is closed.
    """

    image: str = ""
    allow_large: bool = False
    picture: PictureSettings = PictureSettings()
    tones: ToneSettings = ToneSettings()
    target: str = ""
    target_mapping: str = ""
    checkpoint: str = ""
    architecture: str = ""
    part: str = ""
    sheet: ModelSheet = EMPTY
    network: tuple[tuple[str, Value], ...] = ()
    reference: PinnedNetwork | None = None
    lab: LabState = LabState()
    inference: InferenceSettings = InferenceSettings()
    crf: CRFSettings = CRFSettings()
    overlay: OverlaySettings = OverlaySettings()

    @property
    def photograph(self) -> tuple[str, int | None]:
        """Which one it is, however it is shown: its reference, and the page."""
        return self.image, self.picture.page

    def with_image(self, reference: str) -> Session:
        """Return the session with another photograph, at the page that its file opens at."""
        return self.changed(
            image=reference,
            allow_large=False,
            picture=self.picture.for_next_file(),
            tones=self.tones.without_window(),
        )

    def with_checkpoint(self, reference: str, architecture: str = "", part: str = "") -> Session:
        """Return the session with another checkpoint, its network set as it was trained."""
        # Which labels may meet is said by their numbers, which mean others then.
        crf = self.crf.changed(compatibility=())
        return self.changed(
            checkpoint=reference,
            architecture=architecture,
            part=part,
            sheet=EMPTY,
            network=(),
            crf=crf,
        )

    def with_network(self, name: str, value: Value, trained: Value) -> Session:
        """Return the session with one geometry setting changed; the trained value drops out."""
        overrides = dict(self.network)
        overrides.pop(name, None)
        if value != trained:
            overrides[name] = value
        return self.changed(network=tuple(sorted(overrides.items())))

    def with_lab_value(self, name: str, value: Value, default: Value | None) -> Session:
        """Return the session with one setting of the lab changed; a `default` drops out."""
        values = dict(self.lab.values)
        values.pop(name, None)
        if value != default:
            values[name] = value
        return self.changed(lab=LabState(name=self.lab.name, values=tuple(sorted(values.items()))))

    def pinned(self) -> Session:
        """Return the session with its network and CRF, as they are now, pinned as A."""
        reference = PinnedNetwork(
            checkpoint=self.checkpoint,
            architecture=self.architecture,
            part=self.part,
            sheet=self.sheet,
            network=self.network,
            inference=self.inference,
            crf=self.crf,
        )
        return self.changed(reference=reference)

    def without_reference(self) -> Session:
        """Return the session with nothing pinned, and nothing compared with it."""
        overlay = self.overlay
        if overlay.comparison in ("side", "swipe", "difference"):
            overlay = overlay.changed(comparison="overlay")
        return self.changed(reference=None, overlay=overlay)

    def of_reference(self) -> Session | None:
        """Return the session that A runs with, on the same device; None where nothing is pinned.

        The photograph, the target and the layer are the present ones, so that only what was
        pinned differs.
        """
        pinned = self.reference
        if pinned is None:
            return None
        inference = pinned.inference.model_copy(update={"device": self.inference.device})
        # Every value was checked when it came in; this is asked for at each answer.
        return self.model_copy(
            update={
                "checkpoint": pinned.checkpoint,
                "architecture": pinned.architecture,
                "part": pinned.part,
                "sheet": pinned.sheet,
                "network": pinned.network,
                "inference": inference,
                "crf": self.crf if pinned.crf is None else pinned.crf,
                "reference": None,
            }
        )
