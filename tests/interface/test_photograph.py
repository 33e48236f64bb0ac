"""Reading for the interface: what the program's own reader gives, and words for what cannot be."""

import numpy as np
import pytest
import tifffile

import segviewer as sv


def test_an_array_of_it_is_its_pixels(photograph):
    assert np.asarray(photograph) is photograph.pixels
    assert np.array(photograph) is not photograph.pixels
    assert photograph.name == "street.png"


def test_bands_and_tones(tmp_path):
    values = np.arange(5 * 6 * 4, dtype=np.uint16).reshape(4, 5, 6) * 100
    tifffile.imwrite(
        tmp_path / "bands.tif", values, photometric="minisblack", planarconfig="separate"
    )
    shown = sv.read_image(
        tmp_path / "bands.tif", bands=(4,), tones={"window": [9000, 11900], "stretch": "never"}
    )
    assert shown.pixels.shape == (5, 6, 3)
    assert shown.pixels[0, 0].tolist() == [0, 0, 0] and shown.pixels[-1, -1, 0] == 255


@pytest.mark.parametrize(
    ("given", "said"),
    [({"page": 0}, "page"), ({"bands": (1, 2)}, "bands"), ({"tones": {"g": 1}}, "g")],
)
def test_what_cannot_be_read_so_is_said(given, said):
    with pytest.raises(sv.SegviewerError, match=said):
        sv.read_image("sample:palace", **given)
