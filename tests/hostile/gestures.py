"""A monkey at the window: random clicks, keys, drags, wheel, menus, drops, resizes, changes.

``python -m tests.hostile.gestures SEED SECONDS FOLDER [GESTURES]`` is the process in which the
monkey acts; :func:`campaign` starts it and reads what it found. The same seed makes the same
choices in the same order; what they meet depends on how far the engine is.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from segviewer.engine import memory_budget
from segviewer.engine.worker.engine import REST_SECONDS
from tests.hostile.acted_window import ActedWindow, Watch, run_apart
from tests.hostile.monkey import Monkey
from tests.hostile.report import Report
from tests.hostile.small_files import make_files

REST_EVERY = 250  # gestures
GIVEN_BACK_S = REST_SECONDS + 0.5  # after which the engine has given back what it freed
# That a run may end with beside what it began with. The engine keeps maps, lattices and networks
# (each with a copy in the processor's order) up to its budget, which thousands of gestures fill.
# Beside it, what libraries load and compile once. `soak` asks whether each alone stays flat.
MORE_WIDGETS, MORE_WINDOW_MB = 400, 300  # widgets: what is made at its first use and kept
MORE_ENGINE_MB = memory_budget.BUDGET / 1e6 + 300
# And what the window may hold more at the rests of the last third than at those of the third
# before. The engine's caches need thousands of gestures until they are full; `memory` looks there.
STEADY_MB = 150
# How many widgets there are at a rest depends on the network that was on screen before (controls,
# classes), up and down by a hundred; the fewest of a third only grow where some are never deleted.
STEADY_WIDGETS = 60


def campaign(seed: int, seconds: float, folder: Path, most: int | None = None) -> Report:
    """Act for `seconds`, or make `most` gestures.

    The measures are widgets, objects and megabytes before and after, at rest.
    """
    return run_apart("tests.hostile.gestures", seed, seconds, folder, str(most or 0))


def act(watch: Watch, seed: int, seconds: float, gestures: int, folder: Path) -> None:
    """Be the monkey."""
    rng, report = random.Random(seed), watch.report
    files = make_files(folder / "files", seed)
    asked = random.Random(seed + 1)

    def answer(kind: str) -> str:
        if asked.random() < 0.3:
            return ""
        if kind == "save":
            return str(folder / f"saved-{asked.randrange(30)}")
        if kind == "folder":
            return str(asked.choice((folder / "files" / "pictures", folder / "results")))
        return str(asked.choice(files)) if kind == "open" else "a name"

    acted = ActedWindow(watch, folder, answer)
    monkey = Monkey(acted, rng, files)
    watch.doing = "warming up"
    warm_up(acted)
    before, kinds = rested(acted), acted.kinds()
    rests = []
    begin, end = time.monotonic(), time.monotonic() + seconds
    while report.tried != (gestures or None) and time.monotonic() < end:
        name = monkey.act()
        with watch.turn(f"{report.tried} {name}"):
            monkey.do()
            acted.process()
        report.tried += 1
        monkey.close_what_stays()
        if report.tried % REST_EVERY == 0:
            now = rested(acted)
            rests.append(now)
            watch.write(f"at rest: {now}, {report.tried / (time.monotonic() - begin):.1f} a second")
            watch.save()
    watch.doing = f"{report.tried} the end"
    after = rested(acted)
    more = (acted.kinds() - kinds).most_common(12)
    report.measures |= {f"more {kind}": count for kind, count in more}
    for name in before:
        report.measures |= {f"{name} before": before[name], f"{name} after": after[name]}
    for name, most in (
        ("widgets", MORE_WIDGETS),
        ("window MB", MORE_WINDOW_MB),
        ("engine MB", MORE_ENGINE_MB),
    ):
        if after[name] - before[name] > most:
            watch.fail(f"{name} grew from {before[name]:.0f} to {after[name]:.0f}")
    third = len(rests) // 3
    for name in ("window MB", "engine MB") if third else ():
        curve = [round(rest[name]) for rest in rests]
        report.measures[f"{name} most"] = max(curve)
        later, earlier = max(curve[-third:]), max(curve[-2 * third : -third])
        if name == "window MB" and later - earlier > STEADY_MB:
            watch.fail(f"{name} goes on growing: {curve}")
    curve = [round(rest["widgets"]) for rest in rests]
    fewest = [min(curve[i * third : (i + 1) * third]) for i in range(3)] if third else []
    # What is made at its first use (a data set's bench: 140) comes once; a leak in every third.
    if third and min(fewest[1] - fewest[0], fewest[2] - fewest[1]) > STEADY_WIDGETS:
        watch.fail(f"widgets go on growing: {curve}, {more}")
    acted.close()
    watch.save()


def warm_up(acted: ActedWindow) -> None:
    """Open once what is made once and kept: each lab, each dialog that stays."""
    from segviewer.labs import LABS

    for name in LABS:
        acted.presenter.labs.open(name)
        acted.process(0.05)
    acted.presenter.labs.leave()
    for name in ("glossary", "gallery", "catalogue", "network_card", "network_card"):
        acted.window.action(name).trigger()
        acted.process(0.05)
        for top in acted.extra_windows():
            top.close()


def rested(acted: ActedWindow) -> dict[str, float]:
    """Counts with the window as it is after the start, whatever was set meanwhile."""
    acted.rest()
    acted.presenter.labs.leave()
    acted.store.update(acted.first)
    acted.rest()
    acted.process(GIVEN_BACK_S)
    return acted.counts()


def main() -> int:
    """Act as ``campaign`` asks."""
    seed, seconds, folder = int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])
    watch = Watch(Report("gestures", seed), folder)
    act(watch, seed, seconds, int(sys.argv[4]) if len(sys.argv) > 4 else 0, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
