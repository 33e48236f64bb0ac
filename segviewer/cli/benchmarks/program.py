"""How fast the whole program is here: start, labels, toggles, network, CRF, fields, canvas, memory.

Where something else does the same, both run in turns in one go and the table says their ratio:
times depend on the machine and on what else it does, ratios less so.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from segviewer.cli.benchmarks.table import Measure, as_text, earlier_report, report_of, with_earlier
from segviewer.cli.benchmarks.timing import failed, in_turns, measure, running_engine
from segviewer.cli.crf_benchmark_table import machine
from segviewer.references import DEFAULT_CHECKPOINT, SESSION_SUFFIX
from segviewer.session import Session

SAMPLE = "leuven_street"
NETWORK_SIZE = 480, 360  # width and height
SIZES, QUICK_SIZES = (0.2, 1.0, 12.0, 24.0, 100.0), (0.2, 12.0)
EVALUATED = 48  # pictures: what a run takes once is little of it
LARGE = 50.0  # megapixels above which everything is measured once, and nothing is drawn over
LIMIT_S = 300.0  # for one process


def run(
    *,
    quick: bool = False,
    rounds: int = 5,
    sizes: list[float] | None = None,
    as_json: bool = False,
    against: Path | None = None,
) -> int:
    """Measure and print.

    Parameters
    ----------
    quick : bool
        Two rounds and two sizes: under five minutes.
    rounds : int
    sizes : list of float, optional
        Megapixels of the photographs.
    as_json : bool
    against : Path, optional
        What an earlier run has printed as JSON.

    Raises
    ------
    SettingsError
        If `against` is another file.
    EngineError
        If a part of the program fails.
    """
    earlier = None if against is None else earlier_report(against)
    where = machine()
    rounds = min(rounds, 2) if quick else rounds
    sizes = sizes or list(QUICK_SIZES if quick else SIZES)
    rows = [*starts(rounds), *network(rounds), *evaluation(rounds), *crf(rounds)]
    rows += [*fields(rounds), *linked_lab(rounds)]
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path = photograph(size, Path(folder))
            rows += previews(size, rounds, path)
            rows += photographs(size, rounds if size <= LARGE else 1, path)
            rows += window(size, path)
    for size in sizes:
        if size <= LARGE:
            rows += canvas(size)
    report = report_of(where, rounds, rows)
    if earlier is not None:
        report = with_earlier(report, earlier)
    print(json.dumps(report, indent=2, ensure_ascii=False) if as_json else as_text(report))
    return 0


def starts(rounds: int) -> list[Measure]:
    """Starts of the program in turns with a window that has nothing but a plot in it.

    And with napari, where that is installed, on the same photograph.
    """
    reports, bare, napari = [], [], []
    with_napari = importlib.util.find_spec("napari") is not None
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        taken = ["--screenshot", str(Path(folder) / "shot.png"), "--report", str(report)]
        for _ in range(rounds):
            _output("-m", "segviewer", f"sample:{SAMPLE}", *taken)
            reports.append(json.loads(report.read_text("utf-8")))
            bare.append(float(_child("bare", time.time())))
            if with_napari:
                napari.append(float(_child("napari", time.time())))

    def of(field: str) -> list[float]:
        return [float(one[field]) for one in reports]

    painted = of("first_paint_s")
    others = (
        [measure("napari's first paint", None, napari, "s", ("the first paint", min(painted)))]
        if napari
        else []
    )
    return [
        measure("first paint", None, painted, "s", ("a bare window", min(bare))),
        *others,
        measure("first labels", None, of("first_label_map_s"), "s"),
        measure("longest gap of the start", None, of("longest_event_loop_gap_ms"), "ms"),
        measure("memory of both processes", None, of("peak_memory_mb"), "MB"),
    ]


def network(rounds: int) -> list[Measure]:
    """The bundled network's pass, as it is run and layer by layer, in turns."""
    import numpy as np
    import torch
    from PIL import Image

    from segviewer.checkpoints.opening import open_network
    from segviewer.imaging.reading.samples import sample_path
    from segviewer.inference import running

    opened, device = open_network(DEFAULT_CHECKPOINT), torch.device("cpu")
    with Image.open(sample_path(SAMPLE)) as picture:
        image = np.array(picture.convert("RGB").resize(NETWORK_SIZE))
    tensor = torch.from_numpy(opened.card.preprocessing.normalise(image))[None]

    def layer_by_layer() -> None:
        with torch.inference_mode():
            opened.network(tensor).softmax(1)

    def as_run() -> None:
        running.time_network(opened.network, image, opened.card.preprocessing, device)

    ours, plain = in_turns((as_run, layer_by_layer), 2 * rounds)
    size = NETWORK_SIZE[0] * NETWORK_SIZE[1] / 1e6
    return [measure("network", round(size, 2), ours, "s", ("layer by layer", min(plain)))]


def evaluation(rounds: int) -> list[Measure]:
    """Seconds a picture that ``evaluate`` takes, in turns with the bare network's pass."""
    import numpy as np
    import torch
    from PIL import Image

    import segviewer
    from segviewer.checkpoints.opening import open_network
    from segviewer.imaging.reading.samples import sample_path
    from segviewer.inference import running

    opened, device = open_network(DEFAULT_CHECKPOINT), torch.device("cpu")
    model = segviewer.open_checkpoint(DEFAULT_CHECKPOINT)
    with tempfile.TemporaryDirectory() as folder, Image.open(sample_path(SAMPLE)) as picture:
        small = picture.convert("RGB").resize(NETWORK_SIZE)
        image = np.array(small)
        mask = Image.fromarray((image[..., 0] // 24).astype(np.uint8))
        for number in range(EVALUATED):
            for kind, made in (("images", small), ("masks", mask)):
                path = Path(folder) / kind / f"{number}.png"
                path.parent.mkdir(exist_ok=True)
                made.save(path)

        def bare() -> None:
            for _ in range(EVALUATED):
                running.time_network(opened.network, image, opened.card.preprocessing, device)

        whole, network = in_turns((lambda: segviewer.evaluate(folder, model), bare), rounds)
    size = round(NETWORK_SIZE[0] * NETWORK_SIZE[1] / 1e6, 2)
    ours = [seconds / EVALUATED for seconds in whole]
    reference = ("the bare network", min(network) / EVALUATED)
    return [measure("evaluate, a picture", size, ours, "s", reference)]


def crf(rounds: int) -> list[Measure]:
    """The dense CRF beside pydensecrf, where that is installed."""
    from segviewer.cli import crf_benchmark
    from segviewer.crf.lattice.thread_team import default_threads

    case = crf_benchmark.dense_case(crf_benchmark.SIZE)
    found = []
    for row in crf_benchmark.compare(case, "67/3", default_threads(), rounds):
        if row.engine != "pydensecrf":
            times = row.ratio_to_pydensecrf
            reference = "" if times is None else "pydensecrf"
            ratio = None if times is None else 1 / times
            size = round(row.megapixels, 2)
            found.append(
                Measure(
                    f"CRF, {row.engine}", size, row.total_s, "s", row.median_s, reference, ratio
                )
            )
    return found


def fields(rounds: int) -> list[Measure]:
    """The effective receptive field of one unit: a pass with its graph, and a backward pass."""
    import torch

    from segviewer.analysis.receptive_fields.effective_receptive_field import Unit, UnitGradients
    from segviewer.checkpoints.opening import open_network

    opened = open_network(DEFAULT_CHECKPOINT).network
    width, height = NETWORK_SIZE
    image = torch.rand(3, height, width)

    def of_one() -> None:
        UnitGradients(opened, image).of_unit(Unit(height // 2, width // 2))

    (times,) = in_turns((of_one,), rounds)
    return [measure("field of a clicked unit", round(width * height / 1e6, 2), times, "s")]


def linked_lab(rounds: int) -> list[Measure]:
    """What the lab *linked gridding* takes for another pixel, once the network has run."""
    from PIL import Image

    from segviewer.imaging.reading.samples import sample_path
    from segviewer.session import LabState

    with tempfile.TemporaryDirectory() as folder, running_engine() as ask:
        path = Path(folder) / "small.png"
        with Image.open(sample_path(SAMPLE)) as picture:
            picture.convert("RGB").resize(NETWORK_SIZE).save(path)
        session = Session(image=str(path), checkpoint=DEFAULT_CHECKPOINT)
        ask(session)
        times = []
        for number in range(rounds + 1):
            values = (("column", (number + 1) / (rounds + 2)), ("row", 0.5))
            shown = session.changed(lab=LabState(name="linked_gridding", values=values))
            times.append(ask(shown)[1])
    size = round(NETWORK_SIZE[0] * NETWORK_SIZE[1] / 1e6, 2)
    return [measure("linked gridding of another pixel", size, times[1:], "s")]


def photograph(megapixels: float, folder: Path) -> Path:
    """The sample, enlarged to this size, as a JPEG."""
    from PIL import Image

    from segviewer.imaging.reading.samples import sample_path

    path = folder / f"{megapixels:g}.jpg"
    width = round((megapixels * 1e6 * 4 / 3) ** 0.5)
    with Image.open(sample_path(SAMPLE)) as picture:
        picture.convert("RGB").resize((width, round(megapixels * 1e6 / width))).save(path)
    return path


def previews(megapixels: float, rounds: int, path: Path) -> list[Measure]:
    """What the window takes to read a coarse preview, by reading the whole; none of a small one."""
    from segviewer.imaging.reading.formats.by_pillow import preview
    from segviewer.interface.photograph import read_image

    if preview(path, allow_large=True) is None:
        return []
    jobs = (lambda: preview(path, allow_large=True), lambda: read_image(path, allow_large=True))
    ours, whole = in_turns(jobs, rounds if megapixels <= LARGE else 1)
    return [measure("read as a preview", megapixels, ours, "s", ("the whole", min(whole)))]


def window(megapixels: float, path: Path) -> list[Measure]:
    """What the window alone holds that has opened this photograph and shows its labels."""
    session = path.with_suffix(SESSION_SUFFIX)
    shown = Session(image=str(path), checkpoint=DEFAULT_CHECKPOINT, allow_large=True)
    session.write_text(shown.model_dump_json(), encoding="utf-8")
    report = path.with_suffix(".report.json")
    taken = ["--screenshot", str(path.with_suffix(".png")), "--report", str(report)]
    _output("-m", "segviewer", "--session", str(session), *taken)
    found = json.loads(report.read_text("utf-8"))
    memory = float(found["window_peak_memory_mb"])
    return [measure("memory of the window", megapixels, [memory], "MB")]


def photographs(megapixels: float, rounds: int, path: Path) -> list[Measure]:
    """What the engine takes to open the photograph at `path`, and to answer a toggle."""
    session = Session(image=f"sample:{SAMPLE}", checkpoint=DEFAULT_CHECKPOINT)
    crf = session.crf.changed(enabled=True)
    found = []
    with running_engine() as ask:
        ask(session)  # opens the network, and compiles the CRF where nobody has
        ask(session.changed(crf=crf))
        large = session.changed(image=str(path), allow_large=True)
        first, whole, _ = ask(large)
        found += [
            measure("opened, to the first labels", megapixels, [first], "s"),
            measure("opened, to every pixel", megapixels, [whole], "s"),
        ]
        toggles = {
            "stride": (large.with_network("output_stride", 8, 16), large),
            "head": (large.with_network("image_pooling", False, True), large),
            "CRF": (large.changed(crf=crf), large.changed(crf=crf.changed(appearance_weight=3.0))),
        }
        for name, pair in toggles.items():
            answers = [ask(one) for _ in range(rounds) for one in pair]
            found += [
                measure(f"{name}, to the first labels", megapixels, [a[0] for a in answers], "s"),
                measure(f"{name}, to every pixel", megapixels, [a[1] for a in answers], "s"),
            ]
        memory = ask(large)[2]
    return [*found, measure("memory of the engine", megapixels, [memory], "MB")]


def canvas(megapixels: float) -> list[Measure]:
    """Paint times of the canvas over a photograph of this size."""
    found = json.loads(_child("canvas", megapixels))
    return [
        Measure(f"canvas, {name}", megapixels, best, "ms", middle)
        for name, (best, middle) in found.items()
    ]


def _child(what: str, argument: float) -> str:
    return _output("-m", "segviewer.cli.benchmarks.children", what, repr(argument))


def _output(*arguments: str) -> str:
    """What a process of Python prints; without a screen its windows are drawn in memory."""
    environment = dict(os.environ)
    if sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & set(environment):
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        done = subprocess.run(
            [sys.executable, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=LIMIT_S,
        )
    except subprocess.CalledProcessError as error:
        raise failed(" ".join(arguments[:2]), error.stderr) from error
    except subprocess.TimeoutExpired as error:
        raise failed(" ".join(arguments[:2]), f"It ran for {LIMIT_S:.0f} s.") from error
    return done.stdout
