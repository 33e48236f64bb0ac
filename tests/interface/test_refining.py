"""The CRF of the interface is that of the window, for one class and for many."""

import numpy as np
import pytest

import segviewer as sv
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.engine.executor import StageExecutor
from segviewer.engine.listener import Collected


@pytest.mark.parametrize("full_resolution", [True, False])
def test_labels_are_those_of_the_window(model, full_resolution):
    values = {"appearance_xy_std": 9.5, "num_iterations": 2, "full_resolution": full_resolution}
    crf = CRFSettings(enabled=True, **values)
    collected = Collected()
    session = model.session.changed(image="sample:leuven_street", crf=crf)
    StageExecutor(collected.listener()).run(session)
    photograph = sv.read_image("sample:leuven_street")
    refined = sv.refine(photograph, model.probabilities(photograph), settings=values)
    assert np.array_equal(refined.label_map, collected.results["label_map"].label_map)
    assert refined.settings["num_iterations"] == 2


def test_a_preset_and_numbers_in_its_place(photograph, model):
    probs = model.probabilities(photograph)
    by_line = sv.refine(photograph, probs, preset="deeplab-v2,theta1=2,iterations=1")
    by_values = sv.refine(
        photograph,
        probs,
        preset="deeplab-v2",
        settings={"appearance_weight": 2, "num_iterations": 1},
    )
    assert by_line.settings == by_values.settings
    assert (
        by_line.settings["appearance_xy_std"]
        == (sv.crf_presets()["deeplab-v2"]["appearance_xy_std"])
    )
    assert np.array_equal(by_line.label_map, by_values.label_map)


@pytest.mark.parametrize("size", [(72, 96), (36, 48)])
def test_the_threshold_is_that_of_the_second_plane(photograph, size):
    foreground = np.full(size, 0.4, np.float32)
    probs = np.stack([1 - foreground, foreground])
    nothing = {"appearance_weight": 0, "smoothness_weight": 0}
    for threshold, label in ((0.5, 0), (0.3, 1), (1.0, 0)):
        found = sv.refine(photograph, probs, settings=nothing, threshold=threshold)
        assert (found.label_map == label).all()


@pytest.mark.parametrize(
    ("probs", "said"),
    [
        (np.full((3, 8, 9), np.nan), "NaN"),
        (np.full((3, 8, 9), 7.5), "7.5"),
        (np.zeros((8, 9)), r"\(8, 9\)"),
        (np.zeros((300, 2, 2)), "300 classes"),
        ([[["a"]]], "<U1"),
    ],
)
def test_what_holds_no_probabilities_is_said(photograph, probs, said):
    with pytest.raises(sv.SegviewerError, match=said):
        sv.refine(photograph, probs)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"preset": "nobody"}, "no CRF preset"),
        ({"settings": {"sigma": 3}}, "no setting called sigma"),
        ({"settings": {"num_iterations": 0}}, "num_iterations"),
    ],
)
def test_settings_that_are_none_are_said(photograph, given, said):
    with pytest.raises(sv.SegviewerError, match=said):
        sv.refine(photograph, np.full((2, 4, 4), 0.5), **given)
