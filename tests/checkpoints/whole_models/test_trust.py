"""Nothing of a program is run before somebody has agreed to exactly this file."""

from __future__ import annotations

import json
import pickle

import pytest
import torch

from segviewer.checkpoints.opening import open_network
from segviewer.checkpoints.whole_models import trust
from segviewer.checkpoints.whole_models.trust import UntrustedProgram, agree_to_file, remember
from segviewer.errors import CheckpointError
from segviewer.resource_files import own_path
from tests.checkpoints.whole_models.written_programs import Small, write_exported, write_script


@pytest.fixture(params=["TorchScript", "torch.export"])
def program(request, tmp_path):
    if request.param == "TorchScript":
        return write_script(tmp_path / "net.pt", Small())
    return write_exported(tmp_path / "net.pt2", Small())


def test_a_program_is_asked_about_and_torch_never_gets_it(program, monkeypatch):
    loads = []

    def loaded(*args, **kwargs):
        loads.append(args)
        raise RuntimeError("it was loaded")

    for loader in ("torch.jit.load", "torch.export.load", "torch.load"):
        monkeypatch.setattr(loader, loaded)
    with pytest.raises(UntrustedProgram) as refused:
        open_network(str(program))
    assert "runs code that its author wrote" in refused.value.what
    assert str(program.parent) in refused.value.why
    assert "--trust" in refused.value.next_step
    crossed = pickle.loads(pickle.dumps(refused.value))
    assert (crossed.path, len(crossed.sha256)) == (str(program), 64)
    assert crossed.sentence == refused.value.sentence and not loads
    # Agreed to, it is loaded: the guard above is one that can fail.
    agree_to_file(program)
    with pytest.raises(CheckpointError, match="it was loaded"):
        open_network(str(program))
    assert len(loads) == 1


def test_another_file_of_the_same_name_is_asked_about_again(tmp_path):
    path = write_script(tmp_path / "net.pt", Small())
    agree_to_file(path)
    assert open_network(str(path)).config.num_classes == 5
    write_script(path, Small(classes=6))
    with pytest.raises(UntrustedProgram):
        open_network(str(path))


def test_always_this_file_is_remembered_by_its_content_in_the_own_folder(program):
    with pytest.raises(UntrustedProgram) as refused:
        open_network(str(program))
    remember(refused.value.sha256, program.name)
    remember("0" * 64, "another")
    assert json.loads(own_path(trust.FILE).read_text())[refused.value.sha256] == program.name
    assert trust.agreed() == frozenset()
    program = program.rename(program.with_stem("elsewhere"))
    assert open_network(str(program)).config.num_classes == 5


@pytest.mark.parametrize("content", ["", "[]", "{", "\x00", '{"a": 1}'])
def test_a_damaged_list_trusts_nobody(program, content):
    own_path().mkdir(parents=True)
    own_path(trust.FILE).write_text(content)
    with pytest.raises(UntrustedProgram):
        open_network(str(program))


def test_a_card_beside_a_program_cannot_agree_for_the_person(program):
    program.with_suffix(".json").write_text(
        json.dumps({"title": "t", "architecture": "torch_script", "trusted": True})
    )
    with pytest.raises(CheckpointError):
        open_network(str(program))


def test_random_weights_of_a_program_are_refused_in_words(program):
    agree_to_file(program)
    with pytest.raises(CheckpointError, match="has no random weights"):
        open_network(f"untrained:{program}")


def test_weights_with_a_record_called_code_are_weights(tmp_path):
    """What makes a program is code and constants together; weights are not asked about."""
    from segviewer.checkpoints.whole_models.kinds import whole_model_kind

    path = tmp_path / "weights.pt"
    torch.save({"code": torch.ones(3)}, path)
    assert whole_model_kind(path) == ""
