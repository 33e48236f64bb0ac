"""The command line against bad names, bad values and a bad surrounding, mostly as a process."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segviewer.batch.failures import MOST_FAILURES, Failures
from segviewer.cli.arguments import band_numbers, meant, tones_of
from segviewer.cli.command_line import main
from segviewer.cli.parsers import COMMANDS
from segviewer.errors import PictureError, SettingsError
from segviewer.export.exporting import LONGEST_STEM, fitting_stem
from segviewer.interface.names import image_reference

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / "main.py"
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="names of bytes")


def program(*arguments, main=MAIN, timeout=120, **kinds):
    """Run segviewer as a process."""
    return subprocess.run(
        [sys.executable, str(main), *arguments],
        capture_output=True,
        check=False,
        timeout=timeout,
        **kinds,
    )


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8)).save(path)
    return path


def test_the_module_is_the_program_too():
    done = subprocess.run(
        [sys.executable, "-m", "segviewer", "--version"], capture_output=True, timeout=120
    )
    assert done.returncode == 0 and done.stdout == program("--version").stdout
    assert done.stdout.startswith(b"segviewer ")


@pytest.mark.parametrize(
    ("word", "command"),
    [
        ("evalute", "evaluate"),
        ("lable", "label"),
        ("Label", "label"),
        ("network", "networks"),
        ("benchmrk", "benchmark"),
        ("photo", ""),
        ("label.png", ""),
        ("./evalute", ""),
        ("sample:palace", ""),
        ("--theme", ""),
        ("x" * 5000, ""),
        ("a\0b", ""),
    ],
)
def test_a_mistyped_command_is_not_a_file(word, command):
    assert meant(word, COMMANDS) == command


def test_a_file_that_is_called_like_a_command_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evalute").touch()
    assert meant("evalute", COMMANDS) == ""


@pytest.mark.parametrize("arguments", [["evalute", "--images", "x"], ["evalute"]])
def test_a_mistyped_command_opens_no_window(arguments, capsys):
    assert main(arguments) != 0
    assert "Did you mean evaluate?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--size", "foo"], "'foo' is no size"),
        (["--size", "1x1"], "no size for a window"),
        (["--size", "-5x900"], "--size"),
        (["label", "a.png", "--out", "o", "--long-side", "-3"], "-3 is outside 0 to 8192"),
        (["label", "a.png", "--out", "o", "--long-side", "x"], "no whole number"),
        (["label", "a.png", "--out", "o", "--threshold", "nan"], "outside 0 to 1"),
        (["tune", "x", "--trials", "0"], "outside 1 or more"),
        (["receptive-field", "fcn", "--height", "0"], "outside 1 to"),
        (["benchmark", "crf", "--rounds", "-1"], "outside 1 or more"),
        (["--theme", "dark", "evalute"], "evaluate"),
    ],
)
def test_values_out_of_range_are_refused_while_they_are_read(arguments, said, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


def test_a_link_keeps_its_own_name_and_a_loop_does_not_fall(tmp_path, picture):
    (tmp_path / "holiday.png").symlink_to(picture)
    assert image_reference(str(tmp_path / "holiday.png")).endswith("holiday.png")
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    assert image_reference(str(tmp_path / "one")).endswith("one")
    assert image_reference(str(tmp_path / "one" / "a.png")).endswith("a.png")
    assert image_reference("sample:palace") == "sample:palace"


def test_a_long_name_is_cut_between_letters():
    assert fitting_stem("short") == "short"
    assert fitting_stem("n" * 245) == "n" * LONGEST_STEM
    cut = fitting_stem("x" + "ü" * 150)
    assert len(cut.encode()) == LONGEST_STEM - 1 and set(cut) == {"x", "ü"}


def test_failures_are_counted_and_capped_and_settings_end_the_batch():
    failures = Failures()
    for number in range(MOST_FAILURES + 20):
        with failures.of(f"{number}.png"):
            raise PictureError("a", "b", "c") if number % 2 else TypeError("bug")
    assert failures.exit_code == MOST_FAILURES
    assert len(failures.as_json()) == MOST_FAILURES + 20
    with pytest.raises(SettingsError), failures.of("x.png"):
        raise SettingsError("a", "b", "c")


@linux
def test_a_batch_goes_on_after_every_kind_of_bad_file(tmp_path, picture, capsys):
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png")
    shutil.copy(picture, odd)
    (tmp_path / "link.png").symlink_to(picture)
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    (tmp_path / "bad.png").write_bytes(b"bad")
    (tmp_path / "folder.png").mkdir()
    long = tmp_path / ("n" * 245 + ".png")
    shutil.copy(picture, long)
    bad = [odd, "loop.png", "bad.png", "folder.png", "gone.png", "m" * 5000 + ".png"]
    names = [*(str(tmp_path / name) for name in bad), str(tmp_path / "link.png"), str(long)]
    out = tmp_path / "out"
    assert main(["label", *names, "--out", str(out), "--json"]) == len(bad)
    captured = capsys.readouterr()
    reports = json.loads(captured.out)
    assert [Path(report["labels"]).name[:8] for report in reports] == ["link-lab", "nnnnnnnn"]
    assert all(Path(report["overlay"]).is_file() for report in reports)
    assert "Traceback" not in captured.err and "caf\\xe9.png" in captured.err
    assert captured.err.count("Too many levels of symbolic links") == 1


@linux
def test_a_name_that_is_no_text_is_refused_for_folders_too(tmp_path, picture, capsys):
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/\xff")
    with pytest.raises(SystemExit):
        main(["label", str(picture), "--out", odd])
    assert "not UTF-8" in capsys.readouterr().err


@pytest.mark.slow
def test_what_reads_the_output_may_stop_reading():
    with subprocess.Popen(
        [sys.executable, str(MAIN), "networks"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()  # long before the first line: all of it would fit into a pipe
        error = process.stderr.read()
        assert process.wait(60) == 141
    assert error == b""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
@pytest.mark.slow
def test_a_full_disk_behind_the_output_is_said():
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, str(MAIN), "networks"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    assert done.returncode == 1
    assert b"the disk is full" in done.stderr and b"Traceback" not in done.stderr


@linux
def test_a_folder_that_vanished_gets_a_sentence(tmp_path):
    (tmp_path / "gone").mkdir()
    done = subprocess.run(
        [
            "sh",
            "-c",
            'cd gone && rmdir ../gone && exec "$0" "$@"',
            sys.executable,
            str(MAIN),
            "label",
            "a.png",
            "--out",
            "out",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "The folder you are in is gone" in done.stderr and "Traceback" not in done.stderr


@linux
@pytest.mark.slow
@pytest.mark.parametrize("strict", [{}, {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}])
def test_locale_c(tmp_path, picture, strict):
    shutil.copy(picture, tmp_path / "über.png")
    done = program(
        "label",
        "a.png",
        "über.png",
        "--out",
        "out",
        cwd=tmp_path,
        env={**os.environ, "LC_ALL": "C", **strict},
    )
    assert b"Traceback" not in done.stderr
    assert (tmp_path / "out" / "a-labels.png").is_file()
    # Without UTF-8 the second name cannot be read, and how to have it read is said.
    assert done.returncode == (1 if strict else 0)
    assert (b"LC_ALL=C.UTF-8" in done.stderr) == bool(strict)


@pytest.fixture
def copy_of_the_program(tmp_path):
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "segviewer", tmp_path / "copy" / "segviewer", ignore=ignored)
    shutil.copy(MAIN, tmp_path / "copy" / "main.py")
    return tmp_path / "copy"


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["everything", "style.qss", "checkpoints", "palettes"])
def test_missing_resources_get_a_sentence(copy_of_the_program, tmp_path, picture, missing):
    if missing != "everything":
        shutil.copytree(ROOT / "resources", copy_of_the_program / "resources")
        lost = copy_of_the_program / "resources" / missing
        shutil.rmtree(lost) if lost.is_dir() else lost.unlink()
    environment = {**os.environ, "PYTHONPATH": str(copy_of_the_program)}
    shot = ["a.png", "--screenshot", "w.png"]
    for arguments in (["label", "a.png", "--out", "out"], shot):
        done = program(
            *arguments, main=copy_of_the_program / "main.py", cwd=tmp_path, env=environment
        )
        if missing == "style.qss" and arguments[0] == "label":
            assert done.returncode == 0  # it has no style to miss
            continue
        assert done.returncode == 1, (arguments, done.stderr)
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        assert b"segviewer" in done.stderr and done.stderr.strip()


def test_bands_are_three_or_one():
    assert band_numbers("4,3,2") == (4, 3, 2) and band_numbers("5") == (5,)
    for wrong in ("", "0", "1,2", "1,2,3,4", "a", "-1"):
        with pytest.raises(argparse.ArgumentTypeError, match="4,3,2"):
            band_numbers(wrong)


def test_tones_are_read_and_refused_in_words():
    tones = tones_of(["window=300,3200.5", "gamma=1.4", "network=as stored"])
    assert (tones.window, tones.gamma, tones.network) == ((300, 3200.5), 1.4, "as stored")
    for wrong in ("gamma=-1", "nothing=3", "window=3,1", "window", "gamma=x"):
        with pytest.raises(SettingsError) as caught:
            tones_of([wrong])
        assert wrong.partition("=")[0] in caught.value.what and "gamma" in caught.value.next_step


@pytest.mark.slow
def test_nothing_that_looks_for_plugins_is_loaded_before_that_is_switched_off():
    program = (
        "import sys; from segviewer.cli.command_line import main; before = set(sys.modules); "
        "code = main(['networks', '--json']); "
        "import os; from pydantic.plugin._loader import get_plugins; "
        "print('pydantic' in before, [*get_plugins()], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr.split("\n")[-2] == "False []"
