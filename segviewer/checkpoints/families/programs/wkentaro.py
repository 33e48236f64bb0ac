"""wkentaro/pytorch-fcn: FCN-32s, 16s and 8s on VGG-16, keyed by Caffe's layer names.

Its networks trained all at once have the same keys as those trained stage by stage, which
are what is assumed and said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, has
from segviewer.imaging.preprocessing import Preprocessing

VGG_BGR = Preprocessing(
    channel_order="BGR", scale="byte", mean=(104.00699, 116.66877, 122.67892), std=(1.0, 1.0, 1.0)
)
LONG_SIDE = 500  # of a VOC picture
AT_ONCE = (
    "FCN-8s trained at once has the same keys as trained stage by stage, which is assumed: switch "
    "“Trained at once” on if it was (FCN8sAtOnce)."
)
# What each form alone has.
LAST = {"32s": "upscore", "16s": "upscore16", "8s": "upscore8"}


def _read(variant: str) -> Callable[[Shapes], dict[str, Any]]:
    def read(shapes: Shapes) -> dict[str, Any]:
        return {
            "variant": variant,
            "width": shapes["conv1_1.weight"][0],
            "fc_channels": shapes["fc7.weight"][0],
            "num_classes": shapes["score_fr.weight"][0],
            "deconvolution": "learned",
        }

    return read


def rename_fcn(key: str) -> str:
    """Name in ``networks.fcn.FCN`` of a key named by Caffe's layers."""
    if key.startswith("conv"):
        return f"backbone.{key}"
    return f"fully_connected.{key}" if key.startswith(("fc6.", "fc7.")) else key


FAMILIES = tuple(
    Family(
        f"FCN-{variant} (wkentaro)",
        "fcn",
        has("conv1_1.weight", "fc6.weight", "score_fr.weight", f"{last}.weight"),
        _read(variant),
        rename_fcn,
        VGG_BGR,
        LONG_SIDE,
        says=(AT_ONCE,) if variant == "8s" else (),
    )
    for variant, last in LAST.items()
)
