"""The map of the house: how a session's stages are computed, from the photograph on.

A stage runs again only when its key changes (:mod:`segviewer.engine.stages`); what it gives to the
window stands in :mod:`segviewer.engine.results`.

    image ─┬─ features ─ probs ─ refined ─┬─ label_map ─ metrics
    network┘  (backbone)  (head)   (CRF)  └─ heat

A network pinned as A goes the same way through a pipeline of its own, the partner of the
present one (B). Their label maps meet in `disagreement`, and `figures` says what each network
costs. `activation` is one layer of the network on the same photograph, `card` the list of all its
layers, and `lab` what the open lab shows.

Pipelines that know of each other, A and B and those that compute ahead, are a circle: each takes
from the others what one of them has.

This module is cheap to import; torch comes with the first stage that needs it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from segviewer.engine.listener import Listener, listener_for_reference
from segviewer.engine.results import (
    DisagreementResult,
    FormsResult,
    HeatResult,
    LabelResult,
    MetricsResult,
    NetworkResult,
    PictureResult,
    ProbsResult,
)
from segviewer.engine.stages import REFERENCE, SHOWN_STAGES, STAGES, stage_key, weights_of
from segviewer.errors import EngineError, PictureError
from segviewer.imaging.working_size import USUAL_LONG_SIDE, WorkingSize
from segviewer.inference.inspected import ActivationResult, FiguresResult
from segviewer.inference.network_state import WEIGHTS_CHIPS, config_of, geometry_chips
from segviewer.labs import LABS
from segviewer.labs.lab import LabContext, LabResult
from segviewer.session import THRESHOLD, Session

if TYPE_CHECKING:
    from segviewer.analysis.networks.network_card import NetworkCard
    from segviewer.checkpoints.resident import ResidentNetworks
    from segviewer.imaging.reading.targets import NetworkTarget

STEP_SECONDS = 0.06  # at least between two iterations of the CRF that are shown
PROGRESS_SECONDS = 0.1  # at least between two reports of how far a file was read


@dataclass
class Cached:
    """A stage's last value, its key, and how long it took."""

    key: Hashable = None
    value: Any = None
    seconds: float = 0.0


class Pipeline:
    """Runs the stages of a session and remembers each stage's last value.

    Attributes
    ----------
    partner : Pipeline or None
        The other one's while a network is pinned: A's for B, and B's for A.
    circle : list of Pipeline
        Those whose results this one may take, itself among them.
    lists_forms : bool
        Whether `run` ends with the list of all networks, for a caller that offers it.
    shows_card : bool
        Whether `run` lists the layers of the network, for a caller that has its card open.
    drafts : bool
        Whether the session changes still, so that a quick CRF will do.
    compute_lab : callable or None
        :func:`segviewer.labs.compute`; labs stand above this module.
    """

    def __init__(
        self,
        listener: Listener | None = None,
        partner: Pipeline | None = None,
        circle: list[Pipeline] | None = None,
    ):
        self.listener = listener or Listener()
        self.partner = partner
        self.circle = [] if circle is None else circle
        self.circle.append(self)
        self.lists_forms = self.shows_card = self.drafts = False
        self.compute_lab: Callable[..., Iterator[LabResult]] | None = None
        self._lab_memory: tuple[str, dict] = ("", {})
        self._is_reference = partner is not None
        self.cache = {stage: Cached() for stage in STAGES}
        self._features: dict[Hashable, Any] = {}
        self._kept: np.ndarray | None = None
        self._fallbacks: tuple[str, ...] = ()
        self._figures: dict[Hashable, FiguresResult] = {}
        self._cards: dict[Hashable, NetworkCard] = {}
        self._resident: ResidentNetworks | None = next(
            (other._resident for other in self.circle if other is not self), None
        )

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
        self._run_shown(session, have)
        self._run_lab(session, have)
        if self.lists_forms:
            # Last, because nothing on screen waits for it.
            forms = self._stage(session, "forms", self._list_forms)
            self._report(session, "forms", have, lambda: forms)

    def _run_shown(self, session: Session, have: dict[str, Hashable]) -> None:
        if session.image:
            picture = self._stage(session, "image", self._read)
            self._report(session, "image", have, lambda: picture)
        if session.checkpoint:
            self._stage(session, "network", self._open)
            self._report(session, "network", have, self._describe_network)
        if not (session.image and session.checkpoint):
            return
        probs = self._stage(session, "probs", self._run_network)
        if self._draft_will_do(session):
            self._draft(session, probs)
            return
        refined = self._stage(session, "refined", self._refine, probs)
        self._report(session, "refined", have, lambda: self._for_reading(session, refined))
        if have.get("label_map") != stage_key(session, "label_map"):
            self._label(session, refined)
        if session.overlay.layer != "labels":
            heat = self._stage(session, "heat", self._heat, refined)
            self._report(session, "heat", have, lambda: heat)
        if not self._is_reference:
            self._run_inside(session, have)
        if session.target:
            metrics = self._stage(session, "metrics", self._compare)
            self._report(session, "metrics", have, lambda: metrics)
        pinned = session.of_reference()
        if pinned is not None:
            self._run_reference(session, pinned, have)
        elif not self._is_reference:
            self._drop_partner()

    def leave_circle(self) -> None:
        """Let go of this pipeline: nobody takes from it any more."""
        self._drop_partner()
        self.circle.remove(self)

    def _drop_partner(self) -> None:
        if self.partner is not None:
            self.circle.remove(self.partner)
            self.partner = None

    def _run_lab(self, session: Session, have: dict[str, Hashable]) -> None:
        """Compute the open lab and report each of its results, growing ones too."""
        key = stage_key(session, "lab")
        if key is None or self.compute_lab is None or have.get("lab") == key:
            return
        self._take_from_circle("lab", key)
        name, cached = session.lab.name, self.cache["lab"]
        if cached.key != key:
            # Started before it is known whether all it needs is there, so that an error is its.
            self.listener.check()
            self.listener.started("lab", cached.seconds)
            context = self._lab_context(session)
            if context is None:
                return
            began, value = time.perf_counter(), None
            for value in self.compute_lab(name, dict(session.lab.values), context):
                if not value.complete:
                    self.listener.finished("lab", key, value, time.perf_counter() - began)
                self.listener.check()
            cached.key, cached.value = key, value
            cached.seconds = time.perf_counter() - began
        self.listener.finished("lab", key, cached.value, cached.seconds)

    def _lab_context(self, session: Session) -> LabContext | None:
        """What the open lab needs, or None while the session lacks a part of it."""
        name, needs = session.lab.name, LABS[session.lab.name].needs
        if self._lab_memory[0] != name:
            self._lab_memory = (name, {})
        context = LabContext(
            crf=session.crf,
            check=self.listener.check,
            progressed=lambda part: self.listener.progressed("lab", part),
            memory=self._lab_memory[1],
        )
        if needs == "nothing":
            return context
        if not session.image or (needs != "image" and not session.checkpoint):
            return None
        if needs == "image":
            context.image = self.cache["image"].value.levels[0]
            return context
        context.image = self._working_image(session)
        context.opened = self.cache["network"].value
        context.opened.network.reconfigure(config_of(context.opened, session))
        context.classes = self._classes()
        if needs == "probs":
            context.probs = self.cache["probs"].value
            context.target = self._read_target(session).target if session.target else None
        return context

    def _draft_will_do(self, session: Session) -> bool:
        crf = session.crf
        return (
            self.drafts and crf.enabled and crf.engine == "lattice"
            and self.cache["refined"].key != stage_key(session, "refined")
        )  # fmt: skip

    def _draft(self, session: Session, probs: np.ndarray) -> None:
        """Report labels of a quick CRF, which no stage keeps."""
        from segviewer.crf.engines.draft import ITERATIONS, draft, draft_scale

        self.listener.check()
        self._compile_crf(session, len(probs))
        began = time.perf_counter()
        quick = draft(self._working_image(session), probs, session.crf)
        rounds = min(ITERATIONS, session.crf.num_iterations)
        said = f"draft: CRF at 1/{draft_scale(*probs.shape[1:])} size, {rounds} iterations"
        self._report_working_size(session, quick, said, began)

    def _report_working_size(self, session, probs: np.ndarray, said: str, began: float) -> None:
        """Report incomplete labels at working size, with a chip that says what they are."""
        from segviewer.imaging.overlay import class_shares
        from segviewer.inference.running import label_map_of

        label_map = label_map_of(probs, self._threshold(session))
        chips = self._chips(session, probs.shape[1:])
        if said:
            chips = (*chips, (said, "draft"))
        result = LabelResult(
            label_map, class_shares(label_map, len(probs)), False, chips, self._classes()
        )
        key = stage_key(session, "label_map")
        self.listener.finished("label_map", key, result, time.perf_counter() - began)

    def _run_inside(self, session: Session, have: dict[str, Hashable]) -> None:
        """What a layer gives, and the list of all layers; of the present network alone."""
        if session.overlay.activation:
            activation = self._stage(session, "activation", self._look_inside)
            self._report(session, "activation", have, lambda: activation)
        if self.shows_card:
            card = self._stage(session, "card", self._list_layers)
            self._report(session, "card", have, lambda: card)

    def _run_reference(self, session: Session, pinned: Session, have: dict) -> None:
        """Run A, then say where A and B differ and what each costs."""
        other = self.partner
        if other is None:
            other = Pipeline(listener_for_reference(self.listener), self, self.circle)
            self.partner = other
        shown = {stage: have.get(REFERENCE + stage) for stage in SHOWN_STAGES}
        # The caller has the picture, and reads only B's probabilities.
        for stage in ("image", "refined"):
            shown[stage] = stage_key(pinned, stage)
        other.run(pinned, shown)
        disagreement = self._stage(session, "disagreement", self._disagree)
        self._report(session, "disagreement", have, lambda: disagreement)
        for stage, runs, what in (
            ("reference_figures", other, pinned), ("figures", self, session),
        ):  # fmt: skip
            self._stage(session, stage, lambda _, runs=runs, what=what: runs._measure(what))
            self._report(session, stage, have, lambda stage=stage: self.cache[stage].value)

    def _stage(self, session: Session, stage: str, compute: Callable, *inputs: Any) -> Any:
        self.listener.check()
        key = stage_key(session, stage)
        self._take_from_circle(stage, key)
        cached = self.cache[stage]
        if cached.key is None or cached.key != key:
            self.listener.started(stage, cached.seconds)
            began = time.perf_counter()
            value = compute(session, *inputs)
            cached.key, cached.value = key, value
            cached.seconds = time.perf_counter() - began
        return cached.value

    def _take_from_circle(self, stage: str, key: Hashable) -> None:
        """Use what another one computed for the same key.

        So the decoded photograph is shared, a checkpoint is opened once for all, pinning costs
        nothing, and what was computed ahead is there.
        """
        if key is None or self.cache[stage].key == key:
            return
        for other in self.circle:
            found = other.cache[stage]
            if found.key != key:
                continue
            self.cache[stage] = replace(found)
            if stage == "network":
                self._features.clear()
            elif stage == "probs":
                self._fallbacks, self._kept = other._fallbacks, other._kept
            elif stage == "lab":
                self._lab_memory = other._lab_memory
            return

    def _report(self, session: Session, stage: str, have: dict, result: Callable) -> None:
        key = stage_key(session, stage)
        if have.get(stage) != key:
            self.listener.finished(stage, key, result(), self.cache[stage].seconds)

    def _read(self, session: Session) -> PictureResult:
        from segviewer.imaging.reading.read import pyramid, read_picture
        from segviewer.imaging.reading.samples import sample_path

        name = session.image
        path = sample_path(name.removeprefix("sample:")) if name.startswith("sample:") else name
        image, header = read_picture(
            Path(path), allow_large=session.allow_large, check=self.listener.check,
            progressed=self._progress_of("image"),
        )  # fmt: skip
        return PictureResult(pyramid(image), header.frames_note)

    def _progress_of(self, stage: str) -> Callable[[float], None]:
        """Tell the listener of `stage`, seldom enough that telling costs nothing."""
        told = time.perf_counter()

        def progressed(part: float) -> None:
            nonlocal told
            now = time.perf_counter()
            if now - told >= PROGRESS_SECONDS:
                told = now
                self.listener.progressed(stage, part)

        return progressed

    def _open(self, session: Session) -> Any:
        from segviewer.checkpoints.resident import ResidentNetworks
        from segviewer.inference.running import interrupt_by

        if self._resident is None:
            self._resident = ResidentNetworks(
                lambda opened: interrupt_by(opened.network, lambda: self.listener.check())
            )
        self._features.clear()
        self._kept = None
        return self._resident.get(session.checkpoint, session.architecture)

    def _list_forms(self, session: Session) -> FormsResult:
        from segviewer.networks import NETWORKS, network_class

        return FormsResult(
            tuple((name, t, tuple(network_class(name).presets)) for name, t in NETWORKS.items())
        )

    def _describe_network(self) -> NetworkResult:
        from segviewer.inference.running import device_names
        from segviewer.networks import NETWORKS
        from segviewer.settings import controls

        opened = self.cache["network"].value
        card = opened.card
        return NetworkResult(
            title=card.title,
            architecture=card.architecture,
            controls=tuple(c for c in controls(opened.config) if c.kind == "geometry"),
            trained=opened.config.model_dump(),
            classes=card.classes,
            label_set=card.label_set,
            weights=card.weights,
            trained_on=card.trained_on,
            long_side=card.inference_long_side or USUAL_LONG_SIDE,
            parameters=sum(p.numel() for p in opened.network.parameters()),
            notes=tuple(opened.notes),
            results=card.results,
            devices=device_names(),
            alternatives=tuple((name, NETWORKS[name]) for name in opened.alternatives),
            card=card,
        )

    def _working_image(self, session: Session) -> np.ndarray:
        from segviewer.imaging.preprocessing import resize_long_side

        image = self.cache["image"].value.levels[0]
        return resize_long_side(image, self._working_size(session).long_side)

    def _working_size(self, session: Session) -> WorkingSize:
        card = self.cache["network"].value.card
        return WorkingSize(
            asked=session.inference.long_side,
            trained=card.inference_long_side,
            picture=max(self.cache["image"].value.levels[0].shape[:2]),
            random=card.weights == "random",
        )

    def _run_network(self, session: Session) -> np.ndarray:
        """Probabilities (K, h, w) at working size, falling back where memory runs out."""
        from segviewer.inference import running as inference

        opened = self.cache["network"].value
        network = opened.network
        network.reconfigure(config_of(opened, session))
        device = inference.choose_device(session.inference.device)
        working = self._working_image(session)
        # Tiles would each keep other classes of a thousand.
        many = opened.config.num_classes > inference.MAX_CLASSES
        attempts = [(device, inference.needs_tiles(*working.shape[:2]) and not many)]
        tilings = (False,) if many else (False, True)
        if not attempts[0][1] and not many:
            attempts.append((device, True))
        if device.type != "cpu":
            attempts += [(inference.choose_device("cpu"), tiled) for tiled in tilings]
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
        from segviewer.inference import running as inference

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
        for other in self.circle:
            # They may differ in the head alone.
            if key not in self._features and key in other._features:
                self._keep_features(key, other._features[key])
        if key not in self._features:
            self.listener.started("features", self.cache["features"].seconds)
            began = time.perf_counter()
            passes = inference.run_features(
                network, working, preprocessing, device,
                scales=inference.scales_of(settings.multi_scale), flip=settings.flip,
                progress=lambda part: self.listener.progressed("features", part),
            )  # fmt: skip
            self._keep_features(key, passes)
            self.cache["features"].seconds = time.perf_counter() - began
        self._kept = None
        if opened.config.num_classes > inference.MAX_CLASSES:
            probs, self._kept = inference.run_head_of_many(
                network, self._features[key], working.shape[:2]
            )
            return probs
        return inference.run_head(network, self._features[key], working.shape[:2])

    def _keep_features(self, key: Hashable, passes: list) -> None:
        # Two are kept, so that going back and forth between two strides costs nothing.
        while len(self._features) >= 2:
            self._features.pop(next(iter(self._features)))
        self._features[key] = passes

    def _classes(self) -> tuple[str, ...]:
        """Class names by index of `probs`; of many classes those that this picture shows."""
        classes = self.cache["network"].value.card.classes
        if self._kept is None:
            return classes
        return (*(classes[index] for index in self._kept), "all other classes")

    def _for_reading(self, session: Session, probs: np.ndarray) -> ProbsResult:
        # torch converts to half precision fifty times faster than numpy.
        import torch

        opened = self.cache["network"].value
        # A and B may share it, each with its own settings.
        opened.network.reconfigure(config_of(opened, session))
        idle = opened.network.idle_fields()
        return ProbsResult(torch.from_numpy(probs).half().numpy(), self._classes(), idle)

    def _refine(self, session: Session, probs: np.ndarray) -> np.ndarray:
        from segviewer.crf.engines.refinement import refine

        if not session.crf.enabled:
            return probs
        self._compile_crf(session, len(probs))
        image, steps = self._working_image(session), session.crf.num_iterations
        began = shown = time.perf_counter()

        def due() -> bool:
            return time.perf_counter() - shown >= STEP_SECONDS

        for done, step in enumerate(refine(image, probs, session.crf, due), 1):
            self.listener.check()
            self.listener.progressed("refined", done / steps)
            if step is not None and done < steps and due():
                said = f"CRF iteration {done} of {steps}"
                self._report_working_size(session, step, said, began)
                shown = time.perf_counter()
        return step

    def _compile_crf(self, session: Session, num_classes: int) -> None:
        """Say what takes so long where nobody has refined before."""
        if session.crf.engine != "lattice":
            return
        from segviewer.crf.lattice.compiled_kernel import is_compiled

        if not is_compiled():
            from segviewer.crf.engines.mean_field_lattice import warm_up

            self.listener.started("compiling", 0.0)
            warm_up(num_classes)
            self.listener.check()
            self.listener.started("refined", self.cache["refined"].seconds)

    def _label(self, session: Session, refined: np.ndarray) -> None:
        from segviewer.imaging.overlay import class_shares
        from segviewer.inference.running import label_map_at

        key = stage_key(session, "label_map")
        size = self.cache["image"].value.levels[0].shape[:2]
        self._take_from_circle("label_map", key)
        cached = self.cache["label_map"]
        chips = self._chips(session, refined.shape[1:])
        if cached.key != key:
            began = time.perf_counter()
            if size[0] * size[1] > 4 * refined.shape[1] * refined.shape[2]:
                # Large photographs: the labels at working size first, then every pixel.
                self._report_working_size(session, refined, "draft at working size", began)
            self.listener.started("label_map", cached.seconds)
            label_map = label_map_at(
                refined, size, self.listener.check,
                lambda part: self.listener.progressed("label_map", part),
                self._threshold(session),
            )  # fmt: skip
            shares = class_shares(label_map, len(refined))
            cached.key, cached.value = (
                key,
                LabelResult(label_map, shares, True, chips, self._classes()),
            )
            cached.seconds = time.perf_counter() - began
        self.listener.finished("label_map", key, cached.value, cached.seconds)

    def _threshold(self, session: Session) -> float:
        """Where the foreground of a network with one class begins; for others nothing."""
        one = self.cache["network"].value.config.num_classes == 1
        return session.inference.threshold if one else THRESHOLD

    def _chips(self, session: Session, size: tuple[int, int]) -> tuple[tuple[str, str], ...]:
        """Facts that must be said on the picture, as (text, tone)."""
        opened = self.cache["network"].value
        chips = []
        if opened.card.weights in WEIGHTS_CHIPS:
            chips.append(WEIGHTS_CHIPS[opened.card.weights])
        chips += geometry_chips(opened.config.model_dump(), opened.config, session)
        chips += self._working_size(session).chips()
        chips += [(text, "warning") for text in self._fallbacks]
        if session.crf.enabled and self.cache["image"].value.levels[0].shape[:2] != size:
            chips.append((f"CRF at {size[1]}×{size[0]} px", "info"))
        if self._kept is not None:
            total = opened.config.num_classes
            chips.append((f"the {len(self._kept)} likeliest of {total:,} classes", "info"))
        if opened.config.num_classes == 1:
            text = f"foreground where its probability is over {session.inference.threshold:g}"
            chips.append((text, "info"))
        note = self.cache["image"].value.note
        if note:
            chips.append((note, "info"))
        return tuple(chips)

    def _heat(self, session: Session, refined: np.ndarray) -> HeatResult:
        from segviewer.inference.running import heat_of

        layer, chosen = session.overlay.layer, min(session.overlay.chosen_class, len(refined) - 1)
        return HeatResult(heat_of(refined, layer, chosen), layer, chosen)

    def _look_inside(self, session: Session) -> ActivationResult:
        from segviewer.imaging.preprocessing import resize_long_side
        from segviewer.inference import running as inference
        from segviewer.inference.layer_inspection import look_inside

        opened = self.cache["network"].value
        opened.network.reconfigure(config_of(opened, session))
        working = self._working_image(session)
        whole_pass = self._whole_pass(session, working.shape[:2])
        if whole_pass is None and inference.needs_tiles(*working.shape[:2]):
            # A layer is looked at in one piece.
            share = (inference.PASS_PIXELS / (working.shape[0] * working.shape[1])) ** 0.5
            working = resize_long_side(working, int(max(working.shape[:2]) * share))
        layers = self._layers(session, working.shape[:2])
        return look_inside(opened, working, layers, session.overlay, whole_pass)

    def _whole_pass(self, session: Session, size: tuple[int, int]) -> Any:
        """Features of the photograph as it is, neither scaled nor mirrored, or None."""
        network = self.cache["network"].value.network
        device = str(next(network.parameters()).device)
        key = (stage_key(session, "features", type(network).head_fields), device)
        passes = self._features.get(key, ())
        return next((one for one in passes if one.size == size and not one.mirrored), None)

    def _list_layers(self, session: Session) -> NetworkCard:
        return self._layers(session, self._working_image(session).shape[:2])

    def _layers(self, session: Session, size: tuple[int, int]) -> NetworkCard:
        """The card of the network on a picture of (height, width), made once."""
        from segviewer.analysis.networks.network_card import network_card

        opened, (height, width) = self.cache["network"].value, size
        key = (weights_of(session), session.network, height, width)
        if key not in self._cards:
            opened.network.reconfigure(config_of(opened, session))
            while len(self._cards) >= 16:
                self._cards.pop(next(iter(self._cards)))
            self._cards[key] = network_card(opened.network, height, width)
        return self._cards[key]

    def _compare(self, session: Session) -> MetricsResult:
        from segviewer.analysis.evaluation.metrics import Confusion
        from segviewer.analysis.evaluation.target_fit import target_fit

        card = self.cache["network"].value.card
        read = self._read_target(session)
        label_map = self.cache["label_map"].value.label_map
        if self._kept is not None and self._is_reference:
            # Beside a B that can be measured, this is no reason to stop.
            return MetricsResult(float("nan"), float("nan"), np.zeros(0))
        if self._kept is not None:
            raise PictureError(
                "This network's classes cannot be compared with a target mask.",
                f"It has {len(card.classes)} classes, of which only a few are shown.",
                "Open a network made for segmentation, or close the mask.",
            )
        confusion = Confusion(len(card.classes))
        confusion.add(read.target, label_map)
        fit = target_fit(confusion)
        return MetricsResult(
            confusion.miou, confusion.pixel_accuracy, confusion.iou, fit.present,
            (*read.notes, *fit.sentences()), fit.few_words(),
        )  # fmt: skip

    def _read_target(self, session: Session) -> NetworkTarget:
        """The target mask, uint8 (H, W), which has the photograph's size."""
        from segviewer.imaging.reading.targets import read_network_target

        opened = self.cache["network"].value
        read = read_network_target(
            Path(session.target), opened.card.label_set, opened.config.num_classes == 1,
            allow_large=session.allow_large, check=self.listener.check,
            progressed=self._progress_of("metrics"),
        )  # fmt: skip
        target = read.target
        size = self.cache["image"].value.levels[0].shape[:2]
        if target.shape != size:
            raise PictureError(
                "The target mask has another size than the photograph.",
                f"The mask is {target.shape[1]}×{target.shape[0]}, the photograph "
                f"{size[1]}×{size[0]} pixels.",
                "Open the mask that belongs to this photograph, at its full size.",
            )
        return read

    def _disagree(self, session: Session) -> DisagreementResult:
        from segviewer.analysis.evaluation.agreement import disagreeing, translate_classes

        a, b = (pipeline.cache["label_map"].value for pipeline in (self.partner, self))
        translation = translate_classes(a.classes, b.classes)
        if translation is None:
            return DisagreementResult(None)
        return DisagreementResult(float(disagreeing(a.label_map, b.label_map, translation).mean()))

    def _measure(self, session: Session) -> FiguresResult:
        """Cost and reach of the network of `session`, which has just run."""
        from segviewer.inference.network_figures import figures_of

        working, settings = self._working_image(session), session.inference
        key = (weights_of(session), session.network, settings, working.shape)
        for pipeline in self.circle:
            if key in pipeline._figures:
                return pipeline._figures[key]
        opened = self.cache["network"].value
        opened.network.reconfigure(config_of(opened, session))
        # One that only runs in tiles, or on another device, is as slow as it just was.
        seconds = self.cache["probs"].seconds if self._fallbacks else None
        figures = figures_of(opened, working, settings, seconds, self.listener.check)
        while len(self._figures) >= 16:
            self._figures.pop(next(iter(self._figures)))
        self._figures[key] = figures
        return figures
