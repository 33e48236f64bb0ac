"""sadeepj/crfasrnn_pytorch: CRF-RNN, FCN-8s by Caffe's layer names and a CRF behind it.

Its first deconvolution has a bias. What is added there to the scores of pool4 can as well be
added to them before, so it becomes part of ``score_pool4``'s.
"""

from __future__ import annotations

from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, has
from segviewer.checkpoints.families.programs.wkentaro import rename_fcn
from segviewer.imaging.preprocessing import Preprocessing

VGG_BGR = Preprocessing(
    channel_order="BGR", scale="byte", mean=(103.939, 116.779, 123.68), std=(1.0, 1.0, 1.0)
)
LONG_SIDE = 500
CRF = {
    "crfrnn.spatial_ker_weights": "mean_field.spatial.weight",
    "crfrnn.bilateral_ker_weights": "mean_field.bilateral.weight",
    "crfrnn.compatibility_matrix": "mean_field.compatibility.weight",
}


def _read(shapes: Shapes) -> dict[str, Any]:
    return {
        "width": shapes["conv1_1.weight"][0],
        "fc_channels": shapes["fc7.weight"][0],
        "num_classes": shapes["score_fr.weight"][0],
    }


def _rename(key: str) -> str:
    return CRF.get(key) or f"fcn.{rename_fcn(key)}"


def _folds(key: str) -> str:
    return "fcn.score_pool4.bias" if key == "fcn.upscore2.bias" else ""


FAMILIES = (
    Family(
        "CRF-RNN (sadeepj/crfasrnn_pytorch)",
        "crf_rnn",
        has("conv1_1.weight", "score_fr.weight", "upscore8.weight", *CRF),
        _read,
        _rename,
        VGG_BGR,
        LONG_SIDE,
        reshapes=True,
        folds=_folds,
        says=(
            "Its CRF sums over every pixel by a permutohedral lattice; here the same steps run "
            "over cells of a coarse grid, so borders come out a little otherwise.",
        ),
    ),
)
