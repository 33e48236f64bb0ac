"""What is looked at of a huge picture: its own pixels, and their labels, window by window.

The photograph of a session is an overview then. Each window is labelled by itself and overlaps
with its neighbours by a quarter; of it counts what is nearer to its own middle than to theirs, so
that any window can be the first.
"""

from __future__ import annotations

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
    session: Session, opened: OpenedNetwork, image: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """What the network says of one window, float32 (K, h, w); to be called within `configured`.

    Parameters
    ----------
    session : Session
    opened : OpenedNetwork
    image : ndarray of uint8 (h, w, 3)
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
        return running.run_head(network, passes, image.shape[:2], multi_label)


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


def label_part(work: Work, opened: OpenedNetwork, window: Window, counts: Window) -> LabelPart:
    """The labels of one window, as far as it counts.

    Parameters
    ----------
    work : Work
    opened : OpenedNetwork
    window : Window
        What the network sees.
    counts : Window
        Of it, see :meth:`segviewer.inference.windows.Windows.middles`.
    """
    session = work.session
    with windowed(_path(session), session.picture, work.check) as picture:
        height, width = picture.size
        stored = stored_picture(work)
        if stored.sample is not None:
            picture.nodata = stored.sample.nodata
        values, void = picture.values(*window)
    if values.dtype == np.uint8 and values.ndim == 2:
        values = np.repeat(values[..., None], 3, -1)
    image, void = _seen(work, session.tones.for_network(), values, void)
    multi_label = is_multi_label(opened.card, opened.config.num_classes)
    with configured(opened, session):
        probs = probs_of_window(session, opened, image)
    threshold = session.inference.threshold
    labels = label_map_of(np.ascontiguousarray(probs), threshold, multi_label)
    if void is not None:
        labels[void] = VOID
    top, bottom, left, right = counts
    inside = np.s_[top - window[0] : bottom - window[0], left - window[2] : right - window[2]]
    where = top / height, bottom / height, left / width, right / width
    return LabelPart(where, np.ascontiguousarray(labels[inside]))


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
