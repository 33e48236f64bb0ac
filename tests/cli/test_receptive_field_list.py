"""`segviewer receptive-field` as a table and as JSON."""

import json

import pytest

from segviewer.cli import receptive_field_list
from segviewer.cli.command_line import main
from segviewer.errors import SegviewerError


def test_numbers_are_the_published_ones(capsys):
    assert main(["receptive-field", "vgg", "--layer", "layers.28", "--layer", "layers.30"]) == 0
    heading, columns, conv5_3, pool5 = capsys.readouterr().out.splitlines()[:4]
    assert heading.startswith("VGG") and "size" in columns
    assert conv5_3.split()[3:5] == ["196", "16"]
    assert pool5.split()[3:5] == ["212", "32"] and pool5.split()[-1] == "90"


def test_json_holds_every_layer_and_the_picture(capsys):
    command = ["receptive-field", "DeepLab v3", "--height", "97", "--width", "130", "--json"]
    assert main(command) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["network"], report["height"]) == ("DeepLab v3 · ResNet-50", 97)
    layers = {row["name"]: row for row in report["layers"]}
    assert layers["scores"]["size"] is None and layers["scores"]["local_size"] == 1019
    assert layers["features[out]"]["vertical"]["size"] == 427
    assert layers["features[out]"]["vertical"]["truncated"]
    last = report["layers"][-1]
    assert last["name"] == "picture"
    assert (last["vertical"]["output_size"], last["horizontal"]["output_size"]) == (97, 130)


def test_forms_by_preset_and_by_name():
    by_preset, rows = receptive_field_list.receptive_field_rows(
        "drn", "DRN-D-22", ["features[out]"], 225, 225
    )
    by_name, again = receptive_field_list.receptive_field_rows(
        "drn-d-22", layers=["features[out]"], height=225, width=225
    )
    assert by_preset == by_name == "DRN-D-22" and rows == again and len(rows) == 1


def test_patterns_choose_and_marks_are_explained():
    form, rows = receptive_field_list.receptive_field_rows(
        "deeplab_v3", "DeepLab v3 · EfficientNet-Lite0", ["features[[]*", "scores"], 65, 65
    )
    assert {row["name"] for row in rows} > {"scores", "features[out]"}
    text = receptive_field_list.as_text(form, rows)
    assert "all/" in text and "through global pooling" in text
    assert "larger than the picture" in text and len(text.splitlines()) == 2 + len(rows) + 2


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("deeplab_v33",), "no network named"),
        (("vgg", "VGG-17"), "no form named"),
        (("vgg", "", ["layers.99"]), "no layer layers.99"),
        (("vgg", "", None, 0), "is not traced"),
        (("vgg", "", None, 40, 100_000), "is not traced"),
    ],
)
def test_what_is_not_there_is_said(arguments, what):
    with pytest.raises(SegviewerError, match=what) as raised:
        receptive_field_list.receptive_field_rows(*arguments)
    assert raised.value.why and raised.value.next_step


def test_errors_end_the_command(capsys):
    assert main(["receptive-field", "deeplab_v3", "--layer", "score"]) == 1
    assert "scores" in capsys.readouterr().err
