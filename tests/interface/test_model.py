"""A model labels as the window does, whatever it is given a photograph as."""

import numpy as np
import pytest

import segviewer as sv
from segviewer.engine.executor import StageExecutor
from segviewer.engine.listener import Collected


def test_labels_are_those_of_the_window(model, photograph, small_photograph):
    collected = Collected()
    StageExecutor(collected.listener()).run(model.session.changed(image=str(small_photograph)))
    shown = collected.results["label_map"].label_map
    for image in (photograph, np.asarray(photograph), small_photograph, str(small_photograph)):
        assert np.array_equal(model.labels(image), shown)


def test_probabilities_sum_to_one_and_are_the_callers_own(model, photograph):
    probs = model.probabilities(photograph)
    assert probs.dtype == np.float32 and len(probs) == len(model.class_names) == 11
    assert np.allclose(probs.sum(0), 1, atol=1e-5)
    kept = probs.copy()
    probs[:] = 0
    assert np.array_equal(model.probabilities(photograph), kept)


def test_an_array_that_changed_is_another_photograph(model, photograph):
    pixels = np.array(photograph)
    before = model.labels(pixels)
    pixels[:] = pixels[::-1].copy()
    assert not np.array_equal(model.labels(pixels), before)


def test_other_geometry_leaves_the_model_as_it_was(model, photograph):
    before = model.probabilities(photograph)
    other = model.with_geometry(output_stride=8, atrous_rates=[3, 6, 9])
    assert not np.array_equal(other.probabilities(photograph), before)
    assert np.array_equal(model.probabilities(photograph), before)
    assert other.geometry["atrous_rates"] == (3, 6, 9)
    assert model.notes == () and "trained with" in other.notes[0]


def test_void_has_no_label(model, photograph):
    void = np.zeros(photograph.pixels.shape[:2], bool)
    void[:9] = True
    labels = model.labels(sv.Photograph(photograph.pixels, void))
    assert np.array_equal(labels == 255, void)
    assert (
        sv.refine(
            sv.Photograph(photograph.pixels, void), model.probabilities(photograph)
        ).label_map[:9]
        == 255
    ).all()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"geometry": {"rates": 3}}, "no live setting called rates"),
        ({"long_side": -5}, "long_side"),
        ({"device": "cuda:77"}, "cuda:77"),
        ({"card": {"classes": 3}}, "classes"),
    ],
)
def test_what_cannot_be_is_said(values, said):
    with pytest.raises(sv.SegviewerError, match=said):
        sv.open_checkpoint("deeplab_v3_efficientnet_lite0_camvid", **values)


def test_a_card_names_the_classes(tmp_path):
    names = tuple("abcdefghijk")
    said = sv.open_checkpoint("deeplab_v3_efficientnet_lite0_camvid", card={"classes": names})
    assert said.class_names == names
    (tmp_path / "card.json").write_text('{"classes": ["' + '", "'.join(names) + '"]}')
    read = sv.open_checkpoint("deeplab_v3_efficientnet_lite0_camvid", card=tmp_path / "card.json")
    assert read.class_names == names


def test_scores_of_a_file_are_those_of_their_photograph(tmp_path, model, photograph):
    probs = model.probabilities(photograph)
    np.save(tmp_path / "street.npy", probs)
    saved = sv.open_checkpoint(f"scores:{tmp_path / 'street.npy'}")
    with pytest.raises(sv.SegviewerError, match="probabilities of their photograph first"):
        _ = saved.class_names
    assert np.allclose(saved.probabilities(photograph), probs, atol=1e-6)
    assert len(saved.class_names) == 11


@pytest.mark.parametrize("shape", [(5, 6), (5, 6, 4), (0, 6, 3)])
def test_what_is_no_photograph_is_said(model, shape):
    with pytest.raises(sv.SegviewerError, match="no photograph"):
        model.labels(np.zeros(shape, np.uint8))
    with pytest.raises(sv.SegviewerError, match="float64"):
        model.labels(np.zeros((5, 6, 3)))
