"""The rows of the CRF's benchmark about its last update at every pixel of the photograph.

How near it comes to a CRF of the photograph's own size, beside what the enlarged result and the
network alone come to; and what it costs on a large photograph, once the working-size result is
there.
"""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np
from PIL import Image

from segviewer.cli.crf_benchmark_table import Row
from segviewer.crf.engines.full_resolution import Block, LastUpdate, warm_up
from segviewer.crf.engines.refinement import refine
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.engine.worker.child_process import live_with_parent
from segviewer.imaging.preprocessing import resize_long_side
from segviewer.imaging.reading.samples import sample_path

SAMPLES = ("leuven_street", "building", "campus_walkers", "palace")
MEGAPIXELS = 1.0
CLASSES = 11  # of the bundled network
WORKING = 480  # its long side
VIEW = 1080, 1920  # rows and columns of a screen


def network_probs(picture: np.ndarray) -> np.ndarray:
    """The bundled network's probabilities of uint8 (H, W, 3), at its own working size."""
    import tempfile
    from pathlib import Path

    from segviewer.batch.batch import session_of
    from segviewer.engine.executor import StageExecutor
    from segviewer.engine.listener import Collected
    from segviewer.references import DEFAULT_CHECKPOINT

    session = session_of(DEFAULT_CHECKPOINT, None, 0, False, False, "cpu", [])
    executor = StageExecutor(Collected().listener())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.png"
        Image.fromarray(picture).save(path, compress_level=1)
        executor.run(session.changed(image=str(path)))
    probs: np.ndarray = executor.cache["probs"].value.probs
    return probs


def enlarged(probs: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Probabilities (K, h, w) at (height, width), bilinear as the label map takes them."""
    import torch
    from torch.nn import functional as F

    found: np.ndarray = F.interpolate(
        torch.from_numpy(probs)[None], size, mode="bilinear", align_corners=False
    )[0].numpy()
    return found


def accuracy(picture: np.ndarray, probs: np.ndarray, name: str, threads: int) -> list[Row]:
    """Three label maps of one photograph beside those of a CRF of its own size.

    Parameters
    ----------
    picture : ndarray of uint8 (H, W, 3)
    probs : ndarray of float32 (K, h, w)
        The network's, at working size.
    name : str
        What the table calls it.
    threads : int
    """
    settings, size = CRFSettings(enabled=True), (picture.shape[0], picture.shape[1])
    working = resize_long_side(picture, max(probs.shape[1:]))
    kept: list[LastUpdate] = []
    steps = refine(
        working,
        probs,
        settings,
        finished=lambda field: kept.append(LastUpdate(field, working, probs, settings)),
    )
    *_, refined = steps
    assert refined is not None  # the last one is
    began = time.perf_counter()
    labels = kept[0].labels(picture, threads=threads)
    took = time.perf_counter() - began
    whole = enlarged(probs, size)
    scale = probs.shape[2] / size[1]
    *_, reference = refine(picture, whole, settings.scaled(scale))
    assert reference is not None
    right = reference.argmax(0)
    found = {
        "full resolution": (labels, took),
        "enlarged": (enlarged(refined, size).argmax(0), 0.0),
        "no CRF": (whole.argmax(0), 0.0),
    }
    return [
        Row(
            engine,
            f"{settings.appearance_xy_std:g}/{settings.appearance_rgb_std:g} {name}",
            len(probs),
            0,
            size[0] * size[1] / 1e6,
            threads,
            0.0,
            seconds,
            seconds,
            labels_equal=float((of_engine == right).mean()),
            median_s=seconds,
        )
        for engine, (of_engine, seconds) in found.items()
    ]


def accuracies(threads: int, megapixels: float = MEGAPIXELS) -> list[Row]:
    """The samples, enlarged to so many megapixels, with the bundled network's own scores."""
    rows = []
    warm_up(CLASSES)
    for name in SAMPLES:
        with Image.open(sample_path(name)) as opened:
            times = (megapixels * 1e6 / (opened.width * opened.height)) ** 0.5
            size = round(opened.width * times), round(opened.height * times)
            picture = np.array(opened.convert("RGB").resize(size, Image.Resampling.LANCZOS))
        rows += accuracy(picture, network_probs(picture), name, threads)
    return rows


def large(megapixels: float, threads: int) -> list[Row]:
    """What a photograph of this size costs, in a process of its own whose memory is measured."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=live_with_parent) as child:
        return child.submit(_large, megapixels, threads).result()


def _large(megapixels: float, threads: int) -> list[Row]:
    from segviewer.cli.crf_benchmark import large_picture, peak_memory, random_probs

    picture = large_picture(megapixels)
    working = resize_long_side(picture, WORKING)
    probs = random_probs((working.shape[1], working.shape[0]), CLASSES)
    settings = CRFSettings(enabled=True)
    warm_up(CLASSES)
    kept: list[LastUpdate] = []
    for _ in refine(
        working,
        probs,
        settings,
        finished=lambda field: kept.append(LastUpdate(field, working, probs, settings)),
    ):
        pass
    seen = Block(0, min(VIEW[0], picture.shape[0]), 0, min(VIEW[1], picture.shape[1]))
    times: dict[int, float] = {}
    began = time.perf_counter()

    def done(labels: np.ndarray, pixels: int) -> None:
        times[pixels] = time.perf_counter() - began

    kept[0].labels(picture, first=seen, threads=threads, done=done)
    setting = f"{settings.appearance_xy_std:g}/{settings.appearance_rgb_std:g} random"

    def row(engine: str, pixels: int, peak: float | None = None) -> Row:
        took = times[pixels]
        row = Row(engine, setting, CLASSES, 0, pixels / 1e6, threads, 0.0, took, took)
        return replace(row, median_s=took, peak_gb=peak)

    everything = picture.shape[0] * picture.shape[1]
    return [
        row("full resolution, in view", seen.pixels),
        row("full resolution", everything, peak_memory()),
    ]
