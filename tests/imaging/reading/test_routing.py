"""Dropped things go where they belong, by their content."""

import pickle
import struct
import zipfile

import numpy as np
import pytest
from PIL import Image, ImageFile

from segviewer.errors import PictureError
from segviewer.imaging.labels import label_set
from segviewer.imaging.reading import routing
from segviewer.imaging.reading.routing import holds_label_numbers, image_paths, looks_like


def save(path, array, palette=False):
    picture = Image.fromarray(array)
    if palette:
        picture.putpalette(bytes(range(256)) * 3)
    picture.save(path)
    return path


def noise(*shape, high=256):
    return np.random.default_rng(0).integers(0, high, shape).astype(np.uint8)


def test_pictures(tmp_path):
    assert looks_like(save(tmp_path / "a.png", noise(30, 30, 3))) == "image"
    assert looks_like(save(tmp_path / "grey_photo.png", noise(30, 30))) == "image"
    assert looks_like(save(tmp_path / "a.jpg", noise(30, 30) // 64)) == "image"
    assert looks_like(save(tmp_path / "web_photo.png", noise(90, 90), palette=True)) == "image"


def test_line_art_is_an_image(tmp_path):
    assert looks_like(save(tmp_path / "ink.png", noise(20, 20, high=2) * 255)) == "image"


@pytest.mark.parametrize(
    "name", ["labels/voc.png", "voc_mask.png", "SegmentationClass/voc.png", "0001_L.png"]
)
def test_a_mask_is_called_so_by_its_folder_or_name(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    labels = noise(40, 40, high=21)
    labels[0] = 255
    assert looks_like(save(path, labels)) == "target"
    assert looks_like(save(path, noise(9, 9, high=9).astype(np.uint16))) == "target"
    assert looks_like(save(path, (labels > 9).astype(np.uint8) * 255)) == "target"
    assert looks_like(save(path, noise(90, 90, 3))) == "image"  # far too many colours
    colours = np.array(label_set("camvid11").colours, np.uint8)[noise(40, 40, high=11)]
    assert looks_like(save(path, colours)) == "target"


def test_few_numbers_alone_make_no_mask_of_a_photograph(tmp_path):
    dim = save(tmp_path / "dim_fluorescence.png", noise(40, 40, high=41))
    quantised = save(tmp_path / "pngquant48.png", noise(40, 40, high=48), palette=True)
    for path in (dim, quantised):
        assert looks_like(path) == "image"
        assert holds_label_numbers(path)  # so that the window can offer it


def test_the_palette_of_a_label_set_says_mask(tmp_path):
    picture = Image.fromarray(noise(40, 40, high=21))
    picture.putpalette(np.array(label_set("voc21").colours, np.uint8).tobytes())
    picture.save(tmp_path / "2007_000033.png")
    assert looks_like(tmp_path / "2007_000033.png") == "target"


def test_the_photograph_that_is_open_claims_its_mask(tmp_path):
    photograph = save(tmp_path / "street.jpg", noise(40, 40, 3))
    mask = save(tmp_path / "street.png", noise(40, 40, high=12))
    assert looks_like(mask) == "image"
    assert looks_like(mask, [photograph]) == "target"
    assert looks_like(save(tmp_path / "street_2.png", noise(40, 40, high=12)), [photograph]) == (
        "image"
    )
    assert looks_like(photograph, [photograph]) == "image"


def test_large_png_is_judged_by_its_mode_without_decoding(tmp_path, monkeypatch):
    monkeypatch.setattr(routing, "_SMALL_PIXELS", 10)
    palettised = save(tmp_path / "p_mask.png", noise(40, 40, high=21), palette=True)
    grey = save(tmp_path / "l_mask.png", noise(40, 40, high=21))
    colours = save(tmp_path / "c_mask.png", noise(40, 40, 3))

    def decoded(*args):
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decoded)
    assert looks_like(palettised) == "target"
    assert looks_like(grey) == "target"
    assert looks_like(colours) == "image"
    assert holds_label_numbers(palettised) and not holds_label_numbers(grey)


def test_checkpoints_by_content(tmp_path):
    zipped = tmp_path / "weights.dat"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("archive/data.pkl", b"")
    assert looks_like(zipped) == "checkpoint"
    old = tmp_path / "old.model"
    old.write_bytes(pickle.dumps({"weight": 1}, protocol=2))
    assert looks_like(old) == "checkpoint"
    tensors = tmp_path / "unnamed"
    body = b'{"w":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}'
    tensors.write_bytes(struct.pack("<Q", len(body)) + body)
    assert looks_like(tensors) == "checkpoint"


def test_checkpoint_named_like_a_picture_is_still_a_checkpoint(tmp_path):
    path = tmp_path / "weights.png"
    path.write_bytes(pickle.dumps([1, 2], protocol=4))
    assert looks_like(path) == "checkpoint"


def test_other_archives_and_texts_are_unknown(tmp_path):
    document = tmp_path / "letter.docx"
    with zipfile.ZipFile(document, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert looks_like(document) == "unknown"
    (tmp_path / "notes.txt").write_text("hello")
    assert looks_like(tmp_path / "notes.txt") == "unknown"
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04rest")
    assert looks_like(tmp_path / "cut.zip") == "unknown"


def test_broken_and_missing_files_are_what_their_name_says(tmp_path):
    for name, kind in (("a.png", "image"), ("b.pth", "checkpoint"), ("c", "unknown")):
        assert looks_like(tmp_path / name) == kind
        (tmp_path / name).touch()
        assert looks_like(tmp_path / name) == kind
    (tmp_path / "a.png").write_text("no picture")
    assert looks_like(tmp_path / "a.png") == "image"
    assert looks_like(tmp_path / "nul\0.png") == "image"


def test_folder(tmp_path):
    assert looks_like(tmp_path) == "folder"


def test_image_paths_are_in_natural_order(tmp_path):
    for name in ("img10.png", "img2.PNG", "Img1.jpg", ".hidden.png", "notes.txt", "b.webp"):
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    names = [path.name for path in image_paths(tmp_path)]
    assert names == ["b.webp", "Img1.jpg", "img2.PNG", "img10.png"]


def test_image_paths_refuses_what_is_no_folder(tmp_path):
    with pytest.raises(PictureError, match="not there"):
        image_paths(tmp_path / "gone")
    (tmp_path / "a.png").touch()
    with pytest.raises(PictureError, match="not a folder"):
        image_paths(tmp_path / "a.png")


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
@pytest.mark.parametrize(
    ("array", "kind"),
    [
        (np.zeros((9, 9), np.uint8), "target"),
        (np.zeros((3, 9, 9), bool), "target"),
        (np.zeros((9, 9), np.int64), "target"),
        (np.zeros((3, 9, 9), np.float32), "scores"),
        (np.zeros((9, 9, 3), np.float16), "scores"),
    ],
)
def test_arrays_of_whole_numbers_are_masks_and_fractions_are_scores(tmp_path, suffix, array, kind):
    path = tmp_path / f"a{suffix}"
    if suffix == ".npy":
        np.save(path, array)
    else:
        np.savez_compressed(path, first=array)
    assert looks_like(path) == kind


def test_a_damaged_array_is_what_its_ending_says_and_no_pickle_is_loaded(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.array([{"a": 1}], object), allow_pickle=True)
    assert looks_like(path) == "scores"
    path.write_bytes(b"\x93NUMPY\x07\x00 nothing")
    assert looks_like(path) == "scores"


def test_an_archive_of_something_else_holds_no_labels(tmp_path):
    path = tmp_path / "a.npz"
    np.save(tmp_path / "labels.npy", np.zeros((9, 9), np.uint8))
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(tmp_path / "labels.npy", "labels.dat")
    assert looks_like(path) == "scores"
    path.write_bytes(b"PK\x03\x04 nothing")
    assert looks_like(path) == "scores"
