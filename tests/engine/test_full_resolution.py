"""The CRF at full resolution as a stage: what comes before it, what is said, and what stops it."""

import numpy as np
import pytest
from PIL import Image

from segviewer.engine.computing import full_resolution
from segviewer.engine.listener import Listener
from segviewer.errors import Cancelled
from segviewer.imaging.reading.samples import sample_path


@pytest.fixture
def large(session, tmp_path):
    """A photograph four times as large as the network sees it, with the CRF on."""
    path = tmp_path / "large.png"
    with Image.open(sample_path("building")) as picture:
        picture.convert("RGB").resize((480, 360)).save(path)
    crf = session.crf.changed(enabled=True, num_iterations=3)
    return session.changed(image=str(path), crf=crf)


def watch(run):
    """Every label map that is shown, in turn."""
    seen = []

    def finished(stage, key, result, seconds):
        run.finished[stage] = (key, result)
        if stage == "label_map" and result.refined_at != "iteration":
            seen.append(result)

    run.executor.listener.finished = finished
    return seen


def said(result):
    return " | ".join(text for text, _ in result.chips)


def test_working_size_first_then_every_pixel_and_each_says_what_it_is(run, large):
    seen = watch(run)
    run(large)
    assert [one.refined_at for one in seen] == ["working size", "full resolution"]
    assert [one.complete for one in seen] == [False, True]
    assert [one.label_map.shape for one in seen] == [(90, 120), (360, 480)]
    assert "CRF at 120×90 px; full resolution follows" in said(seen[0])
    assert "CRF at full resolution, 480×360 px" in said(seen[1])
    assert "follows" not in said(seen[1])
    assert seen[1].shares.sum() == pytest.approx(1)


def test_the_draft_says_that_it_is_one(run, large):
    seen = watch(run)
    run.draft = True
    run(large)
    assert [one.refined_at for one in seen] == ["draft"]


def test_switched_off_the_result_is_enlarged_and_that_is_said(run, large):
    run(large)
    sliced = run.result("label_map").label_map
    run(large.changed(crf=large.crf.changed(full_resolution=False)))
    plain = run.result("label_map")
    assert plain.refined_at == "working size" and "CRF at 120×90 px" in said(plain)
    assert 0 < (plain.label_map != sliced).mean() < 0.1


def test_where_the_sizes_agree_or_no_crf_is_on_nothing_is_sliced(run, session, large, monkeypatch):
    monkeypatch.setattr(full_resolution, "labels_at_every_pixel", None)
    run(session.changed(crf=large.crf))
    assert run.result("label_map").refined_at == "full resolution"
    run(large.changed(crf=large.crf.changed(enabled=False)))
    assert run.result("label_map").refined_at == ""


def test_what_is_in_view_comes_first(run, large, monkeypatch):
    monkeypatch.setattr(full_resolution, "BLOCK_PIXELS", 1000)
    run.executor.view = (0.25, 0.5, 0.0, 0.5)
    seen = watch(run)
    run(large)
    small, part, whole = seen
    assert [one.refined_at for one in seen] == ["working size", "part", "full resolution"]
    assert "in view" in said(part) and not part.complete
    # At the part's edges single labels are put right by what lies beyond.
    np.testing.assert_array_equal(part.label_map[91:179, :239], whole.label_map[91:179, :239])
    # Elsewhere it is the enlarged one still.
    large_labels = small.label_map.repeat(4, 0).repeat(4, 1)
    np.testing.assert_array_equal(part.label_map[180:], large_labels[180:])


@pytest.mark.parametrize("view", [None, (0, 1, 0, 1), (1.5, 2.0, 0, 1), (-3, -2, 0, 1)])
def test_no_part_is_shown_where_all_or_nothing_is_in_view(run, large, view, monkeypatch):
    monkeypatch.setattr(full_resolution, "BLOCK_PIXELS", 1000)
    run.executor.view = view
    seen = watch(run)
    run(large)
    assert [one.refined_at for one in seen] == ["working size", "full resolution"]


def test_it_is_left_between_blocks_and_taken_up_without_another_refinement(run, large, monkeypatch):
    monkeypatch.setattr("segviewer.crf.engines.full_resolution.BLOCK_PIXELS", 4000)
    parts = []

    def progressed(stage, part):
        if stage == "slicing":
            parts.append(part)

    def check():
        if len(parts) == 3:
            raise Cancelled

    listener = run.executor.listener
    run.executor.listener = Listener(check, listener.started, progressed, listener.finished)
    with pytest.raises(Cancelled):
        run(large)
    assert 0 < parts[-1] < 0.2
    run.executor.listener = listener
    assert "refined" not in run(large)
    assert run.result("label_map").refined_at == "full resolution"


def test_an_update_that_is_kept_no_more_is_made_again(run, large, monkeypatch):
    run(large)
    labels = run.result("label_map").label_map
    run.executor.cache["label_map"].key = None
    run.executor.peers.kept[full_resolution.UPDATES].clear()
    assert "refined" not in run(large)
    np.testing.assert_array_equal(run.result("label_map").label_map, labels)


@pytest.mark.parametrize("threshold", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_the_threshold_of_a_network_with_one_class(threshold):
    energies = np.log([[0.7, 0.3], [0.05, 0.95]])
    bias = full_resolution.foreground_bias(threshold, 2)
    if bias is not None:
        energies = energies + bias
    found = energies[:, 1] > energies[:, 0]
    np.testing.assert_array_equal(found, np.array([0.3, 0.95]) > threshold)
