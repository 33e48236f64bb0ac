"""Network input is what the papers say, and can be turned back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pydantic import ValidationError

from segviewer.imaging.preprocessing import (
    CAFFE_BGR,
    HALF,
    IMAGENET,
    Preprocessing,
    resize_long_side,
)

IMAGES = arrays.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3)))


def test_imagenet_numbers():
    image = np.array([[[255, 0, 128]]], np.uint8)
    values = IMAGENET.normalise(image)
    assert values.dtype == np.float32 and values.shape == (3, 1, 1) and values.flags.c_contiguous
    expected = [(1 - 0.485) / 0.229, -0.456 / 0.224, (128 / 255 - 0.406) / 0.225]
    np.testing.assert_allclose(values.ravel(), expected, rtol=1e-5)


def test_half_spans_minus_one_to_one():
    image = np.array([[[0, 255, 255]]], np.uint8)
    np.testing.assert_allclose(HALF.normalise(image).ravel(), [-1, 1, 1], atol=1e-6)


def test_caffe_is_blue_first_in_bytes():
    image = np.array([[[10, 20, 30]]], np.uint8)
    np.testing.assert_allclose(
        CAFFE_BGR.normalise(image).ravel(), [30 - 104.008, 20 - 116.669, 10 - 122.675], rtol=1e-5
    )


@settings(max_examples=40)
@given(IMAGES, st.sampled_from([IMAGENET, HALF, CAFFE_BGR]))
def test_every_pixel_is_scaled_by_its_channel(image, preprocessing):
    values = preprocessing.normalise(image).transpose(1, 2, 0) * preprocessing.std
    values = (values + preprocessing.mean) * (255 if preprocessing.scale == "unit" else 1)
    if preprocessing.channel_order == "BGR":
        values = values[..., ::-1]
    np.testing.assert_allclose(values, image, atol=1e-3)


def test_std_must_be_positive():
    with pytest.raises(ValidationError):
        Preprocessing(std=(0.0, 1.0, 1.0))


def test_settings_are_frozen_and_travel_as_json():
    assert Preprocessing.model_validate_json(CAFFE_BGR.model_dump_json()) == CAFFE_BGR
    assert hash(HALF) == hash(Preprocessing(mean=(0.5,) * 3, std=(0.5,) * 3))


@pytest.mark.parametrize(
    ("shape", "long_side", "expected"),
    [
        ((300, 600), 300, (150, 300)),
        ((600, 300), 100, (100, 50)),
        ((1, 5000), 480, (1, 480)),
        ((5000, 1), 480, (480, 1)),
        ((1, 1), 1, (1, 1)),
    ],
)
def test_resize_gives_the_long_side(shape, long_side, expected):
    small = resize_long_side(np.zeros((*shape, 3), np.uint8), long_side)
    assert small.shape == (*expected, 3) and small.dtype == np.uint8


def test_resize_never_enlarges_unless_asked():
    image = np.random.default_rng(0).integers(0, 256, (4, 6, 3)).astype(np.uint8)
    assert resize_long_side(image, 12) is image
    assert resize_long_side(image, 6) is image
    assert resize_long_side(image, 12, enlarge=True).shape == (8, 12, 3)
    with pytest.raises(ValueError, match="at least 1"):
        resize_long_side(image, 0)


def test_resize_averages_instead_of_picking():
    """A fine checkerboard must become grey, not black, white or a coarser checkerboard."""
    board = ((np.indices((512, 512)).sum(0) % 2) * 255).astype(np.uint8)
    small = resize_long_side(np.stack([board] * 3, -1), 50)
    np.testing.assert_allclose(small.astype(int), 128, atol=3)
