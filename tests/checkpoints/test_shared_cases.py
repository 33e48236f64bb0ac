"""Files as people reported them: ../shared/cases 01, 02, 04, and what of 06 is prefixes.

Their contents are constants; `test_parts`, `test_harmless` and the families' tests hold the
same kinds with numbers of their own, and need no file from outside.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from segviewer.checkpoints.opening import open_network
from segviewer.cli.command_line import main
from tests.checkpoints.written_u_net import WrittenUNet, prefixed

CASES = Path(__file__).resolve().parents[2].parent / "shared" / "cases"
# File, network, where it lies, the others, backbone.
OPEN = [
    ("01-vainf-numpy-best-score/best_deeplabv3plus_mobilenet_voc_os16.pth", "model_state", ()),
    ("01-vainf-numpy-best-score/latest_without_numpy_opens.pth", "model_state", ()),
    ("02-torchvision-reference-args/model_29.pth", "model", ()),
    ("04-prefix-beside-other-keys/lightning_class_weights.ckpt", "state_dict.model", ()),
    ("04-prefix-beside-other-keys/lightning_namespace.ckpt", "state_dict.model", ()),
    ("04-prefix-beside-other-keys/mean_teacher.ckpt", "state_dict.model", ("state_dict.teacher",)),
    ("04-prefix-beside-other-keys/own_attribute_name.pth", "deeplab", ()),
    ("04-prefix-beside-other-keys/sequential_0.pth", "0", ()),
]


@pytest.mark.parametrize(("name", "part", "others"), OPEN, ids=[case[0] for case in OPEN])
def test_a_reported_file_opens(name, part, others):
    if not CASES.is_dir():
        pytest.skip("../shared/cases is not beside this checkout")
    found = open_network(str(CASES / name))
    vainf = name.startswith("01")
    assert found.card.architecture == ("deeplab_v3_plus" if vainf else "lr_aspp")
    assert len(found.card.classes) == (21 if vainf else 2)
    assert (found.unused, found.card.weights) == (0, "unknown")
    assert (found.part, found.parts) == (part, others)
    for other in others:
        assert open_network(str(CASES / name), part=other).parts == (part,)


@pytest.fixture
def photograph(tmp_path):
    path = tmp_path / "a.png"
    colours = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    Image.fromarray(colours).save(path)
    return path


def labelled(photograph, path, capsys, *more):
    arguments = ["label", str(photograph), "--checkpoint", str(path), "--json", *more]
    code = main([*arguments, "--out", str(photograph.parent / "out")])
    captured = capsys.readouterr()
    return code, json.loads(captured.out)[0], captured.err


def test_a_mean_teacher_on_the_command_line(photograph, tmp_path, capsys):
    student, teacher = WrittenUNet(classes=2), WrittenUNet(classes=3)
    tensors = prefixed("model.", student.state_dict()) | prefixed("teacher.", teacher.state_dict())
    path = tmp_path / "last.ckpt"
    torch.save({"state_dict": tensors, "hyper_parameters": {"score": np.float64(0.5)}}, path)
    code, report, said = labelled(photograph, path, capsys)
    assert code == 0 and "state_dict.teacher" in said
    assert (report["part"], report["other_parts"]) == ("state_dict.model", ["state_dict.teacher"])
    assert report["unused_tensors"] == 0 and len(report["shares"]) == 2
    _, report, _ = labelled(photograph, path, capsys, "--part", "teacher")
    assert (report["part"], len(report["shares"])) == ("state_dict.teacher", 3)
    assert report["session"]["part"] == "teacher"


def test_unused_tensors_stand_in_the_report_and_on_stderr(photograph, tmp_path, capsys):
    tensors = WrittenUNet().state_dict() | {"inc.gate.weight": torch.ones(3)}
    path = tmp_path / "gated.pth"
    torch.save(tensors, path)
    _, report, said = labelled(photograph, path, capsys)
    assert report["unused_tensors"] == 1
    assert "inc.gate.weight" in said and "a tensor of the file is not used" in said
    assert any("inc.gate.weight" in note for note in report["notes"])


def test_a_grey_network_of_one_class_runs(photograph, tmp_path, capsys):
    path = tmp_path / "grey.pth"
    torch.save(WrittenUNet(classes=1, channels=1).state_dict(), path)
    code, report, _ = labelled(photograph, path, capsys, "--threshold", "0")
    assert code == 0 and report["shares"] == {"background": 0.0, "foreground": 1.0}


@pytest.mark.parametrize("bands", [2, 4])
def test_other_bands_are_refused_in_words(photograph, tmp_path, capsys, bands):
    path = tmp_path / "bands.pth"
    torch.save(WrittenUNet(channels=bands).state_dict(), path)
    arguments = ["label", str(photograph), "--checkpoint", str(path), "--out", str(tmp_path / "o")]
    assert main(arguments) != 0
    assert f"{bands} bands" in capsys.readouterr().err
