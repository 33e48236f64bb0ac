"""The target mask of the picture and for the network that an executor has open."""

from __future__ import annotations

from pathlib import Path

from segviewer.engine.executor import StageExecutor
from segviewer.imaging.datasets.fitted_targets import fitted_target
from segviewer.imaging.datasets.mapping import TargetMapping
from segviewer.imaging.datasets.network_targets import NetworkTarget


def frame_target(
    executor: StageExecutor, picture: Path, mask: Path, mapping: str | TargetMapping = ""
) -> NetworkTarget:
    """The target mask of the picture and for the network that `executor` has open.

    Parameters
    ----------
    executor : StageExecutor
    picture, mask : Path
    mapping : str or TargetMapping
        As in :func:`segviewer.imaging.datasets.network_targets.read_network_target`.

    Raises
    ------
    PictureError
        If it cannot be read, or has another size.
    """
    from segviewer.engine.computing.labels import target_classes

    classes = target_classes(executor.cache["network"].value)
    image = executor.cache["image"].value.levels[0]
    return fitted_target(classes, picture, mask, image, mapping)
