"""A head trained before one's eyes, on the frozen backbone of the bundled network.

There are no masks to learn from in the program, so a teacher stands in for them: the bundled
DeepLab v3 labels the program's sample photographs, and the head learns its labels. That is
distillation, and shows how training goes, not how good a head can get.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.networks.head_lesson import Lesson, lesson_of, row_of
from segviewer.labs.shared.one_pass import small_size
from segviewer.labs.shared.refined_labels import content_key
from segviewer.labs.shared.trained_head import TrainedHead, trained_head
from segviewer.references import DEFAULT_CHECKPOINT
from segviewer.settings import Settings, control

if TYPE_CHECKING:
    from segviewer.training.head_training import HeadTraining

BATCH = 4
SHOWN_SECONDS = 1.0  # between two drawings
FEWEST_KEPT = 10  # iterations of a run that is worth comparing with

Head = Literal["FCN", "PPM", "ASPP"]


class HeadTrainingConfig(Settings):
    """Settings of the lab."""

    running: bool = control(
        False,
        kind="lab",
        label="Train",
        tip="Trains while it is on; off is a pause. Another setting below begins a new run, and "
        "the run before stays for comparison.",
    )
    head: Head = control(
        "ASPP",
        kind="lab",
        label="Head",
        tip="FCN: one 3×3 convolution. PPM: PSPNet's pyramid of bins 1, 2, 3, 6. ASPP: DeepLab "
        "v3's rates 6, 12, 18 with image pooling.",
    )
    policy: Literal["poly", "step", "cosine"] = control(
        "poly", kind="lab", label="Rate policy", tip="How the learning rate falls over the run."
    )
    power: float = control(0.9, kind="lab", label="Power of poly", ge=0.1, le=3, step=0.1)
    rate: float = control(
        0.002,
        kind="lab",
        label="First learning rate",
        ge=1e-5,
        le=0.1,
        log=True,
        decimals=5,
        tip="Of AdamW, after a rise over 20 iterations.",
    )
    iterations: int = control(
        150, kind="lab", label="Iterations", ge=20, le=1000, log=True, step=10
    )
    loss: Literal["cross entropy", "weighted", "weighted + Jaccard"] = control(
        "weighted + Jaccard",
        kind="lab",
        label="Loss",
        tip="Cross entropy; weighted by 1/log(1.10 + share of the class); or with 1 − soft IoU "
        "beside it, for which every class counts alike.",
    )
    norm: Literal["learned", "frozen"] = control(
        "learned",
        kind="lab",
        label="Batch norm",
        tip="Of the head. Frozen: mean 0 and variance 1 as it begins, and only the rest learns.",
    )
    crop: Literal["160×128", "320×256", "448×352"] = control(
        "320×256",
        kind="lab",
        label="Crop",
        tip="Pixels of what is drawn of a photograph. On a map of 10×8 cells most taps of rates 12 "
        "and 18 fall outside, and what is pooled is a small part of the scene.",
    )
    seed: int = control(
        0,
        kind="lab",
        label="Random seed",
        ge=0,
        le=999,
        step=1,
        tip="Of the first weights and of the order of the crops.",
    )


@dataclass(frozen=True)
class RunCurves:
    """What a run has come to.

    Attributes
    ----------
    name : str
        What was chosen, in words.
    loss : tuple of float
        Of each iteration, smoothed.
    miou : tuple of (int, float)
        Iteration and mIoU on the open photograph, 0 to 1.
    """

    name: str
    loss: tuple[float, ...] = ()
    miou: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, eq=False)
class HeadTrainingShown:
    """What the view draws.

    Attributes
    ----------
    run : RunCurves
    before : RunCurves or None
        The run before it.
    total : int
        Iterations of the run.
    learned, wanted : ndarray of uint8 (h, w, 3)
        Labels over the photograph: the head's, and those it is measured by.
    figures : str
        Below the first.
    wanted_title : str
    kept : TrainedHead or None
        What can be saved; None while it is trained.
    """

    run: RunCurves
    before: RunCurves | None
    total: int
    learned: np.ndarray
    wanted: np.ndarray
    figures: str
    wanted_title: str
    kept: TrainedHead | None = None


@dataclass(eq=False)
class _Run:
    """A head in training."""

    training: HeadTraining
    shown: Any  # a network with the averaged weights
    name: str
    losses: list[float] = field(default_factory=list)
    miou: list[tuple[int, float]] = field(default_factory=list)
    labels: np.ndarray | None = None

    def curves(self) -> RunCurves:
        return RunCurves(self.name, smoothed(self.losses), tuple(self.miou))


class HeadTrainingLab(Lab[HeadTrainingConfig, HeadTrainingShown]):
    """FCN, PPM or ASPP on a frozen backbone, from random weights to labels in a minute."""

    name = "head_training"
    entry = LabEntry(
        title="Training a head",
        sentence="A head learns on the frozen backbone: loss and mIoU grow, the labels change.",
        source="DeepLab v2 and v3 (poly rate, ASPP); PSPNet (PPM); FCN",
        needs="probs",
        group="Networks",
        view="segviewer.labs.networks.head_training_view:HeadTrainingView",
    )
    Config = HeadTrainingConfig

    def compute(self, context: LabContext, config: HeadTrainingConfig) -> Iterator[LabResult]:
        if min(context.image.shape[:2]) < 64:
            yield LabResult(self.name, caption="The photograph is too small to measure a head on.")
            return
        memory = context.memory
        content = content_key(context)
        if memory.get("content") != content:
            memory.clear()
            memory["content"] = content
        key = config.changed(running=False)
        if memory.get("key") != key and "run" in memory:
            run = memory.pop("run")
            if len(run.losses) >= FEWEST_KEPT:
                memory["before"] = run.curves()
        if "run" not in memory:
            if not config.running:
                yield _at_rest(config, memory.get("before"))
                return
            if memory.get("crop") != config.crop:
                memory.pop("lesson", None)
                yield LabResult(
                    self.name, caption="The teacher labels the sample photographs …", complete=False
                )
                memory["lesson"] = lesson_of(context, config.crop)
                memory["crop"] = config.crop
            memory.update(key=key, run=_begun(config, memory["lesson"]))
        run, lesson = memory["run"], memory["lesson"]
        if config.running:
            yield from _trained(context, config, run, lesson, memory.get("before"))
        if run.labels is None:
            _measure(run, lesson)
        yield _result(context, config, run, lesson, memory.get("before"), complete=True)


def smoothed(losses: list[float]) -> tuple[float, ...]:
    """Running mean of the losses, with a memory of about ten."""
    means: list[float] = []
    for number, loss in enumerate(losses):
        part = max(0.1, 1 / (number + 1))
        means.append(loss if not means else (1 - part) * means[-1] + part * loss)
    return tuple(means)


def policy_of(config: HeadTrainingConfig) -> Callable[[int, int], float]:
    """The factor of the rate by iteration and total."""
    from segviewer.training.schedule import cosine_rate, poly_rate, step_rate

    if config.policy == "poly":
        return lambda iteration, total: poly_rate(iteration, total, config.power)
    return step_rate if config.policy == "step" else cosine_rate


def run_name(config: HeadTrainingConfig) -> str:
    """What was chosen of a run, in a few words."""
    policy = f"poly {config.power:g}" if config.policy == "poly" else config.policy
    parts = [config.head, policy, f"rate {config.rate:g}"]
    parts += [config.loss] if config.loss != "weighted + Jaccard" else []
    parts += ["norm frozen"] if config.norm == "frozen" else []
    parts += [f"crop {config.crop}"] if config.crop != "320×256" else []
    parts += [f"seed {config.seed}"] if config.seed else []
    return ", ".join(parts)


def _at_rest(config: HeadTrainingConfig, before: RunCurves | None) -> LabResult:
    kept = f" The run before ({before.name}) stays for comparison." if before else ""
    return LabResult(
        "head_training",
        caption=f"Switch Train on: {run_name(config)}, {config.iterations} iterations of {BATCH} "
        "crops. The head begins at random, the backbone is frozen; the bundled network's labels "
        f"of the sample photographs stand in for masks.{kept}",
    )


def _trained(
    context: LabContext,
    config: HeadTrainingConfig,
    run: _Run,
    lesson: Lesson,
    before: RunCurves | None,
) -> Iterator[LabResult]:
    """Train to the end of the run; a result every second."""
    import torch

    drawn = time.monotonic()
    while run.training.iteration < config.iterations:
        context.check()
        # Dropout draws from the generator of all torch: that of others stays as it is.
        with torch.random.fork_rng(devices=[]), torch.inference_mode(False), torch.enable_grad():
            torch.manual_seed(config.seed * 100_003 + run.training.iteration)
            loss = run.training.step()
        run.losses.append(loss)
        context.progressed(run.training.iteration / config.iterations)
        last = run.training.iteration == config.iterations
        if last or time.monotonic() - drawn > SHOWN_SECONDS or len(run.losses) == 1:
            _measure(run, lesson)
            drawn = time.monotonic()
            if not last:
                yield _result(context, config, run, lesson, before, complete=False)


def _measure(run: _Run, lesson: Lesson) -> None:
    """Labels of the averaged weights on the open photograph, and their mIoU."""
    from segviewer.analysis.evaluation.metrics import Confusion
    from segviewer.training.head_training import labels_on_view

    if run.training.averaged:
        run.shown.load_state_dict(run.training.averaged)
    run.shown.eval()
    labels = labels_on_view(run.shown, lesson.open_view)
    confusion = Confusion(len(lesson.classes))
    confusion.add(lesson.open_view.target.numpy(), labels)
    run.labels = labels.astype(np.uint8)
    if not run.miou or run.miou[-1][0] != run.training.iteration:
        run.miou.append((run.training.iteration, confusion.miou))


def _begun(config: HeadTrainingConfig, lesson: Lesson) -> _Run:
    """A head at random on the teacher's backbone."""
    import copy

    import torch
    from torch import nn

    from segviewer.checkpoints.opening import open_network
    from segviewer.layers.of_kind import of_kind
    from segviewer.networks import network_class
    from segviewer.training.head_training import HeadTraining

    row = row_of(config.head)
    network_type = network_class(row.architecture)
    backbone = of_kind(open_network(DEFAULT_CHECKPOINT).network.backbone, nn.Module).state_dict()
    with torch.inference_mode(False), torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        network = network_type(network_type.Config.model_validate(row.config))
        of_kind(network.backbone, nn.Module).load_state_dict(backbone)
        training = HeadTraining(
            network,
            lesson.views,
            iterations=config.iterations,
            batch=BATCH,
            rate=config.rate,
            policy=policy_of(config),
            loss=config.loss,
            norm_frozen=config.norm == "frozen",
            seed=config.seed,
        )
    return _Run(training, copy.deepcopy(network).eval(), run_name(config))


def _result(
    context: LabContext,
    config: HeadTrainingConfig,
    run: _Run,
    lesson: Lesson,
    before: RunCurves | None,
    *,
    complete: bool,
) -> LabResult:
    assert run.labels is not None
    iteration, miou = run.miou[-1]
    same_classes = tuple(context.classes) == lesson.classes
    wanted = "the mask" if lesson.by_mask else "the teacher's labels"
    shown = HeadTrainingShown(
        run.curves(),
        before,
        config.iterations,
        _overlay(context, run.labels),
        _overlay(context, lesson.open_view.target.numpy()),
        f"mIoU {miou:.3f} by {wanted}",
        "mask" if lesson.by_mask else "teacher: the bundled network",
        _kept(config, run, lesson) if complete and run.training.averaged else None,
    )
    loss = f"loss {shown.run.loss[-1]:.2f}, " if run.losses else ""
    caption = (
        f"{run.name}: iteration {iteration} of {config.iterations}, {loss}mIoU {miou:.3f} by "
        f"{wanted} on this photograph, which it does not learn from; it learns the bundled "
        f"network's labels of {lesson.pictures} sample photographs"
    )
    if before is not None and before.miou:
        caption += f". The run before, {before.name}: {before.miou[-1][1]:.3f}"
    return LabResult(
        "head_training",
        shown,
        caption=caption,
        formula=_formula(config, run),
        label_map=run.labels if same_classes else None,
        raster_name=f"labels of the head after {iteration} iterations" if same_classes else "",
        complete=complete,
    )


def _kept(config: HeadTrainingConfig, run: _Run, lesson: Lesson) -> TrainedHead:
    from segviewer.checkpoints.model_card import ModelCard

    iteration = run.training.iteration
    made = f"{run.name}; {iteration} of {config.iterations} iterations"
    title, architecture = f"{config.head} trained in the lab", row_of(config.head).architecture
    begun = ModelCard(
        title=title, architecture=architecture, iterations=iteration, seed=config.seed
    )
    return trained_head(run.shown, begun, lesson.teacher, lesson.pictures, made)


def _formula(config: HeadTrainingConfig, run: _Run) -> str:
    i, n = run.training.iteration, config.iterations
    now = f"{config.rate * policy_of(config)(i, n):.3g}"
    if config.policy == "poly":
        return f"{config.rate:g} · (1 − {i} / {n})<sup>{config.power:g}</sup> = <b>{now}</b>"
    if config.policy == "step":
        return f"{config.rate:g} · 0.1<sup>thirds done</sup> = <b>{now}</b>"
    return f"{config.rate:g} · (1 + cos(π · {i} / {n})) / 2 = <b>{now}</b>"


def _overlay(context: LabContext, labels: np.ndarray) -> np.ndarray:
    """Labels of CamVid's classes over the photograph, small."""
    from segviewer.imaging.labels import label_set
    from segviewer.imaging.overlay import colour_table, small_overlay

    table = colour_table(label_set("camvid11"))
    return small_overlay(context.image, labels, table, small_size(*labels.shape), 0.65)


LAB = HeadTrainingLab()
