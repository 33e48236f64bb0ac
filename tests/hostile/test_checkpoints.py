"""Two seeds of hostile checkpoints; ``python -m tests.hostile --only checkpoints`` runs longer."""

import pytest

from tests.hostile.checkpoint_mutants import mutant
from tests.hostile.checkpoints import campaign, open_and_run


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_hostile_checkpoints(tmp_path, seed):
    report = campaign(seed, 20.0, tmp_path)
    print(report)
    assert report.tried > 20
    assert not report.failures, str(report)


def test_a_mutant_is_rebuilt_from_its_seed_and_number(tmp_path):
    for index in range(12):
        names = []
        for folder in (tmp_path / "a", tmp_path / "b"):
            folder.mkdir(exist_ok=True)
            one = mutant(3, index, folder)
            files = sorted(p for p in (folder / "mutant").iterdir() if p.is_file())
            # The canary's and the pipe's places are those of the folder.
            texts = [p.read_bytes().replace(str(folder).encode(), b"") for p in files]
            names.append((one.name.replace(str(folder), ""), texts))
        assert names[0][0][:20] == names[1][0][:20]
        if not one.name.startswith(("evil", "tensors")):
            assert names[0] == names[1]


def test_code_that_ran_is_found_by_what_it_leaves(tmp_path):
    canary = tmp_path / "canary"
    canary.mkdir()
    with pytest.raises(AssertionError, match="ran code"):
        open_and_run((str(tmp_path / "no.pth"), canary))
    assert open_and_run((str(tmp_path / "no.pth"), canary))
