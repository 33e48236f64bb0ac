"""Published CRF settings, each with its source, and those tuned for the bundled network."""

from __future__ import annotations

from dataclasses import dataclass

from segviewer.crf.settings.crf_settings import CRFSettings


@dataclass(frozen=True)
class Preset:
    """Named CRF settings.

    Attributes
    ----------
    name : str
        What a command line takes.
    title : str
        What a person reads.
    source : str
        Where the numbers stand; says so where the middle of a search range is shown.
    settings : CRFSettings
        With `enabled` true: choosing a preset means wanting the CRF.
    """

    name: str
    title: str
    source: str
    settings: CRFSettings


def _settings(
    weight: float, xy: float, rgb: float, smooth_weight: float, smooth_xy: float, iterations: int
) -> CRFSettings:
    return CRFSettings(
        enabled=True,
        appearance_weight=weight,
        appearance_xy_std=xy,
        appearance_rgb_std=rgb,
        smoothness_weight=smooth_weight,
        smoothness_xy_std=smooth_xy,
        num_iterations=iterations,
    )


# The order of the numbers is that of the papers: θ1, σα, σβ, θ2, σγ, iterations.
PRESETS = (
    Preset(
        "thin-structures",
        "Thin structures",
        "Tuned on CamVid validation frames (every sixth, 17 frames): mIoU 0.679 → 0.688.",
        _settings(2, 20, 3, 1, 1, 5),
    ),
    Preset(
        "appearance-only",
        "Appearance only",
        "CamVid validation frames (every sixth, 17 frames): mIoU 0.679 → 0.684, no smoothness.",
        _settings(3, 30, 3, 0, 1, 10),
    ),
    Preset(
        "smoothness-only",
        "Smoothness only",
        "The Gaussian kernel of pydensecrf's example alone: specks go, edges stay the network's.",
        _settings(0, 80, 13, 3, 3, 5),
    ),
    Preset(
        "deeplab-v1",
        "DeepLab v1",
        "Chen et al., ICLR 2015: search range, middle shown (θ1 5–10, σα 50–100, σβ 3–10).",
        _settings(7.5, 75, 6.5, 3, 3, 10),
    ),
    Preset(
        "deeplab-v2",
        "DeepLab v2",
        "Chen et al., TPAMI 2018: search range, middle shown (θ1 3–6, σα 30–100, σβ 3–6).",
        _settings(4.5, 65, 4.5, 3, 3, 10),
    ),
    Preset(
        "deeplab-vgg16",
        "DeepLab, VGG-16 on VOC",
        "The authors' run script for VGG-16 on Pascal VOC.",
        _settings(4, 49, 5, 3, 3, 10),
    ),
    Preset(
        "deeplab-resnet101",
        "DeepLab v2, ResNet-101 on VOC",
        "kazuto1011/deeplab-pytorch, configs/voc12.yaml.",
        _settings(4, 67, 3, 3, 1, 10),
    ),
    Preset(
        "pydensecrf",
        "Krähenbühl and Koltun's example",
        "The example of Krähenbühl and Koltun's code, as in pydensecrf.",
        _settings(10, 80, 13, 3, 3, 5),
    ),
    Preset(
        "crf-rnn",
        "CRF-RNN",
        "sadeepj/crfasrnn_pytorch: 5 iterations in training, 10 in testing (shown).",
        _settings(5, 160, 3, 3, 3, 10),
    ),
)
