"""A network is found under whatever name a program put before its keys, and the rest is said."""

import pytest
import torch

from segviewer.checkpoints.opening import open_network
from segviewer.checkpoints.parts import parts_of
from segviewer.checkpoints.reading.nesting import dictionaries_in
from segviewer.errors import CheckpointError
from tests.checkpoints.written_u_net import WrittenUNet, prefixed, same

OWN, OTHER = WrittenUNet(), WrittenUNet(classes=4)
BESIDE = {
    "a class-weighted loss": {"criterion.weight": torch.ones(2)},
    "a perceptual loss": prefixed("perceptual_loss.vgg.", {"0.weight": torch.ones(4, 3, 3, 3)}),
    "metrics": {"val_metrics.iou.confmat": torch.ones(2, 2), "train_iou.total": torch.ones(())},
    "a counter": {"n_averaged": torch.tensor(3), "global_step": torch.tensor(7)},
    "nothing": {},
}


def saved(tmp_path, content):
    path = tmp_path / "w.ckpt"
    torch.save(content, path)
    return str(path)


@pytest.mark.parametrize("beside", list(BESIDE))
@pytest.mark.parametrize(
    "prefix",
    [
        *("", "module.", "model.", "net.", "_orig_mod.", "encoder_k.", "0.", "my_own_unet."),
        *("module.model.", "model._orig_mod.", "net.module.0.", "a.b.c.d.e.f."),
    ],
)
def test_any_prefix_beside_anything_of_training(tmp_path, prefix, beside):
    tensors = prefixed(prefix, OWN.state_dict()) | BESIDE[beside]
    found = open_network(saved(tmp_path, {"state_dict": tensors, "epoch": 3}))
    assert same(found.network, OWN)
    assert (found.unused, found.parts, found.card.weights) == (0, (), "unknown")
    assert found.part == f"state_dict.{prefix}".rstrip(".")
    assert any(f"“{prefix}” was taken off" in note for note in found.notes) == bool(prefix)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("model.", "teacher."),
        ("student.", "teacher."),
        ("ema_model.", "model."),
        ("online.", "target_network."),
        ("encoder_q.", "encoder_k."),
    ],
)
def test_of_two_networks_the_likelier_is_opened_and_the_other_named(tmp_path, first, second):
    tensors = prefixed(second, OTHER.state_dict()) | prefixed(first, OWN.state_dict())
    path = saved(tmp_path, {"state_dict": tensors})
    found = open_network(path)
    assert same(found.network, OWN) and found.unused == 0
    assert found.parts == (f"state_dict.{second}".rstrip("."),)
    assert any("holds 2 networks" in note and second.rstrip(".") in note for note in found.notes)
    for name in (found.parts[0], second, second.rstrip(".")):
        other = open_network(path, part=name)
        assert same(other.network, OTHER) and other.parts == (found.part,)


def test_dictionaries_beside_each_other(tmp_path):
    content = {"model": OTHER.state_dict(), "model_ema": OWN.state_dict(), "optimizer": {}}
    path = saved(tmp_path, content)
    found = open_network(path)
    assert same(found.network, OWN) and (found.part, found.parts) == ("model_ema", ("model",))
    assert same(open_network(path, part="model").network, OTHER)


def test_a_copy_among_the_networks_own_keys(tmp_path):
    tensors = OWN.state_dict() | prefixed("ema.", OTHER.state_dict())
    found = open_network(saved(tmp_path, tensors))
    assert same(found.network, OWN) and (found.parts, found.unused) == (("ema",), 0)


def test_a_name_that_is_not_there_is_refused_with_those_that_are(tmp_path):
    tensors = prefixed("a.", OWN.state_dict()) | prefixed("b.", OTHER.state_dict())
    with pytest.raises(CheckpointError) as caught:
        open_network(saved(tmp_path, tensors), part="c")
    assert "“c”" in caught.value.what and "a, b" in caught.value.why


def test_a_piece_of_an_unknown_network_is_no_network(tmp_path):
    more = {f"neck.{i}.weight": torch.ones(2, 2) for i in range(len(OWN.state_dict()) + 5)}
    path = saved(tmp_path, prefixed("unet.", OWN.state_dict()) | more)
    with pytest.raises(CheckpointError, match="no network this version knows"):
        open_network(path)


def test_what_belongs_to_the_function_and_is_not_used_is_said(tmp_path):
    more = {"refine.weight": torch.ones(2, 2, 3, 3), "refine.bias": torch.ones(2)}
    found = open_network(saved(tmp_path, prefixed("net.", OWN.state_dict()) | more))
    assert found.unused == 2
    assert "2 tensors" in found.notes[0] and "refine.weight" in found.notes[0]


@pytest.mark.parametrize(
    ("mean", "std", "scale"),
    [((0.4, 0.5, 0.6), (0.2, 0.2, 0.3), "unit"), ((100, 110, 120), (50, 60, 70), "byte")],
)
def test_mean_and_deviation_of_the_wrapper_are_used(tmp_path, mean, std, scale):
    own = {
        "pixel_mean": torch.tensor(mean, dtype=torch.float32).view(1, 3, 1, 1),
        "pixel_std": torch.tensor(std, dtype=torch.float32).view(1, 3, 1, 1),
    }
    found = open_network(saved(tmp_path, prefixed("model.", OWN.state_dict()) | own))
    used = found.card.preprocessing
    assert used.scale == scale and found.unused == 0
    assert used.mean == pytest.approx(mean) and used.std == pytest.approx(std)
    assert any("pixel_mean" in note for note in found.notes)


def test_a_deviation_of_zero_is_not_used_but_counted(tmp_path):
    own = {"mean": torch.zeros(3), "std": torch.zeros(3)}
    found = open_network(saved(tmp_path, prefixed("model.", OWN.state_dict()) | own))
    assert found.unused == 2


def test_a_network_that_only_a_loss_needs_is_no_choice(tmp_path):
    beside = prefixed("perceptual_loss.net.", OTHER.state_dict())
    found = open_network(saved(tmp_path, prefixed("model.", OWN.state_dict()) | beside))
    assert same(found.network, OWN) and found.parts == ()


def test_looking_for_networks_in_twenty_thousand_keys_takes_no_time():
    import time

    tensors = {f"a{i % 50}.b{i % 7}.c{i}.weight": torch.ones(1) for i in range(20_000)}
    began = time.process_time()
    assert parts_of(dictionaries_in(tensors)) == ()
    assert time.process_time() - began < 3
