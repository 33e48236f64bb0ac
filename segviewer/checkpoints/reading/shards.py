"""Weights in parts, and the index that says which tensor lies in which."""

from __future__ import annotations

import json
import os
from pathlib import Path

from torch import Tensor

from segviewer.checkpoints.reading.folder import INDEX_SUFFIX
from segviewer.checkpoints.reading.nesting import Dictionary
from segviewer.checkpoints.reading.reading import WeightsFile, read_weights_file
from segviewer.checkpoints.reading.refusals import check_memory, damaged
from segviewer.errors import CheckpointError
from segviewer.files.regular_files import is_regular, read_regular, reason, shown_name, status_of

MOST_BYTES = 64 << 20
MOST_PARTS = 1000


def read_weights(path: Path) -> WeightsFile:
    """Read a weights file, or all parts of the set that an index names.

    Raises
    ------
    CheckpointError
        As :func:`read_weights_file`, and for a part that is missing, lies elsewhere, or lacks a
        tensor.
    """
    if not path.name.endswith(INDEX_SUFFIX):
        return read_weights_file(path)
    place = _index(path)
    names = list(dict.fromkeys(place.values()))
    parts = [_part(path, name) for name in names]
    missing = [part.name for part in parts if not is_regular(part)]
    if missing:
        raise _lacking(path, missing, len(parts))
    check_memory(path, sum(status_of(part).st_size for part in parts))
    tensors: dict[str, Tensor] = {}
    metadata: dict[str, str] = {}
    size = 0
    for part in parts:
        file = read_weights_file(part)
        tensors |= file.dictionaries[0].tensors if file.dictionaries else {}
        metadata |= file.metadata
        size += file.size
    absent = [key for key in place if key not in tensors]
    if absent:
        raise damaged(
            path,
            "\n".join(absent[:100]),
            f"{len(absent)} of its tensors lie in none of the parts, first of all "
            f"{absent[0][:100]}.",
        )
    return WeightsFile(path, size, (Dictionary("", tensors),), metadata, {})


def _index(path: Path) -> dict[str, str]:
    """Which tensor lies in which file."""
    try:
        found = json.loads(read_regular(path, MOST_BYTES))
    except OSError as error:
        raise CheckpointError(
            f"{shown_name(path)} cannot be read.",
            reason(error),
            "Choose the index of a set of weights, or a .pth, .pt or .safetensors file.",
            str(path),
        ) from error
    except (ValueError, RecursionError) as error:
        raise damaged(path, error) from error
    place = found.get("weight_map") if isinstance(found, dict) else None
    texts = isinstance(place, dict) and all(isinstance(name, str) for name in place.values())
    if not place or not texts or len(set(place.values())) > MOST_PARTS:
        raise CheckpointError(
            f"{shown_name(path)} is no index of weights.",
            "It has no “weight_map” that names a file for each tensor.",
            "Choose a .pth, .pt or .safetensors file.",
            str(path),
        )
    return dict(place)


def _part(path: Path, name: str) -> Path:
    """A part beside the index, and nothing elsewhere."""
    if name in ("", ".", "..") or set(name) & {"/", "\\", "\0"} or os.path.isabs(name):
        raise CheckpointError(
            f"{shown_name(path)} asks for a file outside its folder.",
            f"It says that tensors lie in “{name[:120]}”, and a set lies in one folder.",
            "Do not use this file, or download the whole set again.",
            str(path),
        )
    return path.with_name(name)


def _lacking(path: Path, missing: list[str], every: int) -> CheckpointError:
    listed = ", ".join(map(shown_name, missing[:5])) + (" …" if len(missing) > 5 else "")
    return CheckpointError(
        f"{shown_name(path)} names {every} files, of which {len(missing)} "
        f"{'is' if len(missing) == 1 else 'are'} not beside it.",
        f"The weights are in parts, and these are missing: {listed}.",
        "Download them into the same folder, or have the library write one file: "
        "save_pretrained(folder, max_shard_size='100GB').",
        "\n".join([str(path), *missing[:1000]]),
    )
