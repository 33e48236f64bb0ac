"""A later protocol in the words of protocol 2: the same values, and nothing is run."""

import collections
import datetime
import io
import pickle
import pickletools

import numpy as np
import pytest
import torch

from segviewer.checkpoints.reading.protocols import as_protocol_2, later_protocol
from segviewer.checkpoints.reading.reading import read_weights_file
from segviewer.errors import CheckpointError

SHARED = ["a", "a", b"twice" * 80, 2**100, -(2**70), 1 << 31]
VALUES = {
    "texts": ["", "é\ud800\n", "long " * 80, "collections", "OrderedDict"],
    "numbers": [0, 255, 256, 65535, 65536, -1, 2**31 - 1, -(2**31), 2**63, 1.5, True, None],
    "classes": [collections.OrderedDict(a=1), datetime.date(2020, 1, 2), np.float32(2)],
    "shared": [SHARED, SHARED, (SHARED, SHARED), {"x": SHARED}],
    "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
    "array": np.arange(6, dtype=">i2").reshape(2, 3).tolist(),
}


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("name", VALUES)
def test_the_same_values_come_out(name, protocol):
    data = pickle.dumps(VALUES[name], protocol)
    assert later_protocol(data) is (protocol > 2)
    stream = io.BytesIO(data + b"behind")
    made = as_protocol_2(stream)
    assert stream.read() == b"behind"
    assert repr(pickle.loads(made)) == repr(VALUES[name])
    assert max(operation.proto for operation, *_ in pickletools.genops(made)) <= 2


def test_one_object_stays_one():
    found = pickle.loads(as_protocol_2(io.BytesIO(pickle.dumps(VALUES["shared"], 4))))
    assert found[0] is found[1] is found[2][0] is found[3]["x"]


@pytest.mark.parametrize(
    "data", [b"", b"\x80\x04", b"\x80\x04K", pickle.dumps({1, 2}, 4), b"\x80\x04\x93."]
)
def test_what_has_no_words_or_is_damaged_is_left(data):
    assert as_protocol_2(io.BytesIO(data)) is None


class Sprung:
    def __reduce__(self):
        return print, ("run",)


@pytest.mark.parametrize("legacy", [False, True])
def test_code_is_found_in_any_protocol(tmp_path, legacy, capsys):
    path = tmp_path / "w.pth"
    content = {"w": torch.zeros(2), "x": Sprung()}
    torch.save(content, path, pickle_protocol=4, _use_new_zipfile_serialization=not legacy)
    with pytest.raises(CheckpointError, match="would run code"):
        read_weights_file(path)
    assert capsys.readouterr().out == ""


def test_a_flipped_bit_is_found_there_too(tmp_path):
    path = tmp_path / "w.pth"
    torch.save({"w": torch.arange(1000.0)}, path, pickle_protocol=4)
    data = bytearray(path.read_bytes())
    data[data.find(np.arange(10, 20, dtype=np.float32).tobytes())] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="damaged"):
        read_weights_file(path)
