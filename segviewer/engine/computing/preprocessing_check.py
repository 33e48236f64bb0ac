"""The photograph shown as other networks would be: wrong preprocessing looks like a bad model."""

from __future__ import annotations

import numpy as np

from segviewer.checkpoints.model_sheet import is_multi_label
from segviewer.checkpoints.opening import OpenedNetwork
from segviewer.engine.computing.network import working_image
from segviewer.engine.executor import Work
from segviewer.engine.results import PictureResult, TriedPreprocessing
from segviewer.errors import SettingsError
from segviewer.imaging.preprocessing import PLAUSIBLE, Preprocessing, resize_long_side
from segviewer.inference import running
from segviewer.inference.label_maps import label_map_of
from segviewer.inference.network_state import configured
from segviewer.inference.placing import Place, put

LONG_SIDE = 384  # pixels: enough to see which way is the right one, in a fraction of the time
AS_SET = "As it is set"


def plausible(now: Preprocessing) -> tuple[tuple[str, Preprocessing], ...]:
    """The ways to try, the present one first; for a network of grey pictures in grey."""
    ways = [
        (name, way.for_grey() if now.channel_order == "grey" else way) for name, way in PLAUSIBLE
    ]
    same = next((name for name, way in ways if way == now), AS_SET)
    found, seen = [(same, now)], {now}
    for name, way in ways:
        if way not in seen:
            seen.add(way)
            found.append((name, way))
    return tuple(found)


def try_others(
    work: Work, picture: PictureResult, opened: OpenedNetwork
) -> tuple[TriedPreprocessing, ...]:
    """Run the network on the photograph, small, in each plausible way.

    Parameters
    ----------
    work : Work
    picture : PictureResult
    opened : OpenedNetwork

    Raises
    ------
    SettingsError
        For more classes than a label map holds.
    """
    if opened.config.num_classes > running.MAX_CLASSES:
        raise SettingsError(
            "Preprocessing cannot be compared for this network.",
            f"It has {opened.config.num_classes:,} classes, more than a label map holds.",
            "Set it by hand in the model sheet.",
        )
    image = resize_long_side(working_image(work.session, picture, opened), LONG_SIDE)
    device = running.choose_device(work.session.inference.device)
    several = is_multi_label(opened.card, opened.config.num_classes)
    now = opened.card.preprocessing
    ways, tried = plausible(now), []
    with configured(opened, work.session) as network:
        put(network, Place(device))
        for name, way in ways:
            work.check()
            passes = running.run_features(
                network, image, way, device, divisor=opened.card.input_divisor
            )
            probs = running.run_head(network, passes, image.shape[:2], several)
            tried.append(_tried(name, way, probs, way == now))
            work.progressed(len(tried) / len(ways))
    return tuple(tried)


def _tried(name: str, way: Preprocessing, probs: np.ndarray, is_set: bool) -> TriedPreprocessing:
    share = probs / np.maximum(probs.sum(0), 1e-12)
    entropy = -(share * np.log(np.maximum(share, 1e-12))).sum(0) / np.log(len(probs))
    return TriedPreprocessing(
        name,
        way,
        float(entropy.mean()),
        float(share.max(0).mean()),
        label_map_of(np.ascontiguousarray(probs)),
        is_set,
    )
