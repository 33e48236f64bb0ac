"""Settings of the dense CRF (Krähenbühl and Koltun 2011) in the papers' own symbols."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field

from segviewer.settings import Settings, control, controls

Label = Annotated[int, Field(ge=0, le=254)]  # of a label map, where 255 is void
_MOST_PAIRS = 255 * 254 // 2
Engine = Literal["lattice", "reference", "exact"]
Normalisation = Literal["symmetric", "before", "after", "none"]

LEAST_WIDTH = 0.01
"""Smallest standard deviation that the engines take; the sliders end well above it."""


class CRFSettings(Settings):
    """Settings of the dense CRF; the weights presume normalised kernels (see `kernels`).

    The defaults keep thin things (poles, signs) and were tuned on CamVid's validation frames.
    """

    enabled: bool = control(
        False,
        kind="crf",
        label="CRF",
        hidden=True,
        tip="Refines the network's probabilities with the photograph: labels snap to edges.",
    )
    appearance_weight: float = control(
        2.0,
        kind="crf",
        label="Appearance weight",
        symbol="θ1",
        head="Appearance",
        ge=0,
        le=50,
        slider_to=20,
        step=0.5,
        decimals=1,
        tip="How strongly pixels that look alike pull each other to one label. More: labels "
        "follow the picture's edges, and small things are swallowed. 0 switches it off.",
    )
    appearance_xy_std: float = control(
        20.0,
        kind="crf",
        label="Appearance reach",
        symbol="σα",
        unit="px",
        log=True,
        ge=1,
        le=500,
        slider_to=200,
        step=1,
        decimals=1,
        tip="How far apart two pixels may lie and still pull each other. More: whole objects "
        "agree; far places of the same colour, too.",
    )
    appearance_rgb_std: float = control(
        3.0,
        kind="crf",
        label="Colour tolerance",
        symbol="σβ",
        unit="grey",
        log=True,
        ge=1,
        le=500,
        slider_to=60,
        step=0.5,
        decimals=1,
        tip="How different two colours may be, in grey levels, and still count as alike. "
        "Less: every edge stops the pull. More: labels leak over weak edges.",
    )
    smoothness_weight: float = control(
        1.0,
        kind="crf",
        label="Smoothness weight",
        symbol="θ2",
        head="Smoothness",
        ge=0,
        le=50,
        slider_to=20,
        step=0.5,
        decimals=1,
        tip="How strongly close pixels pull each other whatever their colour. More: specks "
        "vanish, and so do thin poles. 0 switches it off.",
    )
    smoothness_xy_std: float = control(
        1.0,
        kind="crf",
        label="Smoothness reach",
        symbol="σγ",
        unit="px",
        log=True,
        ge=0.5,
        le=500,
        slider_to=20,
        step=0.5,
        decimals=1,
        tip="How far the smoothing reaches. More: rounder, coarser outlines.",
    )
    num_iterations: int = control(
        5,
        kind="crf",
        label="Iterations",
        symbol="T",
        head="Mean field",
        ge=1,
        le=50,
        slider_to=20,
        step=1,
        tip="Mean-field rounds: in each, every pixel receives all others' messages once. Most "
        "happens in the first three; more takes longer.",
    )
    temperature: float = control(
        1.0,
        kind="crf_more",
        label="Temperature",
        symbol="τ",
        log=True,
        ge=0.1,
        le=10,
        step=0.1,
        decimals=1,
        tip="Divides the network's log-probabilities before the CRF. More: the network is less "
        "sure, and the photograph has more to say.",
    )
    clip: float = control(
        1e-5,
        kind="crf_more",
        label="Smallest probability",
        log=True,
        ge=1e-8,
        le=0.1,
        step=1e-5,
        decimals=5,
        tip="Smaller probabilities are raised to this before the logarithm. More: no class of "
        "any pixel is out of the question.",
    )
    normalisation: Normalisation = control(
        "symmetric",
        kind="crf_more",
        label="Normalisation",
        tip="How a kernel is divided by its sums: on both sides (as pydensecrf does), before or "
        "after the filter, or not at all, as the paper writes the sum.",
    )
    self_message: bool = control(
        True,
        kind="crf_more",
        label="Message to itself",
        tip="On, as in pydensecrf: a pixel is one of its own neighbours. The paper's sum leaves "
        "it out.",
    )
    drop_classes: bool = control(
        True,
        kind="crf_more",
        label="Drop classes that cannot win",
        tip="Leaves out classes that provably win no pixel: faster, the same labels.",
    )
    engine: Engine = control(
        "lattice",
        kind="crf_more",
        label="Engine",
        tip="lattice: this program's own. reference: pydensecrf, slower. exact: every pixel with "
        "every other, for pictures up to 64×64.",
    )
    full_resolution: bool = control(
        True,
        kind="crf_more",
        label="Full resolution",
        tip="The last iteration is done at every pixel of the photograph, with its own colours. "
        "Off: the result at the network's size is enlarged. Only the lattice engine does it.",
    )
    # Costs of two labels meeting that are not the Potts model's 1, as (label, label, cost).
    compatibility: tuple[tuple[Label, Label, float], ...] = Field((), max_length=_MOST_PAIRS)

    def scaled(self, times: float) -> Self:
        """The same refinement of a picture that is so many times smaller on each side.

        What is counted in pixels shrinks with it, to `LEAST_WIDTH` at least, which may lie outside
        the sliders' ranges. All else stays: kernels are normalised, so weights need no change.
        """
        pixels = (one.name for one in controls(type(self)) if one.unit == "px")
        return self.model_copy(
            update={name: max(getattr(self, name) / times, LEAST_WIDTH) for name in pixels}
        )
