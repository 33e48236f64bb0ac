"""Masks as arrays and stacks of one mask a class."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from segviewer.errors import PictureError
from segviewer.imaging.reading.mask_files.kinds import mask_kind
from segviewer.imaging.reading.targets import VOID, read_values

LABELS = np.random.default_rng(0).integers(0, 4, (9, 13)).astype(np.uint8)
ONE_HOT = np.arange(4)[:, None, None] == LABELS


def saved(path, array):
    np.save(path, array)
    return path


@pytest.mark.parametrize("kind", [np.uint8, np.int64, np.float32, np.uint16])
def test_an_array_holds_the_labels_themselves(tmp_path, kind):
    read = read_values(saved(tmp_path / "a.npy", LABELS.astype(kind)))
    np.testing.assert_array_equal(read.values, LABELS)
    assert read.values.dtype == np.uint8
    np.testing.assert_array_equal(
        read_values(saved(tmp_path / "a.npy", LABELS[None])).values, LABELS
    )
    by_columns = np.asfortranarray(LABELS)
    np.testing.assert_array_equal(read_values(saved(tmp_path / "a.npy", by_columns)).values, LABELS)
    wide = LABELS.astype(np.int64) * 1000 - 1
    np.testing.assert_array_equal(read_values(saved(tmp_path / "a.npy", wide)).values, wide)


@pytest.mark.parametrize("scale", [1, 255])
@pytest.mark.parametrize("last", [False, True])
def test_a_stack_of_one_mask_a_class_gives_labels(tmp_path, scale, last):
    stack = ONE_HOT.astype(np.uint8) * np.uint8(scale)
    path = saved(tmp_path / "a.npy", np.moveaxis(stack, 0, 2) if last else stack)
    read = read_values(path)
    np.testing.assert_array_equal(read.values, LABELS)
    assert "stack of 4 masks" in read.notes[0]


def test_what_no_class_has_is_void_and_what_several_have_is_said(tmp_path):
    stack = ONE_HOT.copy()
    stack[:, 0, 0], stack[:, 0, 1] = False, True
    read = read_values(saved(tmp_path / "a.npy", stack))
    assert read.values[0, 0] == VOID and read.values[0, 1] == 3
    assert any("in several of them" in note for note in read.notes)


def test_of_several_arrays_the_one_called_mask_is_taken(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, image=np.zeros((9, 13, 3)), mask=LABELS)
    assert mask_kind(path) == "npz"
    np.testing.assert_array_equal(read_values(path).values, LABELS)
    np.savez(path, one=LABELS, two=LABELS)
    with pytest.raises(PictureError, match="one, two"):
        read_values(path)
    np.savez(path, whatever=LABELS)
    np.testing.assert_array_equal(read_values(path).values, LABELS)


def test_pages_of_a_tiff_are_classes_where_they_hold_nothing_and_something(tmp_path):
    pages = [Image.fromarray((one * 255).astype(np.uint8)) for one in ONE_HOT]
    path = tmp_path / "a.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:])
    np.testing.assert_array_equal(read_values(path).values, LABELS)
    # Others are pages of numbers: the first counts, as before.
    pages = [Image.fromarray(LABELS), Image.fromarray(LABELS + 1)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    np.testing.assert_array_equal(read_values(path).values, LABELS)


def header(shape, kind="<u8"):
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"descr": kind, "fortran_order": False, "shape": shape}
    )
    return file.getvalue()


def zipped(path, content):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mask.npy", content)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((3, 4, 5, 6), np.uint8),
        np.array(3),
        np.zeros(12),
        np.zeros((0, 4), np.uint8),
        np.full((3, 4), 0.5),
        np.full((3, 4), np.nan),
        np.zeros((3, 4), np.complex128),
        np.array([["a", "b"]]),
        np.arange(24).reshape(2, 3, 4),
        np.zeros((400, 410, 420), bool),
    ],
)
def test_arrays_that_hold_no_labels_are_refused(tmp_path, array):
    with pytest.raises(PictureError) as caught:
        read_values(saved(tmp_path / "a.npy", array))
    assert caught.value.what and caught.value.why and caught.value.next_step


@pytest.mark.parametrize("shape", [(40_000, 40_000), (300_000, 300_000), (200, 3000, 3000), (9, 9)])
def test_a_header_that_lies_is_refused_before_memory_is_taken(tmp_path, shape):
    (tmp_path / "a.npy").write_bytes(header(shape) + bytes(64))
    zipped(tmp_path / "a.npz", header(shape) + bytes(64))
    for name in ("a.npy", "a.npz"):
        with pytest.raises(PictureError):
            read_values(tmp_path / name)


def test_objects_are_never_unpickled(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.array([[{"a": 1}]], object), allow_pickle=True)
    with pytest.raises(PictureError, match="no numbers"):
        read_values(path)
    path.write_bytes(b"\x93NUMPY\x01\x00\x20\x00{'descr': __import__('os')}   ")
    with pytest.raises(PictureError, match="damaged"):
        read_values(path)
