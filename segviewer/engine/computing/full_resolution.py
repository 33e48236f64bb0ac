"""The CRF's last update at every pixel of the photograph."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from segviewer.checkpoints.opening import OpenedNetwork
from segviewer.crf.engines.full_resolution import BLOCK_PIXELS, COMPILED, Block, LastUpdate, warm_up
from segviewer.crf.engines.majority import settle
from segviewer.crf.engines.mean_field_lattice import MeanField
from segviewer.crf.engines.refinement import refine
from segviewer.crf.lattice.compiled_kernel import is_compiled
from segviewer.engine.computing.network import Probs, working_image
from segviewer.engine.executor import View, Work
from segviewer.engine.results import PictureResult
from segviewer.engine.stages import STAGES
from segviewer.imaging.nearest import nearest
from segviewer.session import THRESHOLD, Session

UPDATES = "last updates"  # as :mod:`segviewer.engine.memory_budget` calls them
STEP = "slicing"

Shown = Callable[[NDArray[np.uint8]], None]


def is_wanted(session: Session, size: tuple[int, ...], working: tuple[int, ...]) -> bool:
    """Whether the last update is one at every pixel of a photograph of another size.

    Parameters
    ----------
    session : Session
    size, working : (int, int)
        Of the photograph, and of the probabilities.
    """
    crf = session.crf
    return crf.enabled and crf.full_resolution and crf.engine == "lattice" and size != working


def keeper(
    work: Work, picture: PictureResult, opened: OpenedNetwork, probs: Probs
) -> Callable[[MeanField], None]:
    """What a refinement calls in the end, so that its last update can be sliced afterwards.

    Parameters
    ----------
    work : Work
    picture : PictureResult
    opened : OpenedNetwork
    probs : Probs
        Before the CRF.
    """
    crf, size = work.session.crf, picture.levels[0].shape[:2]
    if not is_wanted(work.session, size, probs.probs.shape[1:]):
        return lambda field: None
    image = working_image(work.session, picture, opened)

    def keep(field: MeanField) -> None:
        work.forget(UPDATES)  # the last one's values are large, and whoever wants them has them
        work.keep(UPDATES, _key(work), lambda: LastUpdate(field, image, probs.probs, crf))

    return keep


def labels_at_every_pixel(
    work: Work,
    picture: PictureResult,
    opened: OpenedNetwork,
    probs: Probs,
    threshold: float,
    working_labels: NDArray[np.uint8],
    show: Shown,
) -> NDArray[np.uint8]:
    """The label of every pixel of the photograph, uint8 (H, W).

    Parameters
    ----------
    work : Work
    picture : PictureResult
    opened : OpenedNetwork
    probs : Probs
        Before the CRF.
    threshold : float
        Where the foreground of a network with one class begins.
    working_labels : ndarray of uint8 (h, w)
        Those of working size.
    show : callable
        Given labels as soon as those in view are at full resolution, if others are not.
    """
    if not is_compiled(COMPILED):
        work.step("compiling")
        warm_up(len(probs.probs))
        work.check()
    work.step(STEP)
    began, photograph = time.perf_counter(), picture.levels[0]
    height, width = photograph.shape[:2]
    view = _in_view(work.view, height, width)
    update = _last_update(work, picture, opened, probs)
    waits = view is not None

    def done(labels: NDArray[np.uint8], pixels: int) -> None:
        nonlocal waits
        work.step_progressed(STEP, pixels / (height * width))
        if waits and view is not None and pixels == view.pixels:
            waits = False
            everywhere = nearest(working_labels, height, width)
            part = np.s_[view.top : view.bottom, view.left : view.right]
            everywhere[part] = labels[part]
            settled = everywhere.copy()
            settle(everywhere, settled, view.top, view.bottom)
            everywhere[part] = settled[part]
            show(everywhere)

    labels = update.labels(
        photograph,
        bias=foreground_bias(threshold, len(probs.probs)),
        first=view,
        check=work.check,
        done=done,
    )
    work.step_took(STEP, time.perf_counter() - began)
    return labels


def _key(work: Work) -> object:
    """Of the refinement: what the session says of it, also where it is another one's A."""
    return STAGES["refined"].key(work.session)


def _last_update(
    work: Work, picture: PictureResult, opened: OpenedNetwork, probs: Probs
) -> LastUpdate:
    found: LastUpdate | None = work.find(UPDATES, _key(work))
    if found is not None:
        return found
    # Another refinement has been here since.
    keep = keeper(work, picture, opened, probs)
    image = working_image(work.session, picture, opened)
    for _ in refine(image, probs.probs, work.session.crf, finished=keep):
        work.check()
    made: LastUpdate = work.find(UPDATES, _key(work))
    return made


def _in_view(view: View | None, height: int, width: int) -> Block | None:
    """What is looked at, where doing it first is worth it."""
    if view is None or height * width < 2 * BLOCK_PIXELS:
        return None
    top, bottom, left, right = view
    found = Block(
        max(0, math.floor(top * height)),
        min(height, math.ceil(bottom * height)),
        max(0, math.floor(left * width)),
        min(width, math.ceil(right * width)),
    )
    some = found.top < found.bottom and found.left < found.right
    return found if some and found.pixels < 0.8 * height * width else None


def foreground_bias(threshold: float, classes: int) -> NDArray[np.float32] | None:
    """So that the foreground is the larger of two where its probability is over `threshold`."""
    if threshold == THRESHOLD or classes != 2:
        return None
    odds = math.inf if threshold >= 1 else threshold / (1 - threshold)
    log_odds = math.log(odds) if 0 < odds < math.inf else (1e30 if odds else -1e30)
    return np.array([0, -log_odds], np.float32)
