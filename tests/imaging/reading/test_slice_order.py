"""A folder of a scanner's files: found without endings, shown in the order of the slices."""

import numpy as np
import pytest

from segviewer.imaging.reading import slice_order
from segviewer.imaging.reading.routing import image_paths

pydicom = pytest.importorskip("pydicom")


def write(path, number, series=1):
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    meta.MediaStorageSOPInstanceUID = f"1.2.{series}.{number}"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset(str(path), {}, file_meta=meta, preamble=bytes(128))
    made.SeriesInstanceUID, made.SeriesNumber = f"1.2.{series}", series
    made.InstanceNumber, made.Rows, made.Columns = number, 4, 5
    made.BitsAllocated, made.BitsStored, made.HighBit = 8, 8, 7
    made.SamplesPerPixel, made.PixelRepresentation = 1, 0
    made.PhotometricInterpretation = "MONOCHROME2"
    made.PixelData = np.arange(20, dtype=np.uint8).tobytes()
    made.save_as(path)


def names(folder):
    return [path.name for path in image_paths(folder)]


@pytest.mark.parametrize("ending", ["", ".dcm", ".1.2.840"])
def test_slices_come_by_series_and_number(tmp_path, ending):
    for name, number, series in (("I1", 3, 1), ("I2", 1, 1), ("I3", 2, 1), ("I0", 1, 2)):
        write(tmp_path / f"{name}{ending}", number, series)
    (tmp_path / "DICOMDIR.txt").write_text("no slice")
    assert names(tmp_path) == [f"{name}{ending}" for name in ("I2", "I3", "I1", "I0")]


def test_what_has_no_number_stays_in_the_order_of_names(tmp_path):
    for number in (2, 1):
        write(tmp_path / f"I{3 - number}.dcm", number)
    (tmp_path / "I3.dcm").write_bytes(b"damaged")
    assert names(tmp_path) == ["I1.dcm", "I2.dcm", "I3.dcm"]


def test_beside_photographs_nothing_is_looked_into(tmp_path, monkeypatch):
    monkeypatch.setattr(slice_order, "_number_of", lambda path: pytest.fail("looked into"))
    monkeypatch.setattr(slice_order, "MOST_SLICES", 1)
    write(tmp_path / "I1.dcm", 2)
    write(tmp_path / "I2.dcm", 1)
    assert names(tmp_path) == ["I1.dcm", "I2.dcm"]
    monkeypatch.undo()
    (tmp_path / "a.png").write_bytes(b"")
    write(tmp_path / "I0", 1)
    assert names(tmp_path) == ["a.png", "I1.dcm", "I2.dcm"]


def test_a_folder_without_pictures_stays_empty(tmp_path):
    (tmp_path / "notes").write_text("x" * 200)
    (tmp_path / "below").mkdir()
    assert names(tmp_path) == []
