"""Segmentation Models PyTorch: ours against the library, and the library where there is none."""

import json
import sys

import pytest
import torch

from segviewer.checkpoints.families.libraries import smp_library
from segviewer.checkpoints.opening import open_network
from segviewer.errors import CheckpointError
from tests.checkpoints.families.comparing import difference, enliven, image

smp = pytest.importorskip("segmentation_models_pytorch")

OURS = [
    ("DeepLabV3", "resnet18", {"classes": 7}, "deeplab_v3"),
    ("DeepLabV3", "resnet18", {"decoder_aspp_separable": True, "classes": 2}, "deeplab_v3"),
    ("DeepLabV3", "resnet18", {"aux_params": {"classes": 3}, "classes": 2}, "deeplab_v3"),
    ("DeepLabV3Plus", "resnet18", {"classes": 1, "decoder_channels": 64}, "deeplab_v3_plus"),
    ("PSPNet", "resnet18", {"classes": 4}, "psp_net"),
    ("PSPNet", "resnet18", {"classes": 4, "encoder_depth": 4, "upsampling": 16}, "psp_net"),
    ("Unet", "resnet18", {"classes": 3}, "res_u_net"),
    ("Unet", "resnet18", {"encoder_depth": 3, "decoder_channels": (32, 16, 8)}, "res_u_net"),
    ("FPN", "resnet18", {"classes": 3}, "fpn"),
    ("FPN", "resnet18", {"classes": 3, "decoder_merge_policy": "cat"}, "fpn"),
]
DEEPER = [
    ("DeepLabV3", "resnet152", {"classes": 2}, "deeplab_v3"),
    ("DeepLabV3Plus", "resnet101", {"classes": 2}, "deeplab_v3_plus"),
    ("PSPNet", "resnet50", {"encoder_depth": 5, "upsampling": 32}, "psp_net"),
    ("Unet", "resnet50", {"classes": 2}, "res_u_net"),
]
THE_LIBRARYS = [
    ("Unet", "resnet18", {"decoder_attention_type": "scse"}),
    ("UnetPlusPlus", "resnet18", {}),
    ("Linknet", "mobilenet_v2", {}),
    ("MAnet", "resnet18", {"encoder_depth": 4, "decoder_channels": (64, 48, 32, 16)}),
    ("UPerNet", "resnet18", {"decoder_channels": 64}),
    ("Segformer", "mit_b0", {}),
    ("DeepLabV3Plus", "mobilenet_v2", {}),
    ("FPN", "efficientnet-b0", {"decoder_segmentation_channels": 64}),
]


def written(tmp_path, name, encoder, options):
    network = enliven(getattr(smp, name)(encoder, encoder_weights=None, **options))
    path = tmp_path / "best_model.pth"
    torch.save(network.state_dict(), path)
    return network, path


def scores(network, picture):
    with torch.inference_mode():
        found = network(picture)
    return found[0] if isinstance(found, tuple) else found


@pytest.mark.parametrize(
    ("name", "encoder", "options", "architecture"),
    [*OURS, *(pytest.param(*case, marks=pytest.mark.slow) for case in DEEPER)],
)
def test_on_a_resnet_it_is_ours(tmp_path, name, encoder, options, architecture):
    network, path = written(tmp_path, name, encoder, options)
    opened, error = difference(path, scores(network, image(64, 96)), image(64, 96))
    assert opened.card.architecture == architecture
    assert error < 2e-5


@pytest.mark.slow
@pytest.mark.parametrize(("name", "encoder", "options"), THE_LIBRARYS)
def test_everything_else_is_the_librarys(tmp_path, name, encoder, options):
    network, path = written(tmp_path, name, encoder, options)
    opened, error = difference(path, scores(network, image(64, 96)), image(64, 96))
    assert (opened.config.decoder, opened.config.encoder) == (name, encoder)
    assert error < 1e-6


@pytest.mark.slow
def test_a_folder_says_what_shapes_do_not(tmp_path):
    network = enliven(
        smp.DeepLabV3(
            "resnet18",
            encoder_weights=None,
            classes=3,
            encoder_output_stride=16,
            decoder_atrous_rates=(6, 12, 18),
        )
    )
    network.save_pretrained(tmp_path)
    opened, error = difference(tmp_path, scores(network, image(64, 96)), image(64, 96))
    assert (opened.config.output_stride, opened.config.atrous_rates) == (16, (6, 12, 18))
    assert error < 2e-5


@pytest.mark.slow
def test_timms_encoders_are_named_by_the_folder(tmp_path):
    network = enliven(smp.Unet("tu-resnet18", encoder_weights=None, classes=3))
    alone = tmp_path / "alone.pth"
    torch.save(network.state_dict(), alone)
    with pytest.raises(CheckpointError, match=r"none of the library's \d+ own.*config\.json"):
        open_network(str(alone))
    folder = tmp_path / "folder"
    network.save_pretrained(folder)
    _, error = difference(folder, scores(network, image(64, 96)), image(64, 96))
    assert error < 1e-6


def test_without_the_library_the_file_is_named(tmp_path, monkeypatch):
    _, path = written(tmp_path, "Linknet", "resnet18", {})
    monkeypatch.setitem(sys.modules, "segmentation_models_pytorch", None)
    with pytest.raises(CheckpointError) as caught:
        open_network(str(path))
    assert "Linknet" in caught.value.what and "resnet18" in caught.value.what
    assert "segviewer[smp]" in caught.value.next_step


@pytest.mark.slow
def test_a_configuration_cannot_ask_for_more_than_shapes(tmp_path):
    """Weights to download, activations and other arguments are not the file's to choose."""
    network = enliven(smp.UnetPlusPlus("resnet18", encoder_weights=None, classes=2))
    network.save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    config |= {"encoder_weights": "imagenet", "activation": "sigmoid", "in_channels": 5}
    (tmp_path / "config.json").write_text(json.dumps(config))
    _, error = difference(tmp_path, scores(network, image(64, 96)), image(64, 96))
    assert error < 1e-6


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.timm-. encoders:DeprecationWarning")
def test_every_encoder_is_in_the_table():
    from segmentation_models_pytorch.encoders import encoders, get_encoder

    known = smp_library.encoders()
    for name in encoders:
        encoder = get_encoder(name, weights=None)
        shapes = {f"encoder.{k}": tuple(t.shape) for k, t in encoder.state_dict().items()}
        assert known.get(smp_library.signature(shapes)) == name
