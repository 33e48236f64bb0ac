"""Trains what may be bundled next on a GPU machine that has this checkout and nothing else.

    python -m tests.device.bundled_training pack CAMVID FRAMES       # here: frames to take along
    python -m tests.device.bundled_training train FRAMES OUT         # there: weights, cards, logs

``pack`` writes the frames as WebP of high quality, and their masks as they are: 33 MiB of CamVid.
``train`` gives each candidate an even share of the minutes by `segviewer train --by-clock`, on the
train frames alone, measured on val; what a candidate has when its share is over is finished, so
that nothing is lost when the machine goes back. Test frames are not taken along: nothing can be
chosen by them. `--device cpu --minutes 1` is the script itself, anywhere.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from segviewer.cli.command_line import main as segviewer

SPLITS = ("train", "val")
QUALITY = 95
START = "untrained:deeplab_v3_efficientnet_lite0_camvid"
SHARED = (
    "--label-set", "camvid11", "--network", START, "--train", "train", "--val", "val",
    "--crop", "384x288", "--scale", "0.6,1.7", "--texture", "0.15", "--blur", "0.25",
    "--balanced", "--json", "--by-clock", "--keep-every", "20",
)  # fmt: skip
LITE2 = ("--set", 'backbone="efficientnet_lite2"')
CANDIDATES = {
    "lite2": (*LITE2, "--batch", "16", "--colour", "1.4", "--paste", "0.25"),
    "lite2_lovasz": (*LITE2, "--batch", "16", "--colour", "1.4", "--lovasz-weight", "0.5"),
    "lite0": ("--batch", "16", "--colour", "1.4", "--paste", "0.25"),
}
"""Options of each, the likeliest first."""


def pack(source: Path, frames: Path, most: int | None = None) -> int:
    """Write the frames of train and val below `frames`; the number of bytes.

    Parameters
    ----------
    source : Path
        With ``SPLIT/images`` and ``SPLIT/labels``.
    frames : Path
    most : int, optional
        Of each split.
    """
    size = 0
    for split in SPLITS:
        for kind, ending in (("images", ".webp"), ("labels", ".png")):
            folder = frames / split / kind
            folder.mkdir(parents=True, exist_ok=True)
            for path in sorted((source / split / kind).iterdir())[:most]:
                target = folder / f"{path.stem}{ending}"
                with Image.open(path) as picture:
                    if kind == "images":
                        picture.convert("RGB").save(target, quality=QUALITY, method=4)
                    else:
                        picture.save(target, optimize=True)
                size += target.stat().st_size
    return size


def train(
    frames: Path, out: Path, minutes: float, device: str, names: Sequence[str] = ()
) -> dict[str, int]:
    """Train the candidates in turn; the exit code of each.

    Parameters
    ----------
    frames : Path
        What :func:`pack` wrote.
    out : Path
        Folder of the checkpoints.
    minutes : float
        Of all together. What one does not use goes to those after it.
    device : str
    names : sequence of str, optional
        Of the candidates; all of them without.
    """
    out.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + 60 * minutes
    left, found = list(names or CANDIDATES), {}
    while left:
        share = (end - time.monotonic()) / 60 / len(left)
        name = left.pop(0)
        if share <= 0:
            print(f"{name}: no time is left for it", file=sys.stderr)
            continue
        options = [*SHARED, *CANDIDATES[name], "--minutes", f"{share:.3f}", "--device", device]
        file = out / f"{name}.safetensors"
        found[name] = segviewer(["train", str(frames), *options, "--out", str(file)])
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parts = parser.add_subparsers(dest="part", required=True)
    packing = parts.add_parser("pack", help="write the frames to take along")
    packing.add_argument("source", type=Path)
    packing.add_argument("frames", type=Path)
    training = parts.add_parser("train", help="train the candidates")
    training.add_argument("frames", type=Path)
    training.add_argument("out", type=Path)
    training.add_argument("--minutes", type=float, default=8.0, help="of all (without it: 8)")
    training.add_argument("--device", default="cuda:0")
    training.add_argument("--only", nargs="*", choices=list(CANDIDATES), default=())
    args = parser.parse_args(arguments)
    if args.part == "pack":
        print(f"{pack(args.source, args.frames) / 2**20:.1f} MiB")
        return 0
    found = train(args.frames, args.out, args.minutes, args.device, args.only)
    return int(any(found.values()))


if __name__ == "__main__":
    sys.exit(main())
