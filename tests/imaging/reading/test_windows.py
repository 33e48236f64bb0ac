"""Windows of a TIFF are what reading it whole gives, in bounded memory."""

import numpy as np
import pytest
import tifffile

from segviewer.errors import PictureError
from segviewer.imaging.reading import windows
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.read import read_picture
from segviewer.imaging.reading.tone_settings import ToneSettings

TONES = ToneSettings()
GEO = [
    (33550, "d", 3, (0.5, 0.5, 0.0), True),
    (33922, "d", 6, (0.0, 0.0, 0.0, 500_000.0, 5_600_000.0, 0.0), True),
    (34735, "H", 8, (1, 1, 0, 1, 3072, 0, 1, 32631), True),
    (34737, "s", 0, "UTM zone 31N|", True),
]


def photo(height=150, width=210, bands=3, kind=np.uint8):
    place = np.arange(height * width).reshape(height, width)
    return np.stack([(place * (band + 3)) % 251 for band in range(bands)], -1).astype(kind)


def written(tmp_path, values, **options):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, values, **({"photometric": "rgb"} | options))
    return path


@pytest.mark.parametrize(
    "options",
    [
        {"tile": (32, 48)},
        {"rowsperstrip": 11},
        {"tile": (64, 64), "compression": "zlib", "predictor": True},
        {"tile": (16, 16), "planarconfig": "separate"},
        {"tile": (64, 64), "compression": "lzw", "bigtiff": True},
    ],
    ids=str,
)
def test_a_window_is_a_part_of_the_whole(tmp_path, options):
    values = photo()
    stored = np.moveaxis(values, -1, 0) if "planarconfig" in options else values
    path = written(tmp_path, stored, **options)
    with windows.windowed(path, PictureSettings()) as picture:
        assert picture.size == (150, 210)
        for top, bottom, left, right in ((0, 150, 0, 210), (13, 90, 50, 51), (149, 150, 0, 210)):
            image, void = picture.read(top, bottom, left, right, TONES)
            np.testing.assert_array_equal(image, values[top:bottom, left:right])
            assert void is None


def test_jpeg_tiles_are_what_they_are_as_a_whole(tmp_path):
    rows, columns = np.mgrid[:128, :160]
    values = np.stack([columns, rows, rows * 0 + 90], -1).astype(np.uint8)
    path = written(tmp_path, values, tile=(64, 64), compression="jpeg")
    with windows.windowed(path, PictureSettings()) as picture:
        image, _ = picture.read(10, 100, 20, 150, TONES)
    assert np.abs(image.astype(int) - values[10:100, 20:150]).mean() < 4


def test_bands_and_nodata_and_levels_are_the_same_in_every_window(tmp_path):
    values = photo(bands=6, kind=np.float32) * 10
    values[40:60, 30:70] = -9999
    path = written(
        tmp_path,
        values,
        photometric="minisblack",
        planarconfig="contig",
        tile=(32, 32),
        extratags=[(42113, "s", 0, "-9999", True)],
    )
    settings = PictureSettings(bands=(6, 2, 4))
    whole = read_picture(path, settings)
    with windows.windowed(path, settings) as picture:
        assert "bands 6, 2, 4 of 6" in picture.notes
        image, void = picture.read(20, 120, 10, 200, TONES)
        assert "stretched" in picture.tone_note(TONES)
    np.testing.assert_array_equal(void, whole.void[20:120, 10:200])
    # Black and white are found from some of the tiles.
    assert np.abs(image.astype(int) - whole.image[20:120, 10:200]).max() <= 3


def test_what_is_kept_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(windows, "KEPT_BYTES", 4 * 32 * 32 * 3)
    path = written(tmp_path, photo(), tile=(32, 32))
    with windows.windowed(path, PictureSettings()) as picture:
        for top in range(0, 140, 7):
            picture.read(top, top + 10, 0, 210, TONES)
            assert picture._kept.currsize <= 4 * 32 * 32 * 3


def test_where_it_lies_on_earth_is_kept_as_it_is(tmp_path):
    path = written(tmp_path, photo(), tile=(32, 32), extratags=GEO)
    with windows.windowed(path, PictureSettings()) as picture:
        found = {tag.code: tag for tag in picture.georeference}
    assert found[33922].value == (0.0, 0.0, 0.0, 500_000.0, 5_600_000.0, 0.0)
    assert found[34735].value[-1] == 32631 and found[34737].value == "UTM zone 31N|"


def test_what_cannot_be_read_by_windows_is_refused_in_words(tmp_path):
    from PIL import Image

    path = tmp_path / "fax.tif"
    Image.new("1", (40, 30)).save(path, compression="group4")
    with pytest.raises(PictureError) as caught, windows.windowed(path, PictureSettings()):
        pass
    assert "gdal_translate" in caught.value.next_step
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    with pytest.raises(PictureError), windows.windowed(tmp_path / "a.png", PictureSettings()):
        pass


def test_a_tile_that_lies_about_its_size_is_refused(tmp_path):
    import io

    from PIL import Image

    data = io.BytesIO()
    Image.new("RGB", (4000, 4000)).save(data, "JPEG")
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as out:
        out.write(
            iter([data.getvalue()]),
            shape=(64, 64, 3),
            dtype="uint8",
            photometric="rgb",
            compression="jpeg",
            tile=(64, 64),
        )
    with pytest.raises(PictureError), windows.windowed(path, PictureSettings()) as picture:
        picture.read(0, 64, 0, 64, TONES)
