"""Small pictures that are made when a view first asks for them, off Qt's thread."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

import numpy as np
from PySide6.QtCore import QObject, QRunnable, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QGuiApplication, QImage

from segviewer.widgets.canvas.picture_layer import rgb_image

KEPT = 400
_END_MS = 2000


class LazyPictures(QObject):
    """Makes pictures one after the other, the latest asked for first, and keeps the last few.

    Parameters
    ----------
    size : QSize
        In which each is fitted whole.

    Signals
    -------
    arrived(object)
        The key of a picture that is there now.
    """

    arrived = Signal(object)

    def __init__(self, size: QSize, parent: QObject | None = None):
        super().__init__(parent)
        self._size = size
        self._images: OrderedDict[Hashable, QImage] = OrderedDict()
        self._failed: set[Hashable] = set()
        self._waiting: set[Hashable] = set()
        self._asked = 0
        self._made = _Made(self)
        self._made.done.connect(self._on_done, Qt.ConnectionType.QueuedConnection)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)

    def get(self, key: Hashable, make: Callable[[], np.ndarray]) -> QImage | None:
        """The picture of `key`; None until ``make()``, uint8 RGB (h, w, 3), has been called.

        `make` runs on another thread, where it may import nothing of Qt; if it raises, there is
        no picture.
        """
        image = self._images.get(key)
        if image is not None:
            self._images.move_to_end(key)
        elif key not in self._waiting and key not in self._failed:
            self._waiting.add(key)
            self._asked += 1
            size = self._size * QGuiApplication.primaryScreen().devicePixelRatio()
            self._pool.start(_Make(key, make, size, self._made), self._asked)
        return image

    def clear(self) -> None:
        """Give up what is not made yet, and forget everything."""
        self._pool.clear()
        self._images.clear()
        self._failed.clear()
        self._waiting.clear()

    def stop(self) -> None:
        """Give up what is not made yet, and wait for what is being made."""
        self._pool.clear()
        self._waiting.clear()
        self._pool.waitForDone(_END_MS)

    def _on_done(self, key: Hashable, image: QImage) -> None:
        self._waiting.discard(key)
        if image.isNull():
            self._failed.add(key)
            return
        self._images[key] = image
        if len(self._images) > KEPT:
            self._images.popitem(last=False)
        self.arrived.emit(key)


class _Made(QObject):
    """Carries pictures from the worker to Qt's thread."""

    done = Signal(object, QImage)


class _Make(QRunnable):
    def __init__(self, key: Hashable, make: Callable[[], np.ndarray], size: QSize, made: _Made):
        super().__init__()
        self._key, self._make, self._size, self._made = key, make, size, made

    def run(self) -> None:
        image = QImage()
        try:
            image = rgb_image(self._make()).scaled(
                self._size,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        except Exception:  # noqa: BLE001 (a picture that went meanwhile must not end the worker)
            image = QImage()
        self._made.done.emit(self._key, image)
