"""Finding out what a program takes and gives, by running it on small pictures of noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from segviewer.checkpoints.whole_models.network import Input, Program
from segviewer.checkpoints.whole_models.scores import Form, NoScores, form_of, tensor_of
from segviewer.errors import CheckpointError
from segviewer.files.regular_files import shown_name

ODD = (131, 203)  # which no stride divides, and of which no side is the other
EVEN = (128, 192)
DIVISORS = (2, 4, 8, 16, 32)
LARGEST_DIVISOR = 64
USUAL = tuple((side, side) for side in (256, 512, 224, 320, 384, 448, 473, 513, 640, 768, 1024)) + (
    (512, 1024),
    (480, 640),
    (360, 480),
    (256, 512),
    (768, 1536),
    (1024, 2048),
)
"""Sizes for which programs are traced, height first, tried where no other is taken."""


@dataclass(frozen=True)
class Found:
    """What was found.

    Attributes
    ----------
    takes : Input
    gives : Form
    stride : float
        Pixels of the picture for each cell of the answer.
    """

    takes: Input
    gives: Form
    stride: float


def probe(
    program: Program,
    path: Path,
    title: str,
    takes: Input | None = None,
    hints: Sequence[tuple[int, int]] = (),
    num_classes: int = 0,
) -> Found:
    """Run a program on noise until it answers with a map.

    Parameters
    ----------
    program : Program
    path : Path
    title : str
        Of its kind.
    takes : Input, optional
        What the file itself says; else it is found.
    hints : sequence of (int, int)
        Sizes at which it may have been traced.
    num_classes : int
        K where it is known, for programs that give labels.

    Raises
    ------
    CheckpointError
        If it answers to nothing, or with something else than a map.
    """
    inputs = [takes] if takes is not None else [Input(3), Input(1)]
    refusals: list[str] = []
    for one in inputs:
        sizes = [one.size] if one.size else [ODD, EVEN, *hints, *USUAL]
        for size in dict.fromkeys(sizes):
            answer = _answer(program, one, size, refusals)
            if answer is None:
                continue
            try:
                output = tensor_of(answer)
                gives = form_of(output, *size, num_classes)
            except NoScores as error:
                raise _no_map(path, title, str(error)) from error
            if one.size is None and size == EVEN:
                one = replace(one, divisor=_divisor(program, one))
            elif one.size is None and size != ODD:
                one = replace(one, size=size)
            cells = output.shape[1] if gives.channels_last else output.shape[-2]
            return Found(one, gives, _stride(size[0], cells))
    raise CheckpointError(
        f"{shown_name(path)} does not run on a picture.",
        f"The {title} takes no picture of three channels or one, at any usual size: "
        f"{refusals[0] if refusals else 'it gives nothing'}.",
        "Export it again with an input of 1×3×height×width and free height and width.",
        f"{path}\n" + "\n".join(refusals[:20]),
    )


def _stride(pixels: int, cells: int) -> float:
    """Whole pixels for each cell where rounding up or down gives so many cells."""
    for stride in range(1, pixels + 1):
        if cells in (-(-pixels // stride), pixels // stride):
            return stride
    return pixels / cells


def _divisor(program: Program, takes: Input) -> int:
    """The smallest number by which sides must be divisible, of a program that takes EVEN."""
    for divisor in DIVISORS:
        if _answer(program, takes, (EVEN[0] + divisor, EVEN[1] + divisor), []) is not None:
            return divisor
    return LARGEST_DIVISOR


def _answer(program: Program, takes: Input, size: tuple[int, int], refusals: list[str]) -> Any:
    """What one run gives; None where it stops, and why is added to `refusals`."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(1, 3, *size, generator=generator)
    if not takes.dtype.is_floating_point:
        noise = noise.abs() * 64
    try:
        with torch.inference_mode():
            return program.run(takes.ready(noise))
    except MemoryError:
        raise
    # A program may raise whatever its author liked.
    except Exception as error:
        refusals.append(f"{size[1]}×{size[0]}: {_last_line(error)}")
        return None


def _last_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[-1].strip().rstrip(".")[:200]


def _no_map(path: Path, title: str, why: str) -> CheckpointError:
    return CheckpointError(
        f"{shown_name(path)} is no network for segmentation.",
        f"The {title} runs, and {why}.",
        "Open one that gives a map of scores, 1×classes×height×width.",
        str(path),
    )
