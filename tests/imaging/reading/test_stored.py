"""What is seen of stored values: found, set by hand, curved; and what the network sees."""

import numpy as np
import pytest
from PIL import Image

from segviewer.imaging.reading.header import PictureHeader
from segviewer.imaging.reading.levels import Levels
from segviewer.imaging.reading.read import read_stored
from segviewer.imaging.reading.stored import StoredPicture, of_values
from segviewer.imaging.reading.tone_settings import AS_STORED, ToneSettings

HEADER = PictureHeader(100, 100, "I;16", "TIFF")


def deep(low=1000, high=3000):
    values = np.linspace(low, high, 10_000).astype(np.uint16).reshape(100, 100)
    return of_values(values, HEADER, 65535.0, "16 bits")


def plain():
    values = np.linspace(0, 255, 10_000).astype(np.uint8).reshape(100, 100, 1).repeat(3, -1)
    return StoredPicture(values, HEADER)


def test_8_bits_are_shown_as_they_are_and_not_copied():
    picture = plain()
    assert picture.image() is picture.values
    assert picture.all_notes() == ()


def test_a_window_is_black_and_white():
    picture = deep()
    image = picture.image(ToneSettings(window=(1500, 2500)))
    expected = np.clip((picture.values.astype(float) - 1500) / 1000, 0, 1) * 255
    assert np.abs(image[..., 0] - expected).max() <= 0.5
    assert (
        "set by hand: 1,500 … 2,500 of 16 bits"
        in picture.all_notes(ToneSettings(window=(1500, 2500)))[0]
    )


def test_the_cut_is_the_share_that_becomes_black():
    image = deep().image(ToneSettings(cut=10))
    assert (image == 0).mean() == pytest.approx(0.1, abs=0.005)
    assert (image == 255).mean() == pytest.approx(0.1, abs=0.005)


def test_never_stretched_is_the_range_of_the_format():
    picture = deep()
    for tones in (ToneSettings(stretch="never"), AS_STORED):
        np.testing.assert_array_equal(
            picture.image(tones)[..., 0], np.rint(picture.values / 65535 * 255)
        )


def test_8_bits_are_stretched_only_when_that_is_asked_for():
    dim = StoredPicture((plain().values // 8), HEADER)
    assert dim.image().max() == 31
    assert dim.image(ToneSettings(stretch="always")).max() == 255


@pytest.mark.parametrize("picture", [plain(), deep(0, 65535)], ids=["8", "16"])
def test_brightness_contrast_and_gamma_have_their_closed_form(picture):
    tones = ToneSettings(brightness=0.1, contrast=1.5, gamma=2.0)
    full = 255 if picture.values.dtype == np.uint8 else 65535
    x = picture.values.astype(float) / full
    expected = np.clip(1.5 * (x - 0.5) + 0.5 + 0.1, 0, 1) ** 0.5 * 255
    image = picture.image(tones)
    expected = expected if expected.ndim == 3 else expected[..., None]
    assert np.abs(image - expected).max() <= 0.5 + 1e-6
    assert picture.all_notes(tones) == ("brightness 0.1, contrast 1.5, gamma 2",)


def test_a_table_gives_what_computing_gives():
    values = np.arange(1 << 18, dtype=np.uint32).astype(np.uint16)
    levels = Levels(300, 40_000, True, 77.0, 0.05, 1.2, 1.7)
    np.testing.assert_array_equal(levels.shown(values), levels._curved(values))


def test_what_the_file_says_comes_before_what_is_found():
    own = Levels(1200.0, 1300.0, True, said="the file's window")
    picture = of_values(deep().values, HEADER, 65535.0, "16 bits", own=own)
    assert picture.levels().low == 1200
    assert picture.levels(ToneSettings(stretch="always")).low != 1200
    assert picture.levels(ToneSettings(window=(5, 6))).low == 5


def test_void_stays_grey_whatever_is_set(tmp_path):
    picture = Image.new("RGBA", (20, 10), (200, 0, 0, 255))
    picture.paste((0, 0, 0, 0), (0, 0, 5, 10))
    picture.save(tmp_path / "a.png")
    stored = read_stored(tmp_path / "a.png")
    image = stored.image(ToneSettings(brightness=0.5))
    assert (image[:, :5] == 128).all() and image[0, 9, 0] == 255
    assert "transparent" in stored.all_notes(ToneSettings(brightness=0.5))[-1]


def test_the_histogram_counts_every_value_that_was_looked_at():
    counts, low, high = deep().sampled.histogram(10)
    assert counts.sum() == pytest.approx(10_000, abs=10)
    assert low == pytest.approx(1000, abs=2) and high == pytest.approx(3000, abs=2)
    counts, low, high = plain().sampled.histogram(10)
    assert (low, high) == (0, 255) and counts.sum() == 30_000


def test_a_stray_value_does_not_flatten_the_histogram():
    values = deep().values.astype(np.float32)
    values[0, 0] = 1e9
    _, _, high = of_values(values, HEADER, 1.0, "floating point").sampled.histogram()
    assert high < 4000


def test_windows_are_two_numbers_in_order():
    for wrong in ((1,), (2, 1), (1, 1), (1, 2, 3), (float("nan"), 1)):
        with pytest.raises(ValueError):
            ToneSettings(window=wrong)


def test_the_network_sees_its_own_choice():
    tones = ToneSettings(window=(1, 2), gamma=2, network="as stored")
    assert tones.for_network() == AS_STORED
    assert tones.for_eye() == ToneSettings(window=(1, 2), gamma=2)
    assert ToneSettings(gamma=2).for_network() == ToneSettings(gamma=2)
