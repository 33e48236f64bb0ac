"""Opening a network, and running it on the photograph."""

from __future__ import annotations

import time
import weakref
from collections.abc import Hashable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from segviewer.checkpoints.model_sheet import Labels, is_multi_label, kind_of_labels
from segviewer.checkpoints.opening import OpenedNetwork, open_scores
from segviewer.checkpoints.resident import ResidentNetworks
from segviewer.checkpoints.scores.opening import Scores
from segviewer.engine import memory_budget
from segviewer.engine.executor import Work
from segviewer.engine.results import FormsResult, NetworkResult, PictureResult
from segviewer.engine.stages import features_key, weights_of
from segviewer.errors import EngineError
from segviewer.imaging.preprocessing import resize_long_side, resize_to
from segviewer.imaging.working_size import USUAL_LONG_SIDE, WorkingSize
from segviewer.inference import running
from segviewer.inference.label_maps import resize_probs
from segviewer.inference.network_state import configured
from segviewer.inference.placing import place_of, put
from segviewer.networks import NETWORKS, usable_networks
from segviewer.references import Reference
from segviewer.session import Session
from segviewer.settings import controls

MOST_SCORES = 64_000_000
"""Numbers of scores from a file that are worked on: a quarter of a gigabyte."""


@dataclass(frozen=True)
class Probs:
    """What the network says of the photograph.

    Attributes
    ----------
    probs : ndarray of float32 (K, h, w)
        Probabilities at working size, before the CRF.
    classes : tuple of str
        Names of the K; of very many classes those that the picture shows, and the rest as one.
    kept : ndarray of int or None
        Of very many classes, which ones were kept.
    fallbacks : tuple of str
        How it had to be run instead, in words.
    idle : tuple of str
        Settings of the network that do nothing as it is set.
    labels : {"softmax", "binary", "multi"}
        How they became probabilities, and become labels.
    """

    probs: NDArray[np.float32]
    classes: tuple[str, ...]
    kept: np.ndarray | None = None
    fallbacks: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    labels: Labels = "softmax"


def open_network(work: Work, picture: PictureResult | None = None) -> OpenedNetwork:
    """The checkpoint's network; a few that were opened before are still in memory.

    Parameters
    ----------
    work : Work
    picture : PictureResult, optional
        The photograph, for scores from a file.
    """
    if picture is not None:
        stem = Path(Reference.picture(work.session.image).name).stem
        size = picture.levels[0].shape[0], picture.levels[0].shape[1]
        return open_scores(work.session.checkpoint, stem, size)
    peers = work.peers
    if peers.resident is None:
        first = peers.executors[0]
        peers.resident = ResidentNetworks(
            lambda opened: running.interrupt_by(opened.network, lambda: first.listener.check()),
            memory_budget.NETWORKS // 2,
        )
    return peers.resident.get(*weights_of(work.session), work.session.sheet)


def describe(work: Work, opened: OpenedNetwork, *picture: PictureResult) -> NetworkResult:
    """What the window needs to know of it; the photograph comes with scores, and says no more."""
    card = opened.card
    return NetworkResult(
        title=card.title,
        architecture=card.architecture,
        controls=tuple(
            replace(c, choices=opened.network.choices_of(c.name) or c.choices)
            for c in controls(opened.config)
            if c.kind == "geometry"
        ),
        trained=opened.config.model_dump(),
        classes=card.classes,
        label_set=card.label_set,
        weights=card.weights,
        trained_on=card.trained_on,
        long_side=card.inference_long_side or USUAL_LONG_SIDE,
        parameters=sum(p.numel() for p in opened.network.parameters()),
        notes=(*opened.notes, *opened.network.fixed_parts()),
        results=card.results,
        devices=running.device_names(),
        alternatives=tuple((name, NETWORKS[name]) for name in opened.alternatives),
        card=card,
        part=opened.part,
        parts=opened.parts,
        unused=opened.unused,
        colours=card.colours,
        strides_and_rates=opened.network.strides_and_rates(),
        labels=kind_of_labels(card, opened.config.num_classes),
    )


def forms(work: Work) -> FormsResult:
    """Every network that there is, and its forms."""
    return FormsResult(
        tuple((name, found.title, tuple(found.presets)) for name, found in usable_networks())
    )


def working_size(session: Session, picture: PictureResult, opened: OpenedNetwork) -> WorkingSize:
    """The size at which the network sees the photograph.

    Parameters
    ----------
    session : Session
    picture : PictureResult
    opened : OpenedNetwork
    """
    return WorkingSize(
        asked=session.inference.long_side,
        trained=opened.card.inference_long_side,
        picture=max(picture.levels[0].shape[:2]),
        random=opened.card.weights == "random",
        enlarges=opened.card.inference_enlarges,
    )


def working_image(session: Session, picture: PictureResult, opened: OpenedNetwork) -> np.ndarray:
    """The photograph as the network sees it, uint8 (h, w, 3).

    Parameters
    ----------
    session : Session
    picture : PictureResult
    opened : OpenedNetwork
    """
    if opened.scores is not None:
        return resize_to(picture.levels[0], scores_size(session, picture, opened.scores))
    size = working_size(session, picture, opened)
    return resize_long_side(picture.levels[0], size.long_side, enlarge=size.enlarges)


def scores_size(session: Session, picture: PictureResult, scores: Scores) -> tuple[int, int]:
    """Height and width at which scores from a file are worked on.

    Their own, but never larger than the photograph, the size that is set, or `MOST_SCORES`.

    Parameters
    ----------
    session : Session
    picture : PictureResult
    scores : Scores
    """
    classes, height, width = scores.probs.shape
    most = min(max(height, width), max(picture.levels[0].shape[:2]))
    if session.inference.long_side:
        most = min(most, session.inference.long_side)
    share = min(1.0, most / max(height, width), (MOST_SCORES / scores.probs.size) ** 0.5)
    return max(1, round(height * share)), max(1, round(width * share))


def run(work: Work, picture: PictureResult, opened: OpenedNetwork) -> Probs:
    """Probabilities at working size, falling back where memory runs out.

    Parameters
    ----------
    work : Work
    picture : PictureResult
    opened : OpenedNetwork
    """
    if opened.scores is not None:
        probs = resize_probs(opened.scores.probs, scores_size(work.session, picture, opened.scores))
        return Probs(probs, opened.card.classes)
    device = running.choose_device(work.session.inference.device)
    working = working_image(work.session, picture, opened)
    # Tiles would each keep other classes of a thousand.
    many = opened.config.num_classes > running.MAX_CLASSES
    attempts = [(device, running.needs_tiles(*working.shape[:2]) and not many)]
    tilings = (False,) if many else (False, True)
    if not attempts[0][1] and not many:
        attempts.append((device, True))
    if device.type != "cpu":
        attempts += [(running.choose_device("cpu"), tiled) for tiled in tilings]
    why, skipped = "ran out of memory", ""
    with configured(opened, work.session) as network:
        idle = network.idle_fields()
        for index, (place, tiled) in enumerate(attempts):
            if str(place) == skipped:
                continue
            try:
                probs, kept = _attempt(work, opened, working, place, tiled)
            except (RuntimeError, MemoryError) as error:
                if not running.is_out_of_memory(error):
                    if place.type == "cpu":
                        raise
                    # A kernel that the device lacks, or a driver that does not fit.
                    why, skipped = "cannot run this network", str(place)
                _free(place)
                work.forget("features")
                continue
            fallbacks: tuple[str, ...] = ()
            if tiled:
                fallbacks += ("in tiles: context ends at their borders",)
            if index and place != device:
                fallbacks += (f"{device} {why}: running on the CPU",)
            kind = kind_of_labels(opened.card, opened.config.num_classes)
            return Probs(probs, _classes(opened, kept), kept, fallbacks, idle, kind)
    raise EngineError(
        "There is not enough memory for this picture at this inference size.",
        f"The network was tried whole and in tiles at {working.shape[1]}×{working.shape[0]}.",
        "Choose a smaller inference size, or close other programs.",
    )


def backbone_passes(session: Session, opened: OpenedNetwork, device: Any) -> Hashable:
    """The key under which the backbone's maps are kept.

    Parameters
    ----------
    session : Session
    opened : OpenedNetwork
    device : torch.device
    """
    # Under a name that was opened before there may be other weights by now.
    weights = weakref.ref(opened.network)
    return features_key(session, type(opened.network).head_fields), weights, str(device)


def _attempt(
    work: Work, opened: OpenedNetwork, working: np.ndarray, device: Any, tiled: bool
) -> tuple[np.ndarray, np.ndarray | None]:
    """Probabilities (K, h, w), and of very many classes which ones were kept."""
    network, place = opened.network, place_of(work.session.inference, device)
    put(network, place)
    settings, preprocessing = work.session.inference, opened.card.preprocessing
    divisor = opened.card.input_divisor
    multi_label = is_multi_label(opened.card, opened.config.num_classes)
    if tiled:
        with place.precision():
            probs = running.run_tiles(
                network,
                working,
                preprocessing,
                device,
                flip=settings.flip,
                divisor=divisor,
                multi_label=multi_label,
                progress=work.progressed,
            )
        return probs, None

    def run_backbone() -> list[running.Pass]:
        work.step("features")
        began = time.perf_counter()
        passes = running.run_features(
            network,
            working,
            preprocessing,
            device,
            scales=running.scales_of(settings.multi_scale),
            flip=settings.flip,
            divisor=divisor,
            progress=lambda part: work.step_progressed("features", part),
        )
        work.step_took("features", time.perf_counter() - began)
        return passes

    # A and B may differ in the head alone.
    with place.precision():
        passes = work.keep("features", backbone_passes(work.session, opened, device), run_backbone)
        if opened.config.num_classes > running.MAX_CLASSES:
            return running.run_head_of_many(network, passes, working.shape[:2])
        return running.run_head(network, passes, working.shape[:2], multi_label), None


def _free(device: Any) -> None:
    """Give back what a failed attempt still holds of a device's memory."""
    if device.type == "cuda":
        torch.cuda.empty_cache()


def _classes(opened: OpenedNetwork, kept: np.ndarray | None) -> tuple[str, ...]:
    classes = opened.card.classes
    if kept is None:
        return classes
    return (*(classes[index] for index in kept), "all other classes")
