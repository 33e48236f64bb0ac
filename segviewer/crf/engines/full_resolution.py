"""The last mean-field update at every pixel of the photograph.

The network, and with it the CRF, works on a photograph made smaller. Enlarging what comes out makes
stairs of the photograph's edges. But the messages of the last iteration lie in lattices, which are
functions of position and colour and can be read anywhere: splat and blur happen at working size,
where all iterations but the last belong, and the last one is sliced at every pixel of the
photograph, with its own colours (joint bilateral upsampling, Kopf et al. 2007, in the CRF's own
lattice):

    Q_p ← softmax(log p_p - μ Σ_k θ_k s_p^-½ Σ_i k(f_p, f_i) s_i^-½ Q_i)

p is a pixel of the photograph, i one of working size, f position (in pixels of working size) and
colour, and s_p = Σ_i k(f_p, f_i) the mass that is splatted there. In a CRF of the photograph's own
size every sum over i would have as many times more terms as it has pixels; that ratio, r^-½ · r^-½
times r, cancels. Where both sizes are one this is the plain update, number for number.

The last update follows the photograph's grain, and no round comes after it. So each pixel then
takes the label that most of the 3×3 about it have (`majority`): on the samples that leaves as
many specks as at working size, a third of those without it, and as many labels equal to a CRF of
the photograph's own size.

A corner that no pixel of working size touches has nothing to say, neither to message nor to mass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.engines.majority import settle
from segviewer.crf.engines.mean_field_lattice import MeanField
from segviewer.crf.engines.update_elsewhere import update_elsewhere
from segviewer.crf.lattice.compiled_kernel import note_compiled
from segviewer.crf.lattice.lanes import WIDTH, aligned_rows
from segviewer.crf.lattice.lattice_filter import filtered
from segviewer.crf.lattice.lattice_lookup import NO_COLOUR, LatticeLookup, lookup
from segviewer.crf.lattice.permutohedral import Lattice, grid
from segviewer.crf.lattice.thread_team import ThreadTeam
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import SettingsError

BLOCK_PIXELS = 500_000
"""Rows with about so many pixels are done between two questions whether they are still wanted."""

COMPILED = "slicing"
"""What :func:`segviewer.crf.lattice.compiled_kernel.is_compiled` knows it as."""

_ROWS = 8  # of one chunk of a block
_STRIP = 64  # rows of one chunk when single labels are put right
_POWER = {"symmetric": 2, "after": 1, "before": 0, "none": 0}


class Block(NamedTuple):
    """A part of a photograph: its first row and the one behind the last, and its columns."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def pixels(self) -> int:
        """How many it holds."""
        return (self.bottom - self.top) * (self.right - self.left)


@dataclass
class _Kernel:
    """One kernel of the last update: what its lattice holds, and how it is found."""

    lattice: Lattice
    blurred: NDArray[np.float32]
    weight: float
    widths: tuple[float, float]
    coloured: bool
    mass: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    lookup: LatticeLookup | None = None


class LastUpdate:
    """What the last iteration of a refinement received, ready to be sliced anywhere.

    Parameters
    ----------
    mean_field : MeanField
        After its last step; see `finished` of
        :func:`segviewer.crf.engines.mean_field_lattice.refine`.
    image : ndarray of uint8 (h, w, 3)
        The picture that was refined, at working size.
    probs : ndarray of float32 (K, h, w)
        The network's probabilities there.
    settings : CRFSettings
        Those of the refinement.
    """

    def __init__(
        self,
        mean_field: MeanField,
        image: NDArray[np.uint8],
        probs: NDArray[np.float32],
        settings: CRFSettings,
    ):
        self.shape = mean_field.shape
        self._image, self._probs, self._settings = image, probs, settings
        self._classes = mean_field.classes
        self._attraction = mean_field.attraction
        self._own, self._before = mean_field.own
        self._lanes = mean_field.lanes
        widths = {
            "appearance": (settings.appearance_xy_std, settings.appearance_rgb_std),
            "smoothness": (settings.smoothness_xy_std, 1.0),
        }
        self._kernels = {
            kind: _Kernel(lattice, blurred, weight, widths[kind], kind == "appearance")
            for kind, lattice, blurred, weight in mean_field.blurred()
        }

    @property
    def nbytes(self) -> int:
        """Memory in bytes, without the lattices, which their cache counts."""
        held = [self._own, self._before, *(k.blurred for k in self._kernels.values())]
        return sum(array.nbytes for array in held)

    def labels(
        self,
        photograph: NDArray[np.uint8],
        *,
        bias: NDArray[np.float32] | None = None,
        first: Block | None = None,
        threads: int | None = None,
        check: Callable[[], None] = lambda: None,
        done: Callable[[NDArray[np.uint8], int], None] = lambda labels, pixels: None,
    ) -> NDArray[np.uint8]:
        """The label of every pixel of the photograph, single ones put right.

        Parameters
        ----------
        photograph : ndarray of uint8 (H, W, 3)
            Of any size.
        bias : ndarray of float32 (K,), optional
            Added to the logarithms of the probabilities before the largest is taken.
        first : Block, optional
            What is looked at: it comes first.
        threads : int, optional
            Every processor if left out. Changes no digit of the result.
        check : callable
            Called between blocks of rows; may raise to stop.
        done : callable
            Called after each block with the labels, of which so many pixels are done so far.

        Returns
        -------
        ndarray of uint8 (H, W)

        Raises
        ------
        SettingsError
            If it is no photograph.
        """
        photograph = _checked(photograph)
        height, width = photograph.shape[:2]
        labels = np.zeros((height, width), np.uint8)
        planes = np.empty((0, 0, 0), np.float32)
        with ThreadTeam(threads) as team:
            self._prepare(team)
            run = self._kernel(photograph, bias)
            pixels = 0
            for block in blocks(height, width, first):
                check()

                def chunk(i: int, block: Block = block) -> None:
                    start = block.top + i * _ROWS
                    stop = min(block.bottom, start + _ROWS)
                    run(start, stop, block.left, block.right, labels[start:stop], planes)

                team.each(chunk, -(-(block.bottom - block.top) // _ROWS))
                pixels += block.pixels
                done(labels, pixels)
            if (height, width) == self.shape:
                return labels
            check()
            settled = np.empty_like(labels)
            team.each(
                lambda i: settle(labels, settled, i * _STRIP, min(height, (i + 1) * _STRIP)),
                -(-height // _STRIP),
            )
        return settled

    def probabilities(
        self, photograph: NDArray[np.uint8], *, threads: int | None = None
    ) -> Iterable[NDArray[np.float32]]:
        """Probabilities at every pixel of the photograph, block after block of its rows.

        Parameters
        ----------
        photograph : ndarray of uint8 (H, W, 3)
        threads : int, optional

        Yields
        ------
        ndarray of float32 (K, rows, W)
        """
        photograph = _checked(photograph)
        height, width = photograph.shape[:2]
        with ThreadTeam(threads) as team:
            self._prepare(team)
            run = self._kernel(photograph, None)
            for block in blocks(height, width):
                count = block.bottom - block.top
                planes = np.zeros((len(self._probs), count, width), np.float32)
                ignored = np.empty((count, width), np.uint8)

                def chunk(
                    i: int,
                    top: int = block.top,
                    count: int = count,
                    planes: np.ndarray = planes,
                    ignored: np.ndarray = ignored,
                ) -> None:
                    rows = slice(i * _ROWS, min(count, (i + 1) * _ROWS))
                    of_rows = ignored[rows], planes[:, rows]
                    run(top + rows.start, top + rows.stop, 0, width, *of_rows)

                team.each(chunk, -(-count // _ROWS))
                yield planes

    def _prepare(self, team: ThreadTeam) -> None:
        """Make what is not kept with a lattice: its table, and the mass of its vertices."""
        for kernel in self._kernels.values():
            if kernel.lookup is not None:
                continue
            image = self._image if kernel.coloured else NO_COLOUR
            kernel.lookup = lookup(kernel.lattice, image, *kernel.widths, team)
            if _POWER[self._settings.normalisation]:
                ones = np.zeros((len(kernel.lattice.barycentric), WIDTH), np.float32)
                ones[:, 0] = kernel.lattice.gain
                vertices = kernel.lattice.num_vertices
                kernel.mass = filtered(kernel.lattice, ones, team)[:vertices, 0].copy()
            else:
                kernel.mass = np.zeros(kernel.lattice.num_vertices, np.float32)

    def _kernel(
        self, photograph: np.ndarray, bias: np.ndarray | None
    ) -> Callable[[int, int, int, int, np.ndarray, np.ndarray], None]:
        lanes, settings, size = self._lanes, self._settings, photograph.shape[:2]
        rows = aligned_rows(self.shape[0] * self.shape[1], lanes)
        rows[:, len(self._classes) :] = 0
        rows[:, : len(self._classes)] = self._probs[self._classes].reshape(len(self._classes), -1).T
        ratio = size[0] * size[1] / (self.shape[0] * self.shape[1])
        sides = []
        for kind in ("appearance", "smoothness"):
            kernel = self._kernels.get(kind)
            if kernel is None:
                sides += [np.empty((0, lanes), np.float32), *_NOTHING]
                continue
            assert kernel.lookup is not None  # made by `_prepare`
            weight = np.float32(kernel.weight * kernel.lattice.gain)
            power = _POWER[settings.normalisation]
            sides += [kernel.blurred, kernel.mass, weight, power, *kernel.lookup.arguments]
        added = np.zeros(len(self._classes), np.float32)
        if bias is not None:
            added[:] = bias[self._classes]
        update = update_elsewhere(lanes // WIDTH)
        given = (
            photograph,
            grid((size[0], size[1]), self.shape),
            rows.reshape(*self.shape, lanes),
            np.float32(settings.clip),
            np.float32(settings.temperature),
            *sides,
            # A pixel of the photograph is one of `ratio` that share a pixel of working size.
            (self._own / np.float32(ratio)).astype(np.float32),
            self._before,
            self._attraction,
            self._classes,
            added,
        )

        def run(
            start: int, stop: int, left: int, right: int, labels: np.ndarray, planes: np.ndarray
        ) -> None:
            update(start, stop, left, right, *given, labels, planes)

        return run


_NOTHING = (
    np.empty(0, np.float32),
    np.float32(0),
    0,
    np.float32(1),
    np.float32(1),
    np.empty(0, np.float32),
    np.empty(0, np.int64),
    np.empty((0, 2), np.int64),
)


def blocks(height: int, width: int, first: Block | None = None) -> list[Block]:
    """What a picture is cut into, in the order in which it is worth doing: what is in view first.

    Parameters
    ----------
    height, width : int
    first : Block, optional
        What is in view.
    """
    parts = [Block(0, height, 0, width)]
    if first is not None:
        top, bottom = max(0, first.top), min(height, first.bottom)
        left, right = max(0, first.left), min(width, first.right)
        if top < bottom and left < right:
            parts = [
                Block(top, bottom, left, right),
                Block(top, bottom, 0, left),
                Block(top, bottom, right, width),
                Block(0, top, 0, width),
                Block(bottom, height, 0, width),
            ]
    return [
        part._replace(top=top, bottom=min(part.bottom, top + step))
        for part in parts
        if part.pixels
        for step in [max(_ROWS, BLOCK_PIXELS // (part.right - part.left) // _ROWS * _ROWS)]
        for top in range(part.top, part.bottom, step)
    ]


def warm_up(num_classes: int) -> None:
    """Compile what `LastUpdate` needs for so many classes, or load it from disk."""
    from segviewer.crf.engines.mean_field_lattice import refine
    from segviewer.crf.lattice.kernel_cache import KernelCache

    image, settings = np.zeros((32, 64, 3), np.uint8), CRFSettings(num_iterations=1)
    probs = np.full((num_classes, 32, 64), 1 / num_classes, np.float32)
    energies = np.zeros((32 * 64, num_classes), np.float32)
    kept: list[LastUpdate] = []

    def keep(mean_field: MeanField) -> None:
        kept.append(LastUpdate(mean_field, image, probs, settings))

    for _ in refine(image, energies, settings, kernels=KernelCache(), finished=keep):
        pass
    kept[0].labels(image)
    note_compiled(COMPILED)


def _checked(photograph: np.ndarray) -> np.ndarray:
    if photograph.dtype != np.uint8 or photograph.ndim != 3 or photograph.shape[2] != 3:
        raise SettingsError(
            "The CRF cannot use this photograph.",
            f"It is {photograph.dtype} {photograph.shape}, not uint8 (height, width, 3).",
            "Give the photograph itself, as it was read.",
        )
    return np.ascontiguousarray(photograph)
