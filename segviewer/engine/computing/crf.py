"""Refining the probabilities with the CRF."""

from __future__ import annotations

import time

import numpy as np
import torch
from numpy.typing import NDArray

from segviewer.checkpoints.opening import OpenedNetwork
from segviewer.crf.lattice.kernel_budget import BUDGET
from segviewer.engine.computing.labels import show_at_working_size
from segviewer.engine.computing.network import Probs, working_image
from segviewer.engine.executor import Work
from segviewer.engine.memory_budget import LATTICES
from segviewer.engine.results import PictureResult, ProbsResult

# Lattices are kept for a whole process, and this module is that of the engine.
BUDGET.limit = LATTICES
# The CRF itself is imported where it runs: its compiler takes half a second and 90 MB, and the
# first labels are shown without it.
STEP_SECONDS = 0.06  # at least between two iterations that are shown


def refined(work: Work, picture: PictureResult, opened: OpenedNetwork, probs: Probs) -> np.ndarray:
    """Probabilities (K, h, w) after the CRF, or as they are where it is off.

    Parameters
    ----------
    work : Work
    picture : PictureResult
    opened : OpenedNetwork
    probs : Probs
        Before the CRF, at working size.
    """
    crf = work.session.crf
    if not crf.enabled:
        return probs.probs
    from segviewer.crf.engines.refinement import refine
    from segviewer.engine.computing.full_resolution import keeper

    _compile(work, len(probs.probs))
    image, steps = working_image(work.session, picture, opened), crf.num_iterations
    began = shown = time.perf_counter()

    def due() -> bool:
        return time.perf_counter() - shown >= STEP_SECONDS

    refined = probs.probs
    keep = keeper(work, picture, opened, probs)
    for done, step in enumerate(refine(image, probs.probs, crf, due, keep), 1):
        work.check()
        work.progressed(done / steps)
        if step is None:
            continue
        refined = step
        if done < steps and due():
            said = f"CRF iteration {done} of {steps}"
            show_at_working_size(work, picture, opened, probs, step, said, began, "iteration")
            shown = time.perf_counter()
    return refined


def draft(work: Work, picture: PictureResult, opened: OpenedNetwork, probs: Probs) -> bool:
    """Show labels of a quick CRF, which no stage keeps; False where there is none.

    Parameters
    ----------
    work : Work
    picture : PictureResult
    opened : OpenedNetwork
    probs : Probs
        Before the CRF, at working size.
    """
    crf = work.session.crf
    if not crf.enabled or crf.engine != "lattice":
        return False
    from segviewer.crf.engines import draft as quick

    _compile(work, len(probs.probs))
    began = time.perf_counter()
    labels = quick.draft(working_image(work.session, picture, opened), probs.probs, crf)
    rounds = min(quick.ITERATIONS, crf.num_iterations)
    scale = quick.draft_scale(*probs.probs.shape[1:])
    said = f"draft: CRF at 1/{scale} size, {rounds} iterations"
    show_at_working_size(work, picture, opened, probs, labels, said, began, "draft")
    return True


def for_reading(
    work: Work,
    value: NDArray[np.float32],
    picture: PictureResult,
    opened: OpenedNetwork,
    probs: Probs,
) -> ProbsResult:
    """Half as many bytes, for reading under the pointer.

    Parameters
    ----------
    work : Work
    value : ndarray of float32 (K, h, w)
        After the CRF.
    picture : PictureResult
    opened : OpenedNetwork
    probs : Probs
        Before it; has the names.
    """
    # torch converts to half precision fifty times faster than numpy.
    return ProbsResult(torch.from_numpy(value).half().numpy(), probs.classes, probs.idle)


def _compile(work: Work, num_classes: int) -> None:
    """Say what takes so long where nobody has refined before."""
    if work.session.crf.engine != "lattice":
        return
    from segviewer.crf.lattice.compiled_kernel import is_compiled

    if not is_compiled():
        from segviewer.crf.engines.mean_field_lattice import warm_up

        work.step("compiling")
        warm_up(num_classes)
        work.check()
        work.step("refined")
