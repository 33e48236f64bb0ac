"""NIfTI slices, packed or not; and files that lie."""

import gzip
import sys

import nibabel
import numpy as np
import pytest

from segviewer.errors import Cancelled, PictureError
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.read import inspect_picture, read_picture, read_stored
from segviewer.imaging.reading.routing import image_paths, looks_like


def volume(kind=np.int16, shape=(20, 16, 6)):
    return (np.arange(np.prod(shape)).reshape(shape) % 1200).astype(kind)


def written(path, values, made=nibabel.Nifti1Image, **header):
    image = made(values, np.eye(4))
    for name, value in header.items():
        image.header[name] = value
    nibabel.save(image, path)
    return path


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("made", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float32, np.float64])
def test_each_slice_stands_as_nibabel_reads_it(tmp_path, name, made, kind):
    values = volume(kind)
    path = written(tmp_path / name, values, made)
    assert looks_like(path) == "image" and image_paths(tmp_path) == [path]
    header = inspect_picture(path)
    assert (header.width, header.height, header.frames) == (20, 16, 6)
    for page in (0, 5):
        stored = read_stored(path, PictureSettings(page=page))
        np.testing.assert_array_equal(stored.values, np.rot90(values[..., page]))
        assert stored.notes == (f"slice {page + 1} of 6",)
    with pytest.raises(PictureError, match="no such page"):
        read_stored(path, PictureSettings(page=6))


def test_slices_of_a_time_series_follow_each_other(tmp_path):
    values = volume(np.int16, (6, 5, 3, 4))
    path = written(tmp_path / "a.nii", values)
    stored = read_stored(path, PictureSettings(page=3 * 2 + 1))
    np.testing.assert_array_equal(stored.values, np.rot90(values[..., 1, 2]))


@pytest.mark.parametrize(
    ("shape", "middle"), [((9, 7, 6), 3), ((9, 7, 6, 5), 3), ((9, 7, 1, 4), 0)]
)
def test_a_volume_opens_at_its_middle_slice(tmp_path, shape, middle):
    """Of a series of volumes at that of the first one."""
    values = volume(shape=shape)
    path = written(tmp_path / "a.nii", values)
    stored = read_stored(path)
    every = values.reshape(9, 7, -1, order="F")
    np.testing.assert_array_equal(stored.values, np.rot90(every[..., middle]))
    assert stored.notes == (f"slice {middle + 1} of {every.shape[2]}, the middle",)


def test_scaling_and_window_are_the_files(tmp_path):
    image = nibabel.Nifti1Image(volume(), np.eye(4))
    image.header.set_slope_inter(2.0, -50.0)
    image.header["cal_min"], image.header["cal_max"] = 10, 900
    nibabel.save(image, tmp_path / "a.nii")
    stored = read_stored(tmp_path / "a.nii")
    reread = np.asanyarray(nibabel.load(tmp_path / "a.nii").dataobj)[..., 3]
    np.testing.assert_allclose(stored.values, np.rot90(reread), rtol=1e-6)
    assert (stored.levels().low, stored.levels().high) == (10, 900)


def test_colours(tmp_path):
    values = np.zeros((5, 4, 2), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    values["R"], values["B"] = 7, np.arange(5)[:, None, None]
    picture = read_picture(written(tmp_path / "a.nii", values))
    assert (picture.image[..., 0] == 7).all()
    np.testing.assert_array_equal(picture.image[0, :, 2], np.arange(5))


def test_numbers_that_have_no_grey_are_refused(tmp_path):
    path = written(tmp_path / "a.nii", volume(np.complex64))
    with pytest.raises(PictureError, match="grey"):
        read_picture(path)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "shape", [(3, 30_000, 30_000, 2), (3, 8_000, 6_000, 9), (3, 20, 16, 3000), (3, -5, 16, 6)]
)
def test_sizes_that_lie_are_refused(tmp_path, packed, shape):
    path = written(tmp_path / "a.nii", volume())
    data = bytearray(path.read_bytes())
    data[40:48] = np.array(shape, "<i2").tobytes()
    path.write_bytes(gzip.compress(data) if packed else data)
    with pytest.raises(PictureError) as caught:
        read_picture(path, PictureSettings(page=min(2999, shape[3] - 1)))
    assert caught.value.next_step


def test_a_packed_file_can_be_stopped(tmp_path):
    path = written(tmp_path / "a.nii.gz", np.zeros((256, 256, 60), np.float32))
    asked = []

    def check():
        asked.append(1)
        if len(asked) > 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        read_picture(path, PictureSettings(page=59), check=check)


def test_other_packed_files_are_no_volumes(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"text" * 1000))
    assert looks_like(path) == "unknown"
    path.write_bytes(b"\x1f\x8bnonsense")
    assert looks_like(path) == "unknown"


def test_without_the_library_it_is_said_how_to_get_it(tmp_path, monkeypatch):
    path = written(tmp_path / "a.nii", volume())
    monkeypatch.setitem(sys.modules, "nibabel", None)
    with pytest.raises(PictureError) as caught:
        read_picture(path)
    assert "segviewer[nifti]" in caught.value.next_step
