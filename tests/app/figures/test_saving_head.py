"""A head that a lab has trained, saved and opened from the window."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog

from segviewer.checkpoints.model_card import ModelCard, read_card
from segviewer.labs.networks.head_training import HeadTrainingShown, RunCurves
from segviewer.labs.shared.trained_head import TrainedHead


def shown_of(kept):
    picture = np.zeros((4, 4, 3), np.uint8)
    return HeadTrainingShown(RunCurves("FCN"), None, 20, picture, picture, "", "", kept)


@pytest.mark.slow
def test_a_trained_head_is_saved_with_its_card_and_offered(explorer, tmp_path, monkeypatch):
    bar, saving = explorer.window.message_bar, explorer.presenter.saving
    explorer.trigger("save_head")
    assert "no trained head" in bar.message() and bar.tone() == "info"
    head = TrainedHead(b"weights", ModelCard(title="Mine").model_dump_json())
    for kept, file in ((None, "a"), (head, "head")):
        found = SimpleNamespace(shown=shown_of(kept))
        results = SimpleNamespace(shown=SimpleNamespace(lab=found))
        monkeypatch.setattr(saving, "results", results)
        path = tmp_path / file
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, p=path: (str(p), ""))
        explorer.trigger("save_head")
    out = tmp_path / "head.safetensors"
    explorer.bot.waitUntil(lambda: "Saved as head.safetensors" in bar.message(), timeout=30_000)
    assert out.read_bytes() == b"weights" and read_card(tmp_path / "head.json").title == "Mine"
    assert not (tmp_path / "a.safetensors").exists()  # nothing was trained
