"""The steps of a U-Net."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from segviewer.layers.double_conv import BilinearUp, DoubleConv, TransposedUp, centred


@torch.inference_mode()
def test_unpadded_steps_lose_two_pixels_on_each_side():
    x = torch.randn(1, 3, 20, 24)
    assert DoubleConv(3, 4, 5, padded=False)(x).shape == (1, 5, 16, 20)
    assert DoubleConv(3, 4, 5, padded=True)(x).shape == (1, 5, 20, 24)


@torch.inference_mode()
def test_transposed_and_bilinear_agree_where_nothing_changes():
    up = TransposedUp(6, 3)
    up.weight[:] = up.weight[:, :, :1, :1]  # four equal taps
    x = torch.randn(1, 6, 1, 1).expand(-1, -1, 5, 4)
    learned = up(x)
    up.bilinear = True
    torch.testing.assert_close(up(x), learned)
    assert learned.shape == (1, 3, 10, 8)


@torch.inference_mode()
def test_bilinear_keeps_the_mean_of_the_taps():
    up = TransposedUp(2, 3)
    x = torch.randn(1, 2, 4, 4)
    blocks = torch.nn.functional.avg_pool2d(up(x), 2)  # mean over the four taps
    mixing = up.weight.mean((2, 3)).t()[:, :, None, None]
    torch.testing.assert_close(torch.nn.functional.conv2d(x, mixing, up.bias), blocks)


@torch.inference_mode()
def test_corners_stay_on_corners():
    x = torch.arange(12.0).reshape(1, 1, 3, 4)
    up = BilinearUp()(x)
    assert up[0, 0, 0, 0] == 0 and up[0, 0, -1, -1] == 11


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_centred(height, width, rows, columns):
    x = torch.arange(1.0, height * width + 1).reshape(1, 1, height, width)
    out = centred(x, torch.Size((rows, columns)))
    assert out.shape == (1, 1, rows, columns)
    for one, other in ((height, rows), (width, columns)):
        # Both borders differ by one at most, the larger one behind.
        before = abs(other - one) // 2
        assert abs(other - one) - before in (before, before + 1)
    # Put back, whatever fitted into both is where it was.
    back = centred(out, torch.Size((height, width)))
    kept = back != 0
    if (rows - height) % 2 == 0 and (columns - width) % 2 == 0:
        assert torch.equal(back[kept], x[kept])
        assert int(kept.sum()) == min(height, rows) * min(width, columns)
