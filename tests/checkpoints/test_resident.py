"""Networks that stay in memory."""

import os

import pytest

from segviewer.checkpoints.resident import ResidentNetworks

BUNDLED = "bundled:deeplab_v3_efficientnet_lite0_camvid"
TINY = "random:lr_aspp"


def networks_of(limit):
    opened = []
    networks = ResidentNetworks(opened.append, limit)
    networks.opened = opened
    return networks


@pytest.fixture
def networks():
    return networks_of(1 << 30)


def test_going_back_opens_nothing(networks):
    first = networks.get(BUNDLED)
    networks.get(TINY)
    assert networks.get(BUNDLED) is first
    assert len(networks.opened) == 2


def test_the_newest_stays_whatever_its_size():
    networks = networks_of(1)
    first = networks.get(BUNDLED)
    assert networks.get(BUNDLED) is first and networks.nbytes > 1
    networks.get(TINY)
    assert len(networks) == 1
    assert networks.get(BUNDLED) is not first


def test_the_oldest_go_where_all_take_more_than_they_may(networks):
    forms = [BUNDLED, TINY, "random:mobilenet_v3"]
    for form in forms:
        networks.get(form)
    limit = networks.nbytes - 1
    networks = networks_of(limit)
    kept = [networks.get(form) for form in forms]
    assert len(networks) == 2 and limit / 3 < networks.nbytes <= limit
    assert networks.get(TINY) is kept[1]
    assert networks.get(BUNDLED) is not kept[0]


def test_a_changed_file_is_opened_anew(networks, tmp_path):
    from segviewer.checkpoints.published.catalogue import resolve_reference

    source = resolve_reference(BUNDLED)
    path = tmp_path / source.name
    path.write_bytes(source.read_bytes())
    path.with_suffix(".json").write_bytes(source.with_suffix(".json").read_bytes())
    first = networks.get(str(path))
    assert networks.get(str(path)) is first
    os.utime(path, ns=(1, 1))
    assert networks.get(str(path)) is not first


def test_another_meaning_is_another_network(networks, tmp_path):
    import torch
    from torchvision.models import resnet18

    path = tmp_path / "resnet18.pth"
    torch.save(resnet18(num_classes=3).state_dict(), path)
    plain, drn = networks.get(str(path)), networks.get(str(path), "drn")
    assert type(plain.network) is not type(drn.network)
    assert networks.get(str(path)) is plain
