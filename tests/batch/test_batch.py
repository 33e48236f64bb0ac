"""label, evaluate and info, run as a person types them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segviewer.cli.command_line import main
from segviewer.crf.engines.pydensecrf_reference import available
from segviewer.imaging.reading.samples import sample_path
from segviewer.interface.names import checkpoint_reference, image_reference

MAIN = Path(__file__).resolve().parents[2] / "main.py"


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("leuven_street", "building"):
        with Image.open(sample_path(name)) as picture:
            picture.convert("RGB").resize((160, 120)).save(folder / f"{name}.png")
    return folder


def test_references():
    assert checkpoint_reference("some_name") == "bundled:some_name"
    assert checkpoint_reference("bundled:x") == "bundled:x"
    assert checkpoint_reference("weights.pth") == str(Path("weights.pth").resolve())
    assert image_reference("sample:palace") == "sample:palace"
    assert image_reference("a.png") == str(Path("a.png").resolve())


def test_label_writes_index_overlay_and_figures(pictures, tmp_path, capsys):
    out = tmp_path / "out"
    names = [str(path) for path in sorted(pictures.iterdir())]
    assert main(["label", *names, "--out", str(out), "--json"]) == 0
    reports = json.loads(capsys.readouterr().out)
    assert [Path(r["image"]).name for r in reports] == ["building.png", "leuven_street.png"]
    for report in reports:
        assert report["size"] == [160, 120]
        assert sum(report["shares"].values()) == pytest.approx(1, abs=1e-3)
        with Image.open(report["labels"]) as labels:
            assert labels.mode == "P" and np.array(labels).max() <= 10
        with Image.open(report["overlay"]) as overlay:
            assert overlay.size == (160, 120) and overlay.mode == "RGB"


@pytest.mark.slow
def test_label_says_where_the_crf_made_its_last_update(tmp_path, capsys):
    large = tmp_path / "large.png"
    with Image.open(sample_path("building")) as picture:
        picture.convert("RGB").resize((640, 480)).save(large)
    found = {}
    for crf in ([], ["--crf", "theta1=2"], ["--crf", "full_resolution=off"]):
        out = tmp_path / str(len(found))
        assert main(["label", str(large), "--out", str(out), "--json", *crf]) == 0
        (report,) = json.loads(capsys.readouterr().out)
        with Image.open(report["labels"]) as labels:
            found[report["crf_at"]] = np.array(labels)
    assert list(found) == ["", "full resolution", "working size"]
    assert 0 < (found["full resolution"] != found["working size"]).mean() < 0.02


def test_label_saves_scores_before_and_after_the_crf(pictures, tmp_path, capsys):
    out, name = tmp_path / "out", str(pictures / "building.png")
    save = "probabilities,unrefined,entropy,margin,script"
    arguments = ["label", name, "--out", str(out), "--json", "--crf", "theta1=3", "--save", save]
    assert main([*arguments, "--precision", "32"]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    refined, unrefined = np.load(report["probabilities"]), np.load(report["unrefined"])
    assert refined["probs"].dtype == unrefined["probs"].dtype == np.float32
    np.testing.assert_allclose(refined["probs"].sum(0), 1, atol=1e-4)
    assert np.abs(refined["probs"] - unrefined["probs"]).max() > 0.01
    top = np.sort(refined["probs"], axis=0)[-2:]
    with Image.open(report["margin"]) as margin:
        np.testing.assert_allclose(np.array(margin) / 255, top[1] - top[0], atol=3e-3)
    array = np.load(out / "building-PROBS.npy")
    np.testing.assert_array_equal(array, unrefined["probs"])
    assert main(arguments) == 0  # again, beside those
    (report,) = json.loads(capsys.readouterr().out)
    assert report["script"].endswith("building-crf-2.py")
    assert (out / "building-PROBS-2.npy").exists()
    assert np.load(report["unrefined"])["probs"].dtype == np.float16


@pytest.mark.skipif(available() is not None, reason="needs pydensecrf")
@pytest.mark.slow
def test_the_script_runs_on_the_array_beside_it(pictures, tmp_path, capsys):
    out, name = tmp_path / "out", str(pictures / "building.png")
    crf = "theta1=3,drop_classes=off"
    save = ["--save", "script,probabilities", "--precision", "32"]
    assert main(["label", name, "--out", str(out), "--json", "--crf", crf, *save]) == 0
    capsys.readouterr()
    script, array = out / "building-crf.py", out / "building-PROBS.npy"
    call = [sys.executable, script, name, array, out / "labels.png", out / "refined.npy"]
    subprocess.run(call, check=True)
    ours = np.load(out / "building-probabilities.npz")["probs"]
    np.testing.assert_allclose(np.load(out / "refined.npy"), ours, atol=5e-3)


def test_label_takes_scores_from_files(pictures, tmp_path, capsys):
    """Written by one run and read by another: the same labels, without the network."""
    names = [str(path) for path in sorted(pictures.iterdir())]
    save = ["--save", "index,unrefined", "--precision", "32"]
    assert main(["label", *names, "--out", str(tmp_path / "first"), "--json", *save]) == 0
    first = json.loads(capsys.readouterr().out)
    folder = tmp_path / "scores"
    folder.mkdir()
    for report in first:
        stem = Path(report["image"]).stem
        Path(report["unrefined"]).rename(folder / f"{stem}.npz")
    Image.new("RGB", (160, 120)).save(pictures / "unscored.png")
    names.append(str(pictures / "unscored.png"))
    arguments = ["label", *names, "--checkpoint", f"scores:{folder}", "--json"]
    assert main([*arguments, "--out", str(tmp_path / "second")]) == 1
    captured = capsys.readouterr()
    assert "no scores of unscored" in captured.err
    second = json.loads(captured.out)
    for one, other in zip(first, second, strict=True):
        assert other["checkpoint"] == f"scores:{folder}" and one["shares"] == other["shares"]
        with Image.open(one["labels"]) as labels, Image.open(other["labels"]) as again:
            np.testing.assert_array_equal(np.array(labels), np.array(again))


@pytest.mark.parametrize("command", ["label", "evaluate", "tune"])
def test_one_file_of_scores_is_not_taken_for_several_photographs(
    pictures, tmp_path, capsys, command
):
    if command == "tune":
        pytest.importorskip("optuna")
    np.save(tmp_path / "logits.npy", np.zeros((3, 12, 16), np.float32))
    root = tmp_path / "set"
    (root / "labels").mkdir(parents=True)
    pictures.rename(root / "images")
    for path in (root / "images").iterdir():
        with Image.open(path) as picture:
            Image.new("L", picture.size).save(root / "labels" / f"{path.stem}.png")
    given = [str(path) for path in (root / "images").iterdir()]
    arguments = [*given, "--out", str(tmp_path / "out")] if command == "label" else [str(root)]
    scores = f"scores:{tmp_path / 'logits.npy'}"
    assert main([command, *arguments, "--checkpoint", scores]) != 0
    said = capsys.readouterr().err
    assert "the scores of one photograph" in said and "whatever is on them" in said
    assert not (tmp_path / "out").exists()


def test_label_goes_on_after_a_bad_picture_and_says_so(pictures, tmp_path, capsys):
    (pictures / "bad.png").write_bytes(b"")
    names = [str(path) for path in sorted(pictures.iterdir())]
    assert main(["label", *names, "--out", str(tmp_path / "out"), "--json"]) == 1
    captured = capsys.readouterr()
    assert len(json.loads(captured.out)) == 2
    assert "bad.png" in captured.err


def test_geometry_on_the_command_line_changes_the_result(pictures, tmp_path, capsys):
    name = str(pictures / "building.png")
    shares = []
    for extra in ([], ["--set", "output_stride=32", "--set", "atrous_rates=1,1,1"]):
        assert main(["label", name, "--out", str(tmp_path), "--json", *extra]) == 0
        shares.append(json.loads(capsys.readouterr().out)[0]["shares"])
    assert shares[0] != shares[1]


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (["--crf", "nothing"], "no CRF preset"),
        (["--checkpoint", "nothing"], "nothing"),
        (["--set", "atrous_rates=a,b"], "cannot be read"),
        (["--set", "no_such_setting=3"], "no_such_setting"),
        (["--set", "output_stride=7"], "output_stride"),
        (["--device", "cuda:9"], "cuda:9"),
    ],
)
def test_wrong_arguments_are_refused_in_words(pictures, tmp_path, capsys, extra, said):
    name = str(pictures / "building.png")
    assert main(["label", name, "--out", str(tmp_path / "out"), *extra]) == 1
    error = capsys.readouterr().err
    assert said in error and "Traceback" not in error


def test_evaluate_counts_like_a_person_would(pictures, tmp_path, capsys):
    targets = tmp_path / "targets"
    targets.mkdir()
    out = tmp_path / "out"
    names = [str(path) for path in sorted(pictures.iterdir())]
    main(["label", *names, "--out", str(out), "--json"])
    hit = total = 0
    for report in json.loads(capsys.readouterr().out):
        with Image.open(report["labels"]) as labels:
            target = np.array(labels)
        wrong = target.copy()
        wrong[:40] = (wrong[:40] + 1) % 11
        wrong[40:60] = 11  # void
        hit += 60 * 160
        total += 100 * 160
        Image.fromarray(wrong).save(targets / Path(report["image"]).name)
    capsys.readouterr()
    assert main(["evaluate", "--images", str(pictures), "--targets", str(targets), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["frames"] == 2
    assert report["pixel_accuracy"] == pytest.approx(hit / total, abs=1e-4)
    assert set(report) >= {"miou", "pixel_accuracy", "iou", "frames", "seconds"}
    assert len(report["iou"]) == 11


def test_evaluate_says_which_classes_are_absent(pictures, tmp_path, capsys):
    targets = tmp_path / "targets"
    targets.mkdir()
    for path in pictures.iterdir():
        Image.fromarray(np.zeros((120, 160), np.uint8)).save(targets / path.name)
    assert main(["evaluate", "--images", str(pictures), "--targets", str(targets)]) == 0
    assert "absent from the targets" in capsys.readouterr().out


@pytest.fixture
def measured(pictures, tmp_path, capsys):
    """A function that evaluates against given masks: (exit code, report, stderr)."""
    targets = tmp_path / "targets"
    targets.mkdir()

    def run(masks, *extra):
        for name, mask in masks.items():
            Image.fromarray(mask).save(targets / f"{name}.png")
        capsys.readouterr()
        arguments = ["--images", str(pictures), "--targets", str(targets), "--json"]
        code = main(["evaluate", *arguments, *extra])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return code, json.loads(captured.out), captured.err

    return run


def halves(top, bottom):
    mask = np.full((120, 160), top, np.uint8)
    mask[60:] = bottom
    return mask


def test_labels_the_network_does_not_have_are_said_with_shares(measured):
    mask = halves(1, 20)
    mask[60:80] = 33
    code, report, said = measured({"building": mask, "leuven_street": mask})
    assert code == 0
    assert report["targets"]["outside_share"] == 0.5
    assert report["targets"]["outside"] == {"20": 0.333333, "33": 0.166667}
    sentence = "50 % of the masks hold labels 20, 33; the network has 11 classes"
    assert sentence in said and any(note.startswith(sentence) for note in report["notes"])
    assert report["miou_over_classes"] == 1


def test_a_class_that_is_absent_has_no_figure(measured):
    _, report, _ = measured({"building": halves(1, 5), "leuven_street": halves(1, 5)})
    assert report["miou_over_classes"] == 2
    known = {name for name, value in report["iou"].items() if value is not None}
    assert known == {"building", "tree"} and set(report["absent"]).isdisjoint(known)
    assert report["miou"] == pytest.approx(np.mean([report["iou"][n] for n in known]), abs=1e-3)


def test_masks_that_are_void_throughout_give_no_figure_and_a_code(measured):
    code, report, said = measured({"building": halves(255, 11)})
    assert code == 1
    assert report["miou"] is None and report["pixel_accuracy"] is None
    assert "void throughout" in said and "Nothing was compared" in said


def test_pictures_without_a_mask_are_counted_and_named(measured):
    _, report, said = measured({"building": halves(1, 5)})
    assert report["without_target"] == ["leuven_street.png"] and report["frames"] == 1
    assert "1 of 2 pictures has no mask and is left out: leuven_street.png" in said


def test_one_bad_mask_does_not_stop_the_others(measured):
    code, report, said = measured({"building": halves(1, 5), "leuven_street": halves(1, 5)[:50]})
    assert code == 1 and report["frames"] == 1
    assert "another size" in said and "another size" in report["failed"][0]["why"]


def test_trained_weights_are_said_to_be_and_nothing_else(measured):
    _, report, said = measured({"building": halves(1, 5), "leuven_street": halves(1, 5)})
    assert report["weights"] == "trained"
    # The pictures are small, and that is all.
    assert report["notes"] == ["network sees 160 px, all the photograph has · trained for 480"]
    assert said == f"segviewer: {report['notes'][0]}\n"


BUNDLED = "bundled:deeplab_v3_efficientnet_lite0_camvid"


def test_random_weights_are_said_by_label_and_evaluate(measured, pictures, tmp_path, capsys):
    random = ["--checkpoint", f"untrained:{BUNDLED}"]
    _, report, said = measured({"building": halves(1, 5)}, *random)
    assert report["weights"] == "random" and "weights are random" in said
    assert any("weights are random" in note for note in report["notes"])
    out = tmp_path / "out"
    names = [str(path) for path in sorted(pictures.iterdir())]
    assert main(["label", *names, "--out", str(out), "--json", *random]) == 0
    captured = capsys.readouterr()
    for report in json.loads(captured.out):
        assert report["weights"] == "random" and report["notes"]
        beside = json.loads((out / f"{Path(report['image']).stem}.json").read_text())
        assert beside["weights"] == "random"
    assert captured.err.count("weights are random") == 1


def test_weights_partly_random_or_only_assumed_are_said(tmp_path, pictures, capsys):
    from safetensors.torch import load_file, save_file

    from segviewer.checkpoints.published.catalogue import resolve_reference

    source = resolve_reference(BUNDLED)
    tensors = load_file(source)
    bare = tmp_path / "bare.safetensors"
    name = str(pictures / "building.png")
    reports = []
    lost = next(key for key in tensors if key.startswith("classifier.0") and "running" in key)
    for path, gone in ((bare, ""), (tmp_path / "part.safetensors", lost)):
        save_file({key: tensor for key, tensor in tensors.items() if key != gone}, path)
        arguments = ["--out", str(tmp_path / "out"), "--json", "--checkpoint", str(path)]
        assert main(["label", name, *arguments]) == 0
        captured = capsys.readouterr()
        reports += json.loads(captured.out)
        assert all(note in captured.err for note in reports[-1]["notes"])
    assumed, partly = reports
    assert assumed["weights"] == "trained"
    assert any("is assumed" in note for note in assumed["notes"])
    assert partly["weights"] == "partly random"
    assert any("random" in note for note in partly["notes"])


def test_geometry_and_size_that_depart_are_said_on_stderr(pictures, tmp_path, capsys):
    arguments = ["--out", str(tmp_path / "o"), "--set", "atrous_rates=1,1,1", "--long-side", "8192"]
    assert main(["label", str(pictures / "building.png"), *arguments]) == 0
    said = capsys.readouterr().err
    assert "trained with atrous rates 6,12,18 · running 1,1,1" in said
    assert "network sees 160 px, all the photograph has (8,192 asked)" in said


def test_evaluate_refuses_folders_without_pairs(pictures, tmp_path, capsys):
    (tmp_path / "none").mkdir()
    arguments = ["evaluate", "--images", str(pictures), "--targets", str(tmp_path / "none")]
    assert main(arguments) == 1
    assert "No picture has a target mask" in capsys.readouterr().err


def test_info_as_text_and_json(capsys):
    assert main(["info", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["devices"][0] == "cpu"
    assert report["bundled"][0]["name"] == "deeplab_v3_efficientnet_lite0_camvid"
    assert main(["info"]) == 0
    assert "bundled weights" in capsys.readouterr().out


def test_main_py_is_the_same_program():
    done = subprocess.run(
        [sys.executable, str(MAIN), "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("segviewer ")


@pytest.mark.slow
def test_a_screenshot_and_its_report(tmp_path):
    picture, report = tmp_path / "window.png", tmp_path / "report.json"
    done = subprocess.run(
        [
            sys.executable,
            str(MAIN),
            "sample:palace",
            "--screenshot",
            str(picture),
            "--report",
            str(report),
            "--size",
            "1280x720",
            "--theme",
            "light",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    with Image.open(picture) as shot:
        assert shot.size == (1280, 720)
        # A window full of one colour is no picture of anything.
        assert len(shot.convert("RGB").getcolors(1 << 24)) > 1000
    figures = json.loads(report.read_text())
    for name in (
        "first_paint_s",
        "first_label_map_s",
        "longest_event_loop_gap_ms",
        "peak_memory_mb",
    ):
        assert figures[name] > 0
    assert figures["first_paint_s"] < figures["first_label_map_s"]


@pytest.mark.slow
def test_evaluate_gives_the_model_cards_figures(capsys):
    camvid = MAIN.parent.parent / "shared" / "camvid"
    if not camvid.is_dir():
        pytest.skip("the CamVid frames are not on this machine")
    from segviewer.checkpoints.published.catalogue import bundled_checkpoints

    card = dict(bundled_checkpoints())["deeplab_v3_efficientnet_lite0_camvid"]
    arguments = [
        "evaluate",
        "--images",
        str(camvid / "test" / "images"),
        "--targets",
        str(camvid / "test" / "labels"),
        "--json",
    ]
    assert main(arguments) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["frames"] == 233
    assert report["miou"] == pytest.approx(card.results["test"]["miou"], abs=2e-3)
    for name, value in card.results["test"]["iou"].items():
        assert report["iou"][name] == pytest.approx(value, abs=0.01)


def test_label_says_where_it_wrote_and_that_it_numbered(small_photograph, tmp_path, capsys):
    words = ["label", str(small_photograph), "--out", str(tmp_path), "--long-side", "96"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert f"written to {tmp_path}: street-labels.png, street-overlay.png" in said
    assert "numbered" not in said
    assert main(words) == 0
    assert "street-labels-2.png, street-overlay-2.png; numbered" in capsys.readouterr().out
