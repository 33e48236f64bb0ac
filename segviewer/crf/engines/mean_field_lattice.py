"""Mean field on the permutohedral lattice: the dense CRF of this program.

Krähenbühl and Koltun 2011, algorithm 1, all pixels at once:

    m_k ← K_k Q                       splat, blur, slice (`permutohedral`, `lattice_filter`)
    Q ← softmax(-ψ_u - μ Σ_k θ_k m_k)

With the Potts model (μ = 1 - I) that is softmax(-ψ_u + Σ_k θ_k m_k), because what all classes of a
pixel have in common drops out. Slicing, compatibility and softmax are one pass over the pixels, in
which a pixel's numbers stay in the nearest cache.

Numbers equal pydensecrf's to rounding where the number of pixels is a multiple of four. Elsewhere
pydensecrf fills its last four up with black pixels at the origin, which here do not exist. Against
the exact sum (`mean_field_exact`) the lattice itself is an approximation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.engines.contending_classes import contending_classes
from segviewer.crf.engines.input_check import checked, taking_part, unusable_unary
from segviewer.crf.engines.mean_field_update import scores, update
from segviewer.crf.engines.weighted_kernels import WeightedKernel, weighted_kernels
from segviewer.crf.lattice.compiled_kernel import note_compiled
from segviewer.crf.lattice.kernel_cache import CACHE, KernelCache
from segviewer.crf.lattice.lanes import WIDTH, aligned_rows
from segviewer.crf.lattice.lattice_filter import merge_and_blur
from segviewer.crf.lattice.permutohedral import Lattice
from segviewer.crf.lattice.thread_team import ThreadTeam
from segviewer.crf.lattice.vertex_numbering import TILE
from segviewer.crf.settings.compatibility import attraction
from segviewer.crf.settings.compatibility_matrix import set_matrix
from segviewer.crf.settings.crf_settings import CRFSettings


def refine(
    image: NDArray[np.uint8],
    unary: np.ndarray,
    settings: CRFSettings,
    *,
    compatibility: np.ndarray | None = None,
    classes: Sequence[int] | None = None,
    threads: int | None = None,
    kernels: KernelCache = CACHE,
    wanted: Callable[[], bool] = lambda: True,
    finished: Callable[[MeanField], None] = lambda field: None,
) -> Iterator[np.ndarray | None]:
    """Refine probabilities, one mean-field iteration at a time.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
        The photograph in RGB, at the size of the probabilities.
    unary : ndarray of float (N, K)
        Negative log-probabilities, up to a constant per pixel; N = H·W, row-major pixels.
    settings : CRFSettings
        All of it holds, but for `enabled`. A kernel whose weight is 0 is left out.
    compatibility : ndarray of float (K,) or (K, K), optional
        For costs that settings cannot say, which theirs are replaced with: see
        :func:`segviewer.crf.settings.compatibility.attraction`.
    classes : sequence of int, optional
        Only these take part, and the others get probability 0. If left out those that
        :func:`segviewer.crf.engines.contending_classes.contending_classes` finds, where
        `settings.drop_classes` asks for it and the model is Potts', else all.
    threads : int, optional
        Every processor if left out. Changes no digit of the result.
    kernels : KernelCache
        Keeps lattices, so that only a change of the picture or of a width builds one.
    wanted : callable
        Asked before each iteration but the last whether its probabilities are wanted. If not, it
        yields None, which is faster and spares the memory of two results.
    finished : callable
        Called with the field after the last iteration, before its probabilities are given: for
        :class:`segviewer.crf.engines.full_resolution.LastUpdate`.

    Yields
    ------
    ndarray of float32 (K, H, W), or None
        Probabilities after each of `settings.num_iterations` iterations; each array is new.

    Raises
    ------
    SettingsError
        If picture, unary and settings do not fit together or hold impossible values.
    """
    image, unary = checked(image, unary, settings)
    potts = compatibility is None and not settings.compatibility
    if classes is None and settings.drop_classes and potts:
        classes = contending_classes(image, unary, settings, threads=threads, kernels=kernels)
    with ThreadTeam(threads) as team:
        field = MeanField(
            image, unary, settings, team, kernels, compatibility=compatibility, classes=classes
        )
        del unary  # tens of bytes a pixel, which the caller need not hold either
        for i in range(settings.num_iterations):
            last = i + 1 == settings.num_iterations
            step = field.step(keep=last or wanted(), last=last)
            if last:
                finished(field)
            yield step


def warm_up(num_classes: int) -> None:
    """Compile what `refine` needs for so many classes, or load it from disk.

    Takes seconds the first time, and belongs into a thread beside the window's: afterwards no
    slider pays for it.
    """
    image = np.zeros((TILE, 2 * TILE, 3), np.uint8)
    unary = np.zeros((image[..., 0].size, num_classes), np.float32)
    # Two iterations, one which splats; a cache of its own, which leaves the pictures' alone.
    for _ in refine(image, unary, CRFSettings(num_iterations=2), kernels=KernelCache()):
        pass
    note_compiled()


class MeanField:
    """The state of one refinement; `refine` is the usual way in, and checks what it is given.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
    unary : ndarray of float32 (N, K)
        Both from :func:`segviewer.crf.engines.input_check.checked`.
    settings : CRFSettings
    normalisation, self_message, compatibility, classes
        As in :func:`refine`.
    team : ThreadTeam
    kernels : KernelCache
        Where lattices are kept.
    """

    def __init__(
        self,
        image: NDArray[np.uint8],
        unary: NDArray[np.float32],
        settings: CRFSettings,
        team: ThreadTeam,
        kernels: KernelCache = CACHE,
        *,
        compatibility: np.ndarray | None = None,
        classes: Sequence[int] | None = None,
    ):
        self.shape = image.shape[:2]
        self.num_classes = unary.shape[1]
        self._team = team
        self._classes = taking_part(classes, self.num_classes)
        pixels, lanes = len(unary), -(-len(self._classes) // WIDTH) * WIDTH
        if compatibility is None:
            compatibility = set_matrix(settings, self.num_classes)
        self._attraction = attraction(compatibility, self.num_classes, self._classes, lanes)
        # Kernels first: building them takes memory of which nothing is left when the scores come.
        both = {w.kind: w for w in weighted_kernels(image, settings, team, kernels)}
        self._score = aligned_rows(pixels, lanes)
        sound = np.ones(1, np.bool_)
        team.split(scores, pixels, unary, self._classes, self._score, sound, at_least=4096)
        if not sound[0]:
            raise unusable_unary("They hold NaN or infinity.")
        self._both = tuple(
            _Side(both[kind], lanes) if kind in both else None
            for kind in ("appearance", "smoothness")
        )
        self._weights = tuple(
            np.float32(both[kind].weight if kind in both else 0)
            for kind in ("appearance", "smoothness")
        )
        self._sides = [side for side in self._both if side is not None]
        tiles = -(-self.shape[0] // TILE) * -(-self.shape[1] // TILE)
        # All lattices of a picture are cut into the same bands.
        self._tile = self._sides[0].bands.tile if self._sides else np.array([0, tiles])
        self._own: np.ndarray = np.zeros(0, np.float32)
        if not settings.self_message:
            for own in (side.own for side in self._sides if side.own is not None):
                self._own = self._own + own if len(self._own) else own
        self._probs = aligned_rows(len(self._own), lanes)
        self._update(receive=False, send=True, planes=self._planes(0))

    def step(self, keep: bool = True, last: bool = False) -> np.ndarray | None:
        """One iteration.

        Parameters
        ----------
        keep : bool
            Whether to return the result, float32 (K, H, W), or None, which is faster.
        last : bool
            No further step will be asked for.
        """
        for side in self._sides:
            merge_and_blur(side.lattice, side.new, self._team)
            # Nothing is sent after the last iteration; the result needs the memory.
            side.old, side.new = side.new, side.new[:0].copy() if last else side.old
        planes = self._planes(len(self._classes) if keep else 0)
        self._update(receive=True, send=not last, planes=planes)
        if not keep:
            return None
        if len(planes) < self.num_classes:
            some, planes = planes, np.zeros((self.num_classes, planes.shape[1]), np.float32)
            planes[self._classes] = some
        return planes.reshape(-1, *self.shape)

    @property
    def classes(self) -> np.ndarray:
        """Those that take part, int64 (C,)."""
        return self._classes

    @property
    def lanes(self) -> int:
        """C filled up to whole vectors."""
        return int(self._score.shape[1])

    @property
    def attraction(self) -> np.ndarray:
        """From :func:`segviewer.crf.settings.compatibility.attraction`."""
        return self._attraction

    @property
    def own(self) -> tuple[np.ndarray, np.ndarray]:
        """What each pixel receives of itself, to be taken out, float32 (N,), and of what.

        The latter are its probabilities before the last update, float32 (N, lanes); both are empty
        where nothing is taken out.
        """
        return self._own, self._probs

    def blurred(self) -> Iterator[tuple[str, Lattice, np.ndarray, float]]:
        """After the last step, for each kernel: its kind, lattice, blurred values and weight.

        Values are float32 (M, lanes): what each vertex had to say in the last update.
        """
        kinds = ("appearance", "smoothness")
        for kind, side, weight in zip(kinds, self._both, self._weights, strict=True):
            if side is not None:
                yield kind, side.lattice, side.old[: side.lattice.num_vertices], float(weight)

    def _planes(self, count: int) -> np.ndarray:
        return np.empty((count, self.shape[0] * self.shape[1]), np.float32)

    def _update(self, receive: bool, send: bool, planes: np.ndarray) -> None:
        lanes = self._score.shape[1]
        kernel, off = update(lanes // WIDTH), _off(len(self._score), lanes)

        def band(b: int) -> None:
            sides = [off if side is None else side.arguments(b) for side in self._both]
            kernel(
                self._tile[b],
                self._tile[b + 1],
                *self.shape,
                self._score,
                receive,
                send,
                *sides[0],
                *sides[1],
                *self._weights,
                self._own,
                self._attraction,
                self._probs,
                planes,
            )

        self._team.each(band, len(self._tile) - 1)


class _Side:
    """One kernel with its weight, and the two sets of lattice values between which it changes."""

    def __init__(self, weighted: WeightedKernel, lanes: int):
        kernel, weight = weighted.kernel, weighted.weight
        self.lattice = kernel.lattice
        self.bands = kernel.lattice.bands
        self._in_scale = kernel.in_scale
        self._out_scale = kernel.out_scale
        self.own = None if kernel.own is None else np.float32(weight) * kernel.own
        self.old, self.new = (aligned_rows(self.bands.num_rows, lanes) for _ in "12")

    def arguments(self, b: int) -> tuple[np.ndarray, ...]:
        """What the update of band b needs, in its order."""
        lattice, bands = self.lattice, self.bands
        return (
            self.old,
            bands.target,
            lattice.barycentric,
            self._out_scale,
            self.new,
            self._in_scale,
            bands.vertex[b : b + 2],
            bands.guest[b : b + 2],
        )


def _off(pixels: int, lanes: int) -> tuple[np.ndarray, ...]:
    """The same for a kernel that is off."""
    values, scale = np.empty((0, lanes), np.float32), np.empty(0, np.float32)
    target, weight = np.empty((pixels, 0), np.int32), np.empty((pixels, 0), np.float32)
    rows = np.empty(0, np.int64)
    return values, target, weight, scale, values, scale, rows, rows
