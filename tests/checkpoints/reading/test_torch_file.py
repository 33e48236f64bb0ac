"""Files of torch.save that are damaged, swollen, or lie about what they hold."""

import io
import os
import tarfile
import time
import zipfile

import pytest
import torch

from segviewer.checkpoints.reading.reading import read_state_dict
from segviewer.errors import CheckpointError
from tests.hostile.pickles import as_old, as_zip, bombs, dictionary, tensor

WEIGHTS = {f"layer{i}.weight": torch.full((64, 32), float(i)) for i in range(4)}


def refusal(path):
    with pytest.raises(CheckpointError) as caught:
        read_state_dict(path)
    assert caught.value.what and caught.value.why and caught.value.next_step
    return caught.value


def saved(path, content=None, legacy=False):
    torch.save(content or WEIGHTS, path, _use_new_zipfile_serialization=not legacy)
    return path


def test_one_flipped_bit_in_the_numbers_is_found(tmp_path):
    path = saved(tmp_path / "w.pth")
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        entry = next(e for e in archive.infolist() if e.filename.endswith("data/2"))
    at = data.find(WEIGHTS["layer2.weight"].numpy().tobytes())
    assert at > entry.header_offset
    data[at + 5000] ^= 1
    path.write_bytes(data)
    assert torch.load(path, weights_only=True)  # torch does not see it
    error = refusal(path)
    assert "damaged" in error.what and "checksum" in error.why


def test_a_file_written_without_checksums_is_read(tmp_path):
    before = torch.serialization.get_crc32_options()
    torch.serialization.set_crc32_options(False)
    try:
        path = saved(tmp_path / "w.pth")
    finally:
        torch.serialization.set_crc32_options(before)
    with zipfile.ZipFile(path) as archive:
        assert {entry.CRC for entry in archive.infolist()} == {0}
    assert read_state_dict(path).tensors.keys() == WEIGHTS.keys()


@pytest.mark.slow
def test_the_checksums_cost_little_beside_the_reading(tmp_path, monkeypatch):
    from segviewer.checkpoints.reading import torch_file

    path = saved(tmp_path / "w.pth", {"w": torch.rand(32_000_000)})

    def seconds():
        began = time.process_time()
        read_state_dict(path)
        return time.process_time() - began

    checked, bare = [], []
    for _ in range(5):  # in turns, as other programs slow both
        checked.append(seconds())
        with monkeypatch.context() as without:
            without.setattr(torch_file, "_check_sums", lambda *arguments: None)
            bare.append(seconds())
    # Read byte by byte in Python it would be a hundred times.
    assert min(checked) < 5 * min(bare), (checked, bare)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(bombs()))
def test_no_bomb_takes_long(tmp_path, name):
    path = tmp_path / "w.pth"
    path.write_bytes((as_old if name.startswith("old ") else as_zip)(bombs()[name]))
    began = time.process_time()
    try:
        read_state_dict(path)
    except CheckpointError as error:
        assert error.what and error.why and error.next_step
    assert time.process_time() - began < 5


@pytest.mark.parametrize("old", [False, True])
def test_a_storage_that_claims_more_than_there_is_says_the_numbers(tmp_path, old):
    path = tmp_path / "w.pth"
    body = b"\x80\x02" + dictionary(a=tensor(2**38, (4,), (1,), old=old)) + b"."
    path.write_bytes((as_old if old else as_zip)(body))
    error = refusal(path)
    assert "claims more than it holds" in error.what
    assert ("1.0 TiB" if old else "1,099,511,627,776 bytes of 64") in error.why


def test_a_view_that_claims_more_than_there_is_says_the_numbers(tmp_path):
    path = saved(tmp_path / "w.pth", {"a": torch.ones(1).expand(2**28)})
    error = refusal(path)
    assert "claims more than it holds" in error.what
    assert "1.0 GiB" in error.why and "KiB" in error.why


def test_a_packed_bomb_says_the_numbers(tmp_path):
    path = tmp_path / "w.pth"
    body = b"\x80\x02" + dictionary(a=tensor(2**26, (2**26,), (1,))) + b"."
    path.write_bytes(as_zip(body, bytes(2**28), zipfile.ZIP_DEFLATED))
    assert path.stat().st_size < 2**20
    error = refusal(path)
    assert "claims more than it holds" in error.what and "256.0 MiB" in error.why


def test_packed_weights_of_usual_size_are_read(tmp_path):
    stored, path = io.BytesIO(), tmp_path / "w.pth"
    torch.save(WEIGHTS, stored)
    with zipfile.ZipFile(stored) as source, zipfile.ZipFile(path, "w") as packed:
        for entry in source.infolist():
            packed.writestr(entry.filename, source.read(entry), zipfile.ZIP_DEFLATED)
    assert torch.equal(read_state_dict(path).tensors["layer3.weight"], WEIGHTS["layer3.weight"])


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("twin", ["archive/data.pkl", "archive/DATA.pkl"])
def test_two_records_of_one_name(tmp_path, twin):
    path = tmp_path / "w.pth"
    body = b"\x80\x02" + dictionary(a=tensor(16, (4,), (1,))) + b"."
    path.write_bytes(as_zip(body))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(twin, body)
    assert "damaged" in refusal(path).what


def test_a_record_that_is_not_there(tmp_path):
    path = tmp_path / "w.pth"
    body = b"\x80\x02" + dictionary(a=tensor(16, (4,), (1,), key="7")) + b"."
    path.write_bytes(as_zip(body))
    assert "damaged" in refusal(path).what


def test_a_cut_old_file_says_how_much_is_missing(tmp_path):
    path = saved(tmp_path / "w.pth", legacy=True)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - 20_000])
    error = refusal(path)
    assert "damaged" in error.what
    assert "32,768 bytes" in error.why and "are there" in error.why


def test_an_old_file_that_is_a_tar_archive_as_well(tmp_path):
    # torch would unpack it; a member's name may begin with the mark of an old file.
    inner = tmp_path / "x"
    inner.write_bytes(b"x" * 10)
    path = tmp_path / "w.pth"
    with tarfile.open(path, "w") as archive:
        archive.add(inner, "x")
    data = bytearray(path.read_bytes())
    front = as_old(b"\x80\x02}.")[:90]
    data[: len(front)] = front
    header = data[:512]
    header[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(header)
    path.write_bytes(data)
    assert tarfile.is_tarfile(path)
    assert "damaged" in refusal(path).what


def test_a_plain_pickle_is_no_file_of_torch(tmp_path):
    import pickle

    path = tmp_path / "w.pth"
    path.write_bytes(pickle.dumps({"a": 1}, 2))
    assert "damaged" in refusal(path).what


def test_another_protocol_is_called_that(tmp_path):
    path = tmp_path / "w.pth"
    torch.save({**WEIGHTS, "seen": {"a", "b"}}, path, pickle_protocol=4)  # a set has no word in 2
    error = refusal(path)
    assert "form" in error.what and "pickle_protocol" in error.why
    assert "safetensors on a machine you trust" in error.next_step


@pytest.mark.parametrize("place", ["data.pkl", "behind"])
def test_damaged_zip_files_get_a_sentence(tmp_path, place):
    path = saved(tmp_path / "w.pth")
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\x01\x02")
    if place == "data.pkl":
        data[data.find(b"layer2")] ^= 0x80  # no longer UTF-8, and another checksum
    else:
        data[at + 6] = 200  # the version of zip that is needed
    path.write_bytes(data)
    assert "damaged" in refusal(path).what


def test_what_is_swapped_in_between_is_not_read(tmp_path, monkeypatch):
    """The file that was checked is the one that torch reads."""
    from segviewer.checkpoints.reading import torch_file

    path, other = saved(tmp_path / "w.pth"), saved(tmp_path / "o.pth", {"b": torch.ones(2)})
    real = torch_file._check_zip

    def swap(*arguments):
        source = real(*arguments)
        os.replace(other, path)
        return source

    monkeypatch.setattr(torch_file, "_check_zip", swap)
    assert read_state_dict(path).tensors.keys() == WEIGHTS.keys()


def test_an_old_file_of_nothing_is_whole_and_holds_no_weights(tmp_path):
    path = tmp_path / "w.pth"
    torch.save({}, path, _use_new_zipfile_serialization=False)
    with pytest.raises(CheckpointError) as caught:
        read_state_dict(path)
    assert "no weights" in caught.value.what
