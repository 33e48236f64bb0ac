"""What a search makes large: by hand-made counts, and against the measures of `evaluate`."""

import numpy as np
import pytest

from segviewer.analysis.evaluation.boundary_iou import boundary_counts, boundary_iou
from segviewer.analysis.evaluation.metrics import Confusion
from segviewer.batch.frame_scores import FrameScore, counts_of
from segviewer.batch.tune import Frame
from segviewer.batch.tuning_measure import TuningMeasure, measure_named, said_of
from segviewer.errors import SettingsError

CLASSES = ("sky", "Sign Symbol", "pole", "boundary")


@pytest.fixture
def frames():
    rng = np.random.default_rng(3)
    made = []
    for _ in range(3):
        probs = rng.dirichlet(np.ones(4), (40, 50)).transpose(2, 0, 1).astype(np.float32)
        target = np.zeros((40, 50), np.uint8)
        target[20:], target[:, 30:40], target[:3] = 1, 2, 255
        made.append(Frame(np.zeros((40, 50, 3), np.uint8), probs, target))
    return made


def scored(frames, measure, numbers=(0, 1, 2)):
    def counted(settings, wanted):
        return (counts_of(frames[n], settings, 0.5, measure.at_boundaries) for n in wanted)

    return FrameScore(measure, counted)(None, numbers)


def test_each_measure_is_that_of_all_frames_together(frames):
    confusion, bands = Confusion(4), np.zeros((2, 4), np.int64)
    for frame in frames:
        labels = frame.probs.argmax(0).astype(np.uint8)
        confusion.add(frame.target, labels)
        bands += boundary_counts(frame.target, labels, 4)
    assert scored(frames, measure_named("miou", CLASSES)) == confusion.miou
    assert scored(frames, measure_named("pole", CLASSES)) == confusion.iou[2]
    at_outlines = boundary_iou(bands, confusion.absent)
    assert np.isnan(at_outlines[3]) and not np.isnan(at_outlines[:3]).any()
    expected = at_outlines[:3].mean()
    found = scored(frames, measure_named("boundary", CLASSES))
    assert found == pytest.approx(expected) and found != confusion.miou


def test_what_the_targets_do_not_have_has_no_measure(frames):
    assert np.isnan(scored(frames, TuningMeasure("IoU of boundary", 3)))
    for frame in frames:
        frame.target[:] = 255
    for by in ("miou", "boundary"):
        assert np.isnan(scored(frames, measure_named(by, CLASSES)))


@pytest.mark.parametrize(
    ("text", "label", "title"),
    [
        ("", None, "mIoU"),
        (" mIoU ", None, "mIoU"),
        ("Boundary", None, "boundary IoU"),
        ("sign_symbol", 1, "IoU of Sign Symbol"),
        ("2", 2, "IoU of pole"),
        ("class:boundary", 3, "IoU of boundary"),
        ("class:0", 0, "IoU of sky"),
    ],
)
def test_it_is_named(text, label, title):
    measure = measure_named(text, CLASSES)
    assert (measure.label, measure.title) == (label, title)
    assert measure.at_boundaries == (title == "boundary IoU")


@pytest.mark.parametrize("text", ["lamp", "4", "-1", "class:", "class:boundary iou"])
def test_what_is_no_class_is_refused_with_those_there_are(text):
    with pytest.raises(SettingsError, match="no class") as refused:
        measure_named(text, CLASSES)
    assert "pole" in refused.value.why


def test_it_is_called_something_before_the_classes_are_known():
    assert [said_of(text) for text in ("miou", "BOUNDARY", "class:pole", "pole")] == [
        "mIoU",
        "boundary IoU",
        "IoU of pole",
        "IoU of pole",
    ]
