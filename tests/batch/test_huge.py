"""A picture that is too large is labelled by windows, into a TIFF that lies where it lay."""

import json

import numpy as np
import pytest
import tifffile
from PIL import Image

from segviewer.batch import huge
from segviewer.cli.command_line import main
from segviewer.imaging.reading.samples import sample_path

pytestmark = pytest.mark.slow

GEO = [
    (33550, "d", 3, (0.5, 0.5, 0.0), True),
    (33922, "d", 6, (0.0, 0.0, 0.0, 500_000.0, 5_600_000.0, 0.0), True),
    (34735, "H", 8, (1, 1, 0, 1, 3072, 0, 1, 32631), True),
]


@pytest.fixture
def big(tmp_path, monkeypatch):
    """A street of 280×200 in tiles, with a corner that was not measured."""
    monkeypatch.setattr(huge, "LARGE_PIXELS", 10_000)
    with Image.open(sample_path("leuven_street")) as picture:
        values = np.array(picture.convert("RGB").resize((280, 200)))
    values[:40, :50] = 0
    path = tmp_path / "big.tif"
    options = {"tile": (64, 64), "photometric": "rgb", "compression": "zlib"}
    tifffile.imwrite(path, values, extratags=[*GEO, (42113, "s", 0, "0", True)], **options)
    return path


def labelled(big, out, *more):
    return main(["label", str(big), "--out", str(out), "--save", "index", *more])


def test_labels_are_a_tiled_tiff_that_lies_where_the_picture_lies(big, tmp_path, capsys):
    out = tmp_path / "out"
    assert labelled(big, out, "--long-side", "130") == 0
    said = capsys.readouterr()
    assert "big.tif:" in said.out and "windows of 130 px" in said.err
    with tifffile.TiffFile(out / "big-labels.tif") as file:
        page = file.pages.first
        labels = page.asarray()
        assert page.is_tiled and page.photometric == 3 and page.colormap.shape == (3, 256)
        for code, _, _, value, _ in GEO:
            assert tuple(page.tags[code].value) == value
        assert page.tags[42113].value == "255"
    assert labels.shape == (200, 280)
    assert (labels[:40, :50] == 255).all() and (labels[45:, 55:] < 11).all()
    assert len(np.unique(labels)) > 3
    report = json.loads((out / "big.json").read_text())
    assert report["georeferenced"] and report["void"] == (labels == 255).sum()
    assert sum(report["shares"].values()) == pytest.approx(1, abs=1e-3)
    left = [path.name for path in out.iterdir()]
    assert sorted(left) == ["big-labels.tif", "big.json"]


def test_one_window_gives_what_the_picture_gives_as_a_whole(big, tmp_path):
    assert labelled(big, tmp_path / "by", "--long-side", "280") == 0
    assert labelled(big, tmp_path / "whole", "--long-side", "280", "--allow-large") == 0
    labels = tifffile.imread(tmp_path / "by" / "big-labels.tif")
    with Image.open(tmp_path / "whole" / "big-labels.png") as picture:
        whole = np.array(picture)
    seen = labels != 255
    assert (labels[seen] == whole[seen]).mean() > 0.999


def test_little_memory_gives_the_same_labels(big, tmp_path, monkeypatch):
    assert labelled(big, tmp_path / "much", "--long-side", "130") == 0
    monkeypatch.setattr("segviewer.inference.windows.BLEND_BYTES", 1)
    monkeypatch.setattr("segviewer.inference.windows.label_windows.__defaults__", (1,))
    monkeypatch.setattr("segviewer.imaging.reading.windows.KEPT_BYTES", 20_000)
    assert labelled(big, tmp_path / "little", "--long-side", "130") == 0
    one, other = (tifffile.imread(tmp_path / n / "big-labels.tif") for n in ("much", "little"))
    assert (one == other).mean() > 0.9999


def test_what_a_huge_picture_cannot_have_is_said(big, tmp_path, capsys):
    command = ["label", str(big), "--out", str(tmp_path / "out"), "--long-side", "140"]
    assert main([*command, "--crf", "deeplab-v2", "--multi-scale"]) in (0, 1, 2)
    assert main([*command, "--multi-scale", "--on-existing", "overwrite"]) == 0
    said = capsys.readouterr().err
    assert "several scales are left out" in said and "overlay not saved" in said


def test_the_crf_refines_window_by_window(big, tmp_path, capsys):
    crf = ("--crf", "deeplab-v2")
    for name, more in (("with", crf), ("without", ())):
        assert labelled(big, tmp_path / name, "--long-side", "280", *more) == 0
    assert "the CRF refines window by window" in capsys.readouterr().err
    whole = ("--long-side", "280", "--allow-large", *crf)
    assert labelled(big, tmp_path / "whole", *whole) == 0
    found = {n: tifffile.imread(tmp_path / n / "big-labels.tif") for n in ("with", "without")}
    with Image.open(tmp_path / "whole" / "big-labels.png") as picture:
        expected = np.array(picture)
    seen = found["with"] != 255
    assert (found["with"][seen] == expected[seen]).mean() > 0.999
    assert (found["without"][seen] == expected[seen]).mean() < 0.99


def test_a_run_goes_on_where_it_stopped(big, tmp_path, capsys):
    out = tmp_path / "out"
    assert labelled(big, out, "--long-side", "140") == 0
    before = (out / "big-labels.tif").stat().st_mtime_ns
    assert labelled(big, out, "--long-side", "140", "--on-existing", "skip") == 0
    assert (out / "big-labels.tif").stat().st_mtime_ns == before
    assert labelled(big, out, "--long-side", "140") == 0
    assert len(list(out.glob("*.tif"))) == 2


def test_a_full_disk_is_said_and_nothing_is_left(big, tmp_path, monkeypatch, capsys):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("segviewer.batch.huge.os.posix_fallocate", full)
    assert labelled(big, tmp_path / "out") != 0
    assert "No space left" in capsys.readouterr().err
    assert list((tmp_path / "out").iterdir()) == []


def test_a_damaged_tile_is_one_pictures_fault(big, tmp_path, capsys):
    data = bytearray(big.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 400] = bytes(400)
    big.write_bytes(data)
    assert labelled(big, tmp_path / "out", "--long-side", "140") == 1
    assert "big.tif" in capsys.readouterr().err
    assert not list((tmp_path / "out").glob("*"))
