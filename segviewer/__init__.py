"""segviewer: an interactive explorer for semantic segmentation, and a few functions for scripts.

    import segviewer as sv

    model = sv.open_checkpoint("weights.pth")
    photograph = sv.read_image("photo.jpg")
    probs = model.probabilities(photograph)
    label_map = sv.refine(photograph, probs, preset="thin-structures").label_map

What stands in `PUBLIC` keeps its name and its arguments from one version to the next; everything
else of the package may change. Nothing is imported before it is used: this module costs nothing.
Types stand in ``__init__.pyi``.
"""

import importlib

__version__ = "0.2.0"

# Name → the module that holds it.
PUBLIC = {
    "open_checkpoint": "segviewer.interface.model",
    "Model": "segviewer.interface.model",
    "read_image": "segviewer.interface.photograph",
    "Photograph": "segviewer.interface.photograph",
    "refine": "segviewer.interface.refining",
    "Refined": "segviewer.interface.refining",
    "crf_presets": "segviewer.interface.refining",
    "evaluate": "segviewer.interface.evaluation",
    "Measured": "segviewer.interface.evaluation",
    "receptive_field": "segviewer.interface.fields",
    "receptive_fields": "segviewer.interface.fields",
    "ReceptiveField": "segviewer.interface.fields",
    "effective_receptive_field": "segviewer.interface.fields",
    "EffectiveReceptiveField": "segviewer.interface.fields",
    "write_label_map": "segviewer.interface.writing",
    "SegviewerError": "segviewer.errors",
}
__all__ = ["__version__", *PUBLIC]  # noqa: PLE0604 (read off the table)


def __getattr__(name: str) -> object:
    if name not in PUBLIC:
        raise AttributeError(f"module 'segviewer' has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(PUBLIC[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *PUBLIC})
