"""What has to change when a better network is bundled.

::

    python -m segviewer.tools.bundled_network [CANDIDATE.safetensors] [--bundle NAME]

lists, by file and line, where figures of the network that the program opens by itself stand in
texts and tests, which bundled heads live on its backbone, and the commands that make the rest
anew, in order. With a candidate it says what each figure becomes. ``--bundle`` lays the candidate
beside the others, has the program open it, and writes those figures: for a checkout alone. The
network before stays, as the heads hold no backbone of their own.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from segviewer.checkpoints.model_card import ModelCard, read_card
from segviewer.errors import SettingsError
from segviewer.files.atomic_write import write_atomically
from segviewer.files.regular_files import read_regular
from segviewer.references import DEFAULT_CHECKPOINT

CHECKOUT = Path(__file__).resolve().parents[2]
MOST_BYTES = 20 << 20  # of a text or a candidate: what is bundled is small
READ = ("README.md", "resources/guide/*.md", "resources/lessons/*.toml", "tests/**/*.py")
COMMANDS = (
    (
        "the temperature, fitted on frames that were not trained on",
        "segviewer evaluate CAMVID --checkpoint bundled:{name} --fit-temperature",
    ),
    (
        "the CRF's tuned presets (segviewer/crf/settings/presets.py), on val",
        "segviewer tune CAMVID --checkpoint bundled:{name}",
    ),
    ("the gallery's pictures", "python -m segviewer.tools.lab_pictures resources/labs"),
    (
        "the pictures of README and guide",
        "python -m segviewer.tools.screenshots resources/guide/pictures",
    ),
    ("what lessons say of its labels", "segviewer lessons --check"),
    ("golden numbers of tests", "python -m pytest -q"),
)
"""What is made anew, and how, in order: each needs those before it."""


@dataclass(frozen=True)
class Place:
    """A figure of the bundled network in a file.

    Attributes
    ----------
    file : Path
        Relative to the checkout.
    line : int
        From 1.
    what : str
        Which figure it is.
    old, new : str
        As it is printed; `new` is empty where it is not known.
    """

    file: Path
    line: int
    what: str
    old: str
    new: str = ""


def figures_of(card: ModelCard) -> dict[str, str]:
    """The figures of a card as text prints them, by what they are.

    Only those of at least three digits: shorter ones stand for much else.
    """
    test = card.results.get("test", {})
    found = {"iterations": f"{card.iterations:,}"}
    for name, key in (("test mIoU", "miou"), ("test accuracy", "pixel_accuracy")):
        if isinstance(test, dict) and test.get(key) is not None:
            found[name] = f"{test[key]:.3f}"
    iou = test.get("iou", {}) if isinstance(test, dict) else {}
    found |= {f"test IoU of {name}": f"{value:.3f}" for name, value in iou.items() if value}
    return found


def places(checkout: Path, old: ModelCard, new: ModelCard | None = None) -> list[Place]:
    """Where figures of `old` stand in the checkout's texts and tests.

    Figures of single classes and the accuracy count only in lines that have the mIoU too: alone
    they are as likely to be something else.
    """
    figures, later = figures_of(old), figures_of(new) if new is not None else {}
    sure = {"iterations", "test mIoU"}
    found = []
    for file in _files(checkout):
        for number, line in enumerate(_text(file).splitlines(), start=1):
            of_it = {what for what, text in figures.items() if _stands(text, line)}
            if of_it & sure:
                found += [
                    Place(file.relative_to(checkout), number, what, text, later.get(what, ""))
                    for what, text in figures.items()
                    if what in of_it and ("test mIoU" in of_it or what in sure)
                ]
    return found


def heads_on(checkpoints: Path, reference: str) -> list[str]:
    """Titles of the checkpoints that hold a head alone and take their backbone from `reference`."""
    cards = (read_card(path) for path in sorted(checkpoints.glob("*.json")))
    return [card.title for card in cards if card.base == reference]


def bundle(checkout: Path, name: str, candidate: Path, found: list[Place]) -> list[str]:
    """Bundle `candidate` with its card under `name`, as what the program opens by itself.

    Parameters
    ----------
    checkout : Path
    name : str
        Of the new file, without its ending.
    candidate : Path
    found : list of Place
        Figures that are written anew, where they are known.

    Returns
    -------
    list of str
        Files that were written, relative to the checkout.

    Raises
    ------
    SettingsError
        If there is a bundled checkpoint of this name.
    ExportError
        If a file cannot be written.
    """
    checkpoints = checkout / "resources" / "checkpoints"
    if (checkpoints / f"{name}.safetensors").exists():
        raise SettingsError(
            f"{name} is bundled already.",
            "Heads may take their backbone from it, and would run on another one than they were "
            "trained on.",
            "Bundle the candidate under a name of its own.",
        )
    written = []
    for suffix in (".safetensors", ".json"):
        target = checkpoints / f"{name}{suffix}"
        write_atomically(target, read_regular(candidate.with_suffix(suffix), MOST_BYTES))
        written.append(str(target.relative_to(checkout)))
    references = checkout / "segviewer" / "references.py"
    text = _text(references)
    write_atomically(references, text.replace(DEFAULT_CHECKPOINT, f"bundled:{name}").encode())
    written.append(str(references.relative_to(checkout)))
    for file in dict.fromkeys(place.file for place in found if place.new):
        lines = _text(checkout / file).splitlines(keepends=True)
        for number in {place.line for place in found if place.file == file}:
            here = [p for p in found if (p.file, p.line) == (file, number) and p.new]
            new = {place.old: place.new for place in here}
            if new:
                lines[number - 1] = _rewritten(lines[number - 1], new)
        write_atomically(checkout / file, "".join(lines).encode())
        written.append(str(file))
    return written


def _files(checkout: Path) -> Iterator[Path]:
    for pattern in READ:
        yield from sorted(checkout.glob(pattern))


def _text(file: Path) -> str:
    return read_regular(file, MOST_BYTES).decode("utf-8")


def _rewritten(line: str, new: dict[str, str]) -> str:
    # All at once: what one figure becomes may be what another was.
    return re.sub("|".join(map(_alone, new)), lambda hit: new[hit[0]], line)


def _alone(text: str) -> str:
    return rf"(?<![\d.,]){re.escape(text)}(?!\d)"


def _stands(text: str, line: str) -> bool:
    return re.search(_alone(text), line) is not None


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m segviewer.tools.bundled_network",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("candidate", type=Path, nargs="?", help="a checkpoint with its card")
    parser.add_argument("--bundle", metavar="NAME", help="bundle it under this name, and open it")
    args = parser.parse_args()
    name = DEFAULT_CHECKPOINT.removeprefix("bundled:")
    checkpoints = CHECKOUT / "resources" / "checkpoints"
    old = read_card(checkpoints / f"{name}.json")
    new = read_card(args.candidate.with_suffix(".json")) if args.candidate else None
    found = places(CHECKOUT, old, new)
    print(f"Figures of {old.title} in texts and tests:")
    for place in found:
        becomes = f" → {place.new}" if place.new else ""
        print(f"  {place.file}:{place.line}: {place.what} {place.old}{becomes}")
    heads = heads_on(checkpoints, f"bundled:{name}")
    print(f"\nHeads on its backbone, which need it, {len(heads)}:")
    print("".join(f"  {title}\n" for title in heads), end="")
    print("\nThen, in order (CAMVID is the data set's folder):")
    for what, command in COMMANDS:
        print(f"  {what}:\n    {command.format(name=args.bundle or name)}")
    if args.candidate and args.bundle:
        print("\nWritten: " + ", ".join(bundle(CHECKOUT, args.bundle, args.candidate, found)))


if __name__ == "__main__":
    main()
