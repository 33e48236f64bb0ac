"""Only what changed runs again: window and level, and what the network sees of them."""

import numpy as np
import pytest
from PIL import Image

from segviewer.engine.computing import picture as computing
from segviewer.engine.stages import stage_key

pytestmark = pytest.mark.slow


@pytest.fixture
def deep(tmp_path, small_photograph, session):
    """The photograph with 12 bits in 16."""
    with Image.open(small_photograph) as grey:
        values = np.asarray(grey.convert("L")).astype(np.uint16) * 16
    path = tmp_path / "deep.png"
    Image.fromarray(values).save(path)
    return session.changed(image=str(path))


def test_a_window_for_the_eye_alone_leaves_the_network_alone(run, deep):
    stored = deep.changed(tones={"network": "as stored"})
    run(stored)
    image, labels = run.result("image"), run.result("label_map")
    assert image.levels[0].max() < 20  # 12 bits of 16
    assert run.result("display").levels[0].max() == 255
    assert any("as stored: 0 … 65,535" in text for text, _ in labels.chips)
    other = stored.changed(tones={"network": "as stored", "window": (100, 900)})
    assert run(other) == ["display"]
    assert run.result("label_map") is labels
    assert not np.array_equal(run.result("display").levels[0], image.levels[0])


def test_what_the_network_sees_runs_it_again_but_reads_no_file(run, deep, monkeypatch):
    run(deep)
    first = run.result("label_map").label_map
    assert "display" not in run.finished

    def again(*args, **kwargs):
        raise AssertionError("read again")

    monkeypatch.setattr(computing, "read_stored", again)
    started = run(deep.changed(tones={"window": (0, 400)}))
    assert started[0] == "image" and "probs" in started
    assert not np.array_equal(run.result("label_map").label_map, first)


def test_the_facts_say_what_is_black_and_white(run, deep):
    run(deep.changed(tones={"window": (100, 900)}))
    facts = run.result("image").tones
    assert (facts.black, facts.white, facts.deep) == (100, 900, True)
    assert facts.counts.sum() > 0


def test_keys(deep):
    assert stage_key(deep, "display") is None
    stored = deep.changed(tones={"network": "as stored"})
    brighter = deep.changed(tones={"network": "as stored", "brightness": 0.2})
    assert stage_key(stored, "probs") == stage_key(brighter, "probs")
    assert stage_key(stored, "display") != stage_key(brighter, "display")
    assert stage_key(deep, "probs") != stage_key(deep.changed(tones={"gamma": 2}), "probs")
