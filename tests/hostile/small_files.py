"""A small collection of good, odd and broken files to open, drop and paste."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from PIL import Image

from segviewer.imaging.reading.samples import sample_path
from segviewer.resource_files import resource_path

LESSON = """\
title = "Own & <b>lesson</b>"
sentence = "It teaches."
[session]
image = "street.png"
[[steps]]
title = "First"
narration = "Look."
equation = "a<sub>1</sub><img src='file:///etc/hostname'>"
observations = ["outline > 0"]
[steps.question]
text = "Which?"
choices = ["this & that", "that"]
answer = "that"
[[steps]]
title = "Second"
narration = "Now 8."
observations = ["outline > 0"]
session = { network = { output_stride = 8 } }
"""


def make_files(folder: Path, seed: int) -> list[Path]:
    """Write the collection into `folder`; the same seed writes the same."""
    rng = random.Random(seed)
    pictures = folder / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    made = []

    def keep(path: Path) -> Path:
        made.append(path)
        return path

    for name, size in (("leuven_street", (240, 180)), ("campus_walkers", (180, 240))):
        with Image.open(sample_path(name)) as picture:
            picture.convert("RGB").resize(size).save(keep(pictures / f"{name}.png"))
            picture.convert("L").resize(size).save(keep(pictures / f"{name} & grey.jpg"))
    Image.new("RGB", (1, 1)).save(keep(pictures / "one.png"))
    Image.new("RGB", (3, 500), "green").save(keep(pictures / "tall.png"))
    Image.new("RGBA", (60, 40), (9, 9, 9, 0)).save(keep(pictures / "<b>clear.png"))
    frames = [Image.new("P", (40, 30), index) for index in range(3)]
    frames[0].save(keep(pictures / "three.gif"), save_all=True, append_images=frames[1:])
    labels = np.array([[rng.randrange(11) for _ in range(60)] for _ in range(45)], np.uint8)
    Image.fromarray(labels).resize((240, 180), Image.Resampling.NEAREST).save(
        keep(folder / "mask.png")
    )
    good = (pictures / "leuven_street.png").read_bytes()
    keep(folder / "cut.png").write_bytes(good[: len(good) // 2])
    keep(folder / "noise.jpg").write_bytes(bytes(rng.randrange(256) for _ in range(999)))
    keep(folder / "empty.png").write_bytes(b"")
    keep(folder / "words.txt").write_text("no picture", "utf-8")
    np.save(keep(folder / "array.npy"), labels)
    keep(folder / "noise.pth").write_bytes(bytes(rng.randrange(256) for _ in range(999)))
    keep(folder / "cut.safetensors").write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00{}")
    keep(folder / "own.toml").write_text(LESSON, "utf-8")
    keep(folder / "broken.toml").write_text("title = [", "utf-8")
    (folder / "street.png").write_bytes(good)
    stem = "v3_grid_124_efficientnet_lite0_camvid"
    for suffix in (".safetensors", ".json"):
        source = resource_path("checkpoints", f"{stem}{suffix}")
        (folder / f"weights{suffix}").write_bytes(source.read_bytes())
    keep(folder / "weights.safetensors")
    keep(folder / "gone.png")
    keep(pictures)
    return made
