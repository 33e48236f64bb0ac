"""The tables that ship are whole, and agree with themselves."""

import csv

import pytest

from segviewer.resource_files import resource_path

FOLDER = resource_path("tables")
FILES = sorted(FOLDER.glob("*.csv"))


def rows(name):
    with open(FOLDER / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_table_is_whole_and_explained(path):
    found = rows(path.name)
    assert found
    assert all(None not in row and None not in row.values() for row in found)
    assert f"`{path.name}`" in (FOLDER / "README.md").read_text("utf-8")


def test_cityscapes_means_are_those_of_their_classes():
    for row in rows("pspnet_cityscapes_test.csv"):
        values = [float(v) for v in list(row.values())[3:]]
        assert sum(values[:-1]) / 19 == pytest.approx(values[-1], abs=0.051), row["method"]


def test_voc_means_leave_room_for_the_background():
    # Its IoU is not printed; it lies between 91 and 97 % for all of these methods.
    for row in rows("pspnet_voc2012_test.csv"):
        values = [float(v) for v in list(row.values())[3:]]
        assert 91 < 21 * values[-1] - sum(values[:-1]) < 97, row["method"]


def test_names_of_imagenets_classes_are_torchvisions():
    from torchvision.models import ResNet18_Weights

    names = (FOLDER / "imagenet_classes.txt").read_text("utf-8").splitlines()
    assert names == ResNet18_Weights.IMAGENET1K_V1.meta["categories"]
