"""What was begun: where a run keeps its state, and whether the same run is meant."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any

from segviewer.errors import SettingsError
from segviewer.training.data_set import DataSet
from segviewer.training.run_options import RunOptions

STATE_SUFFIX = ".training"
_OF_THIS_CALL = ("out", "minutes", "iterations", "keep_seconds", "device", "average", "title")


def state_file(out: Path) -> Path:
    """What a stopped run goes on from."""
    return out.with_suffix(STATE_SUFFIX)


def check_output(out: Path, *, fresh: bool) -> None:
    """Refuse a checkpoint's name before anything is computed.

    Raises
    ------
    SettingsError
        If its folder is not there, it is no ``.safetensors``, or it is there already.
    """
    if out.suffix != ".safetensors":
        raise SettingsError(
            f"{out.name} cannot be the checkpoint.",
            "Checkpoints are written as safetensors.",
            "Name it with that ending: --out street.safetensors.",
        )
    if not out.parent.is_dir():
        raise SettingsError(
            f"{out} cannot be written.",
            f"There is no folder {out.parent}.",
            "Make it, or name another --out.",
        )
    if out.exists() and not state_file(out).exists() and not fresh:
        raise SettingsError(
            f"{out.name} is there already.",
            "A finished run is not trained on.",
            "Name another --out, or begin anew with --fresh; to train it further, name it as "
            "--network with another --out.",
        )


def check_same(state: Mapping[str, Any], identity: Mapping[str, Any], options: RunOptions) -> None:
    """Refuse to go on with a run that was begun otherwise.

    Raises
    ------
    SettingsError
        With what differs.
    """
    # A state of before an option was there has what is taken without it.
    unsaid = {one.name: one.default for one in fields(RunOptions) if one.default is not MISSING}
    begun, now = {**unsaid, **state["more"]["identity"]}, dict(identity)
    differing = [name for name, value in now.items() if begun.get(name) != value]
    total = state["recipe"]["iterations"]
    if options.iterations and options.iterations != total:
        differing.append("iterations")
        begun, now["iterations"] = {**begun, "iterations": total}, options.iterations
    if differing:
        name = differing[0]
        raise SettingsError(
            f"{options.out.name} was begun by another command.",
            f"{name.replace('_', ' ')}: {begun.get(name)} then, {now[name]} now.",
            "Give the same command again to go on, begin anew with --fresh, or name another --out.",
            details="\n".join(f"{one}: {begun.get(one)} → {now[one]}" for one in differing),
        )


def identity_of(data: DataSet, options: RunOptions) -> dict[str, Any]:
    """What must be the same for a run to be gone on with, as plain values."""
    plain = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(options).items()
        if name not in (*_OF_THIS_CALL, "fresh")
    }
    names = "\n".join(str(path) for pair in data.train.pairs for path in pair)
    held = "\n".join(str(path) for pair in data.val.pairs for path in pair)
    return {
        **plain,
        "classes": list(data.classes.names),
        "pictures_to_train_on": f"{len(data.train)} ({_digest(names)})",
        "pictures_to_measure_on": f"{len(data.val)} ({_digest(held)})",
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:12]
