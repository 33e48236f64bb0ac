"""Files people really have, from ``../shared/cases``: each opens, or is refused truthfully.

Skipped where the folder is absent; files of the same kinds are made anew in the tests of the
modules that read them.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segviewer.cli.command_line import main
from segviewer.imaging.datasets.pairing import dataset_of
from segviewer.imaging.reading.read import read_picture
from segviewer.imaging.reading.routing import looks_like

CASES = Path(__file__).resolve().parents[1].parent / "shared" / "cases"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases is absent")


def evaluated(capsys, folder, *extra):
    capsys.readouterr()
    code = main(["evaluate", str(CASES / folder), "--long-side", "160", "--json", *extra])
    captured = capsys.readouterr()
    return code, json.loads(captured.out), captured.err


def test_a_mask_of_0_and_255_is_void_beside_many_classes_and_said(capsys):
    code, report, said = evaluated(capsys, "10-binary-mask-0-255/binary255")
    assert code == 0 and report["frames"] == 1
    assert "void" in said and "Only one class is left" in said


def test_a_mask_in_camvids_colours_is_read_by_them(capsys):
    code, report, said = evaluated(capsys, "11-colour-mask-camvid/colour_camvid")
    assert code == 0 and report["targets"]["mapping"] == "colours"
    assert report["targets"]["outside_share"] == 0
    assert "read by the colours of CamVid" in said
    assert report["miou_over_classes"] >= 5


@pytest.mark.parametrize(
    ("folder", "word"),
    [
        ("cityscapes_ids", "the network has 11 classes"),
        ("offbyone", "labels"),
        ("grey_levels_100_200", "labels 100, 200"),
        ("all_void", "void throughout"),
    ],
)
def test_labels_outside_the_classes_are_said(capsys, folder, word):
    _, report, said = evaluated(capsys, f"13-labels-outside-the-classes/{folder}")
    assert word in said or folder == "offbyone"
    if folder == "offbyone":
        assert report["miou_over_classes"] >= 5


def test_a_mapping_can_be_asked_for(capsys):
    stored = evaluated(capsys, "13-labels-outside-the-classes/offbyone")[1]
    moved = evaluated(
        capsys, "13-labels-outside-the-classes/offbyone", "--mapping", "counted from 1"
    )[1]
    assert moved["targets"]["mapping"] == "counted from 1"
    assert moved["miou"] > 2 * stored["miou"]


def test_masks_beside_pictures():
    folder = CASES / "15-masks-beside-pictures"
    ((picture, mask),) = dataset_of(folder / "samefolder").pairs
    assert (picture.suffix, mask.suffix) == (".jpg", ".png")
    found = dataset_of(folder / "twomasks")
    ((_, mask),) = found.pairs
    assert mask.suffix == ".png" and any("frame_0001.tif" in said for said in found.sentences())


@pytest.mark.parametrize(
    "name", ["cam10_low.tif", "cam12_in_16.png", "cam12_in_16.tif", "rgb48_low.tif"]
)
def test_ten_and_twelve_bits_are_seen(name):
    read = read_picture(CASES / "17-12-bit-in-16" / name)
    assert read.image.min() == 0 and read.image.max() == 255 and read.image.std() > 40
    assert any("stretched" in note for note in read.notes)


@pytest.mark.parametrize("name", ["dem_nodata.tif", "dem_nodata_f32min.tif"])
def test_terrain_without_its_nodata(name):
    read = read_picture(CASES / "19-geotiff-nodata" / name)
    with Image.open(CASES / "19-geotiff-nodata" / name) as picture:
        values = np.asarray(picture)
    np.testing.assert_array_equal(read.void, values < -9000)
    assert read.image[~read.void].std() > 40


def test_photographs_stay_photographs():
    for path in (CASES / "21-photograph-taken-for-a-mask").iterdir():
        assert looks_like(path) == "image"


def test_how_a_picture_was_read_is_said_and_written(capsys, tmp_path):
    folder = CASES / "17-12-bit-in-16"
    names = [str(folder / "cam12_in_16.tif"), str(CASES / "19-geotiff-nodata/dem_nodata.tif")]
    assert main(["label", *names, "--out", str(tmp_path), "--long-side", "130"]) == 0
    said = capsys.readouterr().err
    assert "cam12_in_16.tif: stretched: " in said and "of 16 bits shown as black … white" in said
    assert "of the picture is not measured: void" in said
    for name in ("cam12_in_16", "dem_nodata"):
        notes = json.loads((tmp_path / f"{name}.json").read_text())["notes"]
        assert any("black … white" in note for note in notes)
