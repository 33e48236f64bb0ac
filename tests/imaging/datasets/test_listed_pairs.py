"""A data set may be a list of pairs: whatever stands between them, wherever they are meant from."""

import numpy as np
import pytest
from PIL import Image

from segviewer.batch.inputs import pictures_of
from segviewer.errors import PictureError
from segviewer.imaging.datasets.pairing import dataset_of


@pytest.fixture
def folder(tmp_path):
    for place, name in (("rgb", "a 0.jpg"), ("rgb", "a1.jpg"), ("gt", "zz9.png"), ("gt", "y.png")):
        (tmp_path / place).mkdir(exist_ok=True)
        Image.fromarray(np.zeros((4, 4), np.uint8)).save(tmp_path / place / name)
    return tmp_path


def pairs(found, folder):
    return [tuple(str(p.relative_to(folder)) for p in pair) for pair in found.pairs]


EXPECTED = [("rgb/a 0.jpg", "gt/zz9.png"), ("rgb/a1.jpg", "gt/y.png")]
LISTS = {
    "header.csv": "image,mask\nrgb/a 0.jpg,gt/zz9.png\nrgb/a1.jpg,gt/y.png\n",
    "semicolon.csv": "rgb/a 0.jpg;gt/zz9.png\n\nrgb/a1.jpg;gt/y.png;0.3\n",
    "tab.tsv": "rgb/a 0.jpg\tgt/zz9.png\nrgb/a1.jpg\tgt/y.png",
    "quoted.csv": '"rgb/a 0.jpg", gt/zz9.png\nrgb/a1.jpg, gt/y.png\nrgb/a1.jpg,gt/y.png\n',
    "windows.csv": "\ufeffimg,label\r\n.\\rgb\\a 0.jpg,.\\gt\\zz9.png\r\nrgb\\a1.jpg,gt\\y.png\r\n",
    "slash.txt": "/rgb/a 0.jpg,/gt/zz9.png\n/rgb/a1.jpg,/gt/y.png\n",
    "lists/deep/val.lst": "rgb/a 0.jpg,gt/zz9.png\nrgb/a1.jpg,gt/y.png\n",
}


@pytest.mark.parametrize("name", LISTS)
def test_pairs_are_those_of_the_list(folder, name):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(LISTS[name].encode("utf-8"))
    found = dataset_of(path)
    assert pairs(found, folder) == EXPECTED
    assert found.sentences() == (f"2 pictures with masks: listed in {path.name}.",)
    assert sorted(pictures_of([str(path)])) == [str(folder / one) for one, _ in EXPECTED]


def test_absolute_paths_and_blanks(folder):
    path = folder / "val.txt"
    path.write_text(f"{folder}/rgb/a1.jpg {folder}/gt/y.png\n{folder}/rgb/gone.jpg x.png\n")
    found = dataset_of(path)
    assert pairs(found, folder) == EXPECTED[1:]
    assert found.rule == "listed in val.txt; 1 row of it is no pair"


@pytest.mark.parametrize(
    "content",
    [b"", b"a1\na2\n", bytes(range(256)) * 9, b"rgb/gone.jpg,gt/y.png\n", b"x" * 300_000 + b",y"],
)
def test_what_lists_no_pair_says_so(folder, content):
    path = folder / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(PictureError, match="lists no picture with a mask") as caught:
        dataset_of(path)
    assert "--split" in caught.value.next_step and len(caught.value.why) < 300


def test_a_split_of_a_list_and_lists_below_the_folder(folder):
    root = folder / "kit"
    for place, suffix in (("JPEGImages", "jpg"), ("SegmentationClass", "png")):
        (root / "VOC2012" / place).mkdir(parents=True)
        for name in ("one", "two"):
            image = Image.fromarray(np.zeros((4, 4), np.uint8))
            image.save(root / "VOC2012" / place / f"{name}.{suffix}")
    lists = root / "VOC2012" / "ImageSets" / "Segmentation"
    lists.mkdir(parents=True)
    (lists / "val.txt").write_text("two\n")
    found = dataset_of(root, "val")
    assert [picture.name for picture, _ in found.pairs] == ["two.jpg"]
    assert found.rule.endswith("listed in val.txt")
