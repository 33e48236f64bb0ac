"""Another network, another meaning of a file, settings that come and go."""

import pytest
import torch
from torchvision.models import resnet18

from segviewer.networks import NETWORKS
from tests.checkpoints.written_u_net import WrittenUNet, prefixed


def looked_at(menu):
    """What a menu lists when it is opened; popping it up would wait for a mouse."""
    menu.aboutToShow.emit()
    return menu.actions()


def entry(menu, *titles):
    """The action found by going down through submenus."""
    for title in titles[:-1]:
        menu = next(a.menu() for a in looked_at(menu) if a.text() == title and a.menu())
    return next(a for a in looked_at(menu) if a.text().startswith(titles[-1]))


@pytest.fixture
def listed(opened):
    for menu in (opened.window.toolbar.networks_menu, opened.window.toolbar.bundled_menu):
        opened.bot.waitUntil(
            lambda menu=menu: menu.isEnabled() and bool(looked_at(menu)), timeout=60_000
        )
    return opened


@pytest.mark.slow
def test_every_network_is_one_menu_away(listed):
    menu = listed.window.toolbar.networks_menu
    assert [action.text() for action in looked_at(menu)] == list(NETWORKS.values())
    entry(menu, "DeepLab v3", "DeepLab v3 ·").trigger()
    assert listed.session.checkpoint.startswith("bundled:")
    entry(menu, "LR-ASPP", "LR-ASPP").trigger()
    listed.settled()
    assert listed.session.checkpoint.startswith("random:lr_aspp:")
    assert ("random weights: the labels mean nothing", "warning") in listed.results(
        "label_map"
    ).chips
    listed.trigger("undo")
    listed.settled()
    assert listed.session.checkpoint.startswith("bundled:")


@pytest.mark.slow
def test_random_weights_are_those_of_the_network_on_screen(opened):
    trained = opened.results("network")
    opened.store.update(opened.session.with_network("output_stride", 8, 16))
    opened.trigger("random")
    opened.settled()
    untrained = opened.results("network")
    assert untrained.weights == "random" and untrained.trained == trained.trained
    assert untrained.parameters == trained.parameters and untrained.classes == trained.classes
    assert dict(opened.session.network) == {"output_stride": 8}
    opened.trigger("random")
    assert opened.session.checkpoint.count("untrained:") == 1


@pytest.mark.slow
def test_the_other_network_of_a_file_is_one_click_away(opened, tmp_path):
    path = tmp_path / "mean_teacher.ckpt"
    student, teacher = WrittenUNet(classes=2), WrittenUNet(classes=3)
    tensors = prefixed("model.", student.state_dict()) | prefixed("teacher.", teacher.state_dict())
    more = {"model.gate.weight": torch.ones(2)}
    torch.save({"state_dict": tensors | more}, path)
    opened.presenter.openings.open_checkpoint(str(path))
    opened.settled()
    assert "holds 2 networks" in opened.message()
    assert len(opened.results("network").classes) == 2
    chip = ("a tensor of the file is not used: see the model's notes", "warning")
    assert chip in opened.results("label_map").chips
    bar = opened.window.message_bar
    buttons = bar.findChildren(type(bar._copy))
    next(b for b in buttons if b.text() == "Open “state_dict.teacher”").click()
    opened.settled()
    assert opened.session.part == "state_dict.teacher"
    assert len(opened.results("network").classes) == 3
    assert chip not in opened.results("label_map").chips
    opened.trigger("undo")
    opened.settled()
    assert opened.session.part == "" and len(opened.results("network").classes) == 2
    assert not bar.isVisible()


@pytest.mark.slow
def test_a_file_that_could_be_two_networks_is_asked_about_once(opened, tmp_path):
    path = tmp_path / "resnet18.pth"
    torch.manual_seed(0)
    torch.save(resnet18(num_classes=7).state_dict(), path)
    opened.presenter.openings.open_checkpoint(str(path))
    opened.settled()
    assert opened.results("network").architecture == "res_net"
    assert "could also be DRN" in opened.message()
    bar = opened.window.message_bar
    button = next(b for b in bar.findChildren(type(bar._copy)) if b.text() == "Open as DRN")
    button.click()
    opened.settled()
    assert opened.session.architecture == "drn"
    assert opened.results("network").architecture == "drn"
    opened.trigger("undo")
    opened.settled()
    assert opened.results("network").architecture == "res_net"
    assert not bar.isVisible()


@pytest.mark.slow
def test_settings_that_do_nothing_are_put_away_and_come_back(listed):
    entry(listed.window.toolbar.networks_menu, "DRN", "DRN-A-18").trigger()
    listed.settled()
    form = listed.presenter.model.form
    idle = set(listed.results("refined").idle)
    assert idle, "a form of DRN without idle settings would not test anything"
    for name in form.names():
        assert form.row(name).isVisibleTo(form) == (name not in idle), name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("plain FCN head · EfficientNet-Lite0", "FCN head · EfficientNet-Lite0"),
        (
            "PPM B1236, average · EfficientNet-Lite0",
            "PSPNet head, B1236, average · EfficientNet-Lite0",
        ),
        (
            "DUC, hybrid rates 1, 2 · 2 · EfficientNet-Lite0",
            "DUC head, hybrid rates 1, 2 · 2 · EfficientNet-Lite0",
        ),
        ("DRN-A-18, a quarter as wide", "DRN-A-18, a quarter as wide"),
    ],
)
def test_bundled_weights_are_named_as_networks(title, name):
    from segviewer.app.panels.network_menus import network_name

    assert network_name(title) == name
