"""What only a GPU can show: the same numbers as the CPU, memory that runs out, and times.

    python -m tests.device.gpu_checks                 # all of it; skips without CUDA
    python -m tests.device.gpu_checks --json FILE     # the table as JSON, too
    python -m tests.device.gpu_checks --device cpu --quick    # the script itself, anywhere

Written to run in less than six minutes on one GPU: every check has a budget, and what there is no
time for any more is said. The exit code is the number of checks that failed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from segviewer.analysis.receptive_fields.effective_receptive_field import Unit, UnitGradients
from segviewer.checkpoints.opening import open_network
from segviewer.checkpoints.published.catalogue import bundled_checkpoints
from segviewer.errors import SegviewerError
from segviewer.imaging.preprocessing import IMAGENET
from segviewer.inference import running
from segviewer.inference.placing import Place, put
from segviewer.layers.framing import full_scores
from segviewer.networks import NETWORKS

BUDGET = 330.0  # seconds of all checks together
TOLERANCE = 1e-3  # of the scores' standard deviation; float32 in another order of summing
HALF_AGREES = 0.97  # share of the labels that half precision must leave as they are
SIDE, TIMED = (97, 129), (512, 512)  # pixels
BUNDLED = "bundled:deeplab_v3_efficientnet_lite0_camvid"


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes
    ----------
    check, of : str
    value : str
        What was measured.
    passed : bool or None
        None where nothing is required.
    """

    check: str
    of: str
    value: str
    passed: bool | None = None


def references() -> tuple[str, ...]:
    """Every network that ships, and one of every architecture with random weights."""
    bundled = [f"bundled:{name}" for name, card in bundled_checkpoints()]
    return (*bundled, *(f"random:{architecture}" for architecture in NETWORKS))


def picture(height: int, width: int) -> np.ndarray:
    """A picture that is the same everywhere, uint8 (H, W, 3)."""
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def probs_on(network: Any, place: Place, size: tuple[int, int]) -> np.ndarray:
    """Probabilities (K, H, W) of a run as the engine makes it."""
    put(network, place)
    with place.precision():
        passes = running.run_features(network, picture(*size), IMAGENET, place.device)
        if network.config.num_classes > running.MAX_CLASSES:
            return running.run_head_of_many(network, passes, size)[0]
        return running.run_head(network, passes, size)


def scores_on(network: Any, place: Place, size: tuple[int, int]) -> np.ndarray:
    """Scores (K, H, W), of which random weights' probabilities would show little."""
    put(network, place)
    with place.precision(), torch.inference_mode():
        (one,) = running.run_features(network, picture(*size), IMAGENET, place.device)
        return full_scores(network, one.features, *size)[0].cpu().numpy()


def forward(reference: str, device: torch.device) -> Iterator[Finding]:
    """The same scores as on the CPU, and nearly the same labels in half precision."""
    network = open_network(reference).network
    expected = scores_on(network, Place(torch.device("cpu")), SIDE)
    found = scores_on(network, Place(device), SIDE)
    spread = max(float(expected.std()), 1e-12)
    apart = float(np.abs(found - expected).max()) / spread
    yield Finding("forward", reference, f"largest difference {apart:.1e}", apart < TOLERANCE)
    ordered = scores_on(network, Place(device, channels_last=True), SIDE)
    apart = float(np.abs(ordered - expected).max()) / spread
    yield Finding("channels last", reference, f"{apart:.1e}", apart < TOLERANCE)
    if device.type != "cuda":
        return
    labels = scores_on(network, Place(device, half=True), SIDE).argmax(0)
    agrees = float((labels == expected.argmax(0)).mean())
    trained = reference.startswith("bundled:")
    # Random scores lie so close together that rounding decides.
    yield Finding(
        "half", reference, f"{agrees:.1%} of the labels", agrees > HALF_AGREES if trained else None
    )
    put(network, Place(torch.device("cpu")))


def field(reference: str, device: torch.device) -> Iterator[Finding]:
    """The effective receptive field of one pixel is that on the CPU."""
    network = open_network(reference).network
    image = torch.from_numpy(IMAGENET.normalise(picture(65, 65)))
    fields = []
    for place in (Place(torch.device("cpu")), Place(device)):
        put(network, place)
        fields.append(UnitGradients(network, image.to(place.device)).of_unit(Unit(32, 32)).values)
    apart = float(np.abs(fields[0] - fields[1]).max() / max(fields[0].max(), 1e-30))
    yield Finding("ERF", reference, f"largest difference {apart:.1e}", apart < 10 * TOLERANCE)


def out_of_memory(reference: str, device: torch.device) -> Iterator[Finding]:
    """Where the device has too little memory, tiles, then the CPU; and it is said."""
    if device.type != "cuda":
        yield Finding("out of memory", reference, "needs CUDA")
        return
    from segviewer.engine.executor import StageExecutor
    from segviewer.engine.listener import Collected
    from segviewer.session import InferenceSettings, Session

    total = torch.cuda.get_device_properties(device).total_memory
    torch.cuda.empty_cache()
    held = torch.cuda.memory_reserved(device)
    session = Session(
        image="sample:leuven_street",
        checkpoint=reference,
        inference=InferenceSettings(device=str(device), long_side=1024),
    )
    try:
        torch.cuda.set_per_process_memory_fraction((held + (24 << 20)) / total, device)
        collected = Collected()
        StageExecutor(collected.listener()).run(session)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, device)
        torch.cuda.empty_cache()
    said = [text for text, _ in collected.results["label_map"].chips if "memory" in text]
    yield Finding("out of memory", reference, "; ".join(said) or "nothing said", bool(said))


def timing(reference: str, device: torch.device) -> Iterator[Finding]:
    """Milliseconds and peak memory of one run, as the device is used."""
    network = open_network(reference).network
    places = [Place(torch.device("cpu"))]
    if device.type == "cuda":
        places += [Place(device, half, last) for half in (False, True) for last in (False, True)]
    for place in places:
        probs_on(network, place, TIMED)  # chooses kernels
        if place.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(place.device)
        seconds = []
        for _ in range(1 if place.device.type == "cpu" else 3):
            began = time.perf_counter()
            probs_on(network, place, TIMED)  # ends on the CPU
            seconds.append(time.perf_counter() - began)
        how = f"{place.device}{' half' * place.half}{' channels last' * place.channels_last}"
        text = f"{how}: {1000 * min(seconds):.1f} ms"
        if place.device.type == "cuda":
            text += f", peak {torch.cuda.max_memory_allocated(place.device) / 2**20:.0f} MiB"
        yield Finding("time", reference, text)
    put(network, Place(torch.device("cpu")))


Check = Callable[[str, torch.device], Iterator[Finding]]
CHECKS: tuple[tuple[Check, Callable[[], tuple[str, ...]]], ...] = (
    (out_of_memory, lambda: (BUNDLED,)),
    (field, lambda: (BUNDLED, "random:u_net", "random:psp_net", "random:seg_former")),
    (forward, references),
    (timing, lambda: tuple(f"bundled:{name}" for name, card in bundled_checkpoints())),
)


def run_all(device: torch.device, budget: float = BUDGET, quick: bool = False) -> list[Finding]:
    """Run the checks, as many as `budget` seconds take; `quick` the first network of each."""
    began, found = time.monotonic(), []
    # TF32 has ten bits; the comparison is of float32.
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    for check, of in CHECKS:
        for reference in of()[:1] if quick else of():
            if time.monotonic() - began > budget:
                found.append(Finding(check.__name__, reference, "no time left"))
                continue
            try:
                found += check(reference, device)
            except SegviewerError as error:  # a library that is not installed
                found.append(Finding(check.__name__, reference, error.what))
            except Exception as error:
                found.append(Finding(check.__name__, reference, repr(error)[:300], False))
            print(*(_line(one) for one in found[-1:]), sep="\n", flush=True)
    return found


def _line(one: Finding) -> str:
    sign = {True: "ok  ", False: "FAIL", None: "    "}[one.passed]
    return f"{sign} {one.check:<14} {one.of:<56} {one.value}"


def main(arguments: list[str] | None = None) -> int:
    """Run the checks and print the table; returns how many failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--quick", action="store_true", help="one network of each check")
    parser.add_argument("--seconds", type=float, default=BUDGET)
    args = parser.parse_args(arguments)
    if args.device.startswith("cuda") and not torch.cuda.is_available():
        print("skipped: there is no CUDA device on this machine")
        return 0
    device = torch.device(args.device)
    if device.type == "cuda":
        print(torch.cuda.get_device_name(device), f"torch {torch.__version__}")
    began = time.monotonic()
    found = run_all(device, args.seconds, args.quick)
    print(f"\n{time.monotonic() - began:.0f} s on {device}")
    print(*(_line(one) for one in found), sep="\n")
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump([asdict(one) for one in found], file, indent=1)
    failed = sum(one.passed is False for one in found)
    print(f"{failed} failed" if failed else "all passed")
    return failed


if __name__ == "__main__":
    sys.exit(main())
