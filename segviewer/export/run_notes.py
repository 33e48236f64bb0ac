"""What a run without a window must say about its network: what a chip says on the picture.

Random weights, weights only assumed to be trained, and everything the network does otherwise
than it was trained for go to stderr and into the JSON; a figure never stands alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from segviewer.engine.results import LabelResult, NetworkResult, PictureResult
from segviewer.inference.network_state import WEIGHTS_CHIPS

Say = Callable[[Iterable[str]], None]
"""Takes sentences that a person must get to read."""

ASSUMED = "The file has no model card; that its weights are trained is assumed."


def weights_state(network: NetworkResult) -> str:
    """``trained``, ``partly random`` or ``random``; see `ASSUMED` where nobody says."""
    return "trained" if network.weights == "unknown" else network.weights


def weights_report(network: NetworkResult) -> dict[str, Any]:
    """Which weights were used, for a report: their state, part, and what of the file is not."""
    return {
        "weights": weights_state(network),
        "part": network.part,
        "other_parts": list(network.parts),
        "unused_tensors": network.unused,
    }


def network_notes(network: NetworkResult) -> tuple[str, ...]:
    """Sentences about the open network that belong to every figure of it."""
    said = list(network.notes)
    if network.weights == "partly random":
        said.insert(0, "Some layers have random weights; the labels mean little.")
    elif network.weights == "unknown":
        said.append(ASSUMED)
    card = network.card
    if card is not None and card.inference_enlarges and card.inference_long_side:
        side = f"{card.inference_long_side:,} px"
        said.append(f"Pictures smaller than {side} are enlarged to that for this network.")
    return tuple(dict.fromkeys(said))


def picture_notes(labelled: LabelResult, picture: PictureResult | None = None) -> tuple[str, ...]:
    """Warnings on the picture itself, but those about the weights, which stand elsewhere.

    Parameters
    ----------
    labelled : LabelResult
    picture : PictureResult, optional
        What has to be said of how it was read comes first: stretched values, pages, void.
    """
    known = {text for text, _ in WEIGHTS_CHIPS.values()}
    warnings = (text for text, tone in labelled.chips if tone == "warning" and text not in known)
    return tuple(dict.fromkeys((*(picture.notes if picture is not None else ()), *warnings)))


class Said:
    """Sentences on stderr, each once."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def __call__(self, sentences: Iterable[str], about: str = "") -> None:
        """Say them; `about` names the file they are about."""
        from tqdm import tqdm

        for sentence in sentences:
            if sentence not in self._said:
                self._said.add(sentence)
                # tqdm's way does not tear its bar.
                text = f"{about}: {sentence}" if about else sentence
                tqdm.write(f"segviewer: {text}", file=sys.stderr)
