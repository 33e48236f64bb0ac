"""Train a network on photographs with index masks.

``camvid`` is a folder in SegNet's split at 480x360 (``--data``) with the recipe that made
the bundled checkpoint. Any other DATASET is a folder with ``train/images/*`` and
``train/labels/*.png`` (and ``val/…`` to measure on).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from pydantic import ValidationError
from torch import nn

from segviewer.errors import place_and_fault
from segviewer.imaging.preprocessing import HALF, IMAGENET
from segviewer.layers.of_kind import of_kind
from segviewer.networks import NETWORKS, network_class
from segviewer.networks.network import Network
from segviewer.training.frames import Augmentation, load_frames
from segviewer.training.trainer import Recipe, Trainer, evaluate_frames, load_imagenet_weights

CAMVID_VOID = 11
# Classes with few pixels: pole, sign, fence, pedestrian, bicyclist.
CAMVID_RARE = (2, 6, 7, 9, 10)
LITE = "efficientnet_lite0"
# Settings of the bundled DeepLab v3.
CAMVID_DEEPLAB_V3 = {
    "backbone": LITE,
    "num_classes": 11,
    "aspp_channels": 128,
    "separable": True,
    "head_conv": False,
    "low_level_channels": 32,
    "output_stride": 16,
    "atrous_rates": (6, 12, 18),
    "multi_grid": (1, 2, 4),
    "first_unit_keeps_rate": True,
}


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m segviewer.training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("dataset", metavar="DATASET", help="camvid, or a folder")
    parser.add_argument("--data", type=Path, help="camvid's folder with train/ val/ test/")
    parser.add_argument("--out", type=Path, required=True, help="state file, written as it goes")
    parser.add_argument("--network", default="deeplab_v3", choices=list(NETWORKS), metavar="NAME")
    parser.add_argument("--preset", default="", help="a named form of the network")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=JSON",
        help="a network setting, as often as needed: --set atrous_rates=[6,12,18]",
    )
    parser.add_argument("--classes", type=int, default=0, help="number of classes of a folder")
    parser.add_argument("--void", type=int, default=255, help="label of a folder to ignore")
    parser.add_argument("--splits", default="train", help="comma-separated splits to train on")
    parser.add_argument("--validate", default="val", help="split measured on the way, or none")
    parser.add_argument("--init", type=Path, help="state file whose averaged weights start the run")
    parser.add_argument(
        "--ship",
        type=Path,
        metavar="FILE.safetensors",
        help="train nothing: write the averaged weights of --out as a checkpoint with its card",
    )
    parser.add_argument(
        "--with",
        dest="others",
        type=Path,
        nargs="*",
        default=[],
        metavar="STATE",
        help="states of the same network whose weights --ship averages with those of --out",
    )
    parser.add_argument("--title", default="", help="name in the card of --ship")
    parser.add_argument("--trained-on", default="CamVid", help="said in the card of --ship")
    parser.add_argument("--val-note", default="", help="said beside the val result of --ship")
    parser.add_argument("--resume", action="store_true", help="go on from --out if it exists")
    parser.add_argument("--crop", type=int, nargs=2, default=(288, 384), metavar=("H", "W"))
    parser.add_argument(
        "--scale",
        type=float,
        nargs=2,
        default=(0.5, 2.0),
        metavar=("MIN", "MAX"),
        help="range of the random resize; thin classes prefer 0.75 and up",
    )
    parser.add_argument(
        "--texture",
        type=float,
        default=0.0,
        metavar="P",
        help="probability of a foreign texture on some classes",
    )
    parser.add_argument("--every", type=int, default=400, help="iterations between measurements")
    for name, field in Recipe.__dataclass_fields__.items():
        option = f"--{name.replace('_', '-')}"
        if field.type == "bool":
            parser.add_argument(
                option, action=argparse.BooleanOptionalAction, default=field.default
            )
        else:
            parser.add_argument(option, type=type(field.default), default=field.default)
    return parser


def build_network(args: argparse.Namespace, camvid: bool) -> Network:
    """The network the command line asks for, with the weights it starts from."""
    network_type = network_class(args.network)
    if args.preset and args.preset not in network_type.presets:
        raise SystemExit(
            f"{args.network} has no form named {args.preset}: {', '.join(network_type.presets)}"
        )
    values = dict(network_type.presets.get(args.preset, {}))
    if camvid and args.network == "deeplab_v3" and not args.preset:
        values = dict(CAMVID_DEEPLAB_V3)
    values["num_classes"] = 11 if camvid else args.classes
    for setting in args.set:
        name, _, value = setting.partition("=")
        values[name] = json.loads(value)
    try:
        config = network_type.Config.model_validate(values)
    except ValidationError as error:
        place, fault = place_and_fault(error)
        raise SystemExit(f"the network settings cannot be used: {place}: {fault}") from None
    torch.manual_seed(args.seed)
    network = network_type(config)
    if args.init:
        state = torch.load(args.init, map_location="cpu", weights_only=True)
        network.load_state_dict(state["average"])
    elif getattr(config, "backbone", "") == LITE:
        load_imagenet_weights(of_kind(network.backbone, nn.Module))
    return network


def main() -> None:
    args = build_parser().parse_args()
    camvid = args.dataset == "camvid"
    if camvid and args.data is None:
        raise SystemExit("camvid needs --data FOLDER")
    if not camvid and args.classes < 2 and not args.ship:
        raise SystemExit("a folder needs --classes N")
    data, void = (args.data, CAMVID_VOID) if camvid else (Path(args.dataset), args.void)

    if args.ship:
        from segviewer.training.shipping import ship

        card = ship(args.out, args.ship, data, void, camvid, vars(args))
        print(json.dumps(card.results, indent=1))
        return

    frames = load_frames(data, tuple(args.splits.split(",")), void)
    validation = [] if args.validate == "none" else load_frames(data, (args.validate,), void)
    recipe = Recipe(**{name: getattr(args, name) for name in Recipe.__dataclass_fields__})
    augmentation = Augmentation(
        tuple(args.crop),
        tuple(args.scale),
        texture=args.texture,
        rare_classes=CAMVID_RARE if camvid else (),
    )
    network = build_network(args, camvid)
    preprocessing = HALF if getattr(network.config, "backbone", LITE) == LITE else IMAGENET
    trainer = Trainer(network, frames, augmentation, recipe, preprocessing)
    if args.resume and args.out.exists():
        trainer.resume(args.out)
    trainer.run(args.out, validation, args.every)
    if validation:
        result = evaluate_frames(trainer.average, validation, preprocessing)
        print(json.dumps({"miou": result.miou, "iou": result.iou.tolist()}))


if __name__ == "__main__":
    main()
