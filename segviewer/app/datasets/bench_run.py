"""One run of the bench: what is measured, how far it is, what the figures are so far."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np

from segviewer.app.datasets.bench_process import Measured, Opened
from segviewer.app.datasets.class_spread_view import ClassSpread
from segviewer.batch.measuring import measured
from segviewer.batch.picture_row import PictureRow, Total, mean, spreads
from segviewer.imaging.datasets.pairing import Pairing
from segviewer.session import Session


@dataclass
class BenchRun:
    """What belongs to one run and goes with it.

    Attributes
    ----------
    session : Session
        As it is measured.
    reference : Session or None
        Of the network pinned as A.
    whole, sample : Pairing
        The pictures that there are, and those of them that are measured.
    opened : Opened or None
        None until the network is open.
    total, total_of_a : Total
        Over the pictures so far.
    waiting : list
        Pictures that are not in the table yet.
    done, fresh : int
        Pictures that came, and those of them that had not been measured before.
    notes : list of str
    began, seconds : float
    """

    session: Session
    reference: Session | None
    whole: Pairing
    sample: Pairing
    opened: Opened | None = None
    total: Total = field(default_factory=lambda: Total(0))
    total_of_a: Total | None = None
    waiting: list[tuple[PictureRow, PictureRow | None]] = field(default_factory=list)
    done: int = 0
    fresh: int = 0
    notes: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0

    @property
    def classes(self) -> tuple[str, ...]:
        """Of the network; none until it is open."""
        return self.opened.network.classes if self.opened is not None else ()

    @property
    def mapping_name(self) -> str:
        """What all masks' numbers were taken for; empty where that is not one thing."""
        return getattr(self.opened.mapping, "name", "") if self.opened is not None else ""

    @property
    def is_whole(self) -> bool:
        """Whether every picture has come."""
        return self.done >= len(self.sample.pairs)

    def is_of(self, session: Session) -> bool:
        """Whether `session` would measure the same."""
        now = measured(session)
        if now.target_mapping == self.mapping_name:
            # It was found for all masks, and set when one of them was opened.
            now = now.changed(target_mapping=self.session.target_mapping)
        return now == self.session

    def begin(self, opened: Opened) -> None:
        """The networks are open; time counts from here."""
        self.opened, self.began = opened, time.monotonic()
        self.total = Total(len(opened.network.classes))
        if opened.reference is not None:
            self.total_of_a = Total(len(opened.reference.classes))

    def take(self, came: Measured) -> str:
        """Note what came; returns how far it is, in words."""
        self.waiting += came.rows
        self.done += len(came.rows)
        self.fresh += sum(not row.known for row, _ in came.rows)
        total = len(self.sample.pairs)
        said = f"{self.done:,} of {total:,} pictures"
        if self.fresh and not self.is_whole:
            passed = time.monotonic() - self.began
            said += f" · {time_text(passed * (total - self.done) / self.fresh)} left"
        return said

    def count(self) -> list[tuple[PictureRow, PictureRow | None]]:
        """Count what waits into the figures, and hand it out."""
        rows, self.waiting = self.waiting, []
        for row, other in rows:
            self.total.add(row)
            if other is not None and self.total_of_a is not None:
                self.total_of_a.add(other)
        return rows

    def figures(self, failed: int) -> str:
        """The figures over all pictures in a line; `failed` could not be measured."""
        total, of_a = self.total, self.total_of_a
        figures = [
            ("mIoU", total.confusion.miou),
            ("accuracy", total.confusion.pixel_accuracy),
            ("boundary IoU", mean(total.boundary_iou)),
            ("calibration error", total.reliability.error),
        ]
        said = [f"{name} {value:.3f}" for name, value in figures if not np.isnan(value)]
        if of_a is not None and said:
            said[0] += f" (A {of_a.confusion.miou:.3f})"
        if self.done:
            # The head of the drawer counts all that there are.
            said.insert(0, "1 picture" if self.done == 1 else f"{self.done:,} pictures")
        if failed:
            said.append(f"{failed:,} not measured")
        return "  ·  ".join(said)

    def class_spreads(self, rows: list[PictureRow]) -> list[ClassSpread]:
        """Each class over all pictures, and spread over them."""
        size = len(self.classes)
        iou, bands = self.total.confusion.iou, self.total.boundary_iou
        of_a = np.full(size, np.nan)
        if self.total_of_a is not None and self.total_of_a.confusion.num_classes == size:
            of_a = self.total_of_a.confusion.iou
        return [
            ClassSpread(name, float(iou[k]), float(bands[k]), quartiles, float(of_a[k]))
            for k, (name, quartiles) in enumerate(
                zip(self.classes, spreads(rows, size), strict=True)
            )
        ]


def time_text(seconds: float) -> str:
    """A duration in one unit: ``40 s``, ``3 min``, ``2 h``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{round(minutes / 60)} h"
