"""DICOM slices: values, window, inversion, frames; and files that lie."""

import sys

import numpy as np
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

from segviewer.errors import PictureError
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.read import (
    LargePictureError,
    inspect_picture,
    read_picture,
    read_stored,
    read_thumbnail,
)
from segviewer.imaging.reading.routing import looks_like
from segviewer.imaging.reading.tone_settings import ToneSettings


def ramp(frames=1, height=30, width=40):
    place = np.arange(frames * height * width) % 1500
    return place.reshape(frames, height, width).astype(np.uint16)


def written(path, values, **tags):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    file.SOPClassUID, file.SOPInstanceUID = meta.MediaStorageSOPClassUID, generate_uid()
    colour = values.ndim == 4
    file.Rows, file.Columns = values.shape[1:3]
    file.NumberOfFrames = len(values)
    file.SamplesPerPixel = 3 if colour else 1
    file.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    file.BitsAllocated = file.BitsStored = 8 * values.dtype.itemsize
    file.HighBit = file.BitsStored - 1
    file.PixelRepresentation = int(values.dtype.kind == "i")
    if colour:
        file.PlanarConfiguration = 0
    file.PatientName = "<b>Nobody</b>"
    for name, value in tags.items():
        setattr(file, name, value)
    file.PixelData = values.tobytes()
    file.save_as(path, enforce_file_format=True)
    return path


def test_the_files_window_is_black_and_white(tmp_path):
    path = written(
        tmp_path / "IM0001",
        ramp(),
        WindowCenter=40,
        WindowWidth=400,
        RescaleSlope=1,
        RescaleIntercept=-1000,
        RescaleType="HU",
        BitsStored=12,
        HighBit=11,
    )
    assert looks_like(path) == "image"
    stored = read_stored(path)
    np.testing.assert_array_equal(stored.values, ramp()[0] - 1000.0)
    levels = stored.levels()
    assert (levels.low, levels.high) == (-160, 240)
    assert "the file's window: −160 … 240 of Hounsfield units" in stored.all_notes()[0]
    assert stored.levels(ToneSettings(window=(0, 80))).low == 0
    assert read_thumbnail(path, 20).shape == (15, 20, 3)


def test_frames_are_slices(tmp_path):
    path = written(tmp_path / "a.dcm", ramp(5))
    header = inspect_picture(path)
    assert (header.frames, header.page_word) == (5, "slice")
    stored = read_stored(path, PictureSettings(page=3))
    np.testing.assert_array_equal(stored.values, ramp(5)[3])
    assert stored.notes == ("slice 4 of 5",)
    middle = read_stored(path)
    np.testing.assert_array_equal(middle.values, ramp(5)[2])
    assert middle.notes == ("slice 3 of 5, the middle",)
    with pytest.raises(PictureError, match="no such page"):
        read_stored(path, PictureSettings(page=5))


def test_the_least_may_be_white(tmp_path):
    path = written(
        tmp_path / "a.dcm",
        ramp(),
        PhotometricInterpretation="MONOCHROME1",
        WindowCenter=700,
        WindowWidth=1000,
    )
    image = read_picture(path).image
    assert image[0, 0, 0] == 255 and image[29, 39, 0] < image[0, 39, 0]


def test_colour_is_shown_as_it_is(tmp_path):
    values = (np.arange(30 * 40 * 3) % 251).reshape(1, 30, 40, 3).astype(np.uint8)
    np.testing.assert_array_equal(
        read_picture(written(tmp_path / "a.dcm", values)).image, values[0]
    )


def test_signed_values_and_padding(tmp_path):
    values = ramp().astype(np.int16) - 700
    values[0, :5] = -2000
    path = written(tmp_path / "a.dcm", values, PixelPaddingValue=-2000)
    stored = read_stored(path)
    assert stored.void is not None and stored.void[:5].all() and not stored.void[5:].any()
    assert stored.levels().low > -1000


def test_tags_that_lie_are_refused_before_memory_is_taken(tmp_path):
    values = ramp()
    for tags in ({"Rows": 60_000, "Columns": 60_000}, {"Rows": 9_000, "Columns": 9_000}):
        path = written(tmp_path / "a.dcm", values, **tags)
        with pytest.raises(PictureError) as caught:
            read_picture(path)
        assert caught.value.next_step
    path = written(tmp_path / "b.dcm", values, NumberOfFrames=7)
    with pytest.raises(PictureError):
        read_picture(path, PictureSettings(page=6))


def test_memory_is_asked_for(tmp_path, monkeypatch):
    path = written(tmp_path / "a.dcm", ramp())
    monkeypatch.setattr("segviewer.imaging.reading.header.LARGE_BYTES", 100)
    with pytest.raises(LargePictureError):
        read_picture(path)


def test_cut_off_files_are_damaged(tmp_path):
    path = written(tmp_path / "a.dcm", ramp())
    whole = path.read_bytes()
    for length in (132, 200, 400, len(whole) - 500):
        path.write_bytes(whole[:length])
        with pytest.raises(PictureError) as caught:
            read_picture(path)
        assert caught.value.next_step


def test_without_the_library_it_is_said_how_to_get_it(tmp_path, monkeypatch):
    path = written(tmp_path / "a.dcm", ramp())
    monkeypatch.setitem(sys.modules, "pydicom", None)
    with pytest.raises(PictureError) as caught:
        read_picture(path)
    assert "segviewer[dicom]" in caught.value.next_step


def test_nothing_of_a_person_is_said(tmp_path):
    picture = read_picture(written(tmp_path / "a.dcm", ramp()))
    assert "Nobody" not in " ".join(picture.notes) + picture.header.mode
