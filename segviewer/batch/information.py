"""What is installed here: versions, devices and bundled weights."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Any

from segviewer import __version__

LIBRARIES = (
    "torch",
    "numpy",
    "PySide6-Essentials",
    "pyqtgraph",
    "Pillow",
    "pydensecrf2",
    "onnxruntime",
)


def information() -> dict[str, Any]:
    """Versions, devices and bundled weights."""
    from segviewer.checkpoints.published.catalogue import bundled_checkpoints
    from segviewer.inference.running import device_names

    versions: dict[str, str | None]
    versions = {"segviewer": __version__, "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = None
    weights = [
        {"name": name, "title": card.title, "trained_on": card.trained_on, "results": card.results}
        for name, card in bundled_checkpoints()
    ]
    return {"versions": versions, "devices": list(device_names()), "bundled": weights}


def information_text(report: dict[str, Any]) -> str:
    """The same for reading."""
    lines = [f"{name:<20} {v or 'not installed'}" for name, v in report["versions"].items()]
    lines.append(f"{'devices':<20} {', '.join(report['devices'])}")
    lines.append("bundled weights")
    for entry in report["bundled"]:
        test = entry["results"].get("test", {}).get("miou")
        said = f", test mIoU {test:.3f}" if test is not None else ""
        lines.append(f"  {entry['name']}: {entry['title']}, {entry['trained_on']}{said}")
    return "\n".join(lines)
