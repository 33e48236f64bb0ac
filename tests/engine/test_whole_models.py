"""A closed program in a network's place: what works works, and the rest says why not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from segviewer.checkpoints.opening import open_network
from segviewer.checkpoints.whole_models.trust import UntrustedProgram, agree_to_file
from segviewer.engine.executor import StageExecutor
from segviewer.engine.listener import Collected
from segviewer.engine.worker.engine_process import EngineProcess
from segviewer.engine.worker.messages import Run, RunFailed, RunFinished, StageFinished, Trust
from segviewer.errors import Cancelled, SettingsError
from segviewer.inference.running import interrupt_by, run_features
from segviewer.labs import LABS
from segviewer.session import LabState
from tests.checkpoints.whole_models.written_programs import (
    NAMES,
    Small,
    as_json,
    write_exported,
    write_onnx,
    write_script,
)


@pytest.fixture
def path(tmp_path, nobody_agreed):
    return write_script(tmp_path / "net.pt", Small(), names=as_json(NAMES))


@pytest.fixture
def of_program(session, path):
    agree_to_file(path)
    return session.with_checkpoint(str(path))


def results_of(session, asked=frozenset()):
    collected = Collected()
    StageExecutor(collected.listener()).run(session, asked=asked)
    return collected.results


def test_labels_crf_layers_comparison_and_figures(of_program):
    session = of_program.changed(crf=of_program.crf.changed(enabled=True)).pinned()
    session = session.changed(overlay=session.overlay.changed(layer="entropy"))
    found = results_of(session)
    assert found["network"].classes == tuple(NAMES) and found["network"].controls == ()
    assert found["network"].parameters == 285
    assert found["label_map"].label_map.shape == (72, 96)
    assert found["disagreement"].share == 0
    figures = found["figures"]
    assert (figures.output_stride, figures.feature_size) == (2, (36, 48))
    assert (figures.parameters, figures.multiply_adds) == (285, 0)
    assert figures.theoretical_receptive_field == -1 and figures.seconds > 0


def test_averaging_runs_it_mirrored_and_at_three_sizes(of_program):
    session = of_program.changed(
        inference=of_program.inference.changed(flip=True, multi_scale=True)
    )
    assert results_of(session)["label_map"].complete


def test_its_layers_are_said_not_to_be_reached(of_program):
    with pytest.raises(SettingsError, match="closed program") as refused:
        results_of(of_program, asked=frozenset({"card"}))
    assert "list of layers" in refused.value.what and "state_dict" in refused.value.next_step
    overlay = of_program.overlay.changed(activation="first")
    found = results_of(of_program.changed(overlay=overlay))
    assert found["activation"].raster is None and "closed" in found["activation"].reason


NEEDING = [name for name in LABS if LABS[name].needs in ("network", "probs")]


@pytest.mark.parametrize("name", NEEDING)
def test_every_lab_works_or_says_why_not(of_program, name):
    found = results_of(of_program.changed(lab=LabState(name=name)))["lab"]
    closed = LABS[name].needs == "network" and not LABS[name].closed
    assert found.caption
    assert closed == ("closed program" in found.caption)
    if closed:
        assert found.shown is None and "state_dict" in found.caption


@pytest.mark.parametrize("kind", ["TorchScript", "torch.export"])
def test_an_effective_field_comes_from_its_gradients(of_program, tmp_path, kind):
    if kind == "torch.export":
        path = write_exported(tmp_path / "net.pt2", Small(), size=(32, 48))
        agree_to_file(path)
        of_program = of_program.with_checkpoint(str(path))
    lab = LabState(name="effective_field", values=(("column", 0.5), ("row", 0.5)))
    found = results_of(of_program.changed(lab=lab))["lab"]
    # A kernel of 3, brought up from stride 2: a handful of pixels, about the middle.
    rows, columns = np.nonzero(found.raster)
    assert found.shown is not None and 0 < len(rows) < 100
    assert abs(rows.mean() - 36) < 3 and abs(columns.mean() - 48) < 3
    assert not any("theory" in mark.text for mark in found.marks)


def test_onnx_has_no_gradients_and_says_so(session, tmp_path):
    pytest.importorskip("onnxruntime", reason="onnxruntime runs ONNX (extra onnx)")
    pytest.importorskip("onnx", reason="onnx writes the file of this test")
    path = write_onnx(tmp_path / "net.onnx", Small())
    wanted = session.with_checkpoint(str(path)).pinned()
    found = results_of(wanted.changed(lab=LabState(name="effective_field")))
    assert "no gradient through this file" in found["lab"].caption
    assert found["disagreement"].share == 0 and found["figures"].parameters == 269


@pytest.mark.parametrize("values", [("weights", "random"), ("over", "random weights")])
def test_its_weights_cannot_be_drawn_anew(of_program, values):
    found = results_of(of_program.changed(lab=LabState(name="effective_field", values=(values,))))
    assert "cannot be drawn anew" in found["lab"].caption


def test_it_can_be_stopped_between_two_windows(tmp_path, nobody_agreed):
    path = write_exported(tmp_path / "net.pt2", Small(), size=(32, 48))
    agree_to_file(path)
    opened = open_network(str(path))
    windows = []

    def check():
        windows.append(None)
        if len(windows) == 3:
            raise Cancelled

    interrupt_by(opened.network, check)
    image = np.zeros((100, 100, 3), np.uint8)
    with pytest.raises(Cancelled):
        run_features(opened.network, image, opened.card.preprocessing, torch.device("cpu"))
    assert len(windows) == 3


@pytest.mark.slow
def test_the_engine_asks_and_runs_once_it_is_answered(session, path):
    wanted = session.with_checkpoint(str(path))
    engine = EngineProcess()
    try:
        engine.send(Run(1, wanted, {}))
        failed = until(engine, RunFailed)
        assert isinstance(failed.error, UntrustedProgram) and failed.stage == "network"
        assert failed.error.path == str(path)
        engine.send(Trust(frozenset({failed.error.sha256})))
        engine.send(Run(2, wanted, {}))
        seen = []
        until(engine, RunFinished, seen.append)
    finally:
        engine.stop().join()
    assert "label_map" in [one.stage for one in seen if isinstance(one, StageFinished)]


def until(engine, kind, seen=lambda message: None):
    while not isinstance(message := engine.receive(), kind):
        assert not isinstance(message, RunFailed), message.error
        seen(message)
    return message
