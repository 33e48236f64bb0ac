"""What a pickle would make is known before any of it is made."""

import io
import pickle
import time

import pytest
import torch

from segviewer.checkpoints.reading.pickle_check import (
    MOST_OPERATIONS,
    Excess,
    OtherForm,
    PickleProblem,
    _product,
    check_pickle,
)
from tests.hostile.pickles import (
    MAGIC,
    bombs,
    dictionary,
    get,
    put,
    storage,
    tensor,
    text,
    tuple_of,
    whole_number,
)

HEAD = b"\x80\x02"
FLOATS = b"ctorch\nFloatStorage\n"


def check(body):
    return check_pickle(io.BytesIO(HEAD + body + b"."))


def saved(content):
    out = io.BytesIO()
    torch.save(content, out, _use_new_zipfile_serialization=False)
    stream = io.BytesIO(out.getvalue())
    for _ in range(3):
        check_pickle(stream)
    return check_pickle(stream)


def test_what_torch_writes():
    shared = torch.zeros(10)
    declared = saved(
        {
            "state_dict": {"a": torch.zeros(3, 2), "b": shared[:4], "c": shared[4:].half()},
            "p": torch.nn.Parameter(torch.zeros(2, dtype=torch.float64)),
            "n": torch.tensor(7),
            "epoch": 3,
            "names": ["x", ("y", 1.5, None, True)],
            4: {(1, "two"): set(), "c": complex(1, 2), "bytes": b"\xff\x00"},
            "size": torch.Size([1, 2]),
            "kinds": [torch.float16, torch.device("cpu"), torch.strided],
        }
    )
    assert declared.foreign == []
    assert sorted(declared.storages.values()) == [8, 12, 16, 24, 40]
    assert declared.other_bytes == 0


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.eye(4).to_sparse(),
        lambda: torch.eye(4).to_sparse_csr(),
        lambda: torch.quantize_per_tensor(torch.zeros(4), 0.1, 0, torch.qint8),
        lambda: torch.empty(2**40, device="meta"),
        lambda: torch.zeros(3, dtype=torch.complex64),
        lambda: torch.zeros(3, dtype=torch.float8_e4m3fn),
        lambda: torch.zeros(3, dtype=torch.uint16),
        lambda: torch.zeros(3, 4).T,
        lambda: torch.zeros(1).expand(2**40),
        lambda: torch.zeros(0, 3),
    ],
    ids=[
        "sparse",
        "rows",
        "quantised",
        "meta",
        "complex",
        "float8",
        "uint16",
        "turned",
        "expanded",
        "empty",
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_unusual_tensors_are_no_problem_of_the_pickle(make):
    assert saved({"a": make()}).foreign == []


def test_a_file_of_python_2():
    pairs = b"](](" + text("a") + tensor(4, (4,), (1,)) + b"ee"
    found = check(b"ccollections\nOrderedDict\n" + pairs + b"\x85R")
    assert found.foreign == [] and found.storages == {"0": 16}


def test_shared_storage_counts_once():
    two = dictionary(a=tensor(100, (50,), (1,)), b=tensor(100, (50,), (1,), 50))
    assert check(two).storages == {"0": 400}


@pytest.mark.parametrize(
    ("size", "stride", "offset", "what"),
    [
        ((17,), (1,), 0, "byte 68 of a storage that has 64"),
        ((4, 5), (4, 1), 0, "byte 68"),
        ((1,), (1,), 16, "byte 68"),
        ((2**40,), (1,), 0, "of a storage that has 64"),
        ((2,), (2**40,), 0, "of a storage that has 64"),
    ],
)
def test_a_tensor_outside_its_storage(size, stride, offset, what):
    with pytest.raises(Excess, match=what):
        check(dictionary(a=tensor(16, size, stride, offset)))


@pytest.mark.parametrize(("size", "stride"), [((0, 2**60), (1, 1)), ((16,), (1,)), ((), ())])
def test_a_tensor_inside_its_storage(size, stride):
    check(dictionary(a=tensor(16, size, stride)))


@pytest.mark.parametrize(
    "body",
    [
        tensor(16, (-4,), (1,)),
        tensor(16, (4,), (-1,), 3),
        tensor(16, (4, 4), (1,)),
        storage(-1),
        storage(16) + b"0" + storage(8),
        storage(16, kind="EvilStorage"),
        storage(16, kind="TypedStorage"),
        tuple_of(text("storage"), text("FloatStorage"), text("0"), text("cpu"), whole_number(4))
        + b"Q",
        tuple_of(text("storage"), FLOATS, whole_number(0), text("cpu"), whole_number(4)) + b"Q",
        tuple_of(text("storage"), FLOATS, text("0"), text("cpu"), text("4")) + b"Q",
        tuple_of(text("storage"), FLOATS, text("0"), text("cpu"), b"\x88") + b"Q",
        tuple_of(text("storage")) + b"Q",
        b"N" + b"Q",
        b"h\x07",
        b"a",
        b"}" + b"]" + b"Ns",
        b"}" + b")" + b"\x85" * 3 + b"Ns",
        b"}" + tuple_of(*[b"N"] * 17) + b"Ns",
        b"NNR",
        b"c_codecs\nencode\n" + text("a") + text("idna") + b"\x86R",
        b"c__builtin__\nset\n](]e\x85R",
        b"c__builtin__\nset\nN\x85R",
        b"c__builtin__\nset\n]]\x86R",
        b"}\x8a\x09" + b"\x7f" * 9 + b"Ns",  # as a key, which can be chosen to collide
    ],
    ids=lambda body: repr(body)[:40],
)
def test_what_weights_never_need(body):
    with pytest.raises(PickleProblem):
        check(body)


def test_of_long_numbers_the_mark_of_old_files_alone_is_known():
    assert check_pickle(io.BytesIO(MAGIC)).content == torch.serialization.MAGIC_NUMBER
    assert not isinstance(check(b"\x8a\x09" + b"\x7f" * 9).content, int)


@pytest.mark.parametrize("name", ["FloatTensor", "Tensor", "sparse.FloatTensor"])
def test_memory_that_a_class_would_take_is_counted(name):
    call = f"ctorch\n{name}\n".encode() + whole_number(2**30) + b"\x85R"
    assert check(call).other_bytes == 8 * 2**30
    assert check(b"c__builtin__\nbytearray\n" + whole_number(2**30) + b"\x85R").other_bytes == 2**30


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_name_is_found_in_every_protocol(protocol):
    stream = io.BytesIO(pickle.dumps([print, io.BytesIO, {"a": time.sleep}], protocol))
    try:
        declared = check_pickle(stream)
    except OtherForm as problem:
        assert protocol > 3
        declared = problem.args[1]
    assert declared.foreign == ["builtins.print", "_io.BytesIO", "time.sleep"]


def test_an_operation_that_torch_lacks_does_not_hide_what_comes_after():
    with pytest.raises(PickleProblem) as caught:
        check(b"N0" + b"cos\nsystem\n" + text("true") + b"\x85R")
    assert caught.value.args[1].foreign == ["os.system"]


@pytest.mark.parametrize("name", ["os.system", "torch.load", "torch.hub.load", "torch._utils._x"])
def test_foreign_names(name):
    module, _, short = name.rpartition(".")
    assert check(f"c{module}\n{short}\n".encode()).foreign == [name]


def test_too_many_steps():
    with pytest.raises(Excess, match=f"{MOST_OPERATIONS:,} steps"):
        check(b"N" * (MOST_OPERATIONS + 1))


def test_dictionaries_in_themselves_and_deep_ones_are_walked():
    assert check(b"}" + put(0) + text("a") + get(0) + b"s").foreign == []
    check(b"}" + (text("a") + b"}") * 5000 + b"s" * 5000)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in bombs() if not name.startswith("old ")])
def test_no_bomb_holds_the_walk(name):
    began = time.process_time()
    try:
        check_pickle(io.BytesIO(bombs()[name]))
    except PickleProblem as problem:
        assert str(problem)
    assert time.process_time() - began < 5


def test_a_size_is_too_large_from_2_to_the_62_on():
    assert _product((2**31, 2**31)) == 2**62 and _product(()) == 0
    with pytest.raises(Excess):
        _product((2**31, 2**31 + 1))
