"""The label map on screen to take away: a Python script, a command line, a LaTeX caption."""

from __future__ import annotations

import json
import pprint
import shlex
import textwrap
from pathlib import Path
from typing import Any

from segviewer import __version__
from segviewer.crf.settings.copy_as import latex_text
from segviewer.crf.settings.setting_text import crf_text
from segviewer.engine.results import NetworkResult
from segviewer.inference.network_state import say_value
from segviewer.references import Reference
from segviewer.session import THRESHOLD, Session

_SCRIPT = '''\
"""Label {name} as segviewer {version} does.

Needs: pip install segviewer
Call:  python label.py [LABELS.png]
"""

import sys

import segviewer as sv

model = {model}
photograph = {photograph}
label_map = {labels}
classes = model.plane_names(photograph)
written = sv.write_label_map(sys.argv[1] if len(sys.argv) > 1 else {out!r}, label_map)
print(f"{{written}}: labels 0 to {{len(classes) - 1}} are {{', '.join(classes)}}")
'''
_WIDTH = 100


def python_script(session: Session) -> str:
    """A script that makes the label map of `session`; what is not said is at its default.

    It uses the public interface and nothing else of segviewer.
    """
    return _SCRIPT.format(
        name=_file_name(session).replace("\\", "").replace('"', ""),
        version=__version__,
        model=_call("sv.open_checkpoint", session.checkpoint, _of_model(session)),
        photograph=_call("sv.read_image", session.image, _of_photograph(session)),
        labels=_labels(session),
        out=f"{Path(_file_name(session)).stem or 'picture'}-labels.png",
    )


def _of_model(session: Session) -> dict[str, Any]:
    """What of `session` decides the network and how it is run."""
    said: dict[str, Any] = {}
    if session.network:
        said["geometry"] = dict(session.network)
    if session.architecture:
        said["architecture"] = session.architecture
    if session.part:
        said["part"] = session.part
    if session.sheet.said():
        said["card"] = session.sheet.model_dump(mode="json", exclude_defaults=True)
    return said | session.inference.model_dump(exclude_defaults=True)


def _of_photograph(session: Session) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if session.picture.page:
        said["page"] = session.picture.page + 1
    if session.picture.bands:
        said["bands"] = session.picture.bands
    tones = session.tones.model_dump(exclude_defaults=True)
    if tones:
        said["tones"] = tones
    if session.allow_large:
        said["allow_large"] = True
    return said


def _labels(session: Session) -> str:
    """The call that makes the label map."""
    if not session.crf.enabled:
        return "model.labels(photograph)"
    # All its numbers: they are what a reader looks for.
    numbers = session.crf.model_dump(exclude={"enabled"})
    lines = ["    photograph", "    model.probabilities(photograph)"]
    lines.append(f"    settings={_written(numbers, len('    settings='))}")
    if session.inference.threshold != THRESHOLD:
        lines.append("    threshold=model.threshold")
    return "\n".join(["sv.refine(", *(f"{line}," for line in lines), ").label_map"])


def _call(function: str, first: str, named: dict[str, Any]) -> str:
    """A call as a person would write it: in one line where it fits."""
    short = ", ".join([repr(first), *(f"{name}={value!r}" for name, value in named.items())])
    if len(function) + len(short) + 15 <= _WIDTH:
        return f"{function}({short})"
    lines = [f"    {first!r},"]
    lines += [f"    {name}={_written(value, len(name) + 5)}," for name, value in named.items()]
    return "\n".join([f"{function}(", *lines, ")"])


def command(session: Session, out: str = "labels") -> str:
    """The command that makes the label map of `session`; for a POSIX shell."""
    inference = session.inference
    parts = ["segviewer", "label", session.image, "--out", out]
    parts += ["--checkpoint", session.checkpoint]
    if session.architecture:
        parts += ["--architecture", session.architecture]
    if session.part:
        parts += ["--part", session.part]
    for name, value in session.network:
        parts += ["--set", f"{name}={_set_text(value)}"]
    if session.picture.page is not None:
        parts += ["--page", str(session.picture.page + 1)]
    if session.picture.bands:
        parts += ["--bands", ",".join(map(str, session.picture.bands))]
    for name, value in session.tones.model_dump(exclude_defaults=True).items():
        text = ",".join(map(repr, value)) if isinstance(value, tuple) else str(value)
        parts += ["--tone", f"{name}={text}"]
    if inference.long_side:
        parts += ["--long-side", str(inference.long_side)]
    if inference.threshold != THRESHOLD:
        parts += ["--threshold", f"{inference.threshold:g}"]
    parts += [
        f"--{word}"
        for word, on in (
            ("multi-scale", inference.multi_scale),
            ("flip", inference.flip),
            ("half", inference.half),
            ("channels-last", inference.channels_last),
            ("allow-large", session.allow_large),
        )
        if on
    ]
    if inference.device != "auto":
        parts += ["--device", inference.device]
    if session.crf.enabled:
        parts += ["--crf", crf_text(session.crf)]
    text = shlex.join(parts)
    if session.sheet.said():
        # A command line holds no table of names; the script holds all of it.
        text += " --card CARD.json  # what the sheet says: segviewer card … --write CARD.json"
    return text


def latex_caption(session: Session, network: NetworkResult, miou: float | None = None) -> str:
    r"""A ``\caption`` that says picture, network, settings, mIoU if known, and version."""
    name = _file_name(session)
    picture = rf"\texttt{{{latex_text(name)}}}"
    if Reference.picture(session.image).kind == "sample":
        picture += " (a sample of segviewer)"
    said = [f"Label map of {picture} by {latex_text(network.title)}"]
    if network.trained_on:
        said[0] += f", trained on {latex_text(network.trained_on)}"
    changed = _changed_settings(session, network)
    if changed:
        said.append(f"set to {_listed(changed)}")
    said += _inference(session)
    text = ", ".join(said)
    if session.crf.enabled:
        text += f"; {_crf(session)}"
    if miou is not None:
        text += rf"; mIoU {100 * miou:.1f}\,\%"
        if session.target:
            text += rf" against \texttt{{{latex_text(Path(session.target).name)}}}"
    return rf"\caption{{{text}. Made with segviewer~{latex_text(__version__)}.}}"


def _changed_settings(session: Session, network: NetworkResult) -> list[str]:
    labels = {control.name: control.label for control in network.controls}
    found = []
    for name, value in session.network:
        label = labels.get(name, name.replace("_", " "))
        label = label if label[1:2].isupper() else label[:1].lower() + label[1:]
        said = latex_text(f"{label} {_spaced(value)}")
        if name in network.trained:
            said += latex_text(f" (trained with {_spaced(network.trained[name])})")
        found.append(said)
    return found


def _inference(session: Session) -> list[str]:
    inference, said = session.inference, []
    if inference.long_side:
        said.append(rf"seen with a long side of {inference.long_side}\,px")
    if inference.multi_scale:
        said.append("averaged over scales 0.75, 1 and 1.25")
    if inference.flip:
        said.append("averaged with the mirrored picture")
    return said


def _crf(session: Session) -> str:
    crf, kernels = session.crf, []
    if crf.appearance_weight:
        kernels.append(
            rf"$\theta_1 = {crf.appearance_weight:g}$, "
            rf"$\sigma_\alpha = {crf.appearance_xy_std:g}$\,px, "
            rf"$\sigma_\beta = {crf.appearance_rgb_std:g}$"
        )
    if crf.smoothness_weight:
        kernels.append(
            rf"$\theta_2 = {crf.smoothness_weight:g}$, "
            rf"$\sigma_\gamma = {crf.smoothness_xy_std:g}$\,px"
        )
    rounds = "1 iteration" if crf.num_iterations == 1 else f"{crf.num_iterations} iterations"
    further = []
    if crf.temperature != 1:
        further.append(f"temperature {crf.temperature:g}")
    if crf.normalisation != "symmetric":
        further.append(f"normalisation {crf.normalisation}")
    if not crf.self_message:
        further.append("without a pixel's message to itself")
    if crf.compatibility:
        further.append("own label compatibility")
    return "refined by a fully connected CRF (" + ", ".join([*kernels, rounds, *further]) + ")"


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _spaced(value: Any) -> str:
    return say_value(value).replace(",", ", ")


def _written(value: Any, columns: int) -> str:
    """A value as Python writes it, its further lines below its first sign."""
    text = pprint.pformat(value, width=max(_WIDTH - 4 - columns, 20), sort_dicts=False)
    return textwrap.indent(text, " " * columns).strip()


def _set_text(value: Any) -> str:
    """A value as ``--set NAME=VALUE`` reads it."""
    if isinstance(value, tuple):
        items = [json.dumps(item) for item in value]
        # A comma is what makes a list; one item needs its brackets.
        return ",".join(items) if len(items) > 1 else f"[{''.join(items)}]"
    return json.dumps(value)


def _file_name(session: Session) -> str:
    return Reference.picture(session.image).file_name
