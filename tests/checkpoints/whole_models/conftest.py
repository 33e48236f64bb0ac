"""Nobody has agreed to anything when a test begins."""

from __future__ import annotations

import pytest

from segviewer.checkpoints.whole_models import trust


@pytest.fixture(autouse=True)
def no_trust(tmp_path, monkeypatch):
    monkeypatch.setattr(trust, "_agreed", set())
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
