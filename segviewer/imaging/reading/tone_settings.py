"""What becomes black and white of a picture's values, for the eye and for the network."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import field_validator

from segviewer.settings import Settings, control


class ToneSettings(Settings):
    """Window and level.

    Attributes
    ----------
    window : tuple of float
        The stored values that become black and white, set by hand; empty where they are found.
    """

    window: tuple[float, ...] = ()
    stretch: Literal["as needed", "always", "never"] = control(
        "as needed",
        kind="photograph",
        label="Stretch",
        tip="Between two percentiles of the values: where the picture does not fill its range, "
        "always, or never. Ends of the histogram that are set by hand go before it.",
    )
    cut: float = control(
        0.5,
        kind="photograph",
        label="Cut",
        unit="%",
        ge=0,
        le=20,
        step=0.1,
        decimals=1,
        inline=True,
        tip="Share of the values at either end that a stretch makes black, or white.",
    )
    brightness: float = control(
        0.0, kind="photograph", label="Brightness", ge=-1, le=1, step=0.01, decimals=2, inline=True
    )
    contrast: float = control(
        1.0,
        kind="photograph",
        label="Contrast",
        ge=0.1,
        le=10,
        step=0.1,
        decimals=2,
        log=True,
        inline=True,
    )
    gamma: float = control(
        1.0,
        kind="photograph",
        label="Gamma",
        ge=0.1,
        le=10,
        step=0.1,
        decimals=2,
        log=True,
        inline=True,
        tip="Above 1 the dark parts become lighter.",
    )
    network: Literal["as stretched", "as stored"] = control(
        "as stretched",
        kind="photograph",
        label="Network sees",
        tip="The picture as it is shown here, or with the full range of its format from black to "
        "white, whatever is set above. The CRF sees what the network sees.",
    )

    @field_validator("window")
    @classmethod
    def _black_before_white(cls, window: tuple[float, ...]) -> tuple[float, ...]:
        if window and not (len(window) == 2 and all(map(math.isfinite, window))):
            raise ValueError("a window is the value that is black and the one that is white")
        if window and not window[0] < window[1]:
            raise ValueError("black has to be below white")
        return window

    def for_network(self) -> ToneSettings:
        """What decides the picture that the network sees."""
        return AS_STORED if self.network == "as stored" else self

    def for_eye(self) -> ToneSettings:
        """What decides the picture that is shown."""
        return self.model_copy(update={"network": "as stretched"})

    def without_window(self) -> ToneSettings:
        """The same for another photograph, whose values are others."""
        return self.model_copy(update={"window": ()})


AS_STORED = ToneSettings(stretch="never", network="as stored")
"""The full range of the format from black to white."""
