"""How fast the dense CRF is, beside pydensecrf where that is installed.

All engines get the same arrays and take turns in one process. pydensecrf holds the interpreter's
lock and runs on one thread; ours runs on as many as it is given, which the table says. Times are
from energies to probabilities, the fastest of several rounds, after one that only warms up.
"""

from __future__ import annotations

import json
import math
import multiprocessing
import platform
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from segviewer.cli import full_resolution_benchmark
from segviewer.cli.crf_benchmark_table import Row, as_text, geometric_means, machine, notes
from segviewer.crf.engines.contending_classes import contending_classes
from segviewer.crf.engines.draft import draft
from segviewer.crf.engines.mean_field_lattice import MeanField, warm_up
from segviewer.crf.engines.pydensecrf_reference import available
from segviewer.crf.engines.pydensecrf_reference import refine as by_pydensecrf
from segviewer.crf.engines.unary import unary_from_probs
from segviewer.crf.lattice.kernel_cache import KernelCache
from segviewer.crf.lattice.thread_team import ThreadTeam, default_threads
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.engine.worker.child_process import live_with_parent
from segviewer.imaging.reading.samples import sample_path
from segviewer.references import Reference

SAMPLE = "campus_walkers"
SIZE = 500, 375
CLASSES = 21  # of Pascal VOC, whose pictures have this size
SIZES = 0.2, 1.0, 3.0, 12.0
ROUNDS = 5
SETTINGS = {"67/3": (4.0, 67.0, 3.0), "80/13": (10.0, 80.0, 13.0), "50/5": (4.0, 50.0, 5.0)}
"""θ1, σα, σβ by the name in the table; θ2 = σγ = 3 and ten iterations are common to all."""


@dataclass(frozen=True)
class Case:
    """A picture uint8 (H, W, 3) with probabilities float32 (K, H, W), and what to call it."""

    name: str
    image: np.ndarray
    probs: np.ndarray


def run(
    *,
    quick: bool = False,
    rounds: int = ROUNDS,
    sizes: list[float] | None = None,
    threads: list[int] | None = None,
    as_json: bool = False,
) -> int:
    """Measure and print.

    Parameters
    ----------
    quick : bool
        Small pictures and one round: shows that all runs, its numbers mean little.
    sizes : list of float, optional
        Megapixels of the pictures for the table by size.
    threads : list of int, optional
        Numbers of threads for the table by threads; the first tables use the largest.
    """
    everyone, where = default_threads(), machine()
    threads = sorted(set(threads or (1, everyone)))
    sizes = sizes or ([0.02] if quick else list(SIZES))
    rounds = 1 if quick else max(1, rounds)
    dense = dense_case((100, 75) if quick else SIZE)
    published = []
    for name in SETTINGS:
        published += compare(dense, name, threads[-1], rounds)
    rows = list(published)
    if not quick:
        walkers = network_case()
        rows += compare(walkers, "67/3", threads[-1], rounds, drop=True)
        rows += drafts(walkers, threads[-1], rounds)
    rows += drafts(dense, threads[-1], rounds)
    for count in threads[:-1]:
        rows += compare(dense, "67/3", count, rounds, reference=False)
    rows += [large(size, threads[-1]) for size in sizes]
    if not quick:
        rows += full_resolution_benchmark.accuracies(threads[-1])
    rows += full_resolution_benchmark.large(max(sizes), threads[-1])
    report = {
        "machine": where,
        "notes": notes(rounds),
        "geometric_means": geometric_means(published),
        "rows": [asdict(row) for row in rows],
    }
    print(json.dumps(report, indent=2) if as_json else as_text(report))
    return 0


def dense_case(size: tuple[int, int]) -> Case:
    """The sample at (width, height) with smooth random scores: every class wins somewhere."""
    with Image.open(sample_path(SAMPLE)) as picture:
        image = np.array(picture.convert("RGB").resize(size))
    return Case("random", image, _softmax(smooth_scores(size, CLASSES, step=12, noise=1.0)))


def smooth_scores(size: tuple[int, int], classes: int, step: int, noise: float) -> np.ndarray:
    """Random float32 (K, H, W): interpolated from every `step`-th pixel, and white noise."""
    rng, (width, height) = np.random.default_rng(0), size
    scores = np.empty((classes, height, width), np.float32)
    for plane in scores:
        coarse = rng.normal(size=(height // step + 2, width // step + 2)).astype(np.float32)
        plane[:] = np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BILINEAR))
        plane *= 3
        if noise:
            plane += noise * rng.standard_normal((height, width), np.float32)
    return scores


def _softmax(scores: np.ndarray) -> np.ndarray:
    """In place, without a second array of this size."""
    scores -= scores.max(0)
    np.exp(scores, out=scores)
    scores /= scores.sum(0)
    return scores


def network_case() -> Case:
    """The sample with the bundled network's own scores, at the network's working size."""
    from segviewer.batch.batch import session_of
    from segviewer.engine.executor import StageExecutor
    from segviewer.engine.listener import Collected
    from segviewer.imaging.preprocessing import resize_long_side
    from segviewer.references import DEFAULT_CHECKPOINT

    session = session_of(DEFAULT_CHECKPOINT, None, 0, False, False, "cpu", [])
    executor = StageExecutor(Collected().listener())
    executor.run(session.changed(image=str(Reference("sample", SAMPLE))))
    probs = executor.cache["probs"].value.probs
    whole = executor.cache["image"].value.levels[0]
    return Case("network", resize_long_side(whole, max(probs.shape[1:])), probs)


def crf_settings(name: str) -> CRFSettings:
    """One of `SETTINGS`."""
    weight, xy, rgb = SETTINGS[name]
    return CRFSettings(
        enabled=True,
        appearance_weight=weight,
        appearance_xy_std=xy,
        appearance_rgb_std=rgb,
        smoothness_weight=3.0,
        smoothness_xy_std=3.0,
        num_iterations=10,
    )


@dataclass
class Measured:
    """Times of the rounds (build, iterate, total), the last result, and classes left out."""

    times: list[tuple[float, float, float]]
    result: np.ndarray
    dropped: int = 0

    def row(self, engine: str, case: Case, setting: str, threads: int, **more) -> Row:
        """The fastest round as a line of the table."""
        build, iterate, total = min(self.times, key=lambda times: times[2])
        classes, height, width = case.probs.shape
        return Row(
            engine,
            f"{setting} {case.name}",
            classes,
            self.dropped,
            height * width / 1e6,
            threads,
            build,
            iterate,
            total,
            median_s=statistics.median(t[2] for t in self.times),
            **more,
        )


def compare(
    case: Case, name: str, threads: int, rounds: int, *, drop: bool = False, reference: bool = True
) -> list[Row]:
    """Ours with new and with ready kernels beside pydensecrf, in turns."""
    settings, unary = crf_settings(name), unary_from_probs(case.probs)
    kernels = KernelCache()

    def whole():
        kernels.clear()
        return _by_lattice(case.image, unary, settings, threads, kernels, drop)

    def moved():
        return _by_lattice(case.image, unary, settings, threads, kernels, drop)

    jobs: dict[str, Callable] = {"lattice": whole, "lattice, moved": moved}
    if reference and available() is None:
        jobs = {"pydensecrf": lambda: _by_pydensecrf(case.image, unary, settings), **jobs}
    done = _in_turns(jobs, rounds)
    theirs, rows = done.get("pydensecrf"), []
    for engine, measured in done.items():
        more = {}
        if theirs is not None:
            seconds = min(t[2] for t in theirs.times) / min(t[2] for t in measured.times)
            more = {"ratio_to_pydensecrf": seconds, **_agreement(measured.result, theirs.result)}
        used = 1 if engine == "pydensecrf" else threads
        rows.append(measured.row(engine, case, name, used, **more))
    return rows


def drafts(case: Case, threads: int, rounds: int) -> list[Row]:
    """The draft, whose reference is our own whole CRF."""
    name, kernels = "67/3", KernelCache()
    settings = crf_settings(name)
    whole = _by_lattice(
        case.image, unary_from_probs(case.probs), settings, threads, KernelCache(), False
    )

    def one(clear: bool):
        if clear:
            kernels.clear()
        began = time.perf_counter()
        result = draft(case.image, case.probs, settings, threads=threads, kernels=kernels)
        took = time.perf_counter() - began
        return (0.0, took, took), result, 0

    jobs = {"draft": lambda: one(True), "draft, moved": lambda: one(False)}
    rows = []
    for engine, measured in _in_turns(jobs, max(3, rounds)).items():
        probs = np.exp(measured.result - measured.result.max(0))
        probs /= probs.sum(0)
        rows.append(measured.row(engine, case, name, threads, **_agreement(probs, whole[1])))
    return rows


def _in_turns(jobs: dict[str, Callable], rounds: int) -> dict[str, Measured]:
    done: dict[str, Measured] = {}
    for turn in range(rounds + 1):
        for engine, job in jobs.items():
            times, result, dropped = job()
            if turn == 0:  # compiles, and fills the caches of the machine
                done[engine] = Measured([], result, dropped)
            else:
                done[engine].times.append(times)
                done[engine].result = result
    return done


def _by_lattice(image, unary, settings, threads, kernels, drop):
    began = time.perf_counter()
    classes = None
    if drop:
        classes = contending_classes(image, unary, settings, threads=threads, kernels=kernels)
    with ThreadTeam(threads) as team:
        field = MeanField(image, unary, settings, team, kernels, classes=classes)
        built = time.perf_counter()
        for i in range(settings.num_iterations):
            last = i + 1 == settings.num_iterations
            result = field.step(keep=last, last=last)
    ended = time.perf_counter()
    dropped = 0 if classes is None else unary.shape[1] - len(classes)
    return (built - began, ended - built, ended - began), result, dropped


def _by_pydensecrf(image, unary, settings):
    began = time.perf_counter()
    steps = by_pydensecrf(image, unary, settings, wanted=lambda: False)
    count = settings.num_iterations
    next(steps)
    first = time.perf_counter() - began
    *_, result = steps
    total = time.perf_counter() - began
    # It builds when it is first asked for a result; iterations take equal times.
    iterate = (total - first) / (count - 1) * count
    return (total - iterate, iterate, total), result, 0


def _agreement(ours: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    return {
        "labels_equal": float((ours.argmax(0) == reference.argmax(0)).mean()),
        "max_probability_difference": float(np.abs(ours - reference).max()),
    }


def large(megapixels: float, threads: int) -> Row:
    """One run on a picture of this size in a process of its own, whose memory is measured."""
    # Not forked: a child that shares its parent's memory would be charged with it.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=live_with_parent) as child:
        return child.submit(_large, megapixels, threads).result()


def large_picture(megapixels: float) -> np.ndarray:
    """A photograph of this size with grain, uint8 (H, W, 3)."""
    width = round(math.sqrt(megapixels * 1e6 * 4 / 3))
    size = width, round(megapixels * 1e6 / width)
    rng = np.random.default_rng(0)
    with Image.open(sample_path("building")) as picture:
        image = np.array(picture.convert("RGB").resize(size))
    # Enlarging leaves no grain, without which a photograph would need far fewer vertices.
    for row in image:
        row[:] = np.clip(row + 2 * rng.standard_normal(row.shape, np.float32), 0, 255)
    return image


def random_probs(size: tuple[int, int], classes: int) -> np.ndarray:
    """Smooth random probabilities float32 (K, H, W) at (width, height)."""
    return _softmax(smooth_scores(size, classes, step=max(2, size[0] // 40), noise=0.0))


def _large(megapixels: float, threads: int) -> Row:
    image = large_picture(megapixels)
    probs = random_probs((image.shape[1], image.shape[0]), CLASSES)
    case = Case("random", image, probs)
    warm_up(CLASSES)
    unary = [unary_from_probs(probs)]
    settings = crf_settings("67/3")
    began = time.perf_counter()
    with ThreadTeam(threads) as team:
        field = MeanField(image, unary.pop(), settings, team, KernelCache())
        built = time.perf_counter()
        for i in range(settings.num_iterations):
            last = i + 1 == settings.num_iterations
            result = field.step(keep=last, last=last)
    ended = time.perf_counter()
    assert result is not None  # the last is kept
    measured = Measured([(built - began, ended - built, ended - began)], result)
    return measured.row("lattice", case, "67/3", threads, peak_gb=peak_memory())


def peak_memory() -> float | None:
    """Most memory that this process has held, in 10⁹ bytes; None where it is not known."""
    try:
        # ru_maxrss would count what the parent held when it started this process.
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e9
    except (OSError, IndexError, ValueError):
        pass
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if platform.system() == "Darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
