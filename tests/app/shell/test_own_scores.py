"""A photograph and a file of logits, no network: opened, tuned, read and saved, by hand."""

import json

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from segviewer.app.frame.openings import drop_hint
from segviewer.app.frame.routing import route
from segviewer.engine.stages import stage_key

NAMES = ("road", "building", "tree")


@pytest.fixture
def logits(tmp_path, street):
    """Rough scores of three classes at 120×90, (height, width, classes), named like the picture."""
    with Image.open(street) as picture:
        grey = np.asarray(picture.convert("L").resize((120, 90)), float) / 255
    rng = np.random.default_rng(0)
    middles = np.array([0.2, 0.5, 0.8])
    scores = -8 * np.abs(grey[..., None] - middles) + rng.normal(0, 1.2, (90, 120, 3))
    path = tmp_path / "street.npy"
    np.save(path, scores.astype(np.float32))
    (tmp_path / "street.json").write_text(json.dumps({"classes": NAMES}))
    return path


def chips(explorer):
    return [text for text, _ in explorer.presenter.results.shown.labelled.chips]


@pytest.mark.slow
def test_a_photograph_and_an_npy_of_logits(explorer, street, logits, tmp_path, monkeypatch):
    presenter, store = explorer.presenter, explorer.store
    presenter.openings.open_paths([str(street), str(logits)])
    explorer.bot.waitUntil(
        lambda: explorer.session.checkpoint == f"scores:{logits}", timeout=60_000
    )
    explorer.settled()
    shown = presenter.results.shown
    assert shown.network.classes == NAMES and "street.npy" in shown.network.title
    assert any("scores: file" in text and "logits" in text for text in chips(explorer))
    assert explorer.window.message_bar.message() == ""
    assert "parameters" not in explorer.window.model_note.text()
    assert explorer.presenter.model.inference_form.row("flip").isHidden()
    alone = explorer.labels().copy()
    assert alone.shape == (180, 240) and set(np.unique(alone)) <= {0, 1, 2}
    # The CRF is switched on and one of its numbers moved, as with the mouse.
    explorer.trigger("crf")
    explorer.settled()
    refined = explorer.labels().copy()
    form = presenter.settings.crf_form
    form.edited.emit("appearance_rgb_std", 20.0, True)
    explorer.settled()
    moved = explorer.labels()
    assert (refined != alone).mean() > 0.01 and (moved != refined).mean() > 0.01
    assert presenter.results.shown.labelled.refined_at == "full resolution"
    assert store.session.crf.appearance_rgb_std == 20.0
    # Compared with what was set before: A is pinned with its CRF, B is a preset that is clicked.
    explorer.window.canvas.setFocus()
    explorer.press(Qt.Key.Key_A, Qt.KeyboardModifier.ShiftModifier)
    presenter.labs.open("crf_presets")
    explorer.settled("lab")
    tiles = presenter.labs.drawer.views.currentWidget().tiles
    names = [tile.name for tile in tiles.tiles()]
    at = tiles.area_of(names.index("pydensecrf")).center().toPoint()
    explorer.bot.mouseClick(tiles, Qt.MouseButton.LeftButton, pos=at)
    explorer.settled("reference_label_map", "disagreement")
    first = explorer.results("reference_label_map").label_map
    np.testing.assert_array_equal(first, moved)
    share = np.mean(first != explorer.labels())
    assert explorer.results("disagreement").share == pytest.approx(share) and share > 0
    assert "θ1 2.0" in explorer.window.canvas._captions[0]
    assert "θ1 10.0" in explorer.window.canvas._captions[1]
    # Of the network that made the scores nothing is known, and nothing is made up.
    lines = [row.label for row in explorer.window.comparison_table.rows()]
    assert lines == ["Size of the scores", "CRF", "Disagreement"]
    # Understood: why a pixel has its label, its kernels' parts in the drawer.
    presenter.labs.open("why_label")
    explorer.window.canvas.pixel_clicked.emit(120, 90)
    explorer.settled("lab")
    why = presenter.results.shown.lab.shown
    assert explorer.labels()[90, 120] == NAMES.index(why.pair[0]) and sum(why.leads) > 0
    assert "x 120, y 90" in presenter.labs.drawer.caption.text()
    # What was tried is a click away.
    presenter.labs.leave()
    assert len(explorer.window.crf_tried.rows()) == 4  # off, on, moved, the preset
    explorer.window.crf_tried.chosen.emit(1)
    explorer.settled()
    np.testing.assert_array_equal(explorer.labels(), moved)
    # And taken away, the script for pydensecrf with what it is called with.
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(tmp_path / "crf"))
    explorer.trigger("save_script")
    array = tmp_path / "crf" / "street-PROBS.npy"
    explorer.bot.waitUntil(
        lambda: "written" in explorer.window.statusBar().currentMessage(), timeout=60_000
    )
    np.testing.assert_array_equal(np.load(array).argmax(0), np.load(logits).argmax(-1))
    assert "THETA_1, SIGMA_ALPHA, SIGMA_BETA = 2, 20, 20" in (
        array.with_name("street-crf.py").read_text()
    )
    presenter.saving.export(tmp_path / "out")
    index = tmp_path / "out" / "street-labels.png"
    explorer.bot.waitUntil(index.exists, timeout=30_000)
    explorer.bot.waitUntil((tmp_path / "out" / "street.json").exists, timeout=30_000)
    with Image.open(index) as written:
        np.testing.assert_array_equal(np.array(written), moved)
    report = json.loads((tmp_path / "out" / "street.json").read_text())
    assert list(report["shares"]) == list(NAMES) and report["crf_at"] == "full resolution"


def test_scores_that_do_not_fit_say_so_and_another_file_mends_it(
    explorer, street, logits, tmp_path
):
    wrong = tmp_path / "wrong.npy"
    np.save(wrong, np.zeros((3, 90, 300), np.float32))
    presenter = explorer.presenter
    presenter.openings.open_paths([str(street), str(wrong)])
    explorer.bot.waitUntil(lambda: "wrong.npy" in explorer.message(), timeout=60_000)
    presenter.openings.open_paths([str(logits)])
    explorer.bot.waitUntil(
        lambda: explorer.session.checkpoint == f"scores:{logits}", timeout=60_000
    )
    explorer.settled()
    assert explorer.labels().shape == (180, 240)


@pytest.mark.slow
def test_what_needs_a_network_says_that_there_is_none(explorer, street, logits):
    presenter = explorer.presenter
    presenter.openings.open_paths([str(street), str(logits)])
    explorer.bot.waitUntil(
        lambda: explorer.session.checkpoint == f"scores:{logits}", timeout=60_000
    )
    explorer.settled()
    explorer.trigger("network_card")
    explorer.bot.waitUntil(lambda: "no network" in explorer.message(), timeout=60_000)
    explorer.trigger("network_card")


@pytest.mark.slow
def test_the_doctor_examines_scores_from_a_file(explorer, street, logits):
    presenter, store = explorer.presenter, explorer.store
    presenter.openings.open_paths([str(street), str(logits)])
    explorer.bot.waitUntil(
        lambda: explorer.session.checkpoint == f"scores:{logits}", timeout=60_000
    )
    explorer.settled()
    store.update(store.session.changed(lab=store.session.lab.changed(name="doctor")))
    presenter.requests.submit()

    def examined():
        key = stage_key(explorer.session, "lab")
        assert key is not None and explorer.runner.have.get("lab") == key

    explorer.bot.waitUntil(examined, timeout=60_000)
    assert presenter.results.shown.lab is not None


def test_paths_are_kept_apart(tmp_path, street, logits):
    import torch

    scores = np.load(logits)
    torch.save(torch.from_numpy(scores), tmp_path / "a.pt")
    np.savez(tmp_path / "a.npz", probs=scores)
    (tmp_path / "folder").mkdir()
    np.save(tmp_path / "folder" / "street.npy", scores)
    for name in ("a.pt", "a.npz", "street.npy", "folder"):
        assert route([str(tmp_path / name)]).scores == [str(tmp_path / name)], name
    torch.save({f"layer{k}": torch.zeros(3, 3) for k in range(9)}, tmp_path / "net.pt")
    found = route([str(tmp_path / "net.pt"), str(street)])
    assert found.checkpoints == [str(tmp_path / "net.pt")] and found.pictures == [str(street)]
    assert drop_hint([logits]) == "Open street.npy"  # a mask or scores: what it holds decides
    assert drop_hint([tmp_path / "a.h5"]) == "Open scores a.h5"


@pytest.mark.slow
def test_a_folder_of_scores_follows_the_filmstrip(explorer, street, logits, tmp_path):
    pictures, folder = tmp_path / "pictures", tmp_path / "scores"
    pictures.mkdir()
    folder.mkdir()
    scores = np.load(logits)
    for number, name in enumerate(("a", "b")):
        with Image.open(street) as picture:
            picture.save(pictures / f"{name}.png")
        np.save(folder / f"{name}.npy", np.roll(scores, number, axis=2))
    presenter = explorer.presenter
    presenter.openings.open_paths([str(pictures)])
    explorer.bot.waitUntil(lambda: explorer.session.image.endswith("a.png"), timeout=60_000)
    presenter.openings.open_scores(str(folder))
    explorer.settled()
    first = explorer.labels().copy()
    presenter.openings.step(1)
    explorer.bot.waitUntil(lambda: explorer.session.image.endswith("b.png"), timeout=60_000)
    explorer.settled()
    np.testing.assert_array_equal(explorer.labels(), (first + 1) % 3)
