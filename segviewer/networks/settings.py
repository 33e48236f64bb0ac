"""What every network's Config has in common."""

from __future__ import annotations

from segviewer.settings import Settings, controls


class NetworkSettings(Settings):
    """Base of the networks' frozen Config classes."""

    @classmethod
    def geometry_names(cls) -> tuple[str, ...]:
        """Names of the fields that may change on a live network."""
        return tuple(c.name for c in controls(cls) if c.kind == "geometry")
