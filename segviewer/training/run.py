"""A whole training run: begun or gone on with, paced by the clock, kept as it goes, and finished.

What a stopped run needs lies in one file beside the checkpoint that it will become; the same
command goes on from there, draws the same crops, and ends where an unbroken run would.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import torch

from segviewer.checkpoints.model_card import ModelCard
from segviewer.errors import EngineError, SettingsError
from segviewer.inference.running import choose_device, is_out_of_memory
from segviewer.layers.framing import place_scores, run_features
from segviewer.networks.network import Network
from segviewer.training.begun import check_output, check_same, identity_of, state_file
from segviewer.training.data_set import DataSet
from segviewer.training.finishing import finished
from segviewer.training.frames import Augmentation
from segviewer.training.pace import FEWEST, MEASURED_FRAMES, Clock, Pace, every, smaller_batch
from segviewer.training.pasting import Pasting, rare_objects
from segviewer.training.run_options import RunOptions, default_crop, rare_classes, uses_bfloat16
from segviewer.training.starting import Start, start_of
from segviewer.training.trainer import Recipe, Trainer, evaluate_frames, read_state
from segviewer.training.training_log import log_beside, write_log

_LOG_LINES = 200  # of losses in a log
_TIMED = 5  # iterations, at least
_TIMED_SECONDS = 6.0


class Reporter(Protocol):
    """Who is to know how a run goes."""

    def say(self, sentence: str) -> None:
        """Take something a person should know."""

    def stepped(self, iteration: int, total: int, loss: float, left: float) -> None:
        """Take where the run stands; `left` seconds of it remain."""

    def noted(self, line: Mapping[str, Any]) -> None:
        """Take a line of the log."""


@dataclass(frozen=True)
class Outcome:
    """How a call ended.

    Attributes
    ----------
    card : ModelCard or None
        Of the checkpoint; None where the run was stopped.
    iteration, total : int
    """

    card: ModelCard | None
    iteration: int
    total: int


class Run:
    """One training run in this process.

    Parameters
    ----------
    data : DataSet
    options : RunOptions
    reporter : Reporter
    stopping : callable
        Whether the person wants to stop; asked between two iterations.

    Raises
    ------
    SegviewerError
        If network, device, file or what was begun before do not allow it.
    """

    def __init__(
        self,
        data: DataSet,
        options: RunOptions,
        reporter: Reporter,
        stopping: Callable[[], bool] = lambda: False,
    ):
        self.data, self.options, self.reporter, self.stopping = data, options, reporter, stopping
        self._began = time.monotonic()
        check_output(options.out, fresh=options.fresh)
        self.device = choose_device(options.device)
        self.identity = identity_of(data, options)
        self.state_file, self.log_file = state_file(options.out), log_beside(options.out)
        if options.fresh:
            self.state_file.unlink(missing_ok=True)
        state = read_state(self.state_file) if self.state_file.exists() else None
        if state is not None:
            check_same(state, self.identity, options)
        self.start = self._fresh_start()
        reporter.say(self.start.said)
        self.pending: list[float] = []
        self.elapsed = 0.0
        recipe = self._recipe() if state is None else Recipe(**state["recipe"])
        self.trainer = self._trainer(self.start, recipe)
        if state is None:
            self.log: list[dict[str, Any]] = [self._heading()]
            self._check_trainable()
            if not options.iterations:
                self.trainer = self._paced(recipe)
        else:
            self.trainer.resume(state)
            self.log = list(state["more"]["log"])
            self.pending = list(state["more"]["pending"])
            self.elapsed = float(state["more"]["elapsed"])
            reporter.say(
                f"Goes on at iteration {self.trainer.iteration:,} of "
                f"{self.trainer.recipe.iterations:,}."
            )
        self.every = options.every or every(self.total)
        # A folder that cannot be written is known now, and not in the end.
        write_log(self.log_file, self.log)

    @property
    def total(self) -> int:
        """Iterations of the run."""
        return self.trainer.recipe.iterations

    def train(self) -> Outcome:
        """Train to the end, or until somebody wants to stop.

        Raises
        ------
        EngineError
            If the memory does not suffice or the training diverges.
        ExportError
            If the disk is full.
        """
        trainer, kept = self.trainer, time.monotonic()
        began, done = time.monotonic(), trainer.iteration
        log_every = max(1, self.total // _LOG_LINES)
        before = self.elapsed
        clock = Clock(60 * self.options.minutes) if self.options.by_clock else None
        while trainer.iteration < self.total:
            if self.stopping():
                self._keep()
                return Outcome(None, trainer.iteration, self.total)
            self._step()
            now = time.monotonic()
            self.elapsed = before + now - began
            if clock is not None:
                total = clock.total(trainer.iteration, self.elapsed, self.total)
                trainer.change_total(total)
            left = (now - began) / (trainer.iteration - done) * (self.total - trainer.iteration)
            self.reporter.stepped(trainer.iteration, self.total, self.pending[-1], left)
            last = trainer.iteration == self.total
            if trainer.iteration % log_every == 0 or last:
                self._note_loss()
            if trainer.iteration % self.every == 0 and not last:
                self._measure()
            if last or now - kept >= self.options.keep_seconds:
                self._keep()
                kept = now
        return self._finish()

    def _step(self) -> None:
        with _in_memory():
            loss = self.trainer.step()
        if not np.isfinite(loss):
            raise EngineError(
                f"The training diverged at iteration {self.trainer.iteration:,}.",
                "The loss is no longer a number.",
                "Begin anew with --fresh and a smaller --rate.",
            )
        self.pending.append(loss)

    def _note_loss(self) -> None:
        if not self.pending:
            return
        rate = max(group["lr"] for group in self.trainer.optimizer.param_groups)
        self._note(
            {
                "iteration": self.trainer.iteration,
                "loss": round(float(np.mean(self.pending)), 4),
                "rate": float(f"{rate:.3g}"),
                "seconds": round(self.elapsed, 1),
            }
        )
        self.pending.clear()

    def _measure(self) -> None:
        """Measure the averaged weights on some of the val pictures."""
        val = self.data.val
        places = np.linspace(0, len(val) - 1, min(len(val), MEASURED_FRAMES)).round().astype(int)
        frames = (val[place] for place in np.unique(places).tolist())
        with _in_memory():
            found = evaluate_frames(
                self.trainer.average, frames, self.start.card.preprocessing, self.device
            )
        self._note(
            {
                "iteration": self.trainer.iteration,
                "miou": round(found.miou, 4),
                "pixel_accuracy": round(found.pixel_accuracy, 4),
                "pictures": len(places),
            }
        )

    def _note(self, line: dict[str, Any]) -> None:
        self.log.append(line)
        self.reporter.noted(line)

    def _keep(self) -> None:
        more = {
            "identity": self.identity,
            "log": self.log,
            "pending": self.pending,
            "elapsed": self.elapsed,
        }
        self.trainer.save(self.state_file, more)
        write_log(self.log_file, self.log)

    def _finish(self) -> Outcome:
        with _in_memory():
            card = finished(
                self.data, self.options, self.start.card, self.trainer.average, self.total
            )
        val = card.results["val"]
        self._note(
            {
                "iteration": self.total,
                "miou": val["miou"],
                "pixel_accuracy": val["pixel_accuracy"],
                "pictures": len(self.data.val),
            }
        )
        write_log(self.log_file, self.log)
        self.state_file.unlink(missing_ok=True)
        return Outcome(card, self.total, self.total)

    def _fresh_start(self) -> Start:
        options = self.options
        return start_of(options.network, self.data.classes, options.settings, options.seed)

    def _recipe(self) -> Recipe:
        options = self.options
        return Recipe(
            iterations=options.iterations or 1_000_000,
            batch=options.batch or 8,
            backbone_rate=options.backbone_rate,
            head_rate=options.rate,
            weight_decay=options.weight_decay,
            auxiliary_weight=options.auxiliary_weight,
            jaccard_weight=options.jaccard_weight,
            lovasz_weight=options.lovasz_weight,
            hard_share=options.hard_share,
            average_decay=options.average_decay,
            average_last=options.average_last,
            pretrained=self.start.pretrained,
            bfloat16=uses_bfloat16(options, self.start.network, self.device),
            seed=options.seed,
        )

    def _trainer(self, start: Start, recipe: Recipe) -> Trainer:
        options, data = self.options, self.data
        augmentation = Augmentation(
            options.crop or default_crop(data.size),
            options.scale,
            blur=options.blur,
            rare_classes=rare_classes(data.shares),
            texture=options.texture,
            colour=options.colour,
            balanced=options.balanced,
        )
        return Trainer(
            start.network,
            data.train,
            augmentation,
            recipe,
            start.card.preprocessing,
            data.shares,
            self.device,
            self._pasting,
        )

    @cached_property
    def _pasting(self) -> Pasting | None:
        """Of what the frames to train on have of rare classes."""
        if not self.options.paste:
            return None
        objects = rare_objects(self.data.train, rare_classes(self.data.shares))
        pasting = Pasting(objects, self.options.paste)
        self.reporter.say(pasting.said)
        return pasting

    def _check_trainable(self) -> None:
        """Refuse a network that gives no score for each pixel of a crop."""
        network: Network = self.trainer.network
        height, width = self.trainer.augmentation.crop
        image = torch.zeros(2, 3, height, width, device=self.device)
        network.eval()
        try:
            with torch.no_grad(), _in_memory():
                scores, _ = network.training_head(run_features(network, image))
                placed = place_scores(network, scores, height, width)
        except (RuntimeError, ValueError, TypeError, KeyError) as error:
            raise SettingsError(
                f"{network.title} cannot be trained on crops of {width}×{height} pixels.",
                f"{type(error).__name__}: {str(error)[:200]}.",
                "Name another network, another --crop, or other values with --set.",
            ) from error
        if placed.shape[1] != self.data.classes.count:
            raise SettingsError(
                f"{network.title} cannot be trained on masks.",
                f"It gives {placed.shape[1]} scores for {self.data.classes.count} classes.",
                "Name a network for segmentation: segviewer networks lists them.",
            )

    def _paced(self, recipe: Recipe) -> Trainer:
        """Time some iterations, and begin anew with as many as the minutes allow."""
        budget = 60 * self.options.minutes
        pace = self._pace(budget)
        left = budget - (time.monotonic() - self._began)
        iterations = pace.iterations(left, len(self.data.val))
        batch = recipe.batch
        if not self.options.batch and smaller_batch(iterations, batch) < batch:
            batch = smaller_batch(iterations, batch)
            pace = replace(pace, seconds=pace.seconds * batch / recipe.batch)
            iterations = pace.iterations(left, len(self.data.val))
        self.reporter.say(
            f"{iterations:,} iterations of {batch} crops in {self.options.minutes:g} minutes: one "
            f"takes {pace.seconds:.2f} s here."
            + (
                " More or less where that changes."
                if self.options.by_clock
                else f" --iterations {iterations} --batch {batch} repeats the run."
            )
        )
        if iterations == FEWEST:
            self.reporter.say(
                "The time is too short for this network here: a longer run, a smaller --crop or a "
                "smaller --long-side learns more."
            )
        # The timed steps are thrown away: a repeated run has none.
        self.start = self._fresh_start()
        return self._trainer(self.start, replace(recipe, iterations=iterations, batch=batch))

    def _pace(self, budget: float) -> Pace:
        steps: list[float] = []
        while len(steps) < _TIMED or sum(steps) < min(_TIMED_SECONDS, 0.05 * budget):
            if self.stopping():
                raise KeyboardInterrupt
            began = time.perf_counter()
            with _in_memory():
                self.trainer.step()
            steps.append(time.perf_counter() - began)
            if len(steps) > 1 and sum(steps) > 0.2 * budget:
                break
        began = time.perf_counter()
        with _in_memory():
            evaluate_frames(
                self.trainer.average, self.data.val[:1], self.start.card.preprocessing, self.device
            )
        return Pace.of(steps, time.perf_counter() - began)

    def _heading(self) -> dict[str, Any]:
        data = self.data
        return {
            "network": self.options.network,
            "data_set": data.name,
            "train": len(data.train),
            "val": len(data.val),
            "classes": list(data.classes.names),
            "seed": self.options.seed,
        }


@contextmanager
def _in_memory() -> Iterator[None]:
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if isinstance(error, MemoryError) or is_out_of_memory(error):
            raise EngineError(
                "The memory does not suffice for this training.",
                "Crops and batch are too large for this network here.",
                "Give a smaller --batch or --crop.",
            ) from error
        raise
