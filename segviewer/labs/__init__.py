"""One concept, two files: ``<lab>.py`` computes without Qt, ``<lab>_view.py`` draws.

What several labs compute alike stands in :mod:`segviewer.labs.shared`. Views may be imported by
nobody: a lab names its own, and the window makes it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from segviewer.additions import installed
from segviewer.errors import SettingsError, from_validation
from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult

__all__ = ["LABS", "compute", "lab_of"]

# In the gallery's order: the file of each lab, whose name it has.
MODULES = (
    "crf_studio.kernel",
    "crf_studio.time_machine",
    "crf_studio.why_label",
    "crf_studio.doctor",
    "crf_choices.crf_presets",
    "crf_studio.alternatives",
    "crf_studio.compatibility",
    "crf_studio.trimap",
    "crf_studio.landscape",
    "crf_studio.exact",
    "crf_studio.copy",
    "receptive_fields.receptive_field",
    "receptive_fields.effective_field",
    "receptive_fields.depth",
    "receptive_fields.attribution",
    "gridding.gridding",
    "gridding.gridding_seen",
    "gridding.linked_gridding",
    "atrous.valid_weights",
    "atrous.atrous_1d",
    "atrous.atrous_2d",
    "atrous.invariance",
    "atrous.striding",
    "atrous.cascade",
    "atrous.multi_grid",
    "pyramids.pyramid",
    "graphical.graphical_model",
    "graphical.crf_energy",
    "results.results",
    "networks.u_net_sizes",
    "networks.resnet_paths",
    "networks.lesion",
    "networks.densenet_growth",
    "pyramids.aspp",
    "pyramids.image_level",
    "networks.training_protocol",
    "networks.head_training",
    "networks.drn",
    "networks.localisation",
)


class _Entries(Mapping[str, LabEntry]):
    """Name → entry of every lab. A lab is imported when its entry is asked for.

    Those that installed packages add come last. Who lists them, or asks for one of them, imports
    them, so that one that cannot be used is not there.
    """

    def __init__(self, modules: tuple[str, ...]):
        self.modules = {module.rpartition(".")[2]: module for module in modules}

    def __getitem__(self, name: str) -> LabEntry:
        return self.lab(name).entry

    def __contains__(self, name: object) -> bool:
        if name in self.modules:
            return True
        one = installed.addition(installed.LABS, str(name)) if name else None
        return one is not None and _is_usable(one)

    def __iter__(self) -> Iterator[str]:
        yield from self.modules
        for one in installed.additions(installed.LABS):
            if one.name not in self.modules and _is_usable(one):
                yield one.name

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def lab(self, name: str) -> Lab:
        """The lab of a name; a KeyError where there is none, or a package's cannot be used."""
        if name in self.modules:
            return _load(self.modules[name])
        one = installed.addition(installed.LABS, name)
        if one is None or not _is_usable(one):
            raise KeyError(name)
        return one.load()


def _load(module: str) -> Lab:
    return importlib.import_module(f"{__name__}.{module}").LAB


def _is_usable(one: installed.Addition) -> bool:
    try:
        found = one.load()
    except installed.AdditionError:
        return False
    if isinstance(found, Lab) and found.name == one.name and isinstance(found.entry, LabEntry):
        return True
    one.refuse(TypeError(f"{one.value} is no lab named {one.name!r}, with an entry"))
    return False


LABS = _Entries(MODULES)


def lab_of(name: str) -> Lab:
    """The lab called `name`.

    Raises
    ------
    SettingsError
        If there is none.
    """
    try:
        return LABS.lab(name)
    except KeyError:
        raise SettingsError(
            f"There is no lab named “{name}”.",
            f"There are {', '.join(LABS)}.",
            "Choose one of these.",
        ) from None


def compute(name: str, values: dict, context: LabContext) -> Iterator[LabResult]:
    """Results of a lab with these settings, the others at their defaults.

    Raises
    ------
    SettingsError
        For a setting it does not have or a value outside its range.
    """
    lab = lab_of(name)
    try:
        config = lab.Config.model_validate(values)
    except ValidationError as error:
        what = f"The lab “{LABS[name].title}” cannot be set so."
        raise from_validation(SettingsError, error, what, "Reset the lab.") from error
    return lab.compute(context, config)
