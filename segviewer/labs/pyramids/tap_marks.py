"""Where on the photograph the taps of an atrous branch lie that make one cell's answer."""

from __future__ import annotations

from segviewer.imaging.mark import Mark

# Down and across in rates; the first that is inside has the name, the middle one, which all have
# in common, last.
ORDER = ((0, -1), (0, 1), (-1, 0), (1, 0), (-1, -1), (-1, 1), (1, -1), (1, 1), (0, 0))


def tap_marks(
    pixel: tuple[int, int], size: tuple[int, int], rates: tuple[int, ...], stride: int
) -> tuple[Mark, ...]:
    """Marks for the 3×3 taps of each rate about a pixel.

    Parameters
    ----------
    pixel, size : (int, int)
        Row and column; height and width of the picture that the network sees.
    rates : tuple of int
        In cells of the map.
    stride : int
        Pixels from one cell to the next.

    Returns
    -------
    tuple of Mark
        A square of one cell for each tap inside the picture, the first with its rate, and a
        dashed one about all nine of a rate. Taps in the padding are left out: there are no
        features.
    """
    (row, column), (height, width) = pixel, size
    half = stride / 2
    marks = []
    for rate in rates:
        reach = rate * stride
        named = False
        for down, across in ORDER:
            at = row + down * reach, column + across * reach
            if 0 <= at[0] < height and 0 <= at[1] < width:
                text = "" if named else f"r {rate}"
                marks.append(Mark(*_square(*at, half, height, width), text))
                named = True
        marks.append(Mark(*_square(row, column, reach + half, height, width), dashed=True))
    return tuple(marks)


def _square(
    row: float, column: float, half: float, height: int, width: int
) -> tuple[float, float, float, float]:
    return (
        (column + 0.5 - half) / width,
        (row + 0.5 - half) / height,
        (column + 0.5 + half) / width,
        (row + 0.5 + half) / height,
    )
