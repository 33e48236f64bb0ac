"""Where weights lie in a checkpoint, and that reader and conversion command agree about it."""

import shlex
import sys

import numpy as np
import pytest
import torch
from torch import nn

from segviewer.checkpoints.reading.conversion import conversion_command
from segviewer.checkpoints.reading.nesting import NESTED_NAMES, NOT_WEIGHTS, dictionaries_in
from segviewer.checkpoints.reading.reading import read_state_dict
from segviewer.errors import CheckpointError


def numbers(value=1.0):
    return {"a.weight": torch.full((2, 3), value), "a.bias": torch.full((2,), value)}


class Code:
    """What a file of weights needs not: a class of a program that is not installed here."""

    def __init__(self):
        self.rate = 0.1


NESTINGS = {
    "top": lambda w: w,
    **{name: (lambda w, name=name: {name: w, "epoch": 3}) for name in NESTED_NAMES},
    "another name": lambda w: {"my_net": w, "few": {"b": torch.zeros(1)}},
    "two deep": lambda w: {"checkpoint": {"state_dict": {"model": w}}},
    "an average beside the weights": lambda w: {"state_dict": numbers(9), "model_ema": w},
    "beside the optimizer": lambda w: {"model": w, "optimizer": {"state": numbers(9)}},
    "beside single tensors": lambda w: {"step": torch.tensor(3), "model": w},
}


PAIRS = {
    "network and optimizer": lambda w: (w, {"state": {0: numbers(9)}, "param_groups": []}),
    "epoch and network": lambda w: [3, {"model": w}],
}


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("code", [False, True])
def test_weights_in_a_tuple_or_list_are_found(tmp_path, name, code):
    path = tmp_path / "w.pth"
    content = PAIRS[name](numbers())
    torch.save([*content, Code()] if code else content, path)
    if code:
        with pytest.raises(CheckpointError, match="would run code"):
            read_state_dict(path)
        path = convert(path, tmp_path)
    found = read_state_dict(path).tensors
    assert found.keys() == numbers().keys() and found["a.weight"][0, 0] == 1


@pytest.mark.parametrize("name", list(NESTINGS))
def test_weights_are_found(tmp_path, name):
    path = tmp_path / "w.pth"
    torch.save(NESTINGS[name](numbers()), path)
    found = read_state_dict(path)
    assert found.tensors.keys() == numbers().keys() and found.tensors["a.weight"][0, 0] == 1


def convert(path, folder):
    """Run the command's program as a shell would, in this process: torch takes seconds."""
    program, option, code, *arguments = shlex.split(conversion_command(path))
    assert (program, option) == ("python", "-c")
    before = sys.argv
    try:
        sys.argv = ["-c", arguments[0], str(folder / arguments[1])]
        exec(compile(code, "conversion", "exec"), {"__name__": "__main__"})
    finally:
        sys.argv = before
    return folder / arguments[1]


@pytest.mark.parametrize("name", list(NESTINGS))
@pytest.mark.parametrize("code", ["beside", "inside"])
def test_the_conversion_finds_the_same_weights(tmp_path, name, code):
    path, out = tmp_path / "it's old.pth", tmp_path / "out"
    out.mkdir()
    content = dict(NESTINGS[name](numbers()))
    if code == "beside":
        content["args"] = Code()
    else:  # a value among the weights that is none
        inner = content
        while not any(isinstance(value, torch.Tensor) and value.dim() for value in inner.values()):
            inner = next(
                inner[key]
                for key in ("model_ema", *inner)
                if isinstance(inner.get(key), dict) and key not in NOT_WEIGHTS
            )
        inner["mask_values"] = [0, Code()]
    torch.save(content, path)
    with pytest.raises(CheckpointError) as caught:
        read_state_dict(path)
    assert conversion_command(path) in caught.value.next_step
    found = read_state_dict(convert(path, out)).tensors
    assert found.keys() == numbers().keys()
    assert all(torch.equal(found[key], value) for key, value in numbers().items())


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("name", ["", *("model", "ema", "state_dict", "my_net")])
def test_the_conversion_takes_whole_networks_apart(tmp_path, name, wrapped):
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    whole = nn.DataParallel(network) if wrapped else network
    path = tmp_path / "w.pth"
    torch.save({name: whole, "epoch": 3} if name else whole, path)
    with pytest.raises(CheckpointError, match="network object"):
        read_state_dict(path)
    found = read_state_dict(convert(path, tmp_path)).tensors
    assert found.keys() == network.state_dict().keys()


def test_tensors_that_share_their_numbers_are_converted(tmp_path):
    shared = torch.arange(12.0).view(3, 4)
    path = tmp_path / "w.pth"
    torch.save({"model": {"a": shared, "b": shared.T}, "args": Code()}, path)
    found = read_state_dict(convert(path, tmp_path)).tensors
    assert torch.equal(found["b"], shared.T)


def test_every_dictionary_is_listed_once_the_likeliest_first():
    student, teacher = numbers(1), numbers(2)
    content = {"teacher": teacher, "model": student, "copy": student, "optimizer": numbers(3)}
    found = dictionaries_in(content)
    assert [one.nested_under for one in found] == ["model", "teacher"]
    assert found[1].tensors is not teacher and found[1].tensors == teacher


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_weights_as_arrays_of_numpy_are_weights(tmp_path, order, protocol):
    kind = np.dtype("float32").newbyteorder(order)
    arrays = {f"layer{n}.weight": np.arange(6, dtype=kind).reshape(2, 3) + n for n in range(4)}
    arrays["counted"] = np.array(7, "int64")
    arrays["turned"] = np.asfortranarray(np.arange(6.0, dtype=kind).reshape(2, 3))
    path = tmp_path / "a.pth"
    torch.save({"model": arrays, "epoch": 3}, path, pickle_protocol=protocol)
    found = read_state_dict(path)
    assert found.nested_under == "model" and set(found.tensors) == set(arrays)
    for name, array in arrays.items():
        assert np.array_equal(found.tensors[name].numpy(), array)
        assert found.tensors[name].is_contiguous()


def test_the_state_of_a_random_generator_is_no_network(tmp_path):
    path = tmp_path / "a.pth"
    rng = {"keys": np.arange(624, dtype="uint32"), "position": np.array(3)}
    torch.save({"rng": rng, "model": {"w": torch.ones(2)}}, path)
    assert [one.nested_under for one in dictionaries_in({"rng": {}})] == []
    assert set(read_state_dict(path).tensors) == {"w"}


def test_dictionaries_that_hold_themselves_end():
    content = {"a": torch.zeros(2)}
    content["self"] = content
    assert [one.nested_under for one in dictionaries_in(content)] == [""]
