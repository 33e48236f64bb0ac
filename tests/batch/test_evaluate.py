"""segviewer evaluate beside scikit-learn, and its files."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from segviewer.cli.command_line import main


@pytest.fixture
def evaluate(dataset, capsys):
    """A function that runs it on the data set: (exit code, report, stderr)."""

    def run(*extra):
        code = main(["evaluate", str(dataset), "--long-side", "96", "--json", *map(str, extra)])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return code, json.loads(captured.out), captured.err

    return run


@pytest.mark.slow
def test_the_confusion_matrix_is_scikit_learns(dataset, evaluate, tmp_path, capsys):
    metrics = pytest.importorskip("sklearn.metrics")
    pictures = sorted((dataset / "images").iterdir())
    main(["label", *map(str, pictures), "--out", str(tmp_path / "out"), "--long-side", "96"])
    capsys.readouterr()
    targets, labels = [], []
    for picture in pictures:
        target = np.array(Image.open(dataset / "labels" / picture.name)).ravel()
        found = next((tmp_path / "out").glob(f"{picture.stem}*label*.png"))
        targets.append(target[target != 255])
        labels.append(np.array(Image.open(found)).ravel()[target != 255])
    targets, labels = np.concatenate(targets), np.concatenate(labels)
    code, report, _ = evaluate()
    assert code == 0 and report["confusion"]["classes"][0] == "sky"
    expected = metrics.confusion_matrix(targets, labels, labels=range(11))
    np.testing.assert_array_equal(report["confusion"]["counts"], expected)
    assert report["pixel_accuracy"] == round(metrics.accuracy_score(targets, labels), 4)
    iou = metrics.jaccard_score(targets, labels, labels=np.unique(targets), average=None)
    assert report["miou"] == round(iou.mean(), 4)


def test_a_second_run_knows_the_pictures_and_fresh_does_not(evaluate):
    first, again, fresh = evaluate(), evaluate(), evaluate("--fresh")
    assert [run[1]["measured_before"] for run in (first, again, fresh)] == [0, 3, 0]
    drop = ("measured_before", "seconds")
    same = [{k: v for k, v in run[1].items() if k not in drop} for run in (first, again, fresh)]
    assert same[0] == same[1] == same[2]


def test_boundary_iou_calibration_and_a_sample(evaluate):
    _, report, _ = evaluate("--pictures", 2, "--per-picture")
    assert report["frames"] == len(report["pictures"]) == 2
    assert 0 <= report["boundary_iou"] <= 1
    calibration = report["calibration"]
    assert calibration["measured_at"] == "the size at which the network ran"
    assert len(calibration["pixels"]) == 15 and 0 <= calibration["expected_calibration_error"] <= 1
    assert all(0 <= row["entropy"] <= 1 for row in report["pictures"])


def test_a_temperature_is_fitted_to_the_pictures(evaluate):
    _, report, _ = evaluate("--fit-temperature", "--pictures", 2)
    found = report["fitted_temperature"]
    assert found["temperature"] > 0 and 0 < found["pixels"] <= 2 * 4000
    before, after = (found[f"negative_log_likelihood{at}"] for at in ("", "_at_temperature"))
    assert after <= before


def test_csv_says_what_failed(dataset, evaluate, tmp_path):
    (dataset / "images" / "palace.png").write_bytes(b"no picture")
    code, report, _ = evaluate("--csv", tmp_path / "rows.csv")
    assert code == 1 and report["frames"] == 2
    with open(tmp_path / "rows.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["failed"] == "" for row in rows] == [True, True, False]
    assert "palace.png" in rows[2]["failed"] and rows[2]["miou"] == ""
