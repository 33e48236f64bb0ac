"""References of pictures and checkpoints: read once, written as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segviewer.references import Reference

PARTS = ("sample:", "bundled:", "random:", "untrained:", "file:", "C:\\", "/", "a", ":", "~", "é")
TEXTS = st.lists(st.sampled_from(PARTS), max_size=6).map("".join) | st.text(max_size=30)


@given(TEXTS)
def test_a_picture_comes_back_as_it_was_written(text):
    reference = Reference.picture(text)

    assert str(reference) == text
    assert (reference.kind == "sample") == text.startswith("sample:")
    assert not reference.untrained


@given(TEXTS)
def test_a_checkpoint_comes_back_as_it_was_written(text):
    reference = Reference.checkpoint(text)
    times, plain = 0, text
    while plain.startswith("untrained:"):
        times, plain = times + 1, plain[len("untrained:") :]

    assert str(reference) == "untrained:" * min(times, 1) + plain
    assert Reference.checkpoint(str(reference)) == reference
    assert reference.untrained == bool(times)
    assert str(reference.trained()) == plain
    assert str(reference.trained().without_training()) == f"untrained:{plain}"


@pytest.mark.parametrize(
    ("text", "kind", "name", "is_file", "is_random"),
    [
        ("", "file", "", False, False),
        ("bundled:small", "bundled", "small", False, False),
        ("random:drn:DRN-C-26", "random", "drn:DRN-C-26", False, True),
        ("untrained:bundled:small", "bundled", "small", False, True),
        ("untrained:/data/net.pth", "file", "/data/net.pth", True, True),
        ("sample:palace", "file", "sample:palace", True, False),  # no checkpoint is a sample
        ("C:\\nets\\net.pth", "file", "C:\\nets\\net.pth", True, False),
        ("bundled", "file", "bundled", True, False),
    ],
)
def test_kinds_of_checkpoints(text, kind, name, is_file, is_random):
    reference = Reference.checkpoint(text)

    assert (reference.kind, reference.name) == (kind, name)
    assert (reference.is_file, reference.has_random_weights) == (is_file, is_random)


def test_the_parts_of_a_random_network():
    whole, short = Reference.checkpoint("random:drn:DRN-C-26"), Reference.checkpoint("random:drn")

    assert (whole.architecture, whole.form) == ("drn", "DRN-C-26")
    assert (short.architecture, short.form) == ("drn", "")


@pytest.mark.parametrize(
    ("text", "name"),
    [("", ""), ("sample:palace", "palace"), ("/a/b.png", "b.png"), ("bundled:x", "bundled:x")],
)
def test_the_name_of_a_picture_for_titles(text, name):
    assert Reference.picture(text).file_name == name
