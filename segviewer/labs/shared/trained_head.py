"""A head that a lab has trained, as a file that opens anywhere: made in the engine, saved by the
window, which has no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segviewer.checkpoints.model_card import ModelCard
    from segviewer.networks.network import Network


@dataclass(frozen=True, eq=False)
class TrainedHead:
    """A head with its backbone.

    Attributes
    ----------
    weights : bytes
        A whole checkpoint, safetensors.
    card : str
        Its model card as JSON.
    """

    weights: bytes
    card: str


def trained_head(
    network: Network, begun: ModelCard, teacher: ModelCard, pictures: int, made: str
) -> TrainedHead:
    """The network with a card that says what its head learned from.

    Parameters
    ----------
    network : Network
        With the averaged weights.
    begun : ModelCard
        Title, architecture, iterations and seed.
    teacher : ModelCard
        Of the network whose labels were learned, on whose backbone.
    pictures : int
        Sample photographs that were learned from.
    made : str
        What was chosen of the run, in words.
    """
    from segviewer.checkpoints.writing import checkpoint_bytes

    source = f"the labels that {teacher.title} gave {pictures} sample photographs"
    card = begun.changed(
        config=network.config.model_dump(),
        label_set=teacher.label_set,
        preprocessing=teacher.preprocessing,
        trained_on=source,
        data_notice=f"The head learned {source}, on that network's frozen backbone ({made}). "
        f"{teacher.data_notice}",
        licence=teacher.licence,
        inference_long_side=teacher.inference_long_side,
        weights="trained",
        source="lab Training a head",
    )
    weights = checkpoint_bytes("The head", network.state_dict(), card)
    return TrainedHead(weights, card.model_dump_json())
