"""Writing a checkpoint: safetensors with a card inside and beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from segviewer.checkpoints.card_files import CARD_KEY
from segviewer.checkpoints.key_table import OPTIONAL_SUFFIX
from segviewer.checkpoints.model_card import ModelCard, write_card
from segviewer.checkpoints.published.catalogue import CARD_SUFFIX
from segviewer.errors import ExportError
from segviewer.files.atomic_write import write_atomically


def write_checkpoint(path: Path, tensors: Mapping[str, Tensor], card: ModelCard) -> None:
    """Write `tensors` as float16 safetensors and `card` as JSON beside it, atomically.

    One-dimensional tensors stay float32: batch norm's variances may exceed float16's range
    or fall under its smallest step, and they are a hundredth of the file. Batch norm's
    counters are left out.

    Parameters
    ----------
    path : Path
        Ends in ``.safetensors``.
    tensors : mapping of str to Tensor
        A state dict.
    card : ModelCard
        Its JSON also goes into the file's header, under ``segviewer``.

    Raises
    ------
    ExportError
        If the folder cannot be written or a weight does not fit float16.
    """
    write_atomically(path, checkpoint_bytes(path.name, tensors, card))
    write_card(path.with_suffix(CARD_SUFFIX), card)


def checkpoint_bytes(name: str, tensors: Mapping[str, Tensor], card: ModelCard) -> bytes:
    """What :func:`write_checkpoint` writes into the file of weights.

    Parameters
    ----------
    name : str
        Of the file, for the error.
    tensors : mapping of str to Tensor
    card : ModelCard

    Raises
    ------
    ExportError
        If a weight does not fit float16.
    """
    import safetensors.torch

    stored = {}
    for key, tensor in tensors.items():
        if key.endswith(OPTIONAL_SUFFIX):
            continue
        kept = tensor.detach().cpu()
        if kept.is_floating_point():
            kept = kept.to(torch.float16 if kept.ndim > 1 else torch.float32)
            if not bool(torch.isfinite(kept).all()):
                raise ExportError(
                    f"{name} was not written.",
                    f"{key} has values that are not finite in float16.",
                    "Check the training run: weights this large are a sign of divergence.",
                )
        stored[key] = kept.contiguous().clone()
    data: bytes = safetensors.torch.save(stored, {CARD_KEY: card.model_dump_json()})
    return data
