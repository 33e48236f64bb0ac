"""What tests of labs that run a network share."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def looking():
    """Give a network by its reference, looking at a small photograph, as a lab gets it."""
    from segviewer.checkpoints.opening import open_network
    from segviewer.imaging.reading.samples import sample_path
    from segviewer.labs.lab import LabContext

    with Image.open(sample_path("leuven_street")) as picture:
        image = np.asarray(picture.convert("RGB").resize((96, 72)))
    opened = cache(open_network)

    def look(reference: str, **changes) -> LabContext:
        one = opened(reference)
        context = LabContext(image=image, opened=one, classes=tuple(one.card.classes))
        return replace(context, memory={}, **changes)

    return look
