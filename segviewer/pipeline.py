"""The map of the house: the ordered stages, what each depends on, and what each gives.

A stage runs again only when its key changes: its input's key and its slice of the session.
Keys are pure functions of the session, so the window can tell a stale answer from a
current one without asking anybody.

    image ─┬─ features ─ probs ─ refined ─┬─ label_map ─ metrics
    network┘  (backbone)  (head)   (CRF)  └─ heat

This module is cheap to import; torch comes with the first stage that needs it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from segviewer.errors import EngineError, PictureError, SettingsError
from segviewer.session import Session
from segviewer.settings import Control

STAGES = {
    "image": "Reading the photograph",
    "network": "Opening the checkpoint",
    "features": "Running the backbone",
    "probs": "Running the head",
    "refined": "Refining with the CRF",
    "label_map": "Drawing the label map",
    "heat": "Drawing the layer",
    "metrics": "Comparing with the target",
}
# Stages whose results a caller may show.
SHOWN_STAGES = ("image", "network", "refined", "label_map", "heat", "metrics")
DEFAULT_LONG_SIDE = 513  # what DeepLab v3 was trained on, for files that do not say


def stage_key(session: Session, stage: str, head_fields: tuple[str, ...] = ()) -> Hashable:
    """Everything `stage` depends on.

    Parameters
    ----------
    head_fields : tuple of str
        Geometry settings that the backbone does not feel; only for ``features``.
    """
    image = (session.image, session.allow_large)
    if stage == "image":
        return image
    if stage == "network":
        return (session.checkpoint,)
    geometry = tuple(item for item in session.network if item[0] not in head_fields)
    features = (image, session.checkpoint, geometry, session.inference)
    if stage == "features":
        return features
    probs = (image, session.checkpoint, session.network, session.inference)
    if stage == "probs":
        return probs
    # A CRF that is off does not depend on its sliders.
    refined = (probs, session.crf if session.crf.enabled else None)
    if stage in ("refined", "label_map"):
        return refined
    if stage == "heat":
        layer = session.overlay.layer
        chosen = session.overlay.chosen_class if layer == "probability" else None
        return (refined, layer, chosen)
    if stage == "metrics":
        return (refined, session.target)
    raise KeyError(stage)


@dataclass(frozen=True)
class PictureResult:
    """The photograph: uint8 RGB and its halves, for drawing at any zoom."""

    levels: list[np.ndarray]
    note: str = ""


@dataclass(frozen=True)
class NetworkResult:
    """What the window needs to know about the open network; plain values only."""

    title: str
    architecture: str
    controls: tuple[Control, ...]
    trained: dict[str, Any]
    classes: tuple[str, ...]
    label_set: str
    weights: str
    trained_on: str
    long_side: int
    parameters: int
    notes: tuple[str, ...]
    results: dict[str, Any]
    devices: tuple[str, ...] = ("cpu",)
    crf_missing: str = ""


@dataclass(frozen=True)
class ProbsResult:
    """Probabilities at working size, float16 (K, h, w), for reading under the cursor."""

    probs: np.ndarray


@dataclass(frozen=True)
class LabelResult:
    """A label map, uint8 (H, W); `complete` is False for the quick one at working size."""

    label_map: np.ndarray
    shares: np.ndarray
    complete: bool
    chips: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class HeatResult:
    """A layer to look at, uint8 (h, w)."""

    heat: np.ndarray
    layer: str


@dataclass(frozen=True)
class MetricsResult:
    """Comparison with the target mask."""

    miou: float
    pixel_accuracy: float
    iou: np.ndarray


@dataclass
class Cached:
    """A stage's last value, its key, and how long it took."""

    key: Hashable = None
    value: Any = None
    seconds: float = 0.0


def _ignore(*args: Any) -> None:
    return None


@dataclass
class Listener:
    """Who is told what while a pipeline runs.

    Attributes
    ----------
    check : callable
        Raises :class:`segviewer.errors.Cancelled` when the work is no longer wanted.
    started : callable (stage, expected seconds)
    progressed : callable (stage, fraction)
    finished : callable (stage, key, result, seconds)
    """

    check: Callable[[], None] = _ignore
    started: Callable[[str, float], None] = _ignore
    progressed: Callable[[str, float], None] = _ignore
    finished: Callable[[str, Hashable, Any, float], None] = _ignore


class Pipeline:
    """Runs the stages of a session and remembers each stage's last value."""

    def __init__(self, listener: Listener | None = None):
        self.listener = listener or Listener()
        self.cache = {stage: Cached() for stage in STAGES}
        self._features: dict[Hashable, Any] = {}
        self._fallbacks: tuple[str, ...] = ()

    def run(self, session: Session, have: dict[str, Hashable] | None = None) -> None:
        """Bring every stage up to date and report the results the caller lacks.

        Parameters
        ----------
        session : Session
            What to compute.
        have : dict
            Stage → key of the results the caller already shows.

        Raises
        ------
        SegviewerError
            For everything the user can cause.
        Cancelled
            From the listener's ``check``.
        """
        have = have or {}
        if session.image:
            picture = self._stage(session, "image", self._read)
            self._report(session, "image", have, lambda: picture)
        if session.checkpoint:
            self._stage(session, "network", self._open)
            self._report(session, "network", have, self._describe_network)
        if not (session.image and session.checkpoint):
            return
        probs = self._stage(session, "probs", self._run_network)
        refined = self._stage(session, "refined", self._refine, probs)
        self._report(session, "refined", have, lambda: _for_reading(refined))
        if have.get("label_map") != stage_key(session, "label_map"):
            self._label(session, refined)
        if session.overlay.layer != "labels":
            heat = self._stage(session, "heat", self._heat, refined)
            self._report(session, "heat", have, lambda: heat)
        if session.target:
            metrics = self._stage(session, "metrics", self._compare)
            self._report(session, "metrics", have, lambda: metrics)

    def _stage(self, session: Session, stage: str, compute: Callable, *inputs: Any) -> Any:
        self.listener.check()
        key = stage_key(session, stage)
        cached = self.cache[stage]
        if cached.key is None or cached.key != key:
            self.listener.started(stage, cached.seconds)
            began = time.perf_counter()
            value = compute(session, *inputs)
            cached.key, cached.value = key, value
            cached.seconds = time.perf_counter() - began
        return cached.value

    def _report(self, session: Session, stage: str, have: dict, result: Callable) -> None:
        key = stage_key(session, stage)
        if have.get(stage) != key:
            self.listener.finished(stage, key, result(), self.cache[stage].seconds)

    def _read(self, session: Session) -> PictureResult:
        from segviewer.imaging.header import inspect_picture
        from segviewer.imaging.read import pyramid, read_image
        from segviewer.imaging.samples import sample_path

        name = session.image
        path = sample_path(name.removeprefix("sample:")) if name.startswith("sample:") else name
        image = read_image(Path(path), allow_large=session.allow_large)
        frames = inspect_picture(Path(path)).frames
        note = f"first of {frames} frames" if frames > 1 else ""
        return PictureResult(pyramid(image), note)

    def _open(self, session: Session) -> Any:
        from segviewer.checkpoints.opening import open_network
        from segviewer.inference import interrupt_by

        self._features.clear()
        opened = open_network(session.checkpoint)
        if opened.config.num_classes > 255:
            raise EngineError(
                f"This network has {opened.config.num_classes} classes.",
                "Label maps hold one byte a pixel: 255 classes and void.",
                "Open a checkpoint with fewer classes.",
            )
        interrupt_by(opened.network, lambda: self.listener.check())
        return opened

    def _describe_network(self) -> NetworkResult:
        from segviewer.crf.pydensecrf_reference import available
        from segviewer.inference import device_names
        from segviewer.settings import controls

        opened = self.cache["network"].value
        card = opened.card
        return NetworkResult(
            title=card.title,
            architecture=card.architecture,
            controls=tuple(
                control
                for control in controls(opened.config)
                if control.kind == "geometry" and control.name not in opened.network.idle_fields()
            ),
            trained=opened.config.model_dump(),
            classes=card.classes,
            label_set=card.label_set,
            weights=card.weights,
            trained_on=card.trained_on,
            long_side=card.inference_long_side or DEFAULT_LONG_SIDE,
            parameters=sum(p.numel() for p in opened.network.parameters()),
            notes=tuple(opened.notes),
            results=card.results,
            devices=device_names(),
            crf_missing=available() or "",
        )

    def _working_image(self, session: Session) -> np.ndarray:
        from segviewer.imaging.preprocessing import resize_long_side

        image = self.cache["image"].value.levels[0]
        card = self.cache["network"].value.card
        wanted = session.inference.long_side or card.inference_long_side or DEFAULT_LONG_SIDE
        return resize_long_side(image, wanted)

    def _run_network(self, session: Session) -> np.ndarray:
        """Probabilities (K, h, w) at working size, falling back where memory runs out."""
        from segviewer import inference

        opened = self.cache["network"].value
        network = opened.network
        network.reconfigure(_config_of(opened, session))
        device = inference.choose_device(session.inference.device)
        working = self._working_image(session)
        attempts = [(device, inference.needs_tiles(*working.shape[:2]))]
        if not attempts[0][1]:
            attempts.append((device, True))
        if device.type != "cpu":
            attempts += [(inference.choose_device("cpu"), tiled) for tiled in (False, True)]
        for index, (place, tiled) in enumerate(attempts):
            try:
                probs = self._attempt(session, working, place, tiled)
            except (RuntimeError, MemoryError) as error:
                if not inference.is_out_of_memory(error):
                    raise
                self._features.clear()
                continue
            self._fallbacks = ()
            if tiled:
                self._fallbacks += ("in tiles: context ends at their borders",)
            if index and place != device:
                self._fallbacks += (f"{device} ran out of memory: running on the CPU",)
            return probs
        raise EngineError(
            "There is not enough memory for this picture at this inference size.",
            f"The network was tried whole and in tiles at {working.shape[1]}×{working.shape[0]}.",
            "Choose a smaller inference size, or close other programs.",
        )

    def _attempt(self, session: Session, working: np.ndarray, device, tiled: bool) -> np.ndarray:
        from segviewer import inference

        opened = self.cache["network"].value
        network = opened.network.to(device)
        settings = session.inference
        preprocessing = opened.card.preprocessing
        if tiled:
            return inference.run_tiles(
                network, working, preprocessing, device, flip=settings.flip,
                progress=lambda part: self.listener.progressed("probs", part),
            )  # fmt: skip
        key = (stage_key(session, "features", type(network).head_fields), str(device))
        if key not in self._features:
            self.listener.started("features", self.cache["features"].seconds)
            began = time.perf_counter()
            scales = inference.SCALES if settings.multi_scale else (1.0,)
            passes = inference.run_features(
                network, working, preprocessing, device, scales=scales, flip=settings.flip,
                progress=lambda part: self.listener.progressed("features", part),
            )  # fmt: skip
            # Two are kept, so that going back and forth between two strides costs nothing.
            while len(self._features) >= 2:
                self._features.pop(next(iter(self._features)))
            self._features[key] = passes
            self.cache["features"].seconds = time.perf_counter() - began
        return inference.run_head(network, self._features[key], working.shape[:2])

    def _refine(self, session: Session, probs: np.ndarray) -> np.ndarray:
        from segviewer.crf.pydensecrf_reference import available, refine
        from segviewer.crf.unary import unary_from_probs

        if not session.crf.enabled or available():
            return probs
        unary = unary_from_probs(probs)
        image, steps = self._working_image(session), session.crf.num_iterations
        for done, step in enumerate(refine(image, unary, session.crf)):
            probs = step
            self.listener.check()
            self.listener.progressed("refined", (done + 1) / steps)
        return probs

    def _label(self, session: Session, refined: np.ndarray) -> None:
        from segviewer.imaging.overlay import class_shares
        from segviewer.inference import label_map_at, label_map_of

        key = stage_key(session, "label_map")
        size = self.cache["image"].value.levels[0].shape[:2]
        cached = self.cache["label_map"]
        chips = self._chips(session, refined.shape[1:])
        if cached.key != key:
            began = time.perf_counter()
            if size[0] * size[1] > 4 * refined.shape[1] * refined.shape[2]:
                # Large photographs: the labels at working size first, then every pixel.
                quick = label_map_of(refined)
                shares = class_shares(quick, len(refined))
                result = LabelResult(quick, shares, False, chips)
                self.listener.finished("label_map", key, result, time.perf_counter() - began)
            self.listener.started("label_map", cached.seconds)
            label_map = label_map_at(
                refined, size, self.listener.check,
                lambda part: self.listener.progressed("label_map", part),
            )  # fmt: skip
            shares = class_shares(label_map, len(refined))
            cached.key, cached.value = key, LabelResult(label_map, shares, True, chips)
            cached.seconds = time.perf_counter() - began
        self.listener.finished("label_map", key, cached.value, cached.seconds)

    def _chips(self, session: Session, size: tuple[int, int]) -> tuple[tuple[str, str], ...]:
        """Facts that must be said on the picture, as (text, tone)."""
        opened = self.cache["network"].value
        chips = []
        if opened.card.weights == "random":
            chips.append(("random weights: the labels mean nothing", "warning"))
        elif opened.card.weights == "partly random":
            chips.append(("some layers have random weights: see the model's notes", "warning"))
        trained = opened.config.model_dump()
        for name, value in session.network:
            label = type(opened.config).model_fields[name].json_schema_extra["label"].lower()
            text = f"trained with {label} {_say(trained[name])} · running {_say(value)}"
            chips.append((text, "warning"))
        chips += [(text, "warning") for text in self._fallbacks]
        if session.crf.enabled and self.cache["image"].value.levels[0].shape[:2] != size:
            chips.append((f"CRF at {size[1]}×{size[0]} px", "info"))
        note = self.cache["image"].value.note
        if note:
            chips.append((note, "info"))
        return tuple(chips)

    def _heat(self, session: Session, refined: np.ndarray) -> HeatResult:
        from segviewer.inference import heat_of

        layer = session.overlay.layer
        return HeatResult(heat_of(refined, layer, session.overlay.chosen_class), layer)

    def _compare(self, session: Session) -> MetricsResult:
        from segviewer.analysis.metrics import Confusion
        from segviewer.imaging.labels import label_set
        from segviewer.imaging.targets import read_target

        card = self.cache["network"].value.card
        void = label_set(card.label_set).void if card.label_set else (255,)
        target = read_target(Path(session.target), void=void)
        label_map = self.cache["label_map"].value.label_map
        if target.shape != label_map.shape:
            raise PictureError(
                "The target mask has another size than the photograph.",
                f"The mask is {target.shape[1]}×{target.shape[0]}, the photograph "
                f"{label_map.shape[1]}×{label_map.shape[0]} pixels.",
                "Open the mask that belongs to this photograph, at its full size.",
            )
        confusion = Confusion(len(card.classes))
        confusion.add(target, label_map)
        return MetricsResult(confusion.miou, confusion.pixel_accuracy, confusion.iou)


def _for_reading(probs: np.ndarray) -> ProbsResult:
    # torch converts to half precision fifty times faster than numpy.
    import torch

    return ProbsResult(torch.from_numpy(probs).half().numpy())


def _config_of(opened: Any, session: Session) -> Any:
    """The network's settings as the session wants them.

    Raises
    ------
    SettingsError
        For a setting the network does not have, or a value outside its range.
    """
    names = opened.config.geometry_names()
    for name, _ in session.network:
        if name not in names:
            raise SettingsError(
                f"This network has no live setting called {name}.",
                f"Its settings are: {', '.join(names)}.",
                "Put the settings back as trained (Model ▸ As trained).",
            )
    try:
        return opened.config.changed(**dict(session.network))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "settings"
        raise SettingsError(
            f"The network cannot run with this value of {place}.",
            f"{place}: {first['msg']}.",
            "Choose another value, or undo.",
            details=str(error),
        ) from None


def _say(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ",".join(_say(item) for item in value)
    return str(value)


@dataclass
class Collected:
    """Results of one run kept by stage, for callers without a window."""

    results: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def listener(self) -> Listener:
        """A listener that fills this object."""

        def finished(stage, key, result, seconds):
            self.results[stage] = result
            self.seconds[stage] = seconds

        return Listener(finished=finished)
