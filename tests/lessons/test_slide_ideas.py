"""Every idea of the lecture slides has a step that shows it in a lab, and every lab has a step."""

import tomllib

import pytest

from segviewer.labs import MODULES
from segviewer.lessons.reading import find_lessons, shipped_folder
from segviewer.resource_files import resource_path

IDEAS = tomllib.loads((resource_path("tables") / "slide_ideas.toml").read_text("utf-8"))["ideas"]
LESSONS = {file.name: file.lesson for file in find_lessons((shipped_folder(),))[0]}
# What the slides have beyond the headings of the lessons; a phrase of each idea's name.
ASKED = (
    "What pooling and striding are good for",
    "Invariance and its price",
    "Deconvolution against atrous",
    "Small against large field of view",
    "Directed factorisation",
    "Undirected factorisation and Z",
    "The triangle",
    "Potts: insensitive",
    "VGG-16",
    "ResNet-101",
    "Poly",
    "Augmentation",
    "Crop",
    "Batch norm",
    "ADE20K table",
    "VOC 2012 table",
    "Cityscapes table",
    "DRN's prediction model",
    "DRN's ImageNet table",
    "Image-level features",
    "Parallel ASPP",
    "Cascade",
    "Table 2",
    "Multi-grid",
    "Table 3",
    "DenseNet's results",
)


@pytest.mark.parametrize("row", IDEAS, ids=lambda row: row["idea"])
def test_an_idea_has_a_step_with_its_lab(row):
    steps = {step.title: step for step in LESSONS[row["lesson"]].steps}
    assert row["step"] in steps
    assert steps[row["step"]].session.lab.name == row["lab"]


def test_the_table_has_what_the_slides_have():
    names = [row["idea"] for row in IDEAS]
    assert len(set(names)) == len(names)
    assert [one for one in ASKED if not any(name.startswith(one) for name in names)] == []


def test_every_lab_is_in_a_step():
    shown = {step.session.lab.name for lesson in LESSONS.values() for step in lesson.steps}
    assert {module.rpartition(".")[2] for module in MODULES} - shown == set()
