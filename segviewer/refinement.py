"""The CRF as the session sets it: which engine, on which unary energies."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from segviewer.crf.settings import CRFSettings
from segviewer.errors import SettingsError


def unary_of(probs: np.ndarray, settings: CRFSettings) -> np.ndarray:
    """Unary energies (N, K) of the network's probabilities (K, H, W), tempered and clipped."""
    from segviewer.crf.unary import unary_from_probs

    unary = unary_from_probs(probs, settings.clip)
    return unary if settings.temperature == 1 else unary / np.float32(settings.temperature)


def refine(image: np.ndarray, probs: np.ndarray, settings: CRFSettings) -> Iterator[np.ndarray]:
    """Yield float32 (K, H, W) after each iteration of the engine that `settings` names.

    Raises
    ------
    SettingsError
        If the picture is too large for the exact engine, or an engine lacks what is set.
    EngineError
        If pydensecrf is wanted and is not there.
    """
    from segviewer.crf.compatibility_matrix import dense

    unary = unary_of(probs, settings)
    how = (settings.normalisation, settings.self_message)
    if settings.engine == "lattice":
        from segviewer.crf.contending_classes import contending_classes
        from segviewer.crf.mean_field_lattice import refine as on_lattice

        matrix, classes = None, None
        if settings.compatibility:
            matrix = dense(settings.compatibility, len(probs))
        elif settings.drop_classes:
            classes = contending_classes(image, unary, settings, how[0])
        yield from on_lattice(image, unary, settings, *how, compatibility=matrix, classes=classes)
        return
    if settings.compatibility:
        raise _lacks(settings.engine, "knows the Potts model only")
    if settings.engine == "exact":
        from segviewer.crf.mean_field_exact import mean_field_exact

        for step in mean_field_exact(image, unary, settings, *how):
            yield step.astype(np.float32)
        return
    if how != ("symmetric", True):
        raise _lacks("reference", "normalises on both sides and lets every pixel hear itself")
    from segviewer.crf.pydensecrf_reference import refine as by_pydensecrf

    yield from by_pydensecrf(image, unary, settings)


def _lacks(engine: str, what: str) -> SettingsError:
    return SettingsError(
        f"The CRF engine “{engine}” cannot run with these settings.",
        f"As segviewer calls it, it {what}.",
        "Choose the engine “lattice”, or put the setting back.",
    )
