"""The current CRF to take away: a pydensecrf script, a command, a row of a LaTeX table."""

from __future__ import annotations

import shlex

import numpy as np

from segviewer.crf.settings.compatibility_matrix import dense
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.crf.settings.setting_text import crf_text
from segviewer.errors import SettingsError

LATEX_HEAD = (
    r"% \usepackage{booktabs}"
    "\n"
    r"CRF & $\theta_1$ & $\sigma_\alpha$ & $\sigma_\beta$ & $\theta_2$ & $\sigma_\gamma$ & "
    r"iterations \\"
    "\n"
    r"\midrule"
)
"""The head that :func:`latex_row` belongs under, for seven columns."""

_NORMALISATIONS = {
    "symmetric": "NORMALIZE_SYMMETRIC",
    "before": "NORMALIZE_BEFORE",
    "after": "NORMALIZE_AFTER",
    "none": "NO_NORMALIZATION",
}

_SCRIPT = '''\
"""A dense CRF as segviewer has it, by pydensecrf.

Needs: pip install pydensecrf2 numpy Pillow
Call:  python crf.py PHOTOGRAPH PROBS.npy LABELS.png [REFINED.npy]
PROBS.npy holds softmax probabilities, float32 (classes, height, width).
"""

import sys

import numpy as np
import pydensecrf.densecrf as densecrf
from PIL import Image

THETA_1, SIGMA_ALPHA, SIGMA_BETA = {appearance}  # appearance: weight, px, grey levels
THETA_2, SIGMA_GAMMA = {smoothness}  # smoothness: weight, px
ITERATIONS = {iterations}
TEMPERATURE, CLIP = {temperature}, {clip}
NORMALIZATION = densecrf.{normalization}
{compatibility}

def refine(image, probs):
    """Refined probabilities (K, H, W) of a photograph uint8 (H, W, 3)."""
    num_classes, height, width = probs.shape
    if image.shape[:2] != (height, width):
        image = np.asarray(Image.fromarray(image).resize((width, height), Image.BICUBIC))
    unary = -np.log(np.clip(probs, CLIP, 1.0)) / TEMPERATURE
    crf = densecrf.DenseCRF2D(width, height, num_classes)
    unary = unary.reshape(num_classes, -1)
    crf.setUnaryEnergy(np.ascontiguousarray(unary, dtype=np.float32))
{kernels}    return np.array(crf.inference(ITERATIONS)).reshape(probs.shape)


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    photograph = np.array(Image.open(sys.argv[1]).convert("RGB"))
    refined = refine(photograph, np.load(sys.argv[2]))
    Image.fromarray(refined.argmax(0).astype(np.uint8)).save(sys.argv[3])
    if len(sys.argv) == 5:
        np.save(sys.argv[4], refined)
'''

_SMOOTHNESS = """\
    crf.addPairwiseGaussian(
        sxy=SIGMA_GAMMA,
        compat={compat},
        normalization=NORMALIZATION,
    )
"""
_APPEARANCE = """\
    crf.addPairwiseBilateral(
        sxy=SIGMA_ALPHA,
        srgb=SIGMA_BETA,
        rgbim=np.ascontiguousarray(image),
        compat={compat},
        normalization=NORMALIZATION,
    )
"""
_MATRIX = """
# What it costs that two labels meet where that is not 1, as (label, label, cost).
COSTS = {costs}


def label_compatibility(num_classes):
    matrix = 1 - np.eye(num_classes, dtype=np.float32)
    for first, second, cost in COSTS:
        matrix[first, second] = matrix[second, first] = cost
    return matrix
"""


def script(settings: CRFSettings) -> str:
    """A Python program that does with pydensecrf what the settings do here.

    Returns
    -------
    str
        The text of a file. Photograph, probabilities and where the labels go are its arguments.

    Raises
    ------
    SettingsError
        For what pydensecrf cannot do: a pixel without a message to itself.
    """
    if not settings.self_message:
        raise SettingsError(
            "There is no pydensecrf script of this CRF.",
            "In pydensecrf every pixel sends itself a message, which is switched off here.",
            "Switch “Message to itself” on, or copy the command.",
        )
    costs = settings.compatibility
    if costs:
        # Found wrong here rather than in the script.
        dense(costs, 1 + max(max(i, j) for i, j, _ in costs))
    compat = "{} * label_compatibility(num_classes)" if costs else "{}"
    kernels = ""
    if settings.smoothness_weight:
        kernels += _SMOOTHNESS.format(compat=compat.format("THETA_2"))
    if settings.appearance_weight:
        kernels += _APPEARANCE.format(compat=compat.format("THETA_1"))
    return _SCRIPT.format(
        appearance=", ".join(
            _number(value)
            for value in (
                settings.appearance_weight,
                settings.appearance_xy_std,
                settings.appearance_rgb_std,
            )
        ),
        smoothness=f"{_number(settings.smoothness_weight)}, {_number(settings.smoothness_xy_std)}",
        iterations=settings.num_iterations,
        temperature=_number(settings.temperature),
        clip=_number(settings.clip),
        normalization=_NORMALISATIONS[settings.normalisation],
        compatibility=_MATRIX.format(costs=[tuple(pair) for pair in costs]) if costs else "",
        kernels=kernels,
    )


def command(
    settings: CRFSettings, image: str = "IMAGE", checkpoint: str = "", out: str = "labels"
) -> str:
    """The command line that labels a photograph with this CRF; for a POSIX shell.

    Parameters
    ----------
    image, checkpoint : str
        References of a session; no checkpoint takes the program's own.
    """
    parts = ["segviewer", "label", image, "--out", out]
    if checkpoint:
        parts += ["--checkpoint", checkpoint]
    return shlex.join([*parts, "--crf", crf_text(settings)])


def latex_row(settings: CRFSettings, name: str = "this work") -> str:
    """One row under `LATEX_HEAD`; a kernel that is off has dashes."""
    first = [settings.appearance_weight, settings.appearance_xy_std, settings.appearance_rgb_std]
    second = [settings.smoothness_weight, settings.smoothness_xy_std]
    cells = [
        *(_number(value) if first[0] else "--" for value in first),
        *(_number(value) if second[0] else "--" for value in second),
        str(settings.num_iterations),
    ]
    return " & ".join([latex_text(name), *cells]) + r" \\"


def _number(value: float) -> str:
    return np.format_float_positional(value, trim="-")


def latex_text(text: str) -> str:
    """Text with LaTeX's special characters escaped."""
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    special |= {character: f"\\{character}" for character in "&%$#_{}"}
    return "".join(special.get(character, character) for character in text)
