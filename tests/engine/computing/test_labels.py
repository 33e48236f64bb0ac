"""What of a target mask is sent to be read off."""

import numpy as np
import pytest

from segviewer.engine.computing.labels import _to_read_off
from segviewer.engine.results import READ_OFF


@pytest.mark.parametrize("shape", [(1, 1), (360, 480), (1000, 1000), (3000, 4001), (2, 5_000_000)])
def test_a_mask_is_thinned_evenly_and_its_labels_stay_where_they_are(shape):
    target = np.zeros(shape, np.uint8)
    target[:, shape[1] // 2 :] = 7
    sent = _to_read_off(target)
    assert sent.size <= max(READ_OFF, 1) or shape[0] < 3
    if target.size <= READ_OFF:
        np.testing.assert_array_equal(sent, target)
    if sent.size:
        for x in (0.1, 0.4, 0.6, 0.9):
            wanted = target[0, int(x * shape[1])]
            assert sent[0, int(x * sent.shape[1])] == wanted
