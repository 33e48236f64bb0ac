"""fyu/drn: dilated residual networks, its image classifiers and its DRNSeg.

A classifier of form A has the keys and shapes of torchvision's ResNet, whose weights fyu/drn
itself loads into it. Such a file is opened as a ResNet unless it is asked for as a DRN,
which is why these families stand behind torchvision's.

DRNSeg numbers the children of its classifier through, so that the number of a level depends
on the form. Its fixed enlargement is in the file.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, count
from segviewer.imaging.preprocessing import IMAGENET, Preprocessing
from segviewer.layers.drn import BOTTLENECKS, UNITS

CITYSCAPES = Preprocessing(mean=(0.290101, 0.328081, 0.286964), std=(0.182954, 0.186566, 0.184475))
LONG_SIDE = 2048  # of a Cityscapes picture, which it sees at full size
WIDEST = 512  # channels of the last dilated level at width 1
WIDENING = {"A": 8, "C": 32, "D": 32}  # its channels over the stem's
SCORES = {"classification": "fc.weight", "segmentation": "seg.weight"}
SHALLOW, DEEP = range(1, 5), range(1, 9)
# Children of each form's classifier in their order, pooling and last layer left out.
CHILDREN = {
    "A": ("conv1", "bn1", "relu", "maxpool", *(f"layer{level}" for level in SHALLOW)),
    "C": ("conv1", "bn1", "relu", *(f"layer{level}" for level in DEEP)),
    "D": ("layer0", *(f"layer{level}" for level in DEEP)),
}
STEM = {"A": "conv1.weight", "C": "conv1.weight", "D": "layer0.0.weight"}
LAST_DILATED = {"A": "layer4.0", "C": "layer6.0", "D": "layer6.0"}
VARIANTS = {
    (variant[0], variant in BOTTLENECKS, units): variant for variant, units in UNITS.items()
}


def _by_name(key: str, form: str) -> str:
    """A classifier's name of a key of DRNSeg: ``base.3.0.conv1.weight`` → ``layer1.0.…``."""
    base, _, rest = key.partition(".")
    number, _, rest = rest.partition(".")
    children = CHILDREN[form]
    if base == "base" and number.isdecimal() and int(number) < len(children):
        return f"{children[int(number)]}.{rest}"
    return key


def _classifier(shapes: Shapes, form: str, task: str) -> Shapes:
    """Shapes by the classifier's names."""
    if task == "classification":
        return shapes
    return {_by_name(key, form): shape for key, shape in shapes.items()}


def _units(shapes: Shapes, form: str) -> tuple[int, ...]:
    """How many blocks or plain convolutions each level has."""
    units = []
    for level in SHALLOW if form == "A" else DEEP:
        number = count(shapes, f"layer{level}.{{}}.conv1.weight")
        while f"layer{level}.{3 * number}.weight" in shapes:  # convolution, batch norm, ReLU
            number += 1
        units.append(number)
    return tuple(units)


def _variant(shapes: Shapes, form: str) -> str | None:
    """The published form with as many units, if there is one."""
    bottlenecks = f"{LAST_DILATED[form]}.conv3.weight" in shapes
    return VARIANTS.get((form, bottlenecks, _units(shapes, form)))


def _matches(form: str, task: str) -> Callable[[Shapes], bool]:
    def found(shapes: Shapes) -> bool:
        shapes = _classifier(shapes, form, task)
        stem = shapes.get(STEM[form], ())
        last = shapes.get(f"{LAST_DILATED[form]}.conv1.weight", (0,))
        if SCORES[task] not in shapes or stem[2:] != (7, 7):
            return False
        # ResNeXt and wide ResNets have the same keys as form A, and other channels.
        if last[0] != WIDENING[form] * stem[0]:
            return False
        # A ResNet may be deeper than any A; no other program has the keys of C and D.
        return form != "A" or _variant(shapes, form) is not None

    return found


def _read(shapes: Shapes, form: str, task: str) -> dict[str, Any]:
    shapes = _classifier(shapes, form, task)
    variant = _variant(shapes, form)
    if variant is None:
        raise ValueError(f"levels of {_units(shapes, form)} units")
    return {
        "variant": variant,
        "task": task,
        "width": shapes[f"{LAST_DILATED[form]}.conv1.weight"][0] / WIDEST,
        "num_classes": shapes[SCORES[task]][0],
    }


def _rename(key: str, form: str) -> str:
    key = _by_name(key, form)
    return key if key.startswith(("fc.", "seg.", "up.")) else f"backbone.{key}"


def _family(form: str, task: str) -> Family:
    segments = task == "segmentation"
    return Family(
        title=f"DRN-{form} {'DRNSeg' if segments else 'classifier'} (fyu/drn)",
        architecture="drn",
        matches=_matches(form, task),
        read=partial(_read, form=form, task=task),
        rename=partial(_rename, form=form),
        preprocessing=CITYSCAPES if segments else IMAGENET,
        long_side=LONG_SIDE if segments else 0,
        reshapes=True,  # the last layer of form A's classifier is Linear
    )


FAMILIES = tuple(_family(form, task) for form in CHILDREN for task in SCORES)
