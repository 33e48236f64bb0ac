"""Lists of paths hold what they were given, in little memory."""

import pickle
import tracemalloc
from pathlib import Path

import pytest

from segviewer.errors import PictureError
from segviewer.imaging.datasets.pairing import Pairing, dataset_of
from segviewer.imaging.datasets.path_list import PairList, PathList

PATHS = [Path("a/b/1.png"), Path("a/2.png"), Path("3.png"), Path("a/b/4.png")]


def test_a_list_is_the_paths_it_was_given():
    found = PathList(PATHS)
    assert found == PATHS and found == tuple(PATHS) and list(found) == PATHS
    assert found[-1] == PATHS[-1] and found[1:3] == PATHS[1:3]
    assert found.picked([3, 0]) == [PATHS[3], PATHS[0]]
    assert list(found.texts()) == [str(path) for path in PATHS]
    assert found != PATHS[:2] and found != "abcd" and not PathList()
    assert pickle.loads(pickle.dumps(found)) == found


def test_pairs_are_those_they_were_made_of():
    pairs = list(zip(PATHS, reversed(PATHS), strict=True))
    found = PairList.of(pairs)
    assert found == pairs and found[1] == pairs[1] and found[::2] == pairs[::2]
    assert pickle.loads(pickle.dumps(found)) == found
    with pytest.raises(ValueError, match="4 pictures and 1 masks"):
        PairList(PathList(PATHS), PathList(PATHS[:1]))


def test_what_a_pairing_is_given_it_keeps_small():
    pairs = tuple(zip(PATHS, PATHS, strict=True))
    found = Pairing(pairs, split_by_pair=("train", "val", "", "val"))
    assert isinstance(found.pairs, PairList) and found.pairs == pairs
    some = found.picked([3, 1])
    assert some.pairs == (pairs[3], pairs[1]) and some.split_by_pair == ("val", "val")
    assert some.masks == [PATHS[3], PATHS[1]]


@pytest.mark.slow
def test_a_pair_takes_less_than_half_a_kilobyte_while_it_is_found(tmp_path, monkeypatch):
    """So a million take under 500 MB; what they take at most counts, not what is left of it."""
    count = 20_000
    kinds = (("images", "jpg"), ("labels", "png"))
    # As os.walk gives them: writing forty thousand files takes longer than all the rest.
    tree = [(str(tmp_path), ["images", "labels"], [])]
    tree += [
        (str(tmp_path / kind), [], [f"city_{n:06}_frame.{end}" for n in range(count)])
        for kind, end in kinds
    ]
    (tmp_path / "other").mkdir()
    with pytest.raises(PictureError):
        dataset_of(tmp_path / "other")  # what is imported for the first is no pair's
    monkeypatch.setattr("os.walk", lambda folder, onerror: iter(tree))
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        found = dataset_of(tmp_path)
        left, most = (size - before for size in tracemalloc.get_traced_memory())
    finally:
        tracemalloc.stop()
    assert len(found.pairs) == count
    names = sum(len(name) + 49 for *_, names in tree for name in names)  # which the walk made
    assert (most + names) / count < 500
    assert (left + names) / count < 250
