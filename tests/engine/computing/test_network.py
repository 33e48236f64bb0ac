"""A network that was trained on enlarged pictures is shown enlarged ones."""

import json
import shutil

import numpy as np
import pytest

from segviewer.engine.results import LabelResult
from segviewer.resource_files import resource_path

BUNDLED = "deeplab_v3_efficientnet_lite0_camvid"


@pytest.fixture
def enlarging(tmp_path, session):
    """The bundled network with a card that says so, at its own size."""
    for ending in (".safetensors", ".json"):
        shutil.copy(resource_path("checkpoints", BUNDLED + ending), tmp_path)
    card = tmp_path / f"{BUNDLED}.json"
    said = json.loads(card.read_text("utf-8"))
    card.write_text(json.dumps({**said, "inference_long_side": 224, "inference_enlarges": True}))
    return session.changed(
        checkpoint=str(tmp_path / f"{BUNDLED}.safetensors"),
        inference=session.inference.changed(long_side=0),
    )


def test_a_smaller_photograph_is_enlarged_and_labelled_at_its_own_size(run, session, enlarging):
    run(enlarging)
    image = run.result("image").levels[0]
    assert max(image.shape[:2]) < 224
    probs = run.result("refined").probs
    assert max(probs.shape[1:]) == 224
    label_map = run.result("label_map")
    assert isinstance(label_map, LabelResult) and label_map.label_map.shape == image.shape[:2]
    assert (f"network sees 224 px, enlarged from {max(image.shape[:2])}", "info") in label_map.chips
    larger = label_map.label_map
    # Without that word nothing is enlarged, whatever the network was trained for.
    run(session.changed(inference=session.inference.changed(long_side=0)))
    assert run.result("refined").probs.shape[1:] == image.shape[:2]
    assert np.mean(larger == run.result("label_map").label_map) > 0.5


def test_what_a_person_says_of_it_goes_before_the_card(run, session, enlarging):
    run(enlarging)
    shape = run.result("image").levels[0].shape[:2]
    run(enlarging.changed(sheet=enlarging.sheet.changed(inference_enlarges=False)))
    assert run.result("refined").probs.shape[1:] == shape
    told = session.sheet.changed(inference_long_side=224, inference_enlarges=True)
    run(enlarging.changed(checkpoint=session.checkpoint, sheet=told))
    assert max(run.result("refined").probs.shape[1:]) == 224


@pytest.mark.parametrize("full", [False, True])
def test_the_crf_works_on_the_enlarged_picture(run, enlarging, full):
    crf = enlarging.crf.changed(enabled=True, full_resolution=full)
    run(enlarging.changed(crf=crf))
    assert max(run.result("refined").probs.shape[1:]) == 224
    found = run.result("label_map")
    assert found.label_map.shape == run.result("image").levels[0].shape[:2]
    assert found.refined_at == ("full resolution" if full else "working size")
