"""Each remedy of gridding without and with, at one layer, on the weights as they are."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from segviewer.errors import SettingsError
from segviewer.labs.lab import LabContext
from segviewer.labs.shared.drawn_grid import map_layers
from segviewer.labs.shared.measured_grid import maps_of

if TYPE_CHECKING:
    from segviewer.analysis.gridding.gridding_remedies import Added, Remedy

KEPT = 256  # measures; each is a few numbers


@dataclass(frozen=True)
class Look:
    """What is measured: at which layer, with which period, of which picture."""

    label: str
    rate: int
    given: str
    window: int
    amount: float


@dataclass(frozen=True)
class GridShare:
    """A grid in numbers.

    Attributes
    ----------
    label : str
        Layer that was measured.
    coset, parity : float
        Share of the variance between the cosets; NaN where there is none.
    coset_by_chance, parity_by_chance : float
        The same of white noise.
    """

    label: str
    coset: float
    coset_by_chance: float
    parity: float
    parity_by_chance: float

    @property
    def coset_times(self) -> float:
        """Coset energy over white noise's."""
        return self.coset / self.coset_by_chance

    @property
    def parity_times(self) -> float:
        """Parity energy over white noise's."""
        return self.parity / self.parity_by_chance


@dataclass(frozen=True)
class RemedyRow:
    """A line of the table of remedies, as the view draws it.

    Attributes
    ----------
    name, title, tip, why_not : str
        As in :class:`segviewer.analysis.gridding.gridding_remedies.Remedy`.
    on : bool
        As the network is set, or as the lab is.
    without, with_it : GridShare or None
        None while it is not measured, or cannot be, which `said` says.
    rate : int
        Period of the two.
    said : str
        Whether the weights were trained with it, and what is else to be said.
    switch : tuple
        (``network``, field, value without, value with) or (``lab``, value).
    measured : bool
        Both states were looked at, whether or not they have numbers.
    """

    name: str
    title: str
    tip: str
    why_not: str
    on: bool
    without: GridShare | None
    with_it: GridShare | None
    rate: int
    said: str
    switch: tuple[Any, ...]
    measured: bool = False


def measured_remedies(
    context: LabContext, look: Look, image: np.ndarray, added: Added
) -> Iterator[tuple[RemedyRow, ...]]:
    """Rows of all remedies: at once without numbers, then with one more measured each time."""
    from segviewer.analysis.gridding.gridding_remedies import remedies_of

    network = context.network
    remedies = remedies_of(network)
    rows = [_row(context, remedy, look, added) for remedy in remedies]
    yield tuple(rows)
    for index, remedy in enumerate(remedies):
        if remedy.why_not:
            continue
        context.check()
        rows[index] = _measured(context, remedy, look, image, added, rows[index])
        yield tuple(rows)
        context.progressed((index + 1) / sum(not remedy.why_not for remedy in remedies))


def _row(context: LabContext, remedy: Remedy, look: Look, added: Added) -> RemedyRow:
    on = remedy.added == added if remedy.added != "none" else remedy.on(context.network)
    switch: tuple[Any, ...] = ("lab", remedy.added)
    if remedy.with_it:
        ((field, without),), ((_, with_it),) = remedy.without, remedy.with_it
        switch = ("network", field, without, with_it)
    said = "" if remedy.why_not else _said(context, remedy, look)
    return RemedyRow(
        remedy.name,
        remedy.title,
        remedy.tip,
        remedy.why_not,
        on and not remedy.why_not,
        None,
        None,
        remedy.rate or look.rate,
        said,
        switch,
    )


def _said(context: LabContext, remedy: Remedy, look: Look) -> str:
    weights = context.card.weights
    if weights != "trained":
        return "random weights" if weights == "random" else f"weights {weights}"
    if remedy.added == "hierarchical fusion":
        return "trained without it"
    if remedy.added != "none":
        if look.amount == 0:
            return "untrained, the identity"
        return f"untrained, {look.amount:.0%} mean"
    ((field, without),), ((_, with_it),) = remedy.without, remedy.with_it
    trained = getattr(context.trained, field)
    if trained == with_it:
        return "trained with it"
    return "trained without it" if trained == without else "trained otherwise"


def _measured(
    context, remedy: Remedy, look: Look, image, added: Added, row: RemedyRow
) -> RemedyRow:
    """The row with both its numbers; the state that is on now is measured only once for all."""
    # A remedy that is laid over stands against nothing laid over.
    beside: Added = "none" if remedy.added != "none" else added
    try:
        label = _where(context, remedy, look, beside)
        without, with_it = (
            _share(context, look, image, values, laid, label, row.rate)
            for values, laid in ((remedy.without, beside), (remedy.with_it, _laid(remedy, beside)))
        )
    except SettingsError as error:
        return replace(row, said=f"{error.what} {error.why}", measured=True)
    return replace(row, without=without, with_it=with_it, measured=True)


def _laid(remedy: Remedy, beside: Added) -> Added:
    return remedy.added if remedy.added != "none" else beside


def _where(context: LabContext, remedy: Remedy, look: Look, beside: str) -> str:
    """The chosen layer, or the end of what the remedy changes, where that comes later."""
    from segviewer.analysis.gridding.gridding_remedies import set_so

    with set_so(context.network, remedy.with_it):
        labels = [row.label for row in map_layers(context)]
    changed = [
        index
        for index, label in enumerate(labels)
        if any(label == place or label.startswith(f"{place}.") for place in remedy.places)
    ]
    chosen = labels.index(look.label) if look.label in labels else -1
    if changed and chosen < changed[0]:
        return labels[changed[-1]]
    return look.label


def _share(context, look: Look, image, values, laid: Added, label: str, rate: int) -> GridShare:
    from segviewer.analysis.gridding.gridding import coset_energy, parity_energy
    from segviewer.analysis.gridding.gridding_remedies import set_so

    network = context.network
    changed = network.config.changed(**dict(values))
    amount = look.amount if laid not in ("none", "hierarchical fusion") else 0
    key = (
        weakref.ref(network),
        changed,
        laid,
        amount,
        label,
        rate,
        look.given,
        look.window,
        hash(image.tobytes()),
    )
    known = context.memory.setdefault("remedies", {})
    if key not in known:
        with set_so(network, values if changed != network.config else ()):
            runs = [row.label for row in map_layers(context)]
            at = label if label in runs else _last_before(context, label, runs)
            maps = maps_of(context, image, at, laid, look.amount)
        window = look.window or None
        coset, parity = coset_energy(maps, rate, window), parity_energy(maps, window)
        while len(known) >= KEPT:
            del known[next(iter(known))]
        known[key] = GridShare(at, coset.energy, coset.by_chance, parity.energy, parity.by_chance)
    return known[key]


def _last_before(context: LabContext, label: str, runs: list[str]) -> str:
    """What stands in the place of a layer that is switched off: the last that runs before it."""
    names = [name for name, _ in context.network.named_modules()]
    order = {name: index for index, name in enumerate(names)}
    limit = order.get(label.partition("#")[0], len(order))
    before = [run for run in runs if order.get(run.partition("#")[0], -1) < limit]
    if not before:
        raise SettingsError(
            f"{label} does not run without this remedy.",
            "Nothing runs before it.",
            "Choose another layer.",
        )
    return before[-1]
