"""Masks as shapes with names: labelme's JSON of one picture, COCO's JSON of a data set.

Later shapes lie over earlier ones in labelme; COCO says nothing of it, so that smaller areas are
laid over larger ones. What no shape covers is background where the network has such a class.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from segviewer.files.regular_files import status_of
from segviewer.imaging.labels import MAX_CLASSES
from segviewer.imaging.reading.faults import file_error
from segviewer.imaging.reading.header import PictureHeader, check_size, nothing
from segviewer.imaging.reading.inspecting import inspect_picture
from segviewer.imaging.reading.mask_files.areas import (
    AreaError,
    area_of,
    checked_points,
    decode_runs,
    fill_polygon,
)
from segviewer.imaging.reading.mask_files.json_files import load_object, no_mask
from segviewer.imaging.reading.mask_values import VOID, MaskValues

_CIRCLE_CORNERS = 180
_MOST_SIDE = 1 << 20
_MOST_NAME = 200  # letters
_SHOWN = 3


@dataclass(frozen=True, eq=False)
class CocoFile:
    """The masks of a data set in one file.

    Attributes
    ----------
    sizes : dict of str to (int, int)
        Height and width of each picture, by its name in small letters without folders.
    annotations : dict of str to list
        Of each picture that has some: (category, segmentation).
    names : tuple of str
        Class names.
    """

    sizes: dict[str, tuple[int, int]]
    annotations: dict[str, list[tuple[int, Any]]]
    names: tuple[str, ...]


def read_labelme(
    path: Path,
    picture: Path | None = None,
    *,
    allow_large: bool = False,
    check: Callable[[], None] = nothing,
) -> MaskValues:
    """Read the shapes of one picture, as labelme writes them.

    Parameters
    ----------
    path : Path
    picture : Path, optional
        Whose size counts where the file gives none.
    allow_large, check
        As with :func:`segviewer.imaging.reading.targets.read_values`.

    Raises
    ------
    PictureError
        For a damaged or hostile file.
    """
    found = load_object(path)
    shapes = found.get("shapes")
    if not isinstance(shapes, list):
        raise no_mask(path, "It has no list of shapes.")
    size = _size_of(path, found.get("imageHeight"), found.get("imageWidth"), picture, allow_large)
    labels = np.full(size, VOID, np.uint8)
    names: dict[str, int] = {}
    passed: dict[str, int] = defaultdict(int)
    for number, shape in enumerate(shapes, 1):
        check()
        if not isinstance(shape, dict):
            raise no_mask(path, f"Shape {number} is no shape.")
        kind = shape.get("shape_type") or "polygon"
        if kind not in ("polygon", "rectangle", "circle"):
            passed[str(kind)[:20]] += 1
            continue
        label = _label_of(path, names, shape.get("label"))
        try:
            corners = _corners(kind, checked_points(shape.get("points"), size))
        except AreaError as error:
            raise no_mask(path, f"Shape {number}: {error}") from error
        fill_polygon(labels, corners, label, check)
    notes = [f"Mask read from labelme's shapes: {len(shapes) - sum(passed.values())} of them."]
    if passed:
        kinds = ", ".join(sorted(passed)[:_SHOWN])
        notes.append(f"{sum(passed.values())} of its shapes were passed over: {kinds}.")
    return MaskValues(labels, None, tuple(notes), tuple(names))


def read_coco(
    path: Path,
    picture: Path | None = None,
    *,
    allow_large: bool = False,
    check: Callable[[], None] = nothing,
) -> MaskValues:
    """Read the masks of one picture out of COCO's file of a data set.

    Parameters
    ----------
    path : Path
    picture : Path, optional
        Which picture's; None where the file has one alone.
    allow_large, check
        As with :func:`segviewer.imaging.reading.targets.read_values`.

    Raises
    ------
    PictureError
        For a damaged or hostile file, and where it does not know the picture.
    """
    found = open_coco(path)
    name = picture.name.casefold() if picture is not None else ""
    if picture is None and len(found.sizes) == 1:
        (name,) = found.sizes
    if name not in found.sizes:
        meant = "which is meant is unknown" if picture is None else f"{picture.name} is not one"
        raise no_mask(
            path,
            f"It holds masks of {len(found.sizes):,} pictures; {meant}.",
            "Open it together with a picture that it names.",
        )
    height, width = found.sizes[name]
    size = _size_of(path, height or None, width or None, picture, allow_large)
    labels = np.full(size, VOID, np.uint8)
    annotations = found.annotations.get(name, [])
    areas = []
    for number, (category, segmentation) in enumerate(annotations, 1):
        check()
        try:
            areas.append((*_area(segmentation, size), category))
        except AreaError as error:
            raise no_mask(path, f"Annotation {number} of {name}: {error}") from error
    for _, segmentation, category in sorted(areas, key=lambda area: -area[0]):
        check()
        if isinstance(segmentation, list):
            for points in segmentation:
                fill_polygon(labels, points, category, check)
        else:
            labels[decode_runs(segmentation["size"], segmentation["counts"], size)] = category
    said = f"Mask read from COCO's annotations: {len(annotations)} of them."
    return MaskValues(labels, None, (said,), found.names)


def open_coco(path: Path) -> CocoFile:
    """COCO's file of a data set; the last one is kept as long as it does not change.

    Raises
    ------
    PictureError
    """
    try:
        status = status_of(path)
    except OSError as error:
        raise file_error(path, error) from error
    return _coco(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=1)
def _coco(path: Path, changed: int, size: int) -> CocoFile:
    found = load_object(path)
    images, annotations = found.get("images"), found.get("annotations")
    if not isinstance(images, list) or not isinstance(annotations, list):
        raise no_mask(path, "It lacks a list of images or of annotations.")
    names: dict[str, int] = {}
    label_by_id: dict[Any, int] = {}
    for category in found.get("categories") or ():
        if isinstance(category, dict) and isinstance(category.get("id"), int | str):
            label_by_id[category["id"]] = _label_of(path, names, category.get("name"))
    sizes: dict[str, tuple[int, int]] = {}
    name_by_id: dict[Any, str] = {}
    for image in images:
        name = image.get("file_name") if isinstance(image, dict) else None
        if not isinstance(name, str) or not isinstance(image.get("id"), int | str):
            raise no_mask(path, "One of its images lacks a name or an id.")
        short = PurePath(name.replace("\\", "/")).name.casefold()
        name_by_id[image["id"]] = short
        sizes[short] = _side(path, image.get("height")), _side(path, image.get("width"))
    by_name: dict[str, list[tuple[int, Any]]] = defaultdict(list)
    for annotation in annotations:
        if not isinstance(annotation, dict):
            raise no_mask(path, "One of its annotations is none.")
        segmentation, key = annotation.get("segmentation"), annotation.get("image_id")
        if not segmentation or not isinstance(key, int | str) or key not in name_by_id:
            continue  # a caption, a box, or of a picture that was left out
        category = annotation.get("category_id")
        if not isinstance(category, int | str) or category not in label_by_id:
            raise no_mask(path, f"An annotation is of a category {str(category)[:20]}, not listed.")
        by_name[name_by_id[key]].append((label_by_id[category], segmentation))
    return CocoFile(sizes, dict(by_name), tuple(names))


def _area(segmentation: object, size: tuple[int, int]) -> tuple[float, Any]:
    """Pixels of a segmentation, and its polygons checked, or its runs."""
    if isinstance(segmentation, list):
        polygons = [checked_points(points, size) for points in segmentation]
        return sum(map(area_of, polygons)), polygons
    if not isinstance(segmentation, dict):
        raise AreaError("A segmentation is neither polygons nor run lengths.")
    runs = {"size": segmentation.get("size"), "counts": segmentation.get("counts")}
    return float(np.count_nonzero(decode_runs(runs["size"], runs["counts"], size))), runs


def _corners(kind: str, points: np.ndarray) -> np.ndarray:
    if kind == "polygon":
        return points
    if len(points) != 2:
        raise AreaError(f"A {kind} has two points, not {len(points)}.")
    (x, y), (x2, y2) = points.tolist()
    if kind == "rectangle":
        return np.array([(x, y), (x2, y), (x2, y2), (x, y2)])
    radius = math.hypot(x2 - x, y2 - y)
    angle = np.linspace(0, 2 * np.pi, _CIRCLE_CORNERS, endpoint=False)
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], 1)


def _label_of(path: Path, names: dict[str, int], name: object) -> int:
    if not isinstance(name, str) or not name.strip():
        raise no_mask(path, "One of its classes has no name.")
    name = name.strip()[:_MOST_NAME]
    if name not in names and len(names) == MAX_CLASSES:
        raise no_mask(path, f"It names more than {MAX_CLASSES} classes.")
    return names.setdefault(name, len(names))


def _size_of(
    path: Path, height: object, width: object, picture: Path | None, allow_large: bool
) -> tuple[int, int]:
    """Height and width that a file gives, else those of its picture; huge ones are refused."""
    if height is None or width is None:
        if picture is None:
            raise no_mask(
                path, "It gives no size of its picture.", "Open it together with the picture."
            )
        width, height = inspect_picture(picture).size_in_file
    size = _side(path, height), _side(path, width)
    if not size[0] or not size[1]:
        raise no_mask(path, "It gives no size of its picture.")
    check_size(path, PictureHeader(size[1], size[0], "L", "PNG"), allow_large)
    return size


def _side(path: Path, value: object) -> int:
    """A height or width; 0 where there is none."""
    if value is None:
        return 0
    if type(value) is not int or not 0 < value <= _MOST_SIDE:
        raise no_mask(path, f"It says that a side of its picture has {str(value)[:20]} pixels.")
    return value
