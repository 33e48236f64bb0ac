"""Eight small frames of two films, with masks."""

from __future__ import annotations

import pytest

from tests.training.written_frames import write_frames


@pytest.fixture
def eight_frames(tmp_path):
    folder = tmp_path / "films"
    write_frames(folder, [f"a_{n:03}" for n in range(6)] + [f"b_{n:03}" for n in range(2)])
    return folder
