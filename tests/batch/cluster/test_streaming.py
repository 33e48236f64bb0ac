"""A list of any length goes through a cluster in parts, of which few are under way."""

import sys
import tracemalloc
from types import SimpleNamespace

import pytest

from segviewer.batch.cluster.streaming import PART, streamed


class Future:
    def __init__(self, value):
        self.value, self.released = value, False

    def result(self):
        return self.value

    def release(self):
        self.released = True


class Cluster:
    """Computes at once; notes how many parts were under way."""

    def __init__(self, workers=2):
        self.workers = workers
        self.running, self.most, self.parts = [], 0, []

    def scheduler_info(self, number):
        return {"workers": dict.fromkeys(range(self.workers))}

    def submit(self, function, name, items, pure):
        self.parts.append(len(items))
        return Future(function(name, items))

    def as_completed(self, futures):
        cluster = self
        cluster.running = list(futures)

        class Running:
            def update(self, more):
                cluster.running += more

            def __iter__(self):
                while cluster.running:
                    cluster.most = max(cluster.most, len(cluster.running))
                    yield cluster.running.pop()  # the last first: they come in any order

        return Running()


@pytest.fixture
def cluster(monkeypatch):
    made = Cluster()
    module = SimpleNamespace(as_completed=made.as_completed)
    monkeypatch.setitem(sys.modules, "distributed", module)
    return made


def test_every_item_comes_once_and_few_parts_are_under_way(cluster):
    found = list(streamed(cluster, "run", lambda name, items: items, range(1000)))
    assert sorted(found) == list(range(1000))
    assert cluster.most <= 6 and max(cluster.parts) == PART
    assert list(streamed(cluster, "run", lambda name, items: items, [])) == []


@pytest.mark.slow
def test_a_million_pictures_take_no_memory_of_their_number(cluster):
    names = (f"/data/set/images/frame_{number:07}.jpg" for number in range(1_000_000))
    tracemalloc.start()
    try:
        count = sum(1 for _ in streamed(cluster, "run", lambda name, items: items, names))
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert count == 1_000_000
