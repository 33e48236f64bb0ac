"""What installed packages add: networks, families of checkpoints, label sets and labs.

A package says so by entry points of the groups in :data:`GROUPS`; ``resources/guide`` holds a
package to start from. Their names are read from the packages' metadata, without a line of their
code. The code is imported when what it adds is used, never at a start. One that fails is named
once, with its error, on stderr and in the log, and is then as good as not there.
"""

from __future__ import annotations

import importlib.util
import logging
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from segviewer.errors import SegviewerError

NETWORKS = "segviewer.networks"
FAMILIES = "segviewer.checkpoint_families"
LABEL_SETS = "segviewer.label_sets"
LABS = "segviewer.labs"
GROUPS = (NETWORKS, FAMILIES, LABEL_SETS, LABS)

_SAID = {
    NETWORKS: "network",
    FAMILIES: "family of checkpoints",
    LABEL_SETS: "label set",
    LABS: "lab",
}

logger = logging.getLogger(__name__)

_packages: frozenset[str] = frozenset()


class AdditionError(SegviewerError):
    """What an installed package adds cannot be used."""


@dataclass(frozen=True)
class Addition:
    """One thing that an installed package adds.

    Attributes
    ----------
    group : str
        One of :data:`GROUPS`.
    name : str
        In this program; of a family a piece of keys that each of its files has.
    value : str
        ``module:name`` of the code, or of a label set the package that its JSON file lies in.
    package : str
        Name and version of what was installed.
    """

    group: str
    name: str
    value: str
    package: str

    def load(self) -> Any:
        """Import its code and return what it names.

        Raises
        ------
        AdditionError
            Whatever goes wrong there; it was said on stderr and in the log, too.
        """
        return _loaded(self)

    @property
    def file(self) -> Path | None:
        """Where a label set lies: ``NAME.json`` in the package, of which nothing is imported."""
        top, *inner = self.value.split(".")
        spec = importlib.util.find_spec(top)
        if spec is None or not spec.submodule_search_locations:
            return None
        return Path(spec.submodule_search_locations[0]).joinpath(*inner, f"{self.name}.json")

    def refuse(self, error: BaseException) -> AdditionError:
        """Say once that it cannot be used, and return that as an error."""
        return _refused(self, f"{type(error).__name__}: {error}")


def additions(group: str) -> tuple[Addition, ...]:
    """What is installed of a group, by the packages' metadata alone."""
    return tuple(one for one in _all() if one.group == group)


@cache
def _all() -> tuple[Addition, ...]:
    """What is installed of every group: each package's metadata is read once for all of them."""
    # Here: it takes longer to import than all that a window without additions asks of it.
    from importlib import metadata

    global _packages
    installed = metadata.entry_points()
    found, packages = [], set()
    for group in GROUPS:
        for entry in installed.select(group=group):
            package = f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else "?"
            found.append(Addition(group, entry.name, entry.value, package))
            packages.add(entry.value.partition(":")[0].partition(".")[0])
    _packages = frozenset(packages)
    return tuple(sorted(found, key=lambda one: (one.package, one.name)))


def read_installed() -> None:
    """Read the packages' metadata ahead, on a thread that nobody waits for.

    A hundred packages take 30 ms, and whoever asks afterwards takes none.
    """
    _all()


def packages() -> frozenset[str]:
    """The topmost names of all that is imported for additions, once any was asked for."""
    return _packages


def addition(group: str, name: str) -> Addition | None:
    """The one of a name, or None."""
    return next((one for one in additions(group) if one.name == name), None)


@cache
def _loaded(one: Addition) -> Any:
    module, _, inner = one.value.partition(":")
    try:
        found = importlib.import_module(module)
        for name in inner.split(".") if inner else ():
            found = getattr(found, name)
    # A package may raise whatever its author liked, an exit included.
    except (Exception, SystemExit) as error:
        raise one.refuse(error) from error
    return found


@cache
def _refused(one: Addition, said: str) -> AdditionError:
    what = f"The {_SAID[one.group]} “{one.name}” of the package {one.package} cannot be used."
    logger.error("%s %s", what, said, exc_info=True)
    if sys.stderr is not None:
        print(f"segviewer: {what}\n  It says: {said}", file=sys.stderr)
    return AdditionError(
        what,
        f"It says: {said}.",
        "Update that package, or uninstall it; everything else works without it.",
        one.value,
    )
