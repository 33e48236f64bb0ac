"""Command line: ``python -m segviewer.training camvid --data DIR --out FILE …``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

from segviewer.networks.deeplab_v3 import DeepLabV3Config
from segviewer.training.frames import Augmentation, load_frames
from segviewer.training.trainer import Recipe, Trainer, evaluate_frames

CAMVID_VOID = 11
# pole, sign/symbol, fence, pedestrian, bicyclist: under 2 % of the pixels each
CAMVID_RARE = (2, 6, 7, 9, 10)

CAMVID_CONFIG = DeepLabV3Config(
    backbone="efficientnet_lite0",
    num_classes=11,
    aspp_channels=128,
    separable=True,
    head_conv=False,
    low_level_channels=32,
    output_stride=16,
    atrous_rates=(6, 12, 18),
    multi_grid=(1, 2, 4),
    first_unit_keeps_rate=True,
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m segviewer.training", description=__doc__)
    parser.add_argument("dataset", choices=["camvid"])
    parser.add_argument("--data", type=Path, required=True, help="folder with train/ val/ test/")
    parser.add_argument("--out", type=Path, required=True, help="state file, written as it goes")
    parser.add_argument("--splits", default="train", help="comma-separated splits to train on")
    parser.add_argument("--validate", default="val", help="split measured on the way, or none")
    parser.add_argument("--init", type=Path, help="state file whose averaged weights start the run")
    parser.add_argument(
        "--ship", type=Path, metavar="FILE.safetensors",
        help="train nothing: write the averaged weights of --out as a bundled checkpoint",
    )  # fmt: skip
    parser.add_argument("--trained-on", default="CamVid", help="said in the card of --ship")
    parser.add_argument("--val-note", default="", help="said beside the val result of --ship")
    parser.add_argument("--resume", action="store_true", help="go on from --out if it exists")
    parser.add_argument("--crop", type=int, nargs=2, default=(288, 384), metavar=("H", "W"))
    parser.add_argument(
        "--scale", type=float, nargs=2, default=(0.5, 2.0), metavar=("MIN", "MAX"),
        help="range of the random resize; thin classes prefer 0.75 and up",
    )  # fmt: skip
    parser.add_argument(
        "--texture", type=float, default=0.0, metavar="P",
        help="probability of a foreign texture on some classes",
    )  # fmt: skip
    parser.add_argument("--every", type=int, default=400, help="iterations between measurements")
    for name, default in Recipe.__dataclass_fields__.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}", type=type(default.default), default=default.default
        )
    args = parser.parse_args()

    if args.ship:
        from segviewer.training.shipping import ship_camvid

        run = {
            "iterations": args.iterations,
            "trained_on": args.trained_on,
            "val_note": args.val_note,
        }
        card = ship_camvid(args.out, args.ship, args.data, CAMVID_VOID, run)
        print(json.dumps(card.results, indent=1))
        return

    frames = load_frames(args.data, tuple(args.splits.split(",")), CAMVID_VOID)
    validation = []
    if args.validate != "none":
        validation = load_frames(args.data, (args.validate,), CAMVID_VOID)
    recipe = Recipe(**{name: getattr(args, name) for name in Recipe.__dataclass_fields__})
    initial = None
    if args.init:
        initial = torch.load(args.init, map_location="cpu", weights_only=True)["average"]
    augmentation = Augmentation(
        tuple(args.crop), tuple(args.scale), rare_classes=CAMVID_RARE, texture=args.texture
    )
    trainer = Trainer(CAMVID_CONFIG, frames, augmentation, recipe, initial)
    if args.resume and args.out.exists():
        trainer.resume(args.out)
    trainer.run(args.out, validation, args.every)
    if validation:
        result = evaluate_frames(trainer.average, validation)
        print(json.dumps({"miou": result.miou, "iou": result.iou.tolist()}))


if __name__ == "__main__":
    main()
