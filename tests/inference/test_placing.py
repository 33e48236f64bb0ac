"""Where a network lies: brought there once, options for a GPU only, and the CPU as the way out."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from segviewer.engine.computing import network as computing
from segviewer.inference import placing
from segviewer.inference.placing import Place, place_of, put
from segviewer.session import InferenceSettings, Session

CPU = torch.device("cpu")
BUNDLED = "bundled:deeplab_v3_efficientnet_lite0_camvid"


def test_options_are_for_cuda_only():
    asked = InferenceSettings(half=True, channels_last=True)
    assert place_of(asked, CPU) == Place(CPU)
    gpu = torch.device("cuda:0")
    assert place_of(asked, gpu) == Place(gpu, half=True, channels_last=True)
    assert place_of(asked, gpu).words() == "half precision on cuda:0"


def test_moved_once(monkeypatch):
    network, moves = nn.Conv2d(3, 4, 3), []
    real = nn.Module.to
    monkeypatch.setattr(
        nn.Module, "to", lambda self, *a, **k: (moves.append((a, k)), real(self, *a, **k))[1]
    )
    put(network, Place(CPU))
    put(network, Place(CPU))
    assert moves == []
    put(network, Place(CPU, channels_last=True))
    assert network.weight.is_contiguous(memory_format=torch.channels_last)
    count = len(moves)
    put(network, Place(CPU, channels_last=True))
    assert len(moves) == count
    put(network, Place(CPU))
    assert network.weight.is_contiguous()


def test_half_is_not_used_on_a_cpu_and_that_is_said(run, small_photograph):
    plain = Session(image=str(small_photograph), checkpoint=BUNDLED)
    run(plain)
    before = run.result("label_map").label_map
    run(plain.changed(inference=plain.inference.changed(half=True)))
    labelled = run.result("label_map")
    assert (labelled.label_map == before).all()
    assert ("half precision and channels last are for CUDA: not used", "warning") in labelled.chips


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), "ran out of memory: running on the CPU"),
        (RuntimeError("no kernel image is available"), "cannot run this network: running on the"),
    ],
)
def test_the_cpu_is_the_way_out_and_is_said(run, small_photograph, monkeypatch, error, said):
    """A device that refuses; the meta device stands for one."""
    real_choose, real_attempt, tried = computing.running.choose_device, computing._attempt, []

    def choose(name):
        return real_choose(name) if name == "cpu" else torch.device("meta")

    def attempt(work, opened, working, device, tiled):
        tried.append((device.type, tiled))
        if device.type != "cpu":
            raise error
        return real_attempt(work, opened, working, device, tiled)

    monkeypatch.setattr(computing.running, "choose_device", choose)
    monkeypatch.setattr(computing, "_attempt", attempt)
    run(Session(image=str(small_photograph), checkpoint=BUNDLED))
    assert any(said in text for text, _ in run.result("label_map").chips)
    once = "kernel" in str(error)  # tiles would not help
    assert tried == [("meta", False), *([] if once else [("meta", True)]), ("cpu", False)]


def test_a_bug_on_the_cpu_stays_one(run, small_photograph, monkeypatch):
    def broken(*arguments):
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(computing, "_attempt", broken)
    with pytest.raises(RuntimeError, match="shapes differ"):
        run(Session(image=str(small_photograph), checkpoint=BUNDLED))


def test_names_of_devices():
    assert placing.takes_options("cuda:1") and not placing.takes_options("mps")
