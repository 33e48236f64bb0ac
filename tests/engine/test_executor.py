"""Only what changed runs again, keys say what is stale, and facts are said on the picture."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from segviewer.checkpoints.model_card import ModelCard
from segviewer.checkpoints.writing import write_checkpoint
from segviewer.engine.executor import StageExecutor
from segviewer.engine.listener import Collected, Listener
from segviewer.engine.stages import STAGES, stage_key
from segviewer.errors import Cancelled, CheckpointError, PictureError
from segviewer.networks import network_class
from segviewer.session import Session

BUNDLED = "bundled:deeplab_v3_efficientnet_lite0_camvid"


@pytest.fixture(scope="module")
def photograph(tmp_path_factory):
    """A real photograph, small enough to be quick."""
    from segviewer.imaging.reading.samples import sample_path

    path = tmp_path_factory.mktemp("pictures") / "street.png"
    with Image.open(sample_path("leuven_street")) as picture:
        picture.convert("RGB").resize((160, 120)).save(path)
    return path


class Recorder:
    """Remembers which stages were computed and what was reported."""

    def __init__(self):
        self.started, self.finished = [], {}
        self.stop_at = None

    def listener(self):
        def started(stage, expected):
            self.started.append(stage)
            if stage == self.stop_at:
                raise Cancelled

        def finished(stage, key, result, seconds):
            self.finished[stage] = (key, result)

        return Listener(started=started, finished=finished)


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def executor(recorder):
    return StageExecutor(recorder.listener())


def run(executor, recorder, session):
    recorder.started.clear()
    executor.run(session)
    return recorder.started


def test_each_change_reruns_only_what_depends_on_it(executor, recorder, photograph):
    session = Session(image=str(photograph), checkpoint=BUNDLED)
    assert run(executor, recorder, session) == [
        "image",
        "network",
        "probs",
        "features",
        "refined",
        "label_map",
    ]
    assert run(executor, recorder, session) == []
    fainter = session.changed(overlay=session.overlay.changed(opacity=0.1))
    assert run(executor, recorder, fainter) == []
    head = session.with_network("atrous_rates", (1, 2, 3), trained=(6, 12, 18))
    assert run(executor, recorder, head) == ["probs", "refined", "label_map"]
    stride = session.with_network("output_stride", 8, trained=16)
    assert run(executor, recorder, stride) == ["probs", "features", "refined", "label_map"]
    # Going back finds the features of the first stride still there.
    assert "features" not in run(executor, recorder, session)
    entropy = session.changed(overlay=session.overlay.changed(layer="entropy"))
    assert run(executor, recorder, entropy) == ["overlay_layer"]


def test_results_have_the_documented_shapes(executor, recorder, photograph):
    session = Session(image=str(photograph), checkpoint=BUNDLED)
    session = session.changed(overlay=session.overlay.changed(layer="margin"))
    executor.run(session)
    results = {stage: result for stage, (_, result) in recorder.finished.items()}
    assert results["image"].levels[0].shape == (120, 160, 3)
    assert results["network"].classes[:2] == ("sky", "building")
    probs = results["refined"].probs
    assert probs.shape == (11, 120, 160) and probs.dtype == np.float16
    np.testing.assert_allclose(probs.astype(float).sum(0), 1, atol=5e-3)
    labelled = results["label_map"]
    assert labelled.complete and labelled.label_map.dtype == np.uint8
    agree = labelled.label_map == executor.cache["refined"].value.argmax(0)
    assert agree.all()
    assert labelled.shares.sum() == pytest.approx(1)
    assert results["overlay_layer"].values.shape == (120, 160)


def test_live_geometry_changes_the_output_and_can_be_taken_back(executor, photograph):
    session = Session(image=str(photograph), checkpoint=BUNDLED)
    maps = {}
    for name, value in (
        ("", None),
        ("output_stride", 8),
        ("image_pooling", False),
        ("low_level_skip", False),
        ("multi_grid", (1, 1, 1)),
        ("branches", (True, True, False, True)),
        ("first_unit_keeps_rate", False),
        ("atrous_rates", (48, 1, 1)),
    ):
        changed = session.with_network(name, value, None) if name else session
        executor.run(changed)
        maps[name] = executor.cache["probs"].value.probs.copy()
    executor.run(session)
    np.testing.assert_array_equal(executor.cache["probs"].value.probs, maps[""])
    for name, probs in maps.items():
        if name:
            assert np.abs(probs - maps[""]).max() > 1e-3, f"{name} does nothing"


def test_what_differs_from_training_is_said(executor, recorder, photograph):
    session = Session(image=str(photograph), checkpoint=BUNDLED)
    changed = session.with_network("atrous_rates", (12, 24, 36), trained=(6, 12, 18))
    executor.run(changed)
    chips = recorder.finished["label_map"][1].chips
    text = "trained with atrous rates 6,12,18 · running 12,24,36"
    assert (text, "warning") in chips
    executor.run(session)
    # The photograph is small, which is true of both.
    (small,) = recorder.finished["label_map"][1].chips
    assert small[0].startswith("network sees 160 px")


def test_a_result_the_caller_has_is_not_sent_again(executor, recorder, photograph):
    session = Session(image=str(photograph), checkpoint=BUNDLED)
    executor.run(session)
    recorder.finished.clear()
    have = {stage: stage_key(session, stage) for stage in STAGES}
    executor.run(session, have)
    assert recorder.finished == {}
    executor.run(session, {})
    assert set(recorder.finished) == {"image", "network", "refined", "label_map"}


def test_cancelling_leaves_a_pipeline_that_goes_on(executor, recorder, photograph):
    session = Session(image=str(photograph), checkpoint=BUNDLED)
    recorder.stop_at = "features"
    with pytest.raises(Cancelled):
        executor.run(session)
    recorder.stop_at = None
    assert run(executor, recorder, session)[0] == "probs"
    assert "label_map" in recorder.finished


def test_esc_is_received_between_the_layers_of_a_network(photograph):
    calls = []

    def check():
        calls.append(1)
        if len(calls) > 30:
            raise Cancelled

    executor = StageExecutor(Listener(check=check))
    with pytest.raises(Cancelled):
        executor.run(Session(image=str(photograph), checkpoint=BUNDLED))
    assert len(calls) == 31


def test_a_bad_picture_leaves_the_last_good_one(executor, recorder, photograph, tmp_path):
    session = Session(image=str(photograph), checkpoint=BUNDLED)
    executor.run(session)
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"")
    with pytest.raises(PictureError):
        executor.run(session.changed(image=str(bad)))
    assert run(executor, recorder, session) == []


def test_a_bad_checkpoint_leaves_the_last_good_one(executor, recorder, photograph, tmp_path):
    session = Session(image=str(photograph), checkpoint=BUNDLED)
    executor.run(session)
    bad = tmp_path / "bad.pth"
    bad.write_bytes(b"not weights")
    with pytest.raises(CheckpointError):
        executor.run(session.changed(checkpoint=str(bad)))
    assert run(executor, recorder, session) == []


def test_random_weights_are_said(photograph):
    collected = Collected()
    StageExecutor(collected.listener()).run(
        Session(image=str(photograph), checkpoint="random:deeplab_v3")
    )
    texts = [text for text, _ in collected.results["label_map"].chips]
    assert any("random weights" in text for text in texts)


def test_the_crf_refines_and_an_unused_crf_changes_nothing(executor, recorder, photograph):
    pytest.importorskip("pydensecrf")
    session = Session(image=str(photograph), checkpoint=BUNDLED)
    executor.run(session)
    plain = executor.cache["refined"].value.copy()
    moved = session.changed(crf=session.crf.changed(num_iterations=7))
    assert run(executor, recorder, moved) == []
    executor.run(session.changed(crf=session.crf.changed(enabled=True)))
    refined = executor.cache["refined"].value
    assert refined.shape == plain.shape
    np.testing.assert_allclose(refined.sum(0), 1, atol=1e-4)
    assert np.abs(refined - plain).max() > 0.01


def test_a_target_gives_metrics_and_one_of_another_size_is_refused(
    executor, recorder, photograph, tmp_path
):
    session = Session(image=str(photograph), checkpoint=BUNDLED)
    executor.run(session)
    own = executor.cache["label_map"].value.label_map
    Image.fromarray(own).save(tmp_path / "same.png")
    executor.run(session.changed(target=str(tmp_path / "same.png")))
    metrics = recorder.finished["metrics"][1]
    assert metrics.miou == 1 and metrics.pixel_accuracy == 1
    Image.fromarray(own[:60]).save(tmp_path / "other.png")
    with pytest.raises(PictureError, match="another size"):
        executor.run(session.changed(target=str(tmp_path / "other.png")))


def test_a_thousand_classes_show_the_likeliest_of_the_picture(tmp_path):
    picture = tmp_path / "grey.png"
    Image.fromarray(np.full((40, 56, 3), 120, np.uint8)).save(picture)
    network = network_class("mobilenet_v3")
    network = network(network.Config(num_classes=1000))
    config = network.config.model_dump()
    card = ModelCard(title="many", architecture="mobilenet_v3", config=config)
    file = tmp_path / "thousand.safetensors"
    write_checkpoint(file, network.state_dict(), card)
    collected = Collected()
    session = Session(image=str(picture), checkpoint=str(file))
    StageExecutor(collected.listener()).run(session)
    refined, labelled = collected.results["refined"], collected.results["label_map"]
    assert len(collected.results["network"].classes) == 1000
    assert len(refined.classes) == len(refined.probs) == 21
    assert refined.classes[-1] == "all other classes"
    assert np.allclose(refined.probs.astype(float).sum(0), 1, atol=2e-2)
    assert labelled.label_map.shape == (40, 56) and labelled.label_map.max() <= 20
    assert any("of 1,000 classes" in text for text, _ in labelled.chips)


def test_reading_a_picture_says_how_far_it_is_and_can_be_cancelled(tmp_path, session, monkeypatch):
    monkeypatch.setattr("segviewer.engine.computing.picture.PROGRESS_SECONDS", 0.0)
    numbers = " ".join(["7"] * (3 * 500 * 600))
    (tmp_path / "slow.ppm").write_text(f"P3\n600 500\n255\n{numbers}\n")
    session = session.changed(image=str(tmp_path / "slow.ppm"), checkpoint="")
    emitted, results, cancelling = [], [], False

    def check():
        if cancelling and emitted:
            raise Cancelled

    executor = StageExecutor(
        Listener(
            check,
            progressed=lambda stage, part: emitted.append((stage, part)),
            finished=lambda *result: results.append(result),
        )
    )
    cancelling = True
    with pytest.raises(Cancelled):
        executor.run(session)
    assert emitted[0][0] == "image" and emitted[-1][1] < 0.5 and not results
    emitted.clear()
    cancelling = False
    executor.run(session)
    assert emitted[-1] == ("image", 1.0) and results[0][0] == "image"
