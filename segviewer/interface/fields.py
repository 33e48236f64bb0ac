"""What a unit of a network sees: in theory, and by its gradient."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from segviewer.analysis.receptive_fields import effective_receptive_field as by_gradient
from segviewer.analysis.receptive_fields.effective_receptive_field import PICTURE, Unit
from segviewer.analysis.receptive_fields.effective_size import box_side
from segviewer.analysis.receptive_fields.theoretical_receptive_field import LayerField, trace
from segviewer.engine.computing.network import working_image
from segviewer.errors import SettingsError
from segviewer.inference.network_state import configured
from segviewer.interface.model import Model
from segviewer.interface.photograph import Image, photograph_of

SIDE = 513  # pixels of the picture that is traced, as DeepLab's crops have
SHARE = 0.95  # of the gradient's sum that the size of an effective field holds


@dataclass(frozen=True)
class ReceptiveField:
    """The theoretical receptive field of a layer's units. Lengths are pixels of the picture.

    Attributes
    ----------
    layer : str
        ``backbone.conv1``, ``layer1.0.relu#2`` (its second run), ``features[out]``, ``scores``.
    kind : str
        Class of the module.
    size : int or None
        Side, the larger of height and width; None: the whole picture.
    local_size : int
        The same along paths without global pooling.
    jump : float
        Distance of the fields of neighbouring units.
    centre : float or None
        Pixel number of the centre of the first unit's field, from the upper left corner;
        None where every path is global.
    output_size : (int, int)
        Rows and columns of units.
    truncated : bool
        Whether it is larger than the picture, which then cannot show all of it.
    """

    layer: str
    kind: str
    size: int | None
    local_size: int
    jump: float
    centre: float | None
    output_size: tuple[int, int]
    truncated: bool


@dataclass(frozen=True, eq=False)
class EffectiveReceptiveField:
    """How much each pixel moves one unit (Luo et al. 2016).

    Attributes
    ----------
    layer : str
    at : (int, int)
        Row and column of the unit.
    gradient : ndarray of float32 (h, w)
        Absolute gradient, summed over the colours, at the size at which the network sees the
        picture.
    size : int or None
        Side of the smallest square about the field's middle that holds 95 % of it; None where it
        is 0 everywhere.
    reason : str
        Why it is 0 everywhere; empty where it is not.
    """

    layer: str
    at: tuple[int, int]
    gradient: NDArray[np.float32]
    size: int | None
    reason: str


def receptive_fields(
    model: Model | nn.Module, *, height: int = SIDE, width: int = SIDE
) -> tuple[ReceptiveField, ...]:
    """The theoretical receptive field of every layer, in the order in which they run.

    Parameters
    ----------
    model : Model or torch.nn.Module
        As it is set, or any network of pictures (1, C, H, W).
    height, width : int
        Of the picture that is traced, pixels.

    Returns
    -------
    tuple of ReceptiveField

    Raises
    ------
    UntraceableError
        If the picture is too small for the network, or a part of it cannot be followed.
    """
    if isinstance(model, nn.Module):
        return tuple(map(_plain, trace(model, height=height, width=width)))
    with configured(model.opened(), model.session) as network:
        return tuple(map(_plain, trace(network, height=height, width=width)))


def receptive_field(
    model: Model | nn.Module, layer: str, *, height: int = SIDE, width: int = SIDE
) -> ReceptiveField:
    """The theoretical receptive field of one layer's units.

    Parameters
    ----------
    model : Model or torch.nn.Module
    layer : str
        As in :func:`receptive_fields`; ``scores`` for the coarse output.
    height, width : int
        Of the picture that is traced, pixels.

    Returns
    -------
    ReceptiveField

    Raises
    ------
    SettingsError
        If there is no such layer.
    UntraceableError
        As :func:`receptive_fields`.

    Examples
    --------
    >>> import segviewer as sv
    >>> model = sv.open_checkpoint("deeplab_v3_efficientnet_lite0_camvid")
    >>> field = sv.receptive_field(model, "classifier.0.convs.2.0")  # the branch of rate 12
    >>> field.size, field.jump
    (1555, 16.0)
    """
    every = receptive_fields(model, height=height, width=width)
    for field in every:
        if field.layer == layer:
            return field
    raise _unknown(layer, [field.layer for field in every])


def effective_receptive_field(
    model: Model,
    image: Image,
    layer: str = PICTURE,
    *,
    at: tuple[int, int] | None = None,
    channel: int | None = None,
) -> EffectiveReceptiveField:
    """Which pixels of a photograph move one unit, and how much.

    Parameters
    ----------
    model : Model
    image : Photograph, ndarray of uint8 (H, W, 3), path or ``sample:NAME``
    layer : str
        As in :func:`receptive_fields`; ``picture`` for the scores at the picture's pixels.
    at : (int, int), optional
        Row and column of the unit; the middle one if left out.
    channel : int, optional
        Class or feature channel; the sum of all if left out.

    Returns
    -------
    EffectiveReceptiveField

    Raises
    ------
    SettingsError
        If there is no such layer, unit or channel.

    Examples
    --------
    >>> import segviewer as sv
    >>> model = sv.open_checkpoint("deeplab_v3_efficientnet_lite0_camvid", long_side=160)
    >>> field = sv.effective_receptive_field(model, "sample:campus_walkers", "scores")
    >>> field.at, field.gradient.shape
    ((15, 20), (120, 160))
    """
    session, picture = model.working_picture(photograph_of(image))
    opened = model.opened(session)
    seen = working_image(session, picture, opened)
    with configured(opened, session) as network:
        values = torch.from_numpy(opened.card.preprocessing.normalise(seen))
        values = values.to(next(network.parameters()).device)
        gradients = by_gradient.UnitGradients(network, values)
        _, rows, columns = gradients.shape(layer)
        y, x = (rows // 2, columns // 2) if at is None else at
        found = gradients.of_unit(Unit(y, x, channel, layer))
    gradient = found.values.astype(np.float32)
    return EffectiveReceptiveField(layer, (y, x), gradient, _size(gradient), found.reason)


def _plain(row: LayerField) -> ReceptiveField:
    return ReceptiveField(
        layer=row.label,
        kind=row.kind,
        size=row.size,
        local_size=row.local_size,
        jump=row.jump,
        centre=row.centre,
        output_size=row.output_size,
        truncated=row.truncated,
    )


def _size(field: NDArray[np.float32]) -> int | None:
    """Side of the smallest square about the centre of mass that holds 95 % of it."""
    total = float(field.sum(dtype=np.float64))
    if not total:
        return None
    y = round(float(field.sum(1) @ np.arange(field.shape[0])) / total)
    x = round(float(field.sum(0) @ np.arange(field.shape[1])) / total)
    return box_side(field.astype(np.float64), y, x, SHARE)


def _unknown(layer: str, known: list[str]) -> SettingsError:
    near = difflib.get_close_matches(layer, known, 3, 0.3) or known[:3]
    return SettingsError(
        f"There is no layer {layer}.",
        f"Names are paths like {', '.join(near)}.",
        "segviewer.receptive_fields(model) lists all of them.",
    )
