"""Pictures for the tests of reading, and the error of a refused one."""

import struct
import zlib

import numpy as np
import pytest

from segviewer.errors import PictureError
from segviewer.imaging.reading.read import read_image


def photo(height=40, width=60, seed=0):
    """A smooth picture that JPEG keeps nearly unchanged."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack(
        [columns * 255 / max(1, width - 1), rows * 255 / max(1, height - 1), 0 * rows + seed], -1
    ).astype(np.uint8)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def refused(path, reader=read_image):
    with pytest.raises(PictureError) as caught:
        reader(path)
    error = caught.value
    assert error.what and error.why and error.next_step
    assert path.name in error.what
    return error
