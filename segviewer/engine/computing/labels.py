"""From probabilities to labels, layers, and figures beside a target mask."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segviewer.analysis.evaluation.error_maps import boundary_errors, class_errors, errors
from segviewer.analysis.evaluation.metrics import Confusion
from segviewer.analysis.evaluation.target_fit import target_fit
from segviewer.checkpoints.opening import OpenedNetwork
from segviewer.engine.computing.network import Probs, working_size
from segviewer.engine.computing.picture import seldom
from segviewer.engine.executor import Work
from segviewer.engine.results import (
    READ_OFF,
    LabelResult,
    MetricsResult,
    OverlayLayerResult,
    PictureResult,
)
from segviewer.errors import PictureError
from segviewer.imaging.datasets.mask_fit import fitted, orientation_of
from segviewer.imaging.datasets.network_targets import (
    NetworkTarget,
    TargetClasses,
    read_network_target,
)
from segviewer.imaging.nearest import nearest
from segviewer.imaging.overlay import class_shares
from segviewer.imaging.reading.samples import picture_path
from segviewer.imaging.reading.targets import VOID
from segviewer.inference import label_maps
from segviewer.inference.network_state import WEIGHTS_CHIPS, geometry_chips, unused_chip
from segviewer.inference.placing import place_of, takes_options
from segviewer.inference.running import choose_device
from segviewer.session import TARGET_LAYERS, THRESHOLD, Session


def label_map(
    work: Work,
    picture: PictureResult,
    opened: OpenedNetwork,
    probs: Probs,
    refined: NDArray[np.float32],
) -> LabelResult:
    """The label of every pixel of the photograph.

    Parameters
    ----------
    work : Work
    picture : PictureResult
    opened : OpenedNetwork
    probs : Probs
        Before the CRF.
    refined : ndarray of float32 (K, h, w)
        After it.
    """
    height, width = size = picture.levels[0].shape[0], picture.levels[0].shape[1]
    began, (threshold, _) = time.perf_counter(), rule_of(work.session, probs)
    session, working = work.session, refined.shape[1:]
    if session.crf.enabled and _is_wanted_at_every_pixel(session, size, working):
        from segviewer.engine.computing import full_resolution

        follows = f"CRF at {working[1]}×{working[0]} px; full resolution follows"
        at_working_size = show_at_working_size(
            work, picture, opened, probs, refined, follows, began, "working size"
        )

        def show(labels: NDArray[np.uint8]) -> None:
            here = "CRF at full resolution in view; the rest follows"
            _show_early(work, picture, opened, probs, labels, here, began, "part")

        labels = full_resolution.labels_at_every_pixel(
            work, picture, opened, probs, threshold, at_working_size, show
        )
        labels = with_void(labels, picture.void)
        said_at = (f"CRF at full resolution, {width}×{height} px", "info")
        facts = (*chips(session, picture, opened, probs, full=True), said_at)
        shares = class_shares(labels, len(refined))
        return LabelResult(labels, shares, True, facts, probs.classes, "full resolution")
    if height * width > 4 * working[0] * working[1]:
        # Large photographs: the labels at working size first, then every pixel.
        draft = "draft at working size"
        show_at_working_size(work, picture, opened, probs, refined, draft, began)
    labels = label_maps.label_map_at(
        refined, size, work.check, work.progressed, *rule_of(work.session, probs)
    )
    labels = with_void(labels, picture.void)
    shares = class_shares(labels, len(refined))
    said = chips(work.session, picture, opened, probs)
    at = "working size" if session.crf.enabled else ""
    if session.crf.enabled and size == working:
        at = "full resolution"
    return LabelResult(labels, shares, True, said, probs.classes, at)


def _is_wanted_at_every_pixel(
    session: Session, size: tuple[int, int], working: tuple[int, ...]
) -> bool:
    # Where it is off its compiler is not loaded.
    from segviewer.engine.computing.full_resolution import is_wanted

    return is_wanted(session, size, working)


def show_at_working_size(
    work: Work,
    picture: PictureResult,
    opened: OpenedNetwork,
    probs: Probs,
    values: NDArray[np.float32],
    said: str,
    began: float,
    refined_at: str = "",
) -> NDArray[np.uint8]:
    """Show the labels of `values` (K, h, w) as incomplete, with a chip that says what they are.

    Parameters
    ----------
    work : Work
    picture : PictureResult
    opened : OpenedNetwork
    probs : Probs
    values : ndarray of float32 (K, h, w)
        Probabilities, or what is ordered as they are.
    said : str
        The chip.
    began : float
        When the stage began, seconds of ``time.perf_counter``.
    refined_at : str
        See :class:`segviewer.engine.results.LabelResult`.

    Returns
    -------
    ndarray of uint8 (h, w)
        The labels.
    """
    labels: NDArray[np.uint8] = label_maps.label_map_of(values, *rule_of(work.session, probs))
    _show_early(work, picture, opened, probs, labels, said, began, refined_at)
    return labels


def _show_early(
    work: Work,
    picture: PictureResult,
    opened: OpenedNetwork,
    probs: Probs,
    labels: NDArray[np.uint8],
    said: str,
    began: float,
    refined_at: str,
) -> None:
    labels = with_void(labels, picture.void)
    facts = (*chips(work.session, picture, opened, probs, full=True), (said, "draft"))
    shares = class_shares(labels, len(probs.probs))
    early = LabelResult(labels, shares, False, facts, probs.classes, refined_at)
    work.show_early("label_map", early, began)


def with_void(labels: NDArray[np.uint8], void: NDArray[np.bool_] | None) -> np.ndarray:
    """`labels` with :data:`VOID` where there is no picture.

    Parameters
    ----------
    labels : ndarray of uint8 (h, w)
        May have another size than the picture.
    void : ndarray of bool (H, W) or None
    """
    if void is None:
        return labels
    return np.where(nearest(void, *labels.shape), np.uint8(VOID), labels)


def rule_of(session: Session, probs: Probs) -> tuple[float, bool]:
    """The threshold from which there is something, and whether each class has a sigmoid.

    A CRF chooses one class, or none, at each pixel, so it leaves no threshold over for several.
    """
    kind = probs.labels
    if kind == "softmax" or (kind == "multi" and session.crf.enabled):
        return THRESHOLD, kind == "multi"
    return session.inference.threshold, kind == "multi"


def chips(
    session: Session,
    picture: PictureResult,
    opened: OpenedNetwork,
    probs: Probs,
    full: bool = False,
) -> tuple[tuple[str, str], ...]:
    """Facts that must be said on the picture, as (text, tone).

    Parameters
    ----------
    session : Session
    picture : PictureResult
    opened : OpenedNetwork
    probs : Probs
    full : bool
        The CRF's last update is at full resolution, or another chip says where it is.
    """
    found = []
    if opened.card.weights in WEIGHTS_CHIPS:
        found.append(WEIGHTS_CHIPS[opened.card.weights])
    if opened.unused:
        found.append(unused_chip(opened.unused))
    found += geometry_chips(opened.config.model_dump(), opened.config, session)
    if opened.scores is None:
        found += working_size(session, picture, opened).chips()
    else:
        found.append((f"scores: file, {opened.scores.said}", "info"))
    found += [(text, "warning") for text in probs.fallbacks]
    height, width = probs.probs.shape[1:]
    if session.crf.enabled and not full and picture.levels[0].shape[:2] != (height, width):
        found.append((f"CRF at {width}×{height} px", "info"))
    if probs.kept is not None:
        total = opened.config.num_classes
        found.append((f"the {len(probs.kept)} likeliest of {total:,} classes", "info"))
    found += _device_chips(session)
    threshold, several = rule_of(session, probs)
    if opened.config.num_classes == 1:
        found.append((f"foreground where its probability is over {threshold:g}", "info"))
    elif several and session.crf.enabled:
        found.append(("a sigmoid for each class: the CRF chooses one, or none", "info"))
    elif several:
        text = f"a sigmoid for each class: the likeliest is drawn where it is over {threshold:g}"
        found.append((text, "info"))
    found += [(note, "info") for note in picture.notes]
    return tuple(found)


def _device_chips(session: Session) -> list[tuple[str, str]]:
    """What is to be said of how the device is used."""
    settings = session.inference
    if not (settings.half or settings.channels_last):
        return []
    device = choose_device(settings.device)
    if not takes_options(str(device)):
        return [("half precision and channels last are for CUDA: not used", "warning")]
    words = place_of(settings, device).words()
    return [(words, "info")] if words else []


def overlay_layer(work: Work, *needed: Any) -> OverlayLayerResult:
    """The layer that is looked at."""
    overlay = work.session.overlay
    if overlay.layer in TARGET_LAYERS:
        return target_layer(work, *needed)
    (refined,) = needed
    chosen = min(overlay.chosen_class, len(refined) - 1)
    if overlay.layer == "entropy":
        # Those of a sigmoid for each class do not sum to 1 by themselves.
        refined = refined / np.maximum(refined.sum(0), 1e-12)
    return OverlayLayerResult(
        label_maps.raster_of(refined, overlay.layer, chosen), overlay.layer, chosen
    )


def target_layer(
    work: Work, picture: PictureResult, opened: OpenedNetwork, labelled: LabelResult
) -> OverlayLayerResult:
    """The target mask, or where the labels differ from it.

    Parameters
    ----------
    work : Work
    picture : PictureResult
    opened : OpenedNetwork
    labelled : LabelResult
    """
    overlay = work.session.overlay
    chosen = min(overlay.chosen_class, len(labelled.classes) - 1)
    target = read_target(work, picture, opened).target
    if overlay.layer == "target":
        return OverlayLayerResult(target, "target", chosen)
    if overlay.layer != "class errors":
        of_all = errors if overlay.layer == "errors" else boundary_errors
        found = of_all(target, labelled.label_map, len(labelled.classes))
        return OverlayLayerResult(found, overlay.layer)
    of_class = class_errors(target, labelled.label_map, chosen)
    return OverlayLayerResult(of_class, "class errors", chosen)


def metrics(
    work: Work, picture: PictureResult, opened: OpenedNetwork, probs: Probs, labelled: LabelResult
) -> MetricsResult:
    """The labels beside the target mask.

    Parameters
    ----------
    work : Work
    picture : PictureResult
    opened : OpenedNetwork
    probs : Probs
    labelled : LabelResult
    """
    read = read_target(work, picture, opened)
    if probs.kept is not None and work.is_reference:
        # Beside a B that can be measured, this is no reason to stop.
        return MetricsResult(float("nan"), float("nan"), np.zeros(0))
    if probs.kept is not None:
        raise PictureError(
            "This network's classes cannot be compared with a target mask.",
            f"It has {len(opened.card.classes)} classes, of which only a few are shown.",
            "Open a network made for segmentation, or close the mask.",
        )
    confusion = Confusion(len(opened.card.classes))
    confusion.add(read.target, labelled.label_map)
    fit = target_fit(confusion)
    result = MetricsResult(
        confusion.miou,
        confusion.pixel_accuracy,
        confusion.iou,
        fit.present,
        (*read.notes, *fit.sentences()),
        fit.few_words(),
        read.mapping,
        target=_to_read_off(read.target),
    )
    if not work.session.crf.enabled:
        return result
    without_crf = work.session.changed(crf=work.session.crf.changed(enabled=False))
    rule = rule_of(without_crf, probs)
    unrefined = label_maps.label_map_at(
        probs.probs, read.target.shape, work.check, lambda part: None, *rule
    )
    before = Confusion(len(opened.card.classes))
    before.add(read.target, with_void(unrefined, picture.void))
    return replace(result, before=(before.miou, before.pixel_accuracy), iou_before=before.iou)


def target_classes(opened: OpenedNetwork) -> TargetClasses:
    """What of a network decides how a mask is read."""
    card = opened.card
    ignored = () if card.ignore_index is None else (card.ignore_index,)
    return TargetClasses(opened.config.num_classes, tuple(card.classes), card.label_set, ignored)


def _to_read_off(target: np.ndarray) -> np.ndarray:
    step = max(1, math.ceil(math.sqrt(target.size / READ_OFF)))
    # The middle one of each square that one stands for.
    return np.ascontiguousarray(target[step // 2 :: step, step // 2 :: step])


def read_target(work: Work, picture: PictureResult, opened: OpenedNetwork) -> NetworkTarget:
    """The target mask, uint8 (H, W), brought to the photograph's size.

    Parameters
    ----------
    work : Work
    picture : PictureResult
    opened : OpenedNetwork
    """
    session = work.session
    read = read_network_target(
        Path(session.target),
        target_classes(opened),
        session.target_mapping,
        picture=picture_path(session.image) if session.image else None,
        allow_large=session.allow_large,
        check=work.check,
        progressed=seldom(work.progressed),
    )
    image = picture.levels[0]
    fit = fitted(read.target, image, lambda: orientation_of(picture_path(session.image)))
    if fit is None:
        size, whole = read.target.shape, image.shape
        raise PictureError(
            "The target mask has another size than the photograph.",
            f"The mask is {size[1]}×{size[0]}, the photograph {whole[1]}×{whole[0]} pixels.",
            "Open the mask that belongs to this photograph, at its full size.",
        )
    return replace(read, target=fit[0], notes=(*read.notes, *fit[1]))
