"""One small model for the tests of the interface."""

import pytest

import segviewer as sv


@pytest.fixture(scope="session")
def model():
    return sv.open_checkpoint(
        "deeplab_v3_efficientnet_lite0_camvid", long_side=96, flip=True, device="cpu"
    )


@pytest.fixture(scope="session")
def photograph(small_photograph):
    return sv.read_image(small_photograph)
