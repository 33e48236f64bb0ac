"""The checks for a GPU: run where there is one; elsewhere their own logic, on the CPU."""

from __future__ import annotations

import pytest
import torch

from tests.device import gpu_checks


@pytest.mark.slow
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_on_the_gpu():
    found = gpu_checks.run_all(torch.device("cuda:0"))
    assert [one for one in found if one.passed is False] == []


def test_without_a_gpu_the_script_skips(monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu_checks.main([]) == 0
    assert "skipped" in capsys.readouterr().out


@pytest.mark.slow
def test_the_script_itself_on_the_cpu(capsys, tmp_path):
    file = tmp_path / "table.json"
    assert gpu_checks.main(["--device", "cpu", "--quick", "--json", str(file)]) == 0
    printed = capsys.readouterr().out
    assert "forward" in printed and "ERF" in printed and "all passed" in printed
    assert "largest difference" in file.read_text()


def test_every_architecture_is_checked():
    named = gpu_checks.references()
    assert {f"random:{name}" for name in gpu_checks.NETWORKS} <= set(named)
    assert gpu_checks.BUNDLED in named


def test_a_difference_is_a_failure(monkeypatch, capsys):
    def wrong(network, place, size):
        return torch.rand(3, *size).numpy()

    monkeypatch.setattr(gpu_checks, "scores_on", wrong)
    found = list(gpu_checks.forward("random:lr_aspp", torch.device("cpu")))
    assert {one.passed for one in found} == {False}
