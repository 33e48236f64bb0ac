"""How segmentation networks are trained: random views, rate, crop, batch, auxiliary loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from segviewer.imaging.mark import Mark
from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.one_pass import signed
from segviewer.labs.shared.refined_labels import content_key
from segviewer.settings import Settings, control, controls

VIEWS = 6
TILE = 220  # pixels of a small picture
POINTS = 200  # of a curve
DRAWN = 2048  # crops whose means are taken


class TrainingProtocolConfig(Settings):
    """Settings of the lab."""

    part: Literal["views", "learning rate", "crop and rate", "batch norm", "auxiliary loss"] = (
        control(
            "views",
            kind="lab",
            label="Look at",
            tip="views: what the network is shown of this photograph. The others are curves.",
        )
    )
    crop: int = control(
        513,
        kind="lab",
        label="Crop",
        unit="px",
        ge=97,
        le=1025,
        step=16,
        tip="Side of the square: 321 in DeepLab v1 and v2, 473 and 713 in PSPNet, 513 in v3.",
    )
    base: int = control(
        520,
        kind="lab",
        label="Photograph's long side",
        unit="px",
        ge=128,
        le=2048,
        step=8,
        tip="Before the random scale. PASCAL VOC's pictures have 500 px, torchvision takes 520.",
    )
    seed: int = control(
        0, kind="lab", label="Random seed", ge=0, le=999, step=1, tip="Another number: other views."
    )
    smallest: float = control(0.5, kind="lab", label="Scale from", ge=0.25, le=1, step=0.05)
    largest: float = control(2.0, kind="lab", label="Scale to", ge=1, le=3, step=0.05)
    mirror: bool = control(True, kind="lab", label="Mirror", tip="One view in two.")
    blur: bool = control(
        False, kind="lab", label="Blur", tip="One view in two: a Gaussian of σ 1.1 px."
    )
    first_rate: float = control(
        0.007,
        kind="lab",
        label="First learning rate",
        ge=1e-5,
        le=0.1,
        log=True,
        decimals=5,
        tip="0.001 in DeepLab v1 and v2, 0.01 in PSPNet, 0.007 in v3.",
    )
    iterations: int = control(
        30_000, kind="lab", label="Iterations", ge=100, le=150_000, log=True, step=1000
    )
    power: float = control(0.9, kind="lab", label="Power of poly", ge=0.1, le=3, step=0.1)
    done: float = control(0.5, kind="lab", label="Part done", hidden=True, ge=0, le=1)
    output_stride: Literal[8, 16] = control(8, kind="lab", label="Output stride", symbol="OS")
    rate: int = control(
        12,
        kind="lab",
        label="Rate",
        symbol="r",
        unit="cells",
        ge=1,
        le=48,
        step=1,
        tip="Of a 3×3 convolution on the crop's feature map.",
    )
    batch: int = control(
        16,
        kind="lab",
        label="Batch",
        unit="crops",
        ge=1,
        le=64,
        step=1,
        tip="Crops whose mean and variance batch normalisation takes: 16 in DeepLab v3.",
    )
    alpha: float = control(
        0.4,
        kind="lab",
        label="Auxiliary weight",
        symbol="α",
        ge=0,
        le=1,
        step=0.1,
        tip="Of the loss of a second head in the middle of the network: 0.4 in PSPNet.",
    )


@dataclass(frozen=True, eq=False)
class ViewTile:
    """One random view: uint8 picture, and words below it."""

    picture: np.ndarray
    title: str
    figures: str


@dataclass(frozen=True, eq=False)
class ProtocolShown:
    """What the view draws: tiles, or curves.

    Attributes
    ----------
    curves : tuple of (name, x, y, dashed, points)
    labels : tuple of str
        Of the axes.
    current : float
        On the x axis.
    sets : tuple of (setting, factor)
        What a click on the plot sets, and by how much its x is multiplied; empty for nothing.
    """

    tiles: tuple[ViewTile, ...] = ()
    curves: tuple[tuple[str, tuple[float, ...], tuple[float, ...], bool, bool], ...] = ()
    labels: tuple[str, str] = ("", "")
    current: float = 0.0
    sets: tuple = ()


class TrainingProtocolLab(Lab[TrainingProtocolConfig, ProtocolShown]):
    """Five parts of the protocol, one at a time."""

    name = "training_protocol"
    entry = LabEntry(
        title="Training protocol",
        sentence="What a network is shown of the photograph, at which rate it learns, how large "
        "a crop it needs.",
        source="DeepLab v1 to v3 (Chen et al. 2015–2017); PSPNet (Zhao et al. 2017)",
        needs="image",
        group="Networks",
        view="segviewer.labs.networks.training_protocol_view:ProtocolView",
    )
    Config = TrainingProtocolConfig

    def compute(self, context: LabContext, config: TrainingProtocolConfig) -> Iterator[LabResult]:
        parts = {
            "views": _views,
            "learning rate": _learning_rate,
            "crop and rate": _crop_and_rate,
            "batch norm": _batch_norm,
            "auxiliary loss": _auxiliary,
        }
        yield parts[config.part](context, config)


def _views(context: LabContext, config: TrainingProtocolConfig) -> LabResult:
    from PIL import Image

    from segviewer.analysis.evaluation.augmentation import apply, draw_views

    height, width = context.image.shape[:2]
    scale = config.base / max(height, width)
    size = max(1, round(height * scale)), max(1, round(width * scale))
    key = (config.base, content_key(context))
    if context.memory.get("key") != key:
        picture = Image.fromarray(context.image).resize(size[::-1], Image.Resampling.BILINEAR)
        context.memory.update(key=key, picture=np.asarray(picture))
    image = context.memory["picture"]
    views = draw_views(
        config.seed,
        VIEWS,
        size,
        config.crop,
        (config.smallest, config.largest),
        config.mirror,
        config.blur,
    )
    tiles, marks = [], []
    for number, view in enumerate(views, start=1):
        context.check()
        small = Image.fromarray(apply(image, view)).resize((TILE, TILE), Image.Resampling.BOX)
        words = [f"× {view.scale:.2f}"]
        words += ["mirrored"] if view.mirrored else []
        words += ["blurred"] if view.blurred else []
        second = f"{view.padding:.0%} padding" if view.padding else "no padding"
        tiles.append(ViewTile(np.asarray(small), f"{number}", f"{', '.join(words)}\n{second}"))
        marks.append(Mark(*view.source(), str(number), dashed=view.mirrored))
    padding = [view.padding for view in views]
    sees = config.crop / np.array([view.scale for view in views])
    mirrored = sum(view.mirrored for view in views)
    first = views[0]
    return LabResult(
        "training_protocol",
        ProtocolShown(tiles=tuple(tiles)),
        caption=f"{VIEWS} of the views of a photograph of {size[1]}×{size[0]} px: scale "
        f"{min(v.scale for v in views):.2f} to {max(v.scale for v in views):.2f}, so that "
        f"{config.crop} px see {sees.min():.0f} to {sees.max():.0f} px of it; {mirrored} mirrored "
        f"(dashed); {np.mean(padding):.0%} padding on average",
        formula=f"view 1: {config.crop} px / {first.scale:.2f} = {config.crop / first.scale:.0f} "
        f"px of the photograph; scale even in [{config.smallest:g}, {config.largest:g}]; padding "
        "has the mean colour, its label is ignored (255)",
        marks=tuple(marks),
    )


def _learning_rate(context: LabContext, config: TrainingProtocolConfig) -> LabResult:
    from segviewer.training.schedule import cosine_rate, poly_rate, step_rate

    total = config.iterations
    at = [round(i * total / POINTS) for i in range(POINTS + 1)]
    now = round(config.done * total)
    policies = {
        f"poly {config.power:g}": lambda i: poly_rate(i, total, config.power),
        "step": lambda i: step_rate(i, total),
        "cosine": lambda i: cosine_rate(i, total),
    }
    thousand = 1000 * config.first_rate
    curves, said = [], []
    for name, policy in policies.items():
        rates = tuple(thousand * policy(i) for i in at)
        curves.append((name, tuple(i / 1000 for i in at), rates, False, False))
        said.append(f"{name} {config.first_rate * policy(now):.3g}")
    poly = poly_rate(now, total, config.power)
    return LabResult(
        "training_protocol",
        ProtocolShown(
            curves=tuple(curves),
            labels=("iteration, thousands", "learning rate × 1000"),
            current=now / 1000,
            sets=("done", 1000 / total),
        ),
        caption=f"After {now:,} of {total:,} iterations: {', '.join(said)}. DeepLab v2 measured "
        "mIoU 62.25 with step, 63.42 with poly, 65.88 with poly, batch 10, 20,000 iterations",
        formula=f"poly: {config.first_rate:g} · (1 − {now:,} / {total:,})<sup>{config.power:g}"
        f"</sup> = {config.first_rate:g} · {poly:.4f} = <b>{config.first_rate * poly:.3g}</b>; "
        "&nbsp; step: × 0.1 after each third; &nbsp; cosine: (1 + cos πt) / 2",
    )


def _crop_and_rate(context: LabContext, config: TrainingProtocolConfig) -> LabResult:
    stride, rate = config.output_stride, config.rate
    crops = tuple(range(97, 1026, 16))
    papers = (r * 16 // stride for r in (6, 12, 18))
    rates = sorted({rate, *(r for r in papers if abs(r - rate) > 3)})
    curves = []
    for one in rates:
        y = tuple(100 * _all_nine(_cells(crop, stride), one) for crop in crops)
        curves.append((f"r {one}", tuple(map(float, crops)), y, one != rate, False))
    side = _cells(config.crop, stride)
    here = _all_nine(side, rate)
    mean = _mean_taps(side, rate)
    needed = 2 * rate + 1
    return LabResult(
        "training_protocol",
        ProtocolShown(
            curves=tuple(curves),
            labels=("crop, px", "all nine taps inside, %"),
            current=float(config.crop),
            sets=("crop", 1.0),
        ),
        caption=f"Crop {config.crop} px at output stride {stride}: {side}×{side} cells; rate "
        f"{rate}: {here:.1%} of the cells have all nine taps inside, {mean:.1f} of 9 on "
        f"average; any cell has them from {needed} cells, {(needed - 1) * stride + 1} px, on",
        formula=f"a = (crop − 1) / OS + 1 = ({config.crop} − 1) / {stride} + 1 → {side}; &nbsp; "
        f"(a − 2r)² / a² = ({side} − 2·{rate})² / {side}² = <b>{here:.1%}</b>"
        f"{' (2r ≥ a: none)' if 2 * rate >= side else ''}",
    )


def _cells(crop: int, stride: int) -> int:
    return -(-(crop - 1) // stride) + 1


def _all_nine(side: int, rate: int) -> float:
    return (max(0, side - 2 * rate) / side) ** 2


def _mean_taps(side: int, rate: int) -> float:
    """Taps inside on average, 1 to 9: (1 + 2 max(0, a - r) / a)²."""
    return (1 + 2 * max(0, side - rate) / side) ** 2


def _batch_norm(context: LabContext, config: TrainingProtocolConfig) -> LabResult:
    from segviewer.analysis.evaluation.augmentation import crop_means, draw_views

    height, width = context.image.shape[:2]
    scale = config.base / max(height, width)
    size = max(1, round(height * scale)), max(1, round(width * scale))
    scales = config.smallest, config.largest
    views = draw_views(config.seed, DRAWN, size, config.crop, scales, False, False)
    means, spread = crop_means(context.image, views)
    scatter = means.std() / spread if spread > 0 else 0.0
    batches = [n for n in range(1, 65) if DRAWN % n == 0 or n == config.batch]
    measured = []
    for n in batches:
        whole = means[: DRAWN // n * n].reshape(-1, n)
        measured.append(100 * float(whole.mean(1).std()) / spread if spread > 0 else 0.0)
    theory = tuple(100 * float(scatter) / n**0.5 for n in range(1, 65))
    n = config.batch
    return LabResult(
        "training_protocol",
        ProtocolShown(
            curves=(
                ("measured", tuple(map(float, batches)), tuple(measured), False, True),
                ("1 / √n", tuple(map(float, range(1, 65))), theory, True, False),
            ),
            labels=("crops in a batch", "scatter of the batch's mean, % of σ"),
            current=float(n),
            sets=("batch", 1.0),
        ),
        caption=f"The mean of one crop of this photograph scatters by {scatter:.1%} of the "
        f"standard deviation σ of its pixels, the mean of a batch of {n} by "
        f"{measured[batches.index(n)]:.1f} %: batch normalisation takes it for the truth",
        formula="x̂ = (x − μ<sub>batch</sub>) / √(σ²<sub>batch</sub> + ε); &nbsp; scatter of "
        f"μ<sub>batch</sub> = {scatter:.1%} / √{n} = <b>{scatter / n**0.5:.1%}</b> of σ",
    )


def _auxiliary(context: LabContext, config: TrainingProtocolConfig) -> LabResult:
    from segviewer.analysis.evaluation.result_tables import read_table

    table = read_table("PSPNet: auxiliary loss")
    alphas = tuple(float(row.name.partition("=")[2].rstrip(")") or 0) for row in table.rows)
    miou = table.column("mean_iou")
    best = int(np.argmax(miou))
    a = config.alpha
    near = min(range(len(alphas)), key=lambda i: abs(alphas[i] - a))
    measured = f"{miou[near]:.2f} measured" if abs(alphas[near] - a) < 1e-9 else "not measured"
    return LabResult(
        "training_protocol",
        ProtocolShown(
            curves=(("ResNet-50, ADE20K val", alphas, miou, False, True),),
            labels=("weight α of the auxiliary loss", "mIoU, %"),
            current=a,
            sets=("alpha", 1.0),
        ),
        caption=f"α {a:g}: {measured}; best α {alphas[best]:g} with {miou[best]:.2f}, "
        f"{signed(miou[best] - miou[0])} over none. Where both losses are equal, the auxiliary one "
        f"makes {a / (1 + a):.0%} of the sum",
        formula=f"L = L<sub>main</sub> + α · L<sub>auxiliary</sub>, α / (1 + α) = {a:g} / "
        f"{1 + a:g} = <b>{a / (1 + a):.1%}</b>; &nbsp; source: PSPNet (Zhao et al. 2017)",
    )


def within(name: str, value: float) -> float:
    """`value` as the setting of that name can have it."""
    control = next(one for one in controls(TrainingProtocolConfig) if one.name == name)
    assert control.minimum is not None and control.maximum is not None
    value = min(max(value, control.minimum), control.maximum)
    return round(value) if control.type == "int" else round(value, 4)


LAB = TrainingProtocolLab()
