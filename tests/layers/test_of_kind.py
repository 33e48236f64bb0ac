"""A part is handed back as what it is, or refused."""

import pytest
from torch import nn

from segviewer.layers.of_kind import of_kind


def test_the_part_itself_comes_back():
    part = nn.Sequential(nn.Conv2d(1, 1, 1))[0]
    assert of_kind(part, nn.Conv2d) is part
    assert of_kind(part, nn.Module) is part


@pytest.mark.parametrize("part", [nn.ReLU(), None, 3])
def test_anything_else_is_named(part):
    with pytest.raises(TypeError, match=rf"expected a Conv2d, not a {type(part).__name__}"):
        of_kind(part, nn.Conv2d)
