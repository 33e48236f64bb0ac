"""Weights go to where they are not, and are what they were."""

import shutil
from pathlib import Path

from segviewer.batch.cluster.weights import unpacked, weights_of
from segviewer.checkpoints.published.catalogue import resolve_reference
from segviewer.session import Session

NAME = "deeplab_v3_efficientnet_lite0_camvid"


def own_copy(folder):
    """A bundled checkpoint with its card, as a person's own file."""
    shipped = Path(resolve_reference(f"bundled:{NAME}"))
    folder.mkdir()
    for one in (shipped, shipped.with_suffix(".json")):
        shutil.copy(one, folder / one.name)
    return folder / shipped.name


def test_what_ships_or_is_random_is_not_sent():
    for reference in (f"bundled:{NAME}", "random:u_net:", f"untrained:bundled:{NAME}"):
        session = Session(checkpoint=reference)
        sent = weights_of(session)
        assert sent.files == () and unpacked(session, sent, "/nowhere") == session


def test_a_file_is_sent_with_its_card_and_written_once(tmp_path):
    path = own_copy(tmp_path / "own")
    session = Session(checkpoint=str(path))
    sent = weights_of(session)
    assert [name for name, _ in sent.files] == [path.name, f"{path.stem}.json"]
    # Where the file is seen, it is used.
    worker = tmp_path / "worker"
    worker.mkdir()
    assert unpacked(session, sent, str(worker)) == session and not list(worker.iterdir())
    content = path.read_bytes()
    shutil.rmtree(path.parent)
    there = unpacked(session, sent, str(worker))
    placed = Path(there.checkpoint)
    assert placed.is_relative_to(worker) and placed.read_bytes() == content
    assert placed.with_suffix(".json").exists()
    first = placed.stat().st_mtime_ns
    assert unpacked(session, sent, str(worker)) == there and placed.stat().st_mtime_ns == first
    untrained = Session(checkpoint=f"untrained:{path}")
    assert unpacked(untrained, sent, str(worker)).checkpoint == f"untrained:{placed}"


def test_another_file_of_that_name_is_not_taken_for_it(tmp_path):
    path = own_copy(tmp_path / "own")
    session = Session(checkpoint=str(path))
    sent = weights_of(session)
    path.write_bytes(b"another")
    assert unpacked(session, sent, str(tmp_path)).checkpoint != str(path)
