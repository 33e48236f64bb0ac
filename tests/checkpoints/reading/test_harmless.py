"""Plain values beside the weights open, whatever class they are of, and none of them is run."""

import argparse
import collections
import datetime
import io
import pathlib
import random
import sys
import threading
import types

import numpy as np
import pytest
import torch

from segviewer.checkpoints.reading.harmless import (
    MOST_VALUES,
    NumpyArray,
    NumpyKind,
    Opaque,
    is_harmless,
    plain_value,
)
from segviewer.checkpoints.reading.reading import read_state_dict, read_weights_file
from segviewer.errors import CheckpointError

WEIGHTS = {"a.weight": torch.arange(6.0).view(2, 3)}
ORDERS = [(np.arange(6, dtype=kind).reshape(2, 3)) for kind in ("<i4", ">i4", "u1", "f2", "f8")]

PLAIN = {
    "numpy number": (np.float64(0.7113), 0.7113),
    "numpy whole number": (np.int64(4), 4),
    "numpy truth": (np.bool_(True), True),
    **{f"array {a.dtype.str}": (a, [[0, 1, 2], [3, 4, 5]]) for a in ORDERS},
    "array by columns": (np.asfortranarray(ORDERS[0]), [[0, 1, 2], [3, 4, 5]]),
    "array of texts": (np.array(["road", "sky"]), ["road", "sky"]),
    "keyed by numpy": ({np.int64(3): 0.5}, {3: 0.5}),
    "Namespace": (argparse.Namespace(lr=0.1, out=pathlib.Path("x")), {"lr": 0.1, "out": None}),
    "SimpleNamespace": (types.SimpleNamespace(a=2), {"a": 2}),
    "defaultdict": (collections.defaultdict(list, {"a": [1]}), {"a": [1]}),
    "OrderedDict": (collections.OrderedDict(a=1), {"a": 1}),
    "Counter": (collections.Counter("aab"), {"a": 2, "b": 1}),
    "deque": (collections.deque([1, 2], maxlen=3), [1, 2]),
    "random state": (np.random.RandomState(3).get_state()[0], "MT19937"),
}
OPAQUE = {
    "array of objects": np.array([1, "x"], dtype=object),
    "records": np.zeros(2, dtype=[("a", "f4")]),
    "dtype": np.dtype("f4"),
    "numpy type": np.float32,
    "type": int,
    "date": datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
    "duration": datetime.timedelta(1),
    "path": pathlib.PurePosixPath("/a/b"),
    "Windows path": pathlib.PureWindowsPath("c:/x"),
    "frozenset": frozenset([1]),
    "range": range(3),
    "version": torch.__version__,
    "RandomState": np.random.RandomState(3),
    "Generator": np.random.default_rng(3),
    "Philox": np.random.Generator(np.random.Philox(3)),
    "Python's random": random.Random(1).getstate(),
}


def saved(path, beside, legacy=False, protocol=2):
    content = {"state_dict": WEIGHTS, "x": beside}
    torch.save(content, path, _use_new_zipfile_serialization=not legacy, pickle_protocol=protocol)
    return path


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
@pytest.mark.parametrize("name", [*PLAIN, *OPAQUE])
def test_a_value_beside_the_weights(tmp_path, name, legacy, protocol):
    value, said = PLAIN.get(name, (OPAQUE.get(name), None))
    if protocol > 3 and isinstance(value, set | frozenset):
        pytest.skip("protocol 2 has no word for a set")
    file = read_weights_file(saved(tmp_path / "w.pth", value, legacy, protocol))
    assert torch.equal(file.state_dict().tensors["a.weight"], WEIGHTS["a.weight"])
    if name in PLAIN:
        assert file.beside["x"] == said


@pytest.mark.parametrize("module", ["numpy.core.multiarray", "numpy._core.multiarray"])
def test_both_spellings_of_numpys_modules(tmp_path, module):
    here = np.float64(1).__reduce__()[0].__module__
    path = saved(tmp_path / "w.pth", [np.float64(2.5), np.arange(3)], legacy=True)
    data = path.read_bytes().replace(f"c{here}\n".encode(), f"c{module}\n".encode())
    path.write_bytes(data)
    assert read_weights_file(path).beside["x"] == [2.5, [0, 1, 2]]


class Sprung(Exception):
    pass


def library(monkeypatch, name, base=object):
    """A class of a library's name, which must not be asked for anything."""

    def sprung(self, *arguments, **named):
        raise Sprung

    module, _, short = name.rpartition(".")
    parts = module.split(".")
    for count in range(1, len(parts) + 1):
        monkeypatch.setitem(sys.modules, ".".join(parts[:count]), types.ModuleType(parts[-1]))
    kind = type(short, (base,), {"__module__": module, "__qualname__": short})
    setattr(sys.modules[module], short, kind)
    return kind, sprung


LIBRARIES = {
    "omegaconf.dictconfig.DictConfig": object,
    "mmengine.config.config.ConfigDict": dict,
    "mmengine.logging.history_buffer.HistoryBuffer": object,
    "pytorch_lightning.utilities.parsing.AttributeDict": dict,
    "lightning.fabric.utilities.data.AttributeDict": dict,
    "yacs.config.CfgNode": dict,
    "easydict.EasyDict": dict,
    "addict.addict.Rows": list,
}


@pytest.mark.parametrize("installed", [True, False])
@pytest.mark.parametrize("name", list(LIBRARIES))
def test_a_librarys_containers_are_data(tmp_path, monkeypatch, name, installed):
    base = LIBRARIES[name]
    kind, sprung = library(monkeypatch, name, base)
    value = kind([("a", 1)]) if base is dict else kind([1, 2]) if base is list else kind()
    value.lr = 0.5
    path = saved(tmp_path / "w.pth", value)
    for method in ("__init__", "__new__", "__setstate__", "__setitem__", "append", "extend"):
        setattr(kind, method, sprung)
    if not installed:
        monkeypatch.setitem(sys.modules, name.rpartition(".")[0], None)
    file = read_weights_file(path)
    assert file.state_dict().tensors.keys() == WEIGHTS.keys()
    assert file.beside["x"] == (
        {"a": 1} if base is dict else [1, 2] if base is list else {"lr": 0.5}
    )


def test_what_omegaconf_keeps_round_its_values_is_taken_off():
    node, content = Opaque(), Opaque()
    node.__setstate__({"_val": 0.5, "_metadata": Opaque()})
    content.__setstate__({"_content": {"lr": node, "n": None}, "_flags_cache": None})
    assert plain_value(content) == {"lr": 0.5, "n": None}


@pytest.mark.slow
def test_what_is_shared_or_lies_in_itself_is_looked_at_once():
    shared = {"a": 1}
    for _ in range(60):
        shared = {"a": shared, "b": shared}
    shared["self"] = shared
    assert plain_value(shared)["self"] is None
    assert plain_value([[0] * 10 for _ in range(2 * MOST_VALUES)])[-1] is None


@pytest.mark.parametrize(
    ("shape", "data"),
    [((2**40,), b"\0" * 8), ((-1,), b""), ((2,), b"\0" * 4), (("x",), b"\0" * 8), (7, b"\0" * 8)],
)
def test_an_array_takes_no_more_than_its_bytes(shape, data):
    array = NumpyArray()
    array.__setstate__((1, shape, NumpyKind("f8"), False, data))
    assert array.array is None


@pytest.mark.parametrize("name", ["O", "O8", "V8", "V99999999999", "f8,f8", "(3,)f8", "nonsense"])
def test_kinds_that_are_no_numbers(name):
    assert NumpyKind(name).dtype() is None


def test_what_is_code_is_still_refused(tmp_path):
    class Evil:
        def __reduce__(self):
            return print, ("run",)

    path = saved(tmp_path / "w.pth", argparse.Namespace(inner=Evil()))
    with pytest.raises(CheckpointError, match="would run code"):
        read_state_dict(path)
    for name in (
        "os.system",
        "builtins.eval",
        "builtins.getattr",
        "omegaconfx.A",
        "functools.partial",
    ):
        assert not is_harmless(name)


def test_two_files_at_once_do_not_take_each_others_names(tmp_path):
    paths = [
        saved(tmp_path / f"{i}.pth", value)
        for i, value in enumerate([np.float64(1), argparse.Namespace(a=1), datetime.timedelta(2)])
    ]
    failed, before = [], set(torch.serialization.get_safe_globals())

    def read(path):
        try:
            for _ in range(40):
                read_state_dict(path)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=read, args=(path,)) for path in paths * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert set(torch.serialization.get_safe_globals()) == before


def test_torch_alone_would_refuse_them(tmp_path):
    """So that this test file cannot pass because torch allows them itself."""
    out = io.BytesIO()
    torch.save({"x": argparse.Namespace(a=np.float64(1))}, out)
    out.seek(0)
    with pytest.raises(Exception, match="Unsupported global"):
        torch.load(out, weights_only=True)


def test_an_array_counts_with_all_its_values():
    def array(size):
        found = NumpyArray()
        found.__setstate__((1, (size,), NumpyKind("u1"), False, b"\0" * size))
        return found

    # The array itself is the first of the values.
    assert len(plain_value(array(MOST_VALUES - 1))) == MOST_VALUES - 1
    assert plain_value(array(MOST_VALUES)) is None
    assert plain_value([array(MOST_VALUES - 3), {}])[1] == {}
    assert plain_value([array(MOST_VALUES - 2), {}])[1] is None


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("protocol", [4, 5])
def test_a_set_that_torch_cannot_read_is_no_code(tmp_path, legacy, protocol):
    """Names that the pickle takes from its memo are those that they were."""
    content = {f"layer{n}.weight": torch.ones(n + 1) for n in range(3)} | {"seen": {1, 2}}
    path = saved(tmp_path / "w.pth", content, legacy, protocol)
    with pytest.raises(CheckpointError, match="of a form that is not read safely"):
        read_weights_file(path)
