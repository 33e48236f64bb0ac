"""segviewer tune, and a CRF by its values, run as a person types them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from segviewer.cli.command_line import main
from segviewer.crf.settings.own_presets import load_presets
from segviewer.crf.settings.setting_text import parse_crf
from segviewer.imaging.reading.samples import sample_path

NAMES = ("leuven_street", "building", "palace", "campus_walkers")


@pytest.fixture(autouse=True)
def own_folder(monkeypatch, tmp_path):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def folder(tmp_path):
    """Four small pictures; what the network says of them, shifted a little, are the masks."""
    (tmp_path / "set" / "images").mkdir(parents=True)
    (tmp_path / "set" / "labels").mkdir()
    for name in NAMES:
        with Image.open(sample_path(name)) as picture:
            picture.convert("RGB").resize((96, 72)).save(tmp_path / "set/images" / f"{name}.png")
        mask = np.zeros((72, 96), np.uint8)
        mask[30:], mask[60:], mask[:, :4] = 1, 3, 11
        Image.fromarray(mask).save(tmp_path / "set/labels" / f"{name}.png")
    return tmp_path / "set"


def test_history_halves_and_the_best_as_a_preset(folder, capsys):
    pytest.importorskip("optuna")
    arguments = ["tune", str(folder), "--trials", "4", "--long-side", "96", "--save", "Mine"]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert said.count("mIoU 0.") == 4 and "2 frames tuned on" in said and "2 held out" in said
    assert "--crf mine" in said
    (mine,), problems = load_presets()
    assert mine.name == "mine" and "4 trials" in mine.source and not problems
    # A preset of one's own is found by its name.
    out = folder / "out"
    picture = str(folder / "images" / "palace.png")
    assert main(["label", picture, "--out", str(out), "--crf", "mine", "--json"]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    assert parse_crf("mine", [mine]).model_dump(mode="json") == report["session"]["crf"]


def test_as_json_without_saving(folder, capsys):
    pytest.importorskip("optuna")
    assert main(["tune", str(folder), "--trials", "2", "--frames", "3", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["frames"] == {"tuned_on": 2, "held_out": 1}
    assert len(report["trials"]) == 2
    best = max(report["trials"], key=lambda trial: trial["miou"])
    assert report["miou_after"]["tuned_on"] == best["miou"] and report["crf"] == best["crf"]
    assert load_presets() == ((), ())


@pytest.mark.parametrize("by", ["road", "boundary"])
def test_by_one_class_or_along_the_outlines(folder, capsys, by):
    pytest.importorskip("optuna")
    arguments = ["tune", str(folder), "--trials", "3", "--by", by]
    assert main([*arguments, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    title = {"road": "IoU of road", "boundary": "boundary IoU"}[by]
    assert report["measure"] == title and "miou_after" not in report
    best = max(trial["score"] for trial in report["trials"])
    assert report["after"]["tuned_on"] == best and title in report["preset"]["source"]
    assert main(["tune", str(folder), "--trials", "1", "--json"]) == 0
    mean = json.loads(capsys.readouterr().out)
    assert mean["before"] == mean["miou_before"] != report["before"]
    assert main(arguments) == 0
    assert capsys.readouterr().out.count(f"{title} 0.") == 3


@pytest.mark.parametrize(("by", "said"), [("lamp", "no class"), ("bicyclist", "none of the 2")])
def test_by_a_class_that_is_not_there(folder, capsys, by, said):
    pytest.importorskip("optuna")
    assert main(["tune", str(folder), "--trials", "1", "--by", by]) == 1
    assert said in capsys.readouterr().err.lower()


def test_a_class_that_the_other_half_lacks_has_no_figure_there(folder, capsys):
    pytest.importorskip("optuna")
    first = sorted((folder / "labels").iterdir())[0]
    mask = np.zeros((72, 96), np.uint8)
    mask[40:] = 8
    Image.fromarray(mask).save(first)
    arguments = ["tune", str(folder), "--trials", "1", "--by", "car"]
    assert main([*arguments, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["after"]["held_out"] is None and report["after"]["tuned_on"] is not None
    assert main(arguments) == 0
    assert "in no mask held out" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("extra", "said"), [([], "images and labels"), (["--targets", "none"], "not a folder")]
)
def test_a_folder_without_masks_is_refused_in_words(tmp_path, capsys, extra, said):
    pytest.importorskip("optuna")
    assert main(["tune", str(tmp_path), *extra]) == 1
    assert said in capsys.readouterr().err


def test_one_picture_is_too_few(folder, capsys):
    pytest.importorskip("optuna")
    assert main(["tune", str(folder), "--frames", "1"]) == 1
    assert "at least two" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(("value", "said"), [(255, "void throughout"), (77, "labels 77")])
def test_nothing_is_tuned_on_nothing(folder, capsys, value, said):
    pytest.importorskip("optuna")
    for path in (folder / "labels").iterdir():
        Image.fromarray(np.full((72, 96), value, np.uint8)).save(path)
    assert main(["tune", str(folder), "--json", "--save", "Mine"]) == 1
    captured = capsys.readouterr()
    assert "nothing to tune on" in captured.err and f"{said.split()[0]}" in captured.err
    assert captured.out == "" and load_presets() == ((), ())


def test_frames_without_a_label_are_left_out_and_said(folder, capsys):
    pytest.importorskip("optuna")
    Image.fromarray(np.full((72, 96), 255, np.uint8)).save(folder / "labels" / "palace.png")
    (folder / "labels" / "building.png").unlink()
    random = ["--checkpoint", "untrained:bundled:deeplab_v3_efficientnet_lite0_camvid"]
    assert main(["tune", str(folder), "--trials", "1", "--json", *random]) == 0
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert report["frames"] == {"tuned_on": 1, "held_out": 1}
    assert report["weights"] == "random" and "weights were random" in report["preset"]["source"]
    for said in ("have no mask", "has no mask", "hold nothing to compare", "weights are random"):
        assert (said in captured.err) == (said != "have no mask")
        assert any(said in note for note in report["notes"]) == (said != "have no mask")


def test_a_crf_by_its_values_changes_the_labels(folder, tmp_path, capsys):
    picture = str(folder / "images" / "palace.png")
    shares = []
    for crf in ([], ["--crf", "theta1=0,theta2=20,sigma_gamma=9,iterations=9"]):
        assert main(["label", picture, "--out", str(tmp_path / "o"), "--json", *crf]) == 0
        shares.append(json.loads(capsys.readouterr().out)[0]["shares"])
    assert shares[0] != shares[1]


def test_values_that_cannot_be_are_refused_in_words(folder, tmp_path, capsys):
    picture = str(folder / "images" / "palace.png")
    assert main(["label", picture, "--out", str(tmp_path / "o"), "--crf", "theta1=99"]) == 1
    error = capsys.readouterr().err
    assert "theta1" in error and "range" in error and "Traceback" not in error


def test_a_damaged_preset_of_ones_own_is_named(folder, tmp_path, capsys):
    own = tmp_path / "config/segviewer/crf-presets"
    own.mkdir(parents=True)
    (own / "bad.json").write_text("{")
    picture = str(folder / "images" / "palace.png")
    assert main(["label", picture, "--out", str(tmp_path / "o"), "--crf", "deeplab-v2"]) == 0
    assert "bad.json" in capsys.readouterr().err
