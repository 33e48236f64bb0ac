"""Our networks beside torchvision's: ``python tests/benchmarks/benchmark_networks.py``.

Not a test. Both get the same weights and the same picture and take turns in one run; a row
says the median time of each, their ratio (goal: at most 1.05) and the largest difference of
the outputs. Then what it costs to go back to a network that is still in memory.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def pairs():
    """Name and torchvision's constructor."""
    from torchvision import models

    plain = {"weights": None}
    dense = {**plain, "weights_backbone": None}
    segmentation = models.segmentation
    return {
        "deeplabv3_resnet50": lambda: segmentation.deeplabv3_resnet50(**dense, aux_loss=True),
        "deeplabv3_mobilenet_v3_large": lambda: segmentation.deeplabv3_mobilenet_v3_large(
            **dense, aux_loss=True
        ),
        "fcn_resnet50": lambda: segmentation.fcn_resnet50(**dense, aux_loss=True),
        "lraspp_mobilenet_v3_large": lambda: segmentation.lraspp_mobilenet_v3_large(**dense),
        "densenet121": lambda: models.densenet121(**plain),
        "resnet18": lambda: models.resnet18(**plain),
        "resnet50": lambda: models.resnet50(**plain),
        "vgg16": lambda: models.vgg16(**plain),
    }


def compare(name, build, rounds, side):
    """One row: both networks on one picture, in turns."""
    import torch
    from torch.nn import functional as F

    from segviewer.checkpoints.opening import open_network

    torch.manual_seed(0)
    reference = build().eval()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.pth"
        torch.save(reference.state_dict(), path)
        network = open_network(str(path)).network
    image = torch.randn(1, 3, side, side)

    def theirs():
        if "num_classes" in dir(reference) or name.startswith(("dense", "res", "vgg")):
            return reference(image)[:, :, None, None]
        # Their auxiliary head runs too; the sequence without it is what is compared.
        features = reference.backbone(image)
        scores = reference.classifier(features if name.startswith("lr") else features["out"])
        return F.interpolate(scores, size=image.shape[-2:], mode="bilinear", align_corners=False)

    def ours():
        scores = network(image)
        if scores.shape[-2:] in ((1, 1), image.shape[-2:]):
            return scores
        return F.interpolate(scores, size=image.shape[-2:], mode="bilinear", align_corners=False)

    times = {theirs: [], ours: []}
    with torch.inference_mode():
        difference = float((theirs() - ours()).abs().max())
        for turn in range(rounds):
            for run in (theirs, ours) if turn % 2 else (ours, theirs):
                began = time.perf_counter()
                run()
                times[run].append(time.perf_counter() - began)
    ratios = [a / b for a, b in zip(times[ours], times[theirs], strict=True)]
    return {
        "network": name,
        "torchvision_ms": round(1000 * statistics.median(times[theirs]), 1),
        "ours_ms": round(1000 * statistics.median(times[ours]), 1),
        "ratio": round(statistics.median(ratios), 3),
        "largest_difference": difference,
    }


def switching():
    """Milliseconds of going back to a network in memory, beyond its own forward time."""
    from PIL import Image

    from segviewer.engine.executor import StageExecutor
    from segviewer.imaging.reading.samples import sample_path
    from segviewer.session import Session

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "street.png"
        with Image.open(sample_path("leuven_street")) as picture:
            picture.convert("RGB").resize((480, 360)).save(path)
        pipeline = StageExecutor()
        bundled = Session(
            image=str(path), checkpoint="bundled:deeplab_v3_efficientnet_lite0_camvid"
        )
        other = bundled.with_checkpoint("random:lr_aspp")
        beyond = []
        for turn in range(14):
            began = time.perf_counter()
            pipeline.run((bundled, other)[turn % 2])
            whole = time.perf_counter() - began
            beyond.append(1000 * (whole - pipeline.cache["probs"].seconds))
    return {"switch_ms_beyond_forward": round(statistics.median(beyond[4:]), 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--side", type=int, default=257)
    parser.add_argument("--only", nargs="*")
    args = parser.parse_args()
    for name, build in pairs().items():
        if not args.only or name in args.only:
            print(json.dumps(compare(name, build, args.rounds, args.side)), flush=True)
    print(json.dumps(switching()))


if __name__ == "__main__":
    main()
