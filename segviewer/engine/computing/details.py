"""What is looked at of a huge picture: its own pixels, and their labels, window by window.

The photograph of a session is an overview then. Windows overlap by a quarter of their side and are
blended there, as where a whole picture is labelled by windows. The CRF refines each window before
that: it sees half an overlap beyond what counts alone, and has no seams either.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from segviewer.checkpoints.model_sheet import is_multi_label
from segviewer.checkpoints.opening import OpenedNetwork
from segviewer.engine.computing.picture import stored_picture
from segviewer.engine.executor import View, Work
from segviewer.engine.results import LabelPart, PicturePart
from segviewer.engine.stages import display_key
from segviewer.imaging.reading.formats import overview
from segviewer.imaging.reading.read import pyramid
from segviewer.imaging.reading.stored import seen
from segviewer.imaging.reading.targets import VOID
from segviewer.imaging.reading.tone_settings import ToneSettings
from segviewer.imaging.reading.windows import windowed
from segviewer.imaging.working_size import WorkingSize
from segviewer.inference import running
from segviewer.inference.label_maps import label_map_of
from segviewer.inference.network_state import configured
from segviewer.inference.placing import place_of, put
from segviewer.inference.windows import Window, Windows
from segviewer.references import Reference
from segviewer.session import Session

OVERLAP = 4
"""Windows share this part of their side: a quarter."""


def window_side(session: Session, opened: OpenedNetwork, size: tuple[int, int]) -> int:
    """Side of the windows by which a picture of `size` (height, width) is labelled.

    Parameters
    ----------
    session : Session
    opened : OpenedNetwork
    size : (int, int)
    """
    return WorkingSize(
        session.inference.long_side,
        opened.card.inference_long_side,
        max(size),
        opened.card.weights == "random",
        opened.card.inference_enlarges,
    ).long_side


def windows_of(session: Session, opened: OpenedNetwork, size: tuple[int, int]) -> Windows:
    """How a picture of `size` (height, width) is cut.

    Parameters
    ----------
    session : Session
    opened : OpenedNetwork
    size : (int, int)
    """
    side = window_side(session, opened, size)
    return Windows(*size, side, side // OVERLAP)


def is_labelled_in_parts(session: Session, opened: OpenedNetwork) -> bool:
    """Whether the network labels windows: not one of very many classes, nor scores of a file."""
    return opened.scores is None and opened.config.num_classes <= running.MAX_CLASSES


def probs_of_window(
    session: Session, opened: OpenedNetwork, image: NDArray[np.uint8], check: Callable[[], None]
) -> NDArray[np.float32]:
    """What is said of one window, float32 (K, h, w); to be called within `configured`.

    Parameters
    ----------
    session : Session
        With the CRF that refines it, if that is on.
    opened : OpenedNetwork
    image : ndarray of uint8 (h, w, 3)
    check : callable
        Called now and then; may raise to stop.

    Raises
    ------
    SettingsError, EngineError
        If the CRF cannot do what it is set to.
    """
    network = opened.network
    device = running.choose_device(session.inference.device)
    place = place_of(session.inference, device)
    put(network, place)
    with place.precision():
        passes = running.run_features(
            network,
            image,
            opened.card.preprocessing,
            device,
            flip=session.inference.flip,
            divisor=opened.card.input_divisor,
        )
        multi_label = is_multi_label(opened.card, opened.config.num_classes)
        probs = running.run_head(network, passes, image.shape[:2], multi_label)
    return refined_window(session, image, probs, check)


def planes_of(opened: OpenedNetwork) -> int:
    """How many probabilities a pixel has: K, and what a threshold needs beside them."""
    classes = opened.config.num_classes
    return classes + 1 if is_multi_label(opened.card, classes) else max(2, classes)


def nothing_known(opened: OpenedNetwork, size: tuple[int, ...]) -> NDArray[np.float32]:
    """Of a window without any value, float32 (K, h, w): the network need not look at it."""
    planes = planes_of(opened)
    return np.full((planes, *size), 1 / planes, np.float32)


def refined_window(
    session: Session,
    image: NDArray[np.uint8],
    probs: NDArray[np.float32],
    check: Callable[[], None],
) -> NDArray[np.float32]:
    """Probabilities (K, h, w) of a window after the session's CRF, or as they are without one.

    Parameters
    ----------
    session : Session
    image : ndarray of uint8 (h, w, 3)
    probs : ndarray of float32 (K, h, w)
    check : callable
        Called after each iteration; may raise to stop.
    """
    if not session.crf.enabled:
        return probs
    from segviewer.crf.engines.refinement import refine  # its compiler, where nobody refines

    for step in refine(image, probs, session.crf):
        check()
        if step is not None:
            probs = step
    return probs


def picture_part(work: Work, view: View, across: int) -> PicturePart | None:
    """What is looked at as it is shown; None where too much would have to be read.

    Parameters
    ----------
    work : Work
    view : View
    across : int
        Pixels that it shall have from left to right.
    """
    session = work.session
    found = overview.read_part(_path(session), session.picture, view, across, work.check)
    if found is None:
        return None
    where, values, void = found
    tones = session.tones
    shown = tones.for_network() if display_key(session) is None else tones.for_eye()
    return PicturePart(where, pyramid(_seen(work, shown, values, void)[0]))


def window_of_picture(
    work: Work, opened: OpenedNetwork, window: Window
) -> tuple[NDArray[np.float32], NDArray[np.bool_] | None]:
    """What is said of one window of the session's picture, and where nothing was measured.

    Parameters
    ----------
    work : Work
    opened : OpenedNetwork
    window : Window

    Returns
    -------
    probs : ndarray of float32 (K, h, w)
        After the CRF, where that is on.
    void : ndarray of bool (h, w) or None
    """
    session = work.session
    with windowed(_path(session), session.picture, work.check) as picture:
        stored = stored_picture(work)
        if stored.sample is not None:
            picture.nodata = stored.sample.nodata
        values, void = picture.values(*window)
    if values.dtype == np.uint8 and values.ndim == 2:
        values = np.repeat(values[..., None], 3, -1)
    image, void = _seen(work, session.tones.for_network(), values, void)
    if void is not None and void.all():
        return nothing_known(opened, image.shape[:2]), void
    with configured(opened, session):
        return probs_of_window(session, opened, image, work.check), void


def label_part(
    session: Session,
    opened: OpenedNetwork,
    probs: NDArray[np.float32],
    void: NDArray[np.bool_] | None,
    where: View,
    blended: bool,
) -> LabelPart:
    """The labels of a window's middle.

    Parameters
    ----------
    session : Session
    opened : OpenedNetwork
    probs : ndarray of float32 (K, h, w)
        Of what counts of the window.
    void : ndarray of bool (h, w) or None
        Of the same.
    where : View
    blended : bool
        Whether all of its neighbours are in it.
    """
    multi_label = is_multi_label(opened.card, opened.config.num_classes)
    labels = label_map_of(probs, session.inference.threshold, multi_label)
    if void is not None:
        labels[void] = VOID
    return LabelPart(where, np.ascontiguousarray(labels), blended)


def _path(session: Session) -> Path:
    return Path(Reference.picture(session.image).name)


def _seen(
    work: Work, tones: ToneSettings, values: np.ndarray, void: NDArray[np.bool_] | None
) -> tuple[NDArray[np.uint8], NDArray[np.bool_] | None]:
    """Black and white are those of the overview, everywhere."""
    levels = stored_picture(work).levels(tones)
    unknown = levels.unknown(values)
    if unknown is not None and unknown.any():
        nowhere = np.asarray(unknown.any(-1) if unknown.ndim == 3 else unknown, bool)
        void = nowhere if void is None else void | nowhere
    return seen(values, void, levels, work.check), void
