"""Weights there are: those that ship with the program and those that can be downloaded."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segviewer.checkpoints.model_card import ModelCard, read_card
from segviewer.errors import CheckpointError
from segviewer.files.regular_files import shown_name
from segviewer.references import DEFAULT_CHECKPOINT, Reference
from segviewer.resource_files import resource_path

WEIGHTS_SUFFIX = ".safetensors"
CARD_SUFFIX = ".json"
SHA256_DIGITS = 64


@dataclass(frozen=True)
class CatalogueEntry:
    """One checkpoint of the catalogue.

    Attributes
    ----------
    name, title : str
        Short name for commands, and name for people.
    url : str
        Where it is downloaded from; empty for a bundled one.
    sha256 : str
        The file's SHA-256 in hexadecimal, or its first digits where the publisher gives no
        more (torchvision's eight, in the file's name); empty for a bundled one.
    bytes : int
        Size of the file (of a published one, rounded to the 1 kB its publisher states).
    data_set : str
        What it was trained on.
    miou, pixel_accuracy : float or None
        Published or measured, 0..1.
    notice : str
        What the owners of the data ask to be said.
    card : ModelCard
        Written beside the file once it is downloaded.
    """

    name: str
    title: str
    url: str
    sha256: str
    bytes: int
    data_set: str
    miou: float | None
    pixel_accuracy: float | None
    notice: str
    card: ModelCard

    @property
    def file_name(self) -> str:
        """Name of the file on this machine."""
        return self.url.rsplit("/", 1)[-1] if self.url else self.name + WEIGHTS_SUFFIX

    def is_file_with(self, digest: str) -> bool:
        """Whether a file of this SHA-256 is the published one, as far as can be known."""
        return bool(self.sha256) and digest.startswith(self.sha256)

    @property
    def checked_by(self) -> str:
        """What of a download is compared with what its publisher says."""
        if len(self.sha256) == SHA256_DIGITS:
            return "whole SHA-256"
        return f"file name hash only: {len(self.sha256)} of {SHA256_DIGITS} digits"

    @property
    def reference(self) -> str:
        """What ``open_network`` takes: ``bundled:NAME``, or the path it is downloaded to."""
        if self.url:
            return str(checkpoint_folder() / self.file_name)
        return str(Reference("bundled", self.name))

    @property
    def available(self) -> bool:
        """Whether it is on this machine."""
        return not self.url or (checkpoint_folder() / self.file_name).is_file()


def checkpoint_folder() -> Path:
    """Folder of downloaded checkpoints; it need not exist yet.

    ``$SEGVIEWER_DATA/checkpoints`` where the variable is set, else the system's place for
    a user's application data.
    """
    chosen = os.environ.get("SEGVIEWER_DATA")
    if chosen:
        return Path(chosen) / "checkpoints"
    home = Path.home()
    if sys.platform == "win32":
        data = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        data = home / "Library" / "Application Support"
    else:
        # The XDG rule: a relative path in the variable is to be ignored.
        data = Path(os.environ.get("XDG_DATA_HOME", ""))
        if not data.is_absolute():
            data = home / ".local" / "share"
    return data / "segviewer" / "checkpoints"


def bundled_checkpoints() -> list[tuple[str, ModelCard]]:
    """Names and cards of the checkpoints that ship, by name.

    The one that the program opens by itself comes first, heads come last.
    """
    folder = resource_path("checkpoints")
    found = [
        (weights.stem, read_card(weights.with_suffix(CARD_SUFFIX)))
        for weights in sorted(folder.glob("*" + WEIGHTS_SUFFIX))
    ]
    first = Reference.checkpoint(DEFAULT_CHECKPOINT).name
    return sorted(found, key=lambda item: (item[0] != first, bool(item[1].base)))


def resolve_reference(reference: str) -> Path:
    """Path of the weights that `reference` names.

    Parameters
    ----------
    reference : str
        ``bundled:NAME``, ``scores:PATH``, or a path (``~`` is understood).

    Raises
    ------
    CheckpointError
        If no checkpoint of that name ships with the program, or a path begins with the home
        of nobody.
    """
    named = Reference.checkpoint(reference)
    if named.kind != "bundled":
        try:
            return Path(named.name).expanduser() if named.scores else Path(reference).expanduser()
        except RuntimeError as error:
            raise CheckpointError(
                f"{shown_name(reference)} is not there.",
                f"There is no user whose home “{shown_name(Path(reference).parts[0])}” could be.",
                "Give the whole path of a file.",
                details=reference[:1000],
            ) from error
    name = named.name
    folder = resource_path("checkpoints")
    names = [path.stem for path in sorted(folder.glob("*" + WEIGHTS_SUFFIX))]
    if name not in names:
        raise CheckpointError(
            f"There is no bundled checkpoint named “{shown_name(name)}”.",
            f"Bundled are: {', '.join(names) or 'none'}.",
            "Choose one of these, or open a file.",
            details=str(folder),
        )
    return folder / (name + WEIGHTS_SUFFIX)


def catalogue() -> tuple[CatalogueEntry, ...]:
    """Every checkpoint of the catalogue: bundled ones first, then published ones."""
    return (*(_bundled_entry(name, card) for name, card in bundled_checkpoints()), *PUBLISHED)


def listing(
    folder: Path, entries: tuple[CatalogueEntry, ...] | None = None
) -> tuple[tuple[CatalogueEntry, bool], ...]:
    """The entries of the catalogue, and which are on this machine; reads cards from the disk.

    Parameters
    ----------
    folder : Path
        Where downloads go.
    entries : tuple of CatalogueEntry, optional
        Instead of the whole catalogue.
    """
    return tuple(
        (entry, not entry.url or (folder / entry.file_name).is_file())
        for entry in (catalogue() if entries is None else entries)
    )


def _bundled_entry(name: str, card: ModelCard) -> CatalogueEntry:
    measured = card.results.get("test") or card.results.get("val") or {}
    return CatalogueEntry(
        name=name,
        title=card.title,
        url="",
        sha256="",
        bytes=resource_path("checkpoints", name + WEIGHTS_SUFFIX).stat().st_size,
        data_set=card.trained_on,
        miou=measured.get("miou"),
        pixel_accuracy=measured.get("pixel_accuracy"),
        notice=card.data_notice,
        card=card,
    )


TORCHVISION_FILES = "https://download.pytorch.org/models/"
COCO_WITH_VOC_LABELS = "COCO train2017, the pictures with VOC's 20 classes"
COCO_NOTICE = (
    "Weights published by the torchvision project. COCO's annotations are CC BY 4.0; its "
    "photographs belong to their Flickr authors."
)


def _torchvision(
    name: str,
    title: str,
    digest: str,
    stem: str,
    mebibytes: float,
    miou: float,
    accuracy: float,
    geometry: dict[str, Any],
) -> CatalogueEntry:
    url = f"{TORCHVISION_FILES}{stem}-{digest}.pth"
    card = ModelCard(
        title=title,
        architecture="deeplab_v3",
        # Structure is read off the file; strides and rates stand in no file.
        config={"atrous_rates": (12, 24, 36), "multi_grid": (1, 1, 1), **geometry},
        label_set="voc21",
        trained_on=COCO_WITH_VOC_LABELS,
        data_notice=COCO_NOTICE,
        licence="BSD-3-Clause (torchvision)",
        # torchvision evaluates at a short side of 520; a photograph's 4:3 makes that 693.
        inference_long_side=693,
        results={"COCO val2017, VOC labels": {"miou": miou, "pixel_accuracy": accuracy}},
        source=url,
    )
    return CatalogueEntry(
        name=name,
        title=title,
        url=url,
        sha256=digest,
        bytes=round(mebibytes * 2**20),
        data_set=COCO_WITH_VOC_LABELS,
        miou=miou,
        pixel_accuracy=accuracy,
        notice=COCO_NOTICE,
        card=card,
    )


_RESNET = {"output_stride": 8, "first_unit_keeps_rate": True}
_MOBILENET = {"output_stride": 16, "first_unit_keeps_rate": False}

# Names, digests, sizes and scores as torchvision publishes them (COCO_WITH_VOC_LABELS_V1).
PUBLISHED = (
    _torchvision(
        "deeplabv3_mobilenet_v3_large",
        "DeepLab v3 · MobileNetV3-Large · COCO/VOC",
        "fc3c493d",
        "deeplabv3_mobilenet_v3_large",
        42.301,
        0.603,
        0.912,
        _MOBILENET,
    ),
    _torchvision(
        "deeplabv3_resnet50",
        "DeepLab v3 · ResNet-50 · COCO/VOC",
        "cd0a2569",
        "deeplabv3_resnet50_coco",
        160.515,
        0.664,
        0.924,
        _RESNET,
    ),
    _torchvision(
        "deeplabv3_resnet101",
        "DeepLab v3 · ResNet-101 · COCO/VOC",
        "586e9e4e",
        "deeplabv3_resnet101_coco",
        233.217,
        0.674,
        0.924,
        _RESNET,
    ),
)
