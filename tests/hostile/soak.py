"""One window for a long time: dialogs, pictures, networks, sliders, and what memory comes to.

``python -m tests.hostile.soak SEED SECONDS FOLDER`` is the process that works; :func:`campaign`
starts it. Each part has its share of the time and stops early at its number of rounds, which
``python -m tests.hostile --minutes 60`` reaches.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from tests.hostile.acted_window import ActedWindow, Watch, run_apart
from tests.hostile.report import Report

SAMPLES_A_PART = 10  # of the curves
# Growth of each curve's last half that is still none: allocators keep what they had.
ALLOWED = {"widgets": 10, "objects": 20, "window MB": 60, "engine MB": 150, "files": 4}
NETWORKS = (
    "deeplab_v3_efficientnet_lite0_camvid",
    "fcn_efficientnet_lite0_camvid",
    "u_net_efficientnet_lite0_camvid",
    "drn_a_18_narrow_camvid",
)
DIALOGS = (
    "keys",
    "catalogue",
    "glossary",
    "gallery",
    "about_model",
    "add_step",
    "log",
    "network_card",
    "present",
    "lens",
)


def campaign(seed: int, seconds: float, folder: Path, most: int | None = None) -> Report:
    """Work for `seconds`; the measures are the ends of each curve.

    Each part has a number of rounds of its own, whatever `most` says.
    """
    return run_apart("tests.hostile.soak", seed, seconds, folder)


class Soak:
    """Does one thing over and over and looks at memory."""

    def __init__(self, acted: ActedWindow, watch: Watch, rng: random.Random, folder: Path):
        self.acted, self.watch, self.rng, self.folder = acted, watch, rng, folder

    def part(
        self, name: str, do: Callable[[int], None], rounds: int, seconds: float, cycle: int = 1
    ) -> None:
        """Do it `rounds` times or for `seconds`, and judge its curves.

        What is compared is taken after whole cycles only: each network has a form of its own.
        """
        begin, curve, done = time.monotonic(), [], 0
        while done < rounds and time.monotonic() - begin < seconds:
            with self.watch.turn(f"{name} {done}"):
                do(done)
            done += 1
            share = max(done / rounds, (time.monotonic() - begin) / seconds)
            # Two rounds make what is then kept.
            if done > 2 and done % cycle == 0 and share * SAMPLES_A_PART > len(curve):
                curve.append(self.acted.counts())
                self.watch.write(f"  {name} {done}: {curve[-1]}")
        report = self.watch.report
        report.tried += done
        report.measures[f"{name} rounds"] = done
        if done % cycle == 0 or not curve:
            curve.append(self.acted.counts())
        half = curve[len(curve) // 2]
        for what, most in ALLOWED.items():
            report.measures |= {
                f"{name}: {what} first": curve[0][what],
                f"{name}: {what} half": half[what],
                f"{name}: {what} last": curve[-1][what],
            }
            if curve[-1][what] - half[what] > most:
                self.watch.fail(f"{what} grew: {[round(sample[what]) for sample in curve]}")
        self.watch.save()

    def dialogs(self, number: int) -> None:
        """Open everything and close it."""
        acted = self.acted
        for name in DIALOGS:
            action = acted.window.actions_by_name.get(name)
            if action is None:
                continue
            action.trigger()
            acted.process(0.02)
            if action.isCheckable():
                action.trigger()
            for top in acted.extra_windows():
                top.close()
            acted.process()
        acted.presenter.presets.tune()
        acted.process(0.02)
        acted.presenter.presets.close()
        menus = acted.presenter.networks
        acted.window.toolbar.networks_menu.aboutToShow.emit()
        if menus._forms is not None:
            menus.fill_forms(menus._forms)
        acted.process(0.02)

    def pictures(self, number: int) -> None:
        """Open a picture nobody has seen, and wait for its labels."""
        path = self.folder / f"picture-{number}.png"
        size = (self.rng.randrange(40, 400), self.rng.randrange(40, 400))
        colour = tuple(self.rng.randrange(256) for _ in range(3))
        noise = Image.effect_noise(size, 80).convert("RGB")
        Image.blend(noise, Image.new("RGB", size, colour), 0.5).save(path)
        openings = self.acted.presenter.openings
        openings.open_paths([str(path)])
        self.settle()
        if self.acted.store.session.image != str(path):
            self.watch.fail(f"{path.name} is not what is shown")
        path.unlink()

    def networks(self, number: int) -> None:
        """Open another network."""
        name = NETWORKS[number % len(NETWORKS)]
        self.acted.presenter.openings.open_checkpoint(f"bundled:{name}")
        self.settle()

    def sliders(self, number: int) -> None:
        """Drag the CRF's sliders and the overlay's for some seconds, and let go."""
        acted = self.acted
        name = self.rng.choice(("appearance_weight", "appearance_xy_std", "smoothness_weight"))
        for step in range(60):
            value = 1.0 + self.rng.random() * 8
            acted.store.set("crf", finished=step == 59, enabled=True, **{name: value})
            acted.store.set("overlay", finished=step == 59, opacity=self.rng.random())
            acted.process(0.02)
        self.settle()

    def settle(self) -> None:
        """Wait for what was asked for; the turns of the loop are timed one by one."""
        acted = self.acted
        if not acted.rest():
            self.watch.fail("does not come to rest")


def work(watch: Watch, seed: int, seconds: float, folder: Path) -> None:
    """Do all four."""
    acted = ActedWindow(watch, folder, lambda kind: "")
    soak = Soak(acted, watch, random.Random(seed), folder)
    soak.part("dialogs", soak.dialogs, 40, 0.2 * seconds)
    soak.part("pictures", soak.pictures, 500, 0.4 * seconds)
    acted.presenter.openings.open_sample("leuven_street")
    soak.part("networks", soak.networks, 80, 0.15 * seconds, len(NETWORKS))
    acted.presenter.openings.open_checkpoint(f"bundled:{NETWORKS[0]}")
    soak.part("sliders", soak.sliders, 400, 0.25 * seconds)
    watch.doing = "the end"
    acted.close()
    watch.save()


def main() -> int:
    """Work as ``campaign`` asks."""
    seed, seconds, folder = int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])
    work(Watch(Report("soak", seed), folder), seed, seconds, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
