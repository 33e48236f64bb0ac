"""Lesions: the open network without a branch, without a shortcut, with two modules swapped."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.one_pass import (
    labels_by,
    percent,
    run_key,
    share_changed,
    small_overlay,
    why_not_one_pass,
)
from segviewer.settings import Settings, control

LESIONS = ("branch", "shortcut", "swap")
MOST_MODULES = 60  # ResNet-152 has 50
KEPT_MAPS = 12
NO_MODULES = (
    "The open network has no residual modules. Open one that has, for example the bundled "
    "DeepLab v3 · EfficientNet-Lite0 or DRN-A-18."
)


class LesionConfig(Settings):
    """Settings of the lab."""

    lesion: Literal["branch", "shortcut", "swap"] = control(
        "branch",
        kind="lab",
        label="Lesion",
        tip="branch: x in place of x + F(x). shortcut: F(x) alone, a link of a plain chain. "
        "swap: the module and the one behind it are exchanged.",
    )
    module: int = control(
        2,
        kind="lab",
        label="Module",
        ge=1,
        le=MOST_MODULES,
        step=1,
        tip="Counted from the input. Numbers past the last mean the last.",
    )


@dataclass(frozen=True, eq=False)
class LesionShown:
    """What the view draws.

    Attributes
    ----------
    lesion : str
    module : int
        From 1.
    changes : dict of str to tuple of float
        Share of labels that change, by lesion and module; NaN where it is not known.
    whole, lesioned : ndarray of uint8 (h, w, 3) or None
        Labels over the photograph, without and with the lesion.
    figures : str
        Below the second.
    """

    lesion: str
    module: int
    changes: dict[str, tuple[float, ...]]
    whole: np.ndarray
    lesioned: np.ndarray | None
    figures: str


class LesionLab(Lab[LesionConfig, LesionShown]):
    """Veit's experiment on the open network, and on the photograph in place of a test set."""

    name = "lesion"
    entry = LabEntry(
        title="Lesions",
        sentence="A module of the open network without its branch, without its shortcut, or "
        "swapped.",
        source="Veit, Wilber, Belongie 2016, section 4; He et al. 2016",
        needs="network",
        group="Networks",
        view="segviewer.labs.networks.lesion_view:LesionView",
    )
    Config = LesionConfig

    def compute(self, context: LabContext, config: LesionConfig) -> Iterator[LabResult]:
        why = why_not_one_pass(context)
        if not why:
            known = _known(context)
            why = "" if known["subject"].modules else NO_MODULES
        if why:
            yield LabResult(self.name, caption=why)
            return
        count = len(known["subject"].modules)
        chosen = min(config.module, count) - 1
        done = known["changes"][config.lesion]
        if _labels(context, known, config.lesion, chosen) is not None and len(done) < count:
            yield _result(context, config, known, chosen)
        for index in range(count):
            if index not in done:
                _labels(context, known, config.lesion, index)
                context.progressed((index + 1) / count)
                # What is looked at stays, whatever number of them is kept.
                yield _result(context, config, known, chosen)
        yield _result(context, config, known, chosen)


def _known(context: LabContext) -> dict[str, Any]:
    from segviewer.analysis.networks.lesions import LesionedNetwork

    network, memory = context.network, context.memory
    key = run_key(context)
    if memory.get("key") != key:
        memory.clear()
        found = []
        subject = LesionedNetwork(network, lambda other: found.append(labels_by(context, other)))
        memory.update(
            key=key,
            subject=subject,
            whole=found[0],
            maps={},
            changes={lesion: {} for lesion in LESIONS},
        )
    return memory


def _labels(context: LabContext, known: dict, lesion: str, index: int) -> np.ndarray | None:
    """Label map with a lesion; None where two modules cannot change places."""
    subject, maps, changes = known["subject"], known["maps"], known["changes"][lesion]
    if lesion == "swap" and subject.partner(index) is None:
        changes[index] = math.nan
        return None
    if (lesion, index) in maps:
        # Looked at last, so that it is the last to go.
        maps[lesion, index] = maps.pop((lesion, index))
    else:
        with subject.with_lesion(index, lesion) as network:
            labels = labels_by(context, network)
        while len(maps) >= KEPT_MAPS:
            del maps[next(iter(maps))]
        maps[lesion, index] = labels
        changes[index] = share_changed(labels, known["whole"])
    return maps[lesion, index]


def _result(context: LabContext, config: LesionConfig, known: dict, chosen: int) -> LabResult:
    modules = known["subject"].modules
    count, lesion = len(modules), config.lesion
    labels = _labels(context, known, lesion, chosen)
    changes = {
        name: tuple(found.get(index, math.nan) for index in range(count))
        for name, found in known["changes"].items()
    }
    here = changes[lesion][chosen]
    complete = len(known["changes"][lesion]) == count
    shown = LesionShown(
        lesion,
        chosen + 1,
        changes,
        small_overlay(context, known["whole"]),
        None if labels is None else small_overlay(context, labels),
        "" if labels is None else f"{percent(here)} change",
    )
    title = f"module {chosen + 1} of {count} ({modules[chosen].name})"
    said = [_what_happens(lesion, title, here)]
    finite = [(value, index) for index, value in enumerate(changes[lesion]) if value == value]
    if complete and len(finite) > 1:
        most, where = max(finite)
        median = float(np.median([value for value, _ in finite]))
        said.append(
            f"median over {len(finite)} {percent(median)}, most {percent(most)} at {where + 1}"
        )
    other = "shortcut" if lesion == "branch" else "branch"
    if lesion != "swap" and not math.isnan(changes[other][chosen]):
        said.append(f"without its {other} {percent(changes[other][chosen])}")
    return LabResult(
        "lesion",
        shown,
        caption="; ".join(said),
        formula=_formula(lesion, count),
        label_map=labels,
        raster_name="" if labels is None else f"labels, module {chosen + 1}: {words_of(lesion)}",
        complete=complete,
    )


def words_of(lesion: str) -> str:
    return {"branch": "no branch", "shortcut": "no shortcut", "swap": "swapped with the next"}[
        lesion
    ]


def _what_happens(lesion: str, title: str, change: float) -> str:
    title = title[0].upper() + title[1:]
    if math.isnan(change):
        return f"{title} has none behind it of its own size to be exchanged with"
    return f"{title}, {words_of(lesion)}: {percent(change)} of the labels change"


def _formula(lesion: str, count: int) -> str:
    if lesion == "swap":
        return (
            "y<sub>i+1</sub> after y<sub>i</sub> becomes y<sub>i</sub> after y<sub>i+1</sub>; "
            f"&nbsp; all 2<sup>{count}</sup> = <b>{2**count:,}</b> paths are left, in another order"
        )
    kept = "x" if lesion == "branch" else "F(x)"
    return (
        f"x + F(x) → <b>{kept}</b>; &nbsp; {count} modules are 2<sup>{count}</sup> = "
        f"{2**count:,} paths; {2 ** (count - 1):,} are left, those that take "
        f"{'the shortcut' if lesion == 'branch' else 'the branch'} here"
    )


LAB = LesionLab()
