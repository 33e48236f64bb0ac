"""Two processes give what one gives, also where one of them is killed."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

import segviewer
from segviewer.imaging.reading.samples import sample_path

pytest.importorskip("distributed")
pytestmark = pytest.mark.slow

WAIT = 240
MAIN = "import sys; from segviewer.cli.command_line import main; sys.exit(main(sys.argv[1:]))"


def command(home, *arguments):
    """A segviewer of its own, so that what Dask leaves in a process ends with it."""
    paths = [str(Path(segviewer.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"XDG_STATE_HOME": str(home), "PYTHONPATH": os.pathsep.join(paths)}
    environment["OMP_NUM_THREADS"] = "1"  # which the sums of a convolution may depend on
    return subprocess.Popen(
        [sys.executable, "-c", MAIN, *map(str, arguments), "--device", "cpu", "--long-side", "96"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def done(process):
    out, said = process.communicate(timeout=WAIT)
    assert process.returncode == 0, said
    return json.loads(out), said


@pytest.fixture
def many(tmp_path):
    """A data set of 150 small pictures: seven parts."""
    folder = tmp_path / "set"
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True)
    with Image.open(sample_path("leuven_street")) as picture:
        street = picture.convert("RGB").resize((192, 144))
    for number in range(150):
        street.crop((number % 90, 0, number % 90 + 96, 72)).save(folder / f"images/{number:03}.png")
        mask = np.full((72, 96), number % 11, np.uint8)
        mask[30:] = 3
        Image.fromarray(mask).save(folder / f"labels/{number:03}.png")
    return folder


def figures(report):
    """What does not depend on when and where it was measured."""
    return {key: report[key] for key in report if key not in ("seconds", "measured_before")}


def kill_a_worker_once(process, home):
    """Kill one of the processes that measure as soon as something was measured."""
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(sqlite3.Error):
            rows = sqlite3.connect(f"file:{home}/segviewer/measured.sqlite?mode=ro", uri=True)
            count = rows.execute("SELECT count(*) FROM rows").fetchone()[0]
            rows.close()
            if count:
                workers = [
                    child
                    for child in psutil.Process(process.pid).children(recursive=True)
                    if "spawn_main" in " ".join(child.cmdline())
                ]
                os.kill(workers[0].pid, signal.SIGKILL)
                return count
        time.sleep(0.02)
    pytest.fail("nothing was measured while it ran")


def test_evaluate_gives_the_same_as_one_process_also_when_a_worker_is_killed(many, tmp_path):
    alone, _ = done(command(tmp_path / "a", "evaluate", many, "--json", "--per-picture"))
    both = ("evaluate", many, "--json", "--per-picture", "--dask", "local:2")
    there, said = done(command(tmp_path / "b", *both))
    assert figures(there) == figures(alone) and there["frames"] == 150
    assert "Cluster of 2 workers; dashboard: http://" in said
    process = command(tmp_path / "c", *both)
    before = kill_a_worker_once(process, tmp_path / "c")
    killed, _ = done(process)
    assert before < 150 and figures(killed) == figures(alone)
    # Whatever was kept is not measured again, and nothing has to be started for it.
    again, said = done(command(tmp_path / "c", *both))
    assert again["measured_before"] == 150 and "Cluster" not in said


def test_label_writes_the_same_files(many, tmp_path):
    pictures = sorted((many / "images").iterdir())[:30]
    (many / "broken.png").write_bytes(b"no picture")
    files = {}
    for name, more in (("alone", ()), ("both", ("--dask", "local:2"))):
        out = tmp_path / name
        process = command(
            tmp_path,
            "label",
            *pictures,
            many / "broken.png",
            "--out",
            out,
            "--json",
            "--save",
            "index,overlay,entropy",
            *more,
        )
        text, said = process.communicate(timeout=WAIT)
        assert process.returncode == 1 and "broken.png" in said
        assert len(json.loads(text)) == 30 and "30 of 31 pictures labelled, 1 failed" in said
        files[name] = {path.name: path for path in out.iterdir()}
    assert files["alone"].keys() == files["both"].keys() and len(files["both"]) == 120
    for name, path in files["alone"].items():
        if path.suffix == ".png":
            with Image.open(path) as one, Image.open(files["both"][name]) as other:
                np.testing.assert_array_equal(np.asarray(one), np.asarray(other))
        else:
            one, other = (json.loads(side[name].read_text()) for side in files.values())
            assert one["shares"] == other["shares"]
            assert other["labels"] == str(files["both"][f"{path.stem}-labels.png"])
    process = command(
        tmp_path,
        "label",
        *pictures,
        "--out",
        tmp_path / "both",
        "--on-existing",
        "skip",
        "--save",
        "index,overlay,entropy",
        "--dask",
        "local:2",
    )
    _, said = process.communicate(timeout=WAIT)
    assert "30 skipped since they are there" in said


def test_tune_finds_the_same_and_keeps_its_trials(many, tmp_path):
    pytest.importorskip("optuna")
    search = ("tune", many, "--frames", 6, "--trials", 5, "--json")
    alone, _ = done(command(tmp_path, *search))
    kept = ("--storage", tmp_path / "trials.log")
    there, said = done(command(tmp_path, *search, "--dask", "local:2", *kept))
    assert there == alone and "Cluster of 2 workers" in said
    again, _ = done(command(tmp_path, *search, *kept))
    assert again == alone
