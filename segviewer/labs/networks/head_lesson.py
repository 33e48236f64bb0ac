"""What a head in training learns from: the teacher's labels of the sample photographs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from segviewer.labs.lab import LabContext
from segviewer.references import DEFAULT_CHECKPOINT

if TYPE_CHECKING:
    from segviewer.checkpoints.model_card import ModelCard
    from segviewer.training.ablation import Row
    from segviewer.training.head_training import CachedView

# Rows of the measured table of heads: the same settings.
ROWS = {"FCN": "fcn", "PPM": "psp_b1236_average", "ASPP": "v3_pooling"}
PICTURES = ("leuven_street", "campus_walkers", "building", "palace")
MAPS = ("low_level", "auxiliary", "out")
LONG_SIDE = 480
CROPS = {"160×128": (128, 160), "320×256": (256, 320), "448×352": (352, 448)}
"""Height and width of what is drawn of a photograph, by what a person chooses."""

SCALE = (0.7, 1.4)
VIEWS = 4  # drawn of each photograph
_ALIKE = 6.0  # mean grey levels by which a sample and the open photograph may differ


@dataclass(eq=False)
class Lesson:
    """What is learned from: crops of photographs, and the open one, which is only measured on."""

    views: list[CachedView]
    open_view: CachedView
    by_mask: bool
    pictures: int
    classes: tuple[str, ...]
    teacher: ModelCard


def lesson_of(context: LabContext, crop: str) -> Lesson:
    """Cached maps of crops of the samples with the teacher's labels, and of the open photograph.

    Parameters
    ----------
    context : LabContext
    crop : str
        One of :data:`CROPS`.
    """
    import torch
    from torch import nn

    from segviewer.checkpoints.opening import open_network
    from segviewer.imaging.nearest import nearest
    from segviewer.imaging.preprocessing import resize_long_side
    from segviewer.imaging.reading.read import read_image
    from segviewer.imaging.reading.samples import sample_path
    from segviewer.layers.framing import full_scores, run_features
    from segviewer.layers.of_kind import of_kind
    from segviewer.training.frames import Augmentation
    from segviewer.training.frozen_backbone import cached_view
    from segviewer.training.trainer import normalise

    teacher = open_network(DEFAULT_CHECKPOINT)
    backbone = of_kind(teacher.network.backbone, nn.Module)
    classes = tuple(teacher.card.classes)

    def labelled(image: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        picture = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))
        with torch.inference_mode():
            batch = normalise(picture[None].float() / 255)
            scores = full_scores(
                teacher.network, run_features(teacher.network, batch), *image.shape[:2]
            )
            return picture, torch.from_numpy(scores.argmax(1)[0].numpy().astype(np.uint8))

    crops = Augmentation(CROPS[crop], SCALE)
    samples = [resize_long_side(read_image(sample_path(n)), LONG_SIDE) for n in PICTURES]
    samples = [image for image in samples if not _same(image, context.image)]
    views = []
    with torch.inference_mode(False):
        for number, image in enumerate(samples):
            context.check()
            frame = labelled(image)
            for view in range(VIEWS):
                rng = np.random.default_rng((number, view))
                picture, target = crops.draw(*frame, rng)
                views.append(cached_view(backbone, picture, target, MAPS))
            context.progressed((number + 1) / (len(samples) + 1))
        picture, target = labelled(context.image)
        by_mask = context.target is not None and tuple(context.classes) == classes
        if by_mask and context.target is not None:
            target = torch.from_numpy(nearest(context.target, *context.image.shape[:2]).copy())
        open_view = cached_view(backbone, picture.float() / 255, target, MAPS)
    return Lesson(views, open_view, by_mask, len(samples), classes, teacher.card)


def row_of(head: str) -> Row:
    """The row of the measured table whose settings a head has."""
    from segviewer.training.ablation import ROWS as TABLE

    return next(row for row in TABLE if row.name == ROWS[head])


def _same(image: np.ndarray, other: np.ndarray) -> bool:
    """Whether two pictures show the same, whatever their sizes: it must not be learned from."""
    from segviewer.imaging.preprocessing import resize_to

    small = [resize_to(one, (24, 32)).astype(np.int16) for one in (image, other)]
    return float(np.abs(small[0] - small[1]).mean()) < _ALIKE
