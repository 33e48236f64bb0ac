"""The same sessions through one executor again and again: what its memory comes to.

``python -m tests.hostile.memory SEED SECONDS FOLDER CYCLES`` is the process that works;
:func:`campaign` starts it. A cycle goes through networks, pictures, sizes, the head's and the
backbone's geometry, the CRF, comparisons and labs, in the same order each time. A part of its
sessions is cancelled on the way.
"""

from __future__ import annotations

import gc
import random
import sys
import time
from pathlib import Path

from tests.hostile.acted_window import Watch, run_apart
from tests.hostile.report import Report
from tests.hostile.soak import NETWORKS

SESSIONS = 60  # a cycle
WARM = 1  # cycles after which everything is loaded, compiled and full
GROWTH_MB = (
    60  # from then on, of memory that is not free: what is cancelled ends elsewhere each time
)
SMALL, LARGE = 64, 320  # long side in pixels
OTHERS = ("random:lr_aspp", "random:mobilenet_v3")
PICTURES = ("sample:leuven_street", "sample:coffee", "sample:palace", "sample:building")
CANCELLED = 0.2


def campaign(seed: int, seconds: float, folder: Path, most: int | None = None) -> Report:
    """Go through cycles for `seconds`, or so many of them."""
    return run_apart("tests.hostile.memory", seed, seconds, folder, str(most or 0))


class Sessions:
    """Random sessions, each made of the one before."""

    def __init__(self, rng: random.Random):
        from segviewer.labs import LABS
        from segviewer.session import InferenceSettings, Session

        self.rng, self.labs = rng, list(LABS)
        inference = InferenceSettings(long_side=SMALL, device="cpu")
        self.first = Session(
            image=PICTURES[0], checkpoint=f"bundled:{NETWORKS[0]}", inference=inference
        )

    def cycle(self) -> list[tuple[object, float]]:
        """Sessions, and after which part of their checks each is cancelled: 1 for never."""
        made, session = [], self.first
        for _ in range(SESSIONS):
            session = self._next(session)
            part = self.rng.random() if self.rng.random() < CANCELLED else 1.0
            made.append((session, part))
        return [*made, (self.first, 1.0)]

    def _next(self, session):
        from segviewer.session import LabState

        rng = self.rng
        kind = rng.choice(
            ("network", "picture", "size", "passes", "crf", "crf", "lab", "pin", "stride")
        )
        if kind == "network":
            names = [f"bundled:{name}" for name in NETWORKS]
            return session.with_checkpoint(rng.choice((*names, *OTHERS)))
        if kind == "picture":
            return session.changed(image=rng.choice(PICTURES))
        if kind == "size":
            inference = session.inference.changed(long_side=rng.randrange(SMALL, LARGE))
            return session.changed(inference=inference)
        if kind == "passes":
            inference = session.inference.changed(
                flip=rng.random() < 0.5, multi_scale=rng.random() < 0.3
            )
            return session.changed(inference=inference)
        if kind == "crf":
            crf = session.crf.changed(
                enabled=rng.random() < 0.7, appearance_xy_std=rng.uniform(2, 80)
            )
            return session.changed(crf=crf)
        if kind == "lab":
            return session.changed(lab=LabState(name=rng.choice(["", "", *self.labs])))
        if kind == "pin":
            return session.pinned() if rng.random() < 0.5 else session.changed(reference=None)
        if "efficientnet" not in session.checkpoint:
            return session
        return session.changed(network=(("output_stride", rng.choice((8, 16, 32))),))


def work(watch: Watch, seed: int, seconds: float, cycles: int) -> None:
    """Go round."""
    import torch

    from segviewer.crf.lattice.kernel_cache import CACHE
    from segviewer.engine import memory_budget
    from segviewer.engine.executor import StageExecutor
    from segviewer.engine.listener import Listener
    from segviewer.engine.worker.free_memory import return_free_memory
    from segviewer.errors import Cancelled, SegviewerError

    torch.set_num_threads(1)
    checks, left = 0, float("inf")

    def check() -> None:
        nonlocal checks
        checks += 1
        if checks > left:
            raise Cancelled

    executor, report = StageExecutor(Listener(check)), watch.report
    sessions = Sessions(random.Random(seed)).cycle()
    needed = [1000] * len(sessions)  # checks of each, as the cycle before took
    curve, begin = [], time.monotonic()
    while report.tried != (cycles or None) and (
        time.monotonic() - begin < seconds or report.tried < WARM + 2
    ):
        for number, (session, part) in enumerate(sessions):
            watch.doing = f"cycle {report.tried}, session {number}"
            checks, left = 0, float("inf") if part == 1.0 else part * needed[number]
            try:
                executor.run(session)
                needed[number] = max(1, checks)
            except (SegviewerError, Cancelled):
                continue
        gc.collect()
        return_free_memory()
        curve.append(_resident_mb())
        kept = {
            "features": executor.peers.kept["features"].currsize,
            "networks": executor.peers.resident.nbytes,
            "lattices": CACHE.nbytes,
        }
        watch.write(f"{report.tried}: {curve[-1]:.0f} MB, kept {kept}")
        for what, most in (
            ("features", memory_budget.FEATURES),
            ("networks", memory_budget.NETWORKS),
            ("lattices", memory_budget.LATTICES),
        ):
            report.measures[f"{what} MB"] = kept[what] / 1e6
            if kept[what] > most:
                watch.fail(f"{what} take {kept[what]} bytes of {most}")
        report.tried += 1
    report.measures |= {"MB first": curve[0], "MB warm": curve[WARM - 1], "MB last": curve[-1]}
    if curve[-1] - curve[WARM - 1] > GROWTH_MB:
        watch.fail(f"memory grew: {[round(value) for value in curve]}")
    watch.save()


def _resident_mb() -> float:
    import psutil

    return psutil.Process().memory_info().rss / 1e6


def main() -> int:
    """Work as ``campaign`` asks."""
    seed, seconds, folder = int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])
    work(Watch(Report("memory", seed), folder), seed, seconds, int(sys.argv[4]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
