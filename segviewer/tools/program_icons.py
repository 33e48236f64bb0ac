"""The program's icon in every size a desktop asks for, drawn from its SVG.

    python -m segviewer.tools.program_icons

To be run when resources/icons/program/segviewer.svg changes.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from segviewer.resource_files import resource_path

SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
"""Pixels a side."""


def drawn(size: int) -> QImage:
    """The icon, `size` pixels a side, on transparent ground."""
    renderer = QSvgRenderer(str(resource_path("icons", "program", "segviewer.svg")))
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return image


def main() -> int:
    """Write them."""
    for size in SIZES:
        path = resource_path("icons", "program", f"segviewer-{size}.png")
        if not drawn(size).save(str(path)):
            print(f"{path} cannot be written", file=sys.stderr)
            return 1
        print(path.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
