"""The template of the guide, installed as a person installs it, adds one of each."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from segviewer.additions import installed
from segviewer.app.shell.preloading import lab_modules
from segviewer.checkpoints.families import families_of
from segviewer.checkpoints.opening import open_network
from segviewer.errors import SettingsError
from segviewer.imaging import labels
from segviewer.labs import LABS, lab_of
from segviewer.networks import NETWORKS, network_class, usable_networks
from segviewer.resource_files import resource_path
from segviewer.session import LabState

TEMPLATE = resource_path("guide", "template_package")
PACKAGE = "segviewer_template"


def forget():
    """Have what is installed be looked for anew."""
    for cached in (installed._all, installed._loaded, installed._refused):
        cached.cache_clear()
    labels._added_sets.cache_clear()
    labels.label_set.cache_clear()
    importlib.invalidate_caches()


def is_imported():
    return sorted(name for name in sys.modules if name.partition(".")[0] == PACKAGE)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A folder with the template in it, as pip puts it there."""
    import shutil

    source = tmp_path_factory.mktemp("source") / "template"
    shutil.copytree(TEMPLATE, source)  # setuptools builds within
    target = tmp_path_factory.mktemp("installed")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"),
            *("--no-build-isolation", "--disable-pip-version-check"),
            *("--target", str(target), str(source)),
        ],
        check=True,
        timeout=300,
        capture_output=True,
    )
    return target


@pytest.fixture
def added(template, monkeypatch):
    """The template is installed here, and nothing of it is imported yet."""
    monkeypatch.syspath_prepend(str(template))
    forget()
    yield template
    for name in is_imported():
        sys.modules.pop(name)
    monkeypatch.undo()
    forget()


def test_without_it_there_is_none_of_it():
    forget()
    assert "colour_net" not in NETWORKS and "dusk" not in LABS
    assert "pond3" not in labels.label_set_names()


def test_names_are_known_without_a_line_of_its_code(added):
    assert [one.name for one in installed.additions(installed.NETWORKS)] == ["colour_net"]
    assert "colour_net" in NETWORKS and list(NETWORKS)[-1] == "colour_net"
    assert "kernel" in LABS and "" not in LABS
    assert labels.label_set("pond3").classes == ("water", "duck", "reed")
    assert labels.label_set_names()[-1] == "pond3"
    assert families_of({"conv1.weight": (1,)}) == []
    # What a window imports while it rests is not this either.
    assert not [
        name for name in lab_modules(lambda name: None) if name and name.startswith(PACKAGE)
    ]
    assert not is_imported()


def test_its_network_runs_with_a_live_setting(added, session):
    from segviewer.engine.executor import StageExecutor
    from segviewer.engine.listener import Collected

    collected = Collected()
    executor = StageExecutor(collected.listener())
    wanted = session.with_checkpoint("random:colour_net:Colour net, wide")
    executor.run(wanted, asked=frozenset({"forms"}))
    network = collected.results["network"]
    assert network.title == "Colour net, wide · random weights"
    assert [control.name for control in network.controls] == ["window"]
    forms = collected.results["forms"].networks
    assert ("colour_net", "Colour net", ("Colour net", "Colour net, wide")) in forms
    before = collected.results["refined"].probs
    executor.run(wanted.with_network("window", 1, 9))
    assert np.abs(collected.results["refined"].probs - before).max() > 0.01


def test_its_files_open(added, tmp_path):
    network = network_class("colour_net")(network_class("colour_net").Config(num_classes=4))
    path = tmp_path / "trained.safetensors"
    save_file({f"colours.{k}": v for k, v in network.state_dict().items()}, path)
    opened = open_network(str(path))
    assert opened.card.architecture == "colour_net"
    assert opened.card.preprocessing.mean == (0.5, 0.5, 0.5)
    torch.testing.assert_close(opened.network.weigh.weight, network.weigh.weight)


def test_its_lab_is_computed_drawn_and_listed(added, session, qtbot):
    from segviewer.app.labs.lab_gallery import LabGallery
    from segviewer.engine.executor import StageExecutor
    from segviewer.engine.listener import Collected

    collected = Collected()
    lab = LabState(name="dusk", values=(("darker", 0.5),))
    StageExecutor(collected.listener()).run(session.changed(lab=lab))
    found = collected.results["lab"]
    assert found.caption.startswith("Mean grey")
    assert not any(name.endswith("_view") for name in is_imported())
    view = lab_of("dusk").make_view()
    qtbot.addWidget(view)
    view.show_result(found.shown)
    assert view.text() == f"{found.shown.grey:.1f}"
    gallery = LabGallery(LABS)
    qtbot.addWidget(gallery)
    assert gallery.listed()[-1] == "dusk"


def test_its_view_is_imported_on_no_other_thread(added):
    """PySide dies of it; see import_guard."""
    import threading

    from segviewer.app.state.import_guard import ImportGuard

    assert "dusk" in LABS
    sys.meta_path.insert(0, guard := ImportGuard())
    said = []

    def load():
        try:
            importlib.import_module(f"{PACKAGE}.dusk_view")
        except ImportError as error:
            said.append(str(error))

    try:
        thread = threading.Thread(target=load)
        thread.start()
        thread.join()
    finally:
        sys.meta_path.remove(guard)
    assert said and "main thread" in said[0]


@pytest.mark.slow
def test_the_command_lists_it_from_another_folder(template, tmp_path):
    listed = run("networks", "--json", package=template, cwd=tmp_path)
    rows = json.loads(listed.stdout)
    (row,) = [row for row in rows if row["form"] == "Colour net, wide"]
    assert row["toggles"] == ["Window"] and row["opens"] == ["Colour net (template)"]


BROKEN = {
    "networks": ("bad_net", "import no_such_module", "no_such_module"),
    "checkpoint_families": ("bad.key", "FAMILIES = (1, 2)", "something else than families"),
    "labs": ("bad_lab", "raise SystemExit('gone')", "SystemExit: gone"),
    "label_sets": ("bad_set", "", "bad_set.json"),
}


@pytest.fixture
def broken(tmp_path, monkeypatch):
    """Installed packages, one of each kind, none of which can be used."""
    for group, (name, code, _) in BROKEN.items():
        module = f"broken_{group}"
        (tmp_path / module).mkdir()
        (tmp_path / module / "__init__.py").write_text(code)
        info = tmp_path / f"{module}-3.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 3\n")
        value = module if group == "label_sets" else f"{module}:FAMILIES"
        (info / "entry_points.txt").write_text(f"[segviewer.{group}]\n{name} = {value}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    forget()
    yield tmp_path
    for group in BROKEN:
        sys.modules.pop(f"broken_{group}", None)
    monkeypatch.undo()
    forget()


def test_what_is_broken_is_named_once_and_stops_nothing(broken, capsys, caplog):
    use_everything()
    use_everything()
    said = capsys.readouterr().err
    for group, (name, _, reason) in BROKEN.items():
        assert said.count(f"“{name}” of the package broken_{group} 3") == 1, said
        assert reason in said
        assert f"broken_{group}" in caplog.text


def use_everything():
    assert "bad_net" not in dict(usable_networks())
    with pytest.raises(installed.AdditionError):
        network_class("bad_net")
    assert families_of({"a.bad.key.weight": (1,)}) == []
    assert "bad_lab" not in list(LABS) and "bad_lab" not in LABS
    with pytest.raises(SettingsError):
        lab_of("bad_lab")
    assert "bad_set" not in labels.label_set_names()
    with pytest.raises(SettingsError):
        labels.label_set("bad_set")


def test_a_file_whose_network_is_broken_is_refused_with_the_packages_name(broken, tmp_path):
    (broken / "broken_checkpoint_families" / "__init__.py").write_text(
        "from segviewer.checkpoints.families.family import Family, has\n"
        "FAMILIES = Family('Bad', 'bad_net', has('bad.key'), lambda shapes: {})\n"
    )
    importlib.invalidate_caches()
    path = tmp_path / "trained.safetensors"
    save_file({"bad.key": torch.ones(2)}, path)
    with pytest.raises(installed.AdditionError, match="bad_net.*broken_networks 3"):
        open_network(str(path))


def test_a_name_of_segviewers_own_stays_its_own(broken):
    (entry,) = broken.glob("broken_networks*/entry_points.txt")
    entry.write_text("[segviewer.networks]\nfcn = broken_networks:FAMILIES\n")
    forget()
    assert network_class("fcn").title == "FCN"
    assert list(NETWORKS).count("fcn") == 1


@pytest.mark.slow
def test_the_program_starts_beside_broken_packages(broken, small_photograph, tmp_path):
    photograph, size = str(small_photograph), "640x480"
    label = ("label", photograph, "--out", str(tmp_path / "out"))
    window = (photograph, "--screenshot", str(tmp_path / "shot.png"), "--size", size)
    for arguments in (label, window):
        done = run(*arguments, package=broken, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "shot.png").exists()


def run(*arguments, package, cwd):
    main = resource_path().parent / "main.py"
    return subprocess.run(
        [sys.executable, str(main), *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_its_network_is_trained_on_its_label_set(added, tmp_path, capsys):
    from segviewer.cli.command_line import main
    from tests.training.written_frames import write_frames

    folder = tmp_path / "ponds"
    write_frames(folder, ["a_1", "a_2", "b_1"])
    out = tmp_path / "ponds.safetensors"
    command = ["train", str(folder), "--network", "colour_net:Colour net, wide", "--batch", "2"]
    command += ["--label-set", "pond3", "--iterations", "30", "--rate", "0.1", "--json"]
    assert main([*command, "--out", str(out)]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    losses = [line["loss"] for line in lines if "loss" in line]
    assert len(losses) == 30 and losses[-1] < losses[0]
    opened = open_network(str(out))
    assert type(opened.network).__name__ == "ColourNet" and opened.config.window == 9
    assert opened.card.classes == labels.label_set("pond3").classes
    assert lines[-1]["temperature"] == opened.card.temperature > 0


def test_metadata_is_read_once_for_all_groups(monkeypatch):
    read = []
    from importlib import metadata

    found = metadata.entry_points
    monkeypatch.setattr(metadata, "entry_points", lambda **said: read.append(said) or found(**said))
    forget()
    installed.read_installed()
    for group in installed.GROUPS:
        installed.additions(group)
    assert read == [{}]
