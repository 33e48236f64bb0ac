"""The papers' tables and our own, read for comparison: what is named, measured, better.

The figures lie in ``resources/tables``; what each table is about stands in `TABLES`, with
what its signs mean. :func:`read_table` makes numbers of them.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass

from segviewer.resource_files import resource_path

OURS = "camvid_ablation"
EVEN = "camvid_even_start"
SUFFIX = "_efficientnet_lite0_camvid"


@dataclass(frozen=True)
class TableEntry:
    """What a table is.

    Attributes
    ----------
    file : str
        Name in ``resources/tables``, without its ending.
    source : str
        Paper and data set.
    names : tuple of str
        Columns that together name a row.
    measure : str
        Column that is compared unless another is asked for.
    signs : tuple of (column, value, sign, meaning)
        A row with this value in this column has the sign behind its name.
    note : str
        What a reader must know beside the figures.
    lower : bool
        The measures are errors.
    size : str
        Column of the parameters, in millions; empty where there is none.
    family : str
        Rows with the same beginning of this column belong together over size.
    classes : int
        Number of columns that are classes; they stand before the mean.
    plain : tuple of str
        Columns that describe and do not measure.
    ours : tuple of str
        Rows of our ablation that ask the same question.
    """

    file: str
    source: str
    names: tuple[str, ...]
    measure: str
    signs: tuple[tuple[str, str, str, str], ...] = ()
    note: str = ""
    lower: bool = False
    size: str = ""
    family: str = ""
    classes: int = 0
    plain: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()


_PYRAMID = ("fcn", "psp_b1_max", "psp_b1_average", "psp_b1236_max", "psp_b1236_average")
_PSP = "PSPNet (Zhao et al. 2017)"
_V3 = "DeepLab v3 (Chen et al. 2017)"
TABLES: dict[str, TableEntry] = {
    "Measured here: CamVid": TableEntry(
        OURS,
        "segviewer, CamVid test, EfficientNet-Lite0, 480×360",
        ("title",),
        "miou",
        note="Short trainings on a processor, one each: the order of close rows may be chance. "
        "Compare rows that were trained alike. The backbone had learned with ASPP, image pooling "
        "and multi-grid 1, 2, 4 on the same frames before, which favours the rows that have them.",
        size="parameters",
        family="compared",
        plain=("compared", "trained", "iterations"),
    ),
    "Measured here: even start": TableEntry(
        EVEN,
        "segviewer, CamVid test, EfficientNet-Lite0 as ImageNet left it, 480×360",
        ("title",),
        "miou",
        note="Means over three runs that differ in their seed alone, and the standard deviation "
        "between them. The backbone has seen no head. Context: it stands still, 300 iterations; "
        "rates (v2, multi-grid, cascade, DUC): its last two stages are trained as well, 150 "
        "iterations. "
        "Compare within a group.",
        family="compared",
        plain=("compared", "runs", "iterations"),
    ),
    "FCN: skips": TableEntry(
        "fcn_skips",
        "FCN (Long, Shelhamer, Darrell 2015), VOC seg11valid",
        ("network",),
        "miou",
        size="params_M",
        ours=("fcn", "u_net"),
    ),
    "DeepLab v1: variants": TableEntry(
        "deeplab_v1_variants",
        "DeepLab v1 (Chen et al. 2015), VOC 2012 val",
        ("network",),
        "miou_after_crf",
        size="params_M",
        plain=("kernel", "rate"),
    ),
    "DeepLab v2: pyramids": TableEntry(
        "deeplab_v2_pyramids",
        "DeepLab v2 (Chen et al. 2018), VGG-16, VOC 2012 val",
        ("network", "rates"),
        "miou_after_crf",
        ours=("fcn", "v2_sum"),
    ),
    "DeepLab v2: learning rate": TableEntry(
        "deeplab_v2_learning_rate",
        "DeepLab v2 (Chen et al. 2018), VOC 2012 val",
        ("policy",),
        "miou",
    ),
    "CRF-RNN: training": TableEntry(
        "crf_rnn_training", "CRF-RNN (Zheng et al. 2015), reduced VOC val", ("network",), "miou"
    ),
    "PSPNet: pooling": TableEntry(
        "pspnet_ablation",
        f"{_PSP}, ADE20K val",
        ("method",),
        "mean_iou",
        note="B1 and B1236 are the pooled sizes, DR is dimension reduction.",
        ours=_PYRAMID,
    ),
    "PSPNet: auxiliary loss": TableEntry(
        "pspnet_auxiliary_loss", f"{_PSP}, ADE20K val", ("setting",), "mean_iou", plain=("alpha",)
    ),
    "PSPNet: ADE20K val": TableEntry(
        "pspnet_ade20k_validation",
        f"{_PSP}, ADE20K val",
        ("method",),
        "mean_iou",
        note="DA augmentation, AL auxiliary loss, PSP the pyramid, MS several scales. The "
        "baseline with auxiliary loss recurs in the other two tables.",
    ),
    "PSPNet: VOC 2012 test": TableEntry(
        "pspnet_voc2012_test",
        f"{_PSP}, VOC 2012 test",
        ("method",),
        "mIoU",
        signs=(("pretrain", "COCO", "†", "pre-trained on MS-COCO"),),
        note="The 20 columns leave the background out; mIoU has it.",
        classes=20,
        plain=("ref", "pretrain"),
    ),
    "PSPNet: Cityscapes test": TableEntry(
        "pspnet_cityscapes_test",
        f"{_PSP}, Cityscapes test",
        ("method",),
        "mIoU",
        signs=(("training_data", "fine+coarse", "‡", "trained on fine and coarse annotations"),),
        classes=19,
        plain=("ref", "training_data"),
    ),
    "DRN: ImageNet": TableEntry(
        "drn_imagenet",
        "DRN (Yu, Koltun, Funkhouser 2017), ImageNet val",
        ("model",),
        "top1_1crop",
        lower=True,
        size="params_M",
        family="model",
        note="Errors in per cent, of one or ten crops: lower is better.",
    ),
    "DRN: Cityscapes val": TableEntry(
        "drn_cityscapes",
        "DRN (Yu, Koltun, Funkhouser 2017), Cityscapes val",
        ("model",),
        "mean IoU",
        classes=19,
    ),
    "DeepLab v3: output stride": TableEntry(
        "deeplab_v3_output_stride",
        f"{_V3}, ResNet-50 with block7, VOC 2012 val",
        ("output_stride",),
        "miou",
    ),
    "DeepLab v3: cascaded blocks": TableEntry(
        "deeplab_v3_cascaded_blocks",
        f"{_V3}, VOC 2012 val",
        ("network",),
        "block7",
        ours=("v3_grid_111", "cascade_3"),
    ),
    "DeepLab v3: multi-grid": TableEntry(
        "deeplab_v3_multi_grid",
        f"{_V3}, ResNet-101 cascade, VOC 2012 val",
        ("multi_grid",),
        "block7",
        ours=("v3_grid_111", "v3_grid_124"),
    ),
    "DeepLab v3: ASPP": TableEntry(
        "deeplab_v3_aspp",
        f"{_V3}, VOC 2012 val",
        ("multi_grid", "rate_24", "image_pooling"),
        "miou",
        note="Columns: multi-grid, a fourth branch of rate 24, image pooling.",
        ours=("v3_no_pooling", "v3_pooling"),
    ),
    "DeepLab v3: inference": TableEntry(
        "deeplab_v3_inference",
        f"{_V3}, VOC 2012 val",
        ("network", "inference"),
        "miou",
        note="Each row adds to the one before it.",
    ),
    "DeepLab v3: VOC 2012 test": TableEntry(
        "deeplab_v3_voc2012_test", f"{_V3}, VOC 2012 test", ("method",), "miou", plain=("ref",)
    ),
    "DenseNet: CIFAR and SVHN": TableEntry(
        "densenet_cifar_svhn",
        "DenseNet (Huang et al. 2017)",
        ("method", "depth", "growth_rate"),
        "C10+",
        signs=(),
        note="Errors in per cent: lower is better. C10 and C100 are CIFAR's; "
        "+ is with augmentation. Names: method, depth L, growth rate k.",
        lower=True,
        size="params_M",
        family="method",
    ),
    "DenseNet: ImageNet blocks": TableEntry(
        "densenet_imagenet",
        "DenseNet (Huang et al. 2017), layers of each block",
        ("model",),
        "block3",
        plain=("growth_rate",),
    ),
    "ResNet: depths": TableEntry(
        "resnet_depths",
        "ResNet (He et al. 2016), units of each stage, multiply-adds",
        ("depth",),
        "flops",
        plain=("block",),
        lower=True,
    ),
    "torchvision: VOC labels": TableEntry(
        "torchvision_voc",
        "torchvision's model pages, COCO with VOC's labels",
        ("network",),
        "miou",
        size="params_M",
        note="Parameters with the auxiliary head, where there is one.",
    ),
}
"""Title → table."""


@dataclass(frozen=True)
class ResultRow:
    """One row: its name with its signs, and a number (NaN where none is printed) per measure."""

    name: str
    signs: str
    family: str
    size: float
    values: tuple[float, ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class ResultTable:
    """A table in numbers.

    Attributes
    ----------
    measures : tuple of str
        Columns with numbers, as in the file.
    rows : tuple of ResultRow
        In the order of the paper; `words` are the figures as printed.
    """

    title: str
    entry: TableEntry
    measures: tuple[str, ...]
    rows: tuple[ResultRow, ...]

    def column(self, measure: str) -> tuple[float, ...]:
        """The figures of one measure."""
        place = self.measures.index(measure)
        return tuple(row.values[place] for row in self.rows)

    def class_names(self) -> tuple[str, ...]:
        """Columns that are classes."""
        return self.measures[: self.entry.classes]

    def is_error(self, measure: str) -> bool:
        """Whether lower is better."""
        if measure == "milliseconds" or measure.endswith("_spread"):
            return True
        return self.entry.lower and measure != self.entry.size

    def best(self, measure: str) -> int:
        """Number of the best row.

        Raises
        ------
        ValueError
            If no row has a figure.
        """
        sign = 1 if self.is_error(measure) else -1
        known = [(sign * v, i) for i, v in enumerate(self.column(measure)) if math.isfinite(v)]
        return min(known)[1]

    def order(self, measure: str, descending: bool) -> tuple[int, ...]:
        """Numbers of the rows sorted by a measure, those without a figure last."""
        values = self.column(measure)

        def key(index: int) -> tuple[bool, float]:
            value = values[index]
            return not math.isfinite(value), -value if descending else value

        return tuple(sorted(range(len(values)), key=key))


def read_table(title: str) -> ResultTable:
    """The table of `TABLES` with this title.

    Fractions of our own table become per cent, as the papers print them, its parameters
    and multiply-adds millions and milliards.
    """
    entry = TABLES[title]
    with open(resource_path("tables", f"{entry.file}.csv"), encoding="utf-8", newline="") as file:
        lines = [_as_printed(entry, line) for line in csv.DictReader(file)]
    left_out = {*entry.names, *entry.plain, "name"}
    measures = tuple(column for column in lines[0] if column not in left_out)
    rows = []
    for line in lines:
        signs = "".join(sign for column, value, sign, _ in entry.signs if line[column] == value)
        parts = [line[column] for column in entry.names if line[column]]
        family = line.get(entry.family, "") if entry.family else ""
        # DRN-A-18 belongs to DRN-A, ResNet-50 to ResNet; BC is a family of its own.
        if entry.family in entry.names and family.rpartition("-")[2].isdigit():
            family = family.rpartition("-")[0]
        rows.append(
            ResultRow(
                " · ".join(parts),
                signs,
                family,
                _number(line.get(entry.size, "")),
                tuple(_number(line[m]) for m in measures),
                tuple(line[m] for m in measures),
            )
        )
    return ResultTable(title, entry, measures, tuple(rows))


def our_rows(entry: TableEntry) -> tuple[tuple[str, float], ...]:
    """Title and mIoU in per cent of our rows that ask what this table asks."""
    with open(resource_path("tables", f"{OURS}.csv"), encoding="utf-8", newline="") as file:
        found = {line["name"]: line for line in csv.DictReader(file)}
    wanted = [found[name + SUFFIX] for name in entry.ours if name + SUFFIX in found]
    return tuple((line["title"], 100 * float(line["miou"])) for line in wanted)


def _as_printed(entry: TableEntry, line: dict[str, str]) -> dict[str, str]:
    if entry.file == EVEN:
        for column in ("miou", "pixel_accuracy", "miou_spread", "pixel_accuracy_spread"):
            line[column] = line[column] and f"{100 * float(line[column]):.1f}"
    elif entry.file == OURS:
        for column in ("miou", "pixel_accuracy"):
            line[column] = f"{100 * float(line[column]):.1f}"
        line["parameters"] = f"{float(line['parameters']) / 1e6:.2f}"
        line["multiply_adds"] = f"{float(line['multiply_adds']) / 1e9:.2f}"
    elif entry.file == "resnet_depths":
        line["flops"] = f"{float(line['flops']) / 1e9:g}"
    elif entry.file == "densenet_cifar_svhn":
        line["depth"] = f"L {line['depth']}"
        line["growth_rate"] = line["growth_rate"] and f"k {line['growth_rate']}"
    elif entry.file == "deeplab_v3_aspp":
        line["rate_24"] = "rate 24" if line["rate_24"] == "yes" else ""
        line["image_pooling"] = "image pooling" if line["image_pooling"] == "yes" else ""
    elif entry.file == "deeplab_v3_output_stride":
        line["output_stride"] = f"OS {line['output_stride']}"
    return line


def _number(text: str) -> float:
    return float(text) if text else math.nan
