"""Reading weights: every nesting and prefix, and every file that must be refused."""

import collections

import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from segviewer.checkpoints.reading.reading import read_state_dict
from tests.checkpoints.reading.made_weights import assert_same, plain, refusal


@pytest.mark.parametrize("name", ["w.pth", "w.pt", "w.bin", "w"])
@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_plain_state_dict(tmp_path, name, legacy):
    path = tmp_path / name
    torch.save(plain(), path, _use_new_zipfile_serialization=not legacy)
    state = read_state_dict(path)
    assert_same(state.tensors, plain())
    assert (state.nested_under, state.stripped_prefix, state.metadata) == ("", "", {})


@pytest.mark.parametrize("name", ["w.safetensors", "w.pth"])
def test_safetensors_are_known_by_content(tmp_path, name):
    path = tmp_path / name
    safetensors.torch.save_file(plain(), path, {"segviewer": "{}", "format": "pt"})
    state = read_state_dict(str(path))
    assert state.tensors.keys() == plain().keys()
    assert torch.equal(state.tensors["head.bias"], plain()["head.bias"])
    assert state.metadata == {"segviewer": "{}", "format": "pt"}


@pytest.mark.parametrize(
    "name",
    ["state_dict", "model_state", "model_state_dict", "model", "ema", "model_ema", "net"]
    + ["network", "weights", "average", "something_else"],
)
def test_nested(tmp_path, name):
    path = tmp_path / "w.pth"
    optimizer = {"state": {0: {"exp_avg": torch.zeros(3)}}, "param_groups": []}
    torch.save({"epoch": 3, "optimizer": optimizer, "best": 0.7, name: plain()}, path)
    state = read_state_dict(path)
    assert_same(state.tensors, plain())
    assert state.nested_under == name


def test_nested_twice(tmp_path):
    path = tmp_path / "w.pth"
    torch.save({"model": {"state_dict": collections.OrderedDict(plain())}}, path)
    state = read_state_dict(path)
    assert_same(state.tensors, plain())
    assert state.nested_under == "model.state_dict"


def test_an_average_is_preferred_to_the_last_step(tmp_path):
    path = tmp_path / "w.pth"
    average = {key: tensor + 1 for key, tensor in plain().items()}
    torch.save({"model": plain(), "model_ema": average}, path)
    state = read_state_dict(path)
    assert_same(state.tensors, average)
    assert state.nested_under == "model_ema"


def test_a_stray_tensor_beside_the_weights_is_not_the_weights(tmp_path):
    path = tmp_path / "w.pth"
    torch.save({"best_miou": torch.tensor(0.7), "state_dict": plain()}, path)
    assert_same(read_state_dict(path).tensors, plain())


@given(prefixes=st.lists(st.sampled_from(["module.", "model.", "_orig_mod."]), max_size=4))
@settings(max_examples=25)
def test_prefixes_in_any_order(tmp_path_factory, prefixes):
    path = tmp_path_factory.mktemp("prefixed") / "w.pth"
    prefix = "".join(prefixes)
    torch.save({prefix + key: tensor for key, tensor in plain().items()}, path)
    state = read_state_dict(path)
    assert_same(state.tensors, plain())
    assert state.stripped_prefix == prefix


def test_a_prefix_that_not_all_keys_have_stays(tmp_path):
    path = tmp_path / "w.pth"
    mixed = {"module.a": torch.ones(1), "b": torch.ones(1)}
    torch.save(mixed, path)
    state = read_state_dict(path)
    assert_same(state.tensors, mixed)
    assert state.stripped_prefix == ""


def test_averaged_models_counter_is_dropped(tmp_path):
    path = tmp_path / "w.pth"
    averaged = torch.optim.swa_utils.AveragedModel(nn.Linear(2, 3))
    torch.save(averaged.state_dict(), path)
    assert set(read_state_dict(path).tensors) == {"weight", "bias"}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_floats_become_float32_and_counts_stay(tmp_path, dtype, suffix):
    path = tmp_path / f"w{suffix}"
    stored = {"a": torch.tensor([0.5, -2.0], dtype=dtype), "n": torch.tensor([3])}
    if suffix == ".pth":
        torch.save(stored, path)
    else:
        safetensors.torch.save_file(stored, path)
    tensors = read_state_dict(path).tensors
    assert tensors["a"].dtype == torch.float32
    assert torch.equal(tensors["a"], torch.tensor([0.5, -2.0]))
    assert tensors["n"].dtype == torch.int64


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
@pytest.mark.parametrize("device", ["cuda:0", "mps"])
def test_saved_on_a_gpu_opened_without_one(tmp_path, monkeypatch, legacy, device):
    path = tmp_path / "w.pth"
    monkeypatch.setattr(torch.serialization, "location_tag", lambda storage: device)
    torch.save(plain(), path, _use_new_zipfile_serialization=not legacy)
    assert device.encode() in path.read_bytes()
    monkeypatch.undo()
    tensors = read_state_dict(path).tensors
    assert_same(tensors, plain())
    assert all(tensor.device.type == "cpu" for tensor in tensors.values())


def test_parameters_come_without_gradient(tmp_path):
    path = tmp_path / "w.pth"
    torch.save({"a": nn.Parameter(torch.ones(2))}, path)
    tensor = read_state_dict(path).tensors["a"]
    assert not tensor.requires_grad


def test_the_file_may_be_deleted_or_overwritten_afterwards(tmp_path):
    path = tmp_path / "w.safetensors"
    safetensors.torch.save_file(plain(), path)
    tensors = read_state_dict(path).tensors
    path.write_bytes(b"\0" * path.stat().st_size)
    path.unlink()
    assert torch.equal(tensors["head.bias"], plain()["head.bias"])


def test_path_with_a_home_directory_is_not_this_functions_business(tmp_path):
    assert "not there" in refusal(tmp_path / "~" / "nowhere.pth").what
