"""The names of ImageNet's thousand classes, which classifiers' files leave out."""

from __future__ import annotations

from collections import Counter
from functools import cache

from segviewer.resource_files import resource_path


@cache
def imagenet_classes() -> tuple[str, ...]:
    """Names of ILSVRC 2012's classes; a few that are printed twice get their number."""
    file = resource_path("tables", "imagenet_classes.txt")
    names = file.read_text("utf-8").splitlines()
    twice = {name for name, times in Counter(names).items() if times > 1}
    return tuple(f"{name} ({i})" if name in twice else name for i, name in enumerate(names))
