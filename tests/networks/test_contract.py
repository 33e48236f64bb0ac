"""What every network promises, tested on every network of NETWORKS."""

import pytest
import torch

from segviewer.layers.framing import full_scores, run_features
from segviewer.networks import NETWORKS, network_class
from segviewer.settings import controls

# Small settings of each architecture; a new one is added here and passes everything below.
# Keep them small: this file runs every option value of every one of them.
SMALL = {
    "fcn": {
        "8s": {"width": 2, "fc_channels": 4, "num_classes": 3},
        "16s": {"variant": "16s", "width": 2, "fc_channels": 4, "num_classes": 2},
        "32s": {"variant": "32s", "width": 2, "fc_channels": 4, "num_classes": 2},
    },
    "seg_net": {
        "small": {"width": 4, "num_classes": 3},
        "down": {"width": 4, "num_classes": 2, "last_convolutions": 1, "poolings_round": "down"},
    },
    "dilated_context": {
        "large": {"width": 2, "fc_channels": 4, "num_classes": 2, "dilations": (1, 1, 2, 4, 1)},
        "basic": {"size": "basic", "width": 2, "fc_channels": 4, "num_classes": 3},
    },
    "crf_rnn": {"small": {"width": 2, "fc_channels": 4, "num_classes": 3, "max_cells": 256}},
    "deeplab_v1": {
        "large_fov": {"width": 4, "fc_channels": 8, "num_classes": 3},
        "even": {"fc6_kernel": 4, "fc6_rate": 4, "width": 4, "fc_channels": 8, "num_classes": 2},
        "resnet": {"backbone": "resnet50_caffe", "num_classes": 2},
    },
    "psp_net": {
        "lite": {
            "backbone": "efficientnet_lite0",
            "bins": (1, 3),
            "levels": (True, True),
            "head_channels": 8,
            "num_classes": 3,
        },
        "framed": {"head_channels": 4, "num_classes": 2, "auxiliary": False},
        "early": {
            "backbone": "resnet18",
            "backbone_layers": 2,
            "level_channels": 4,
            "head_channels": 4,
            "head_kernel": 1,
            "score_kernel": 3,
            "filling": "strides",
            "auxiliary": False,
            "num_classes": 2,
        },
        "baseline": {
            "backbone": "efficientnet_lite0",
            "pyramid": False,
            "head_channels": 4,
            "num_classes": 2,
        },
        "unreduced": {
            "backbone": "efficientnet_lite0",
            "bins": (3,),
            "levels": (True,),
            "reduction": False,
            "head_channels": 4,
            "num_classes": 2,
        },
    },
    "parse_net": {
        "lite": {"backbone": "efficientnet_lite0", "fc_channels": 0, "num_classes": 3},
        "vgg": {"fc_channels": 8, "num_classes": 2},
    },
    "fcn_resnet": {
        "lite": {"backbone": "efficientnet_lite0", "num_classes": 3},
        "joined": {
            "backbone": "resnet18_c",
            "head_channels": 4,
            "head_convolutions": 2,
            "joins_input": True,
            "auxiliary": False,
            "num_classes": 2,
        },
    },
    "esp_net": {
        "small": {"level2_blocks": 1, "level3_blocks": 1, "num_classes": 5},
        "encoder": {"level2_blocks": 0, "level3_blocks": 1, "num_classes": 2, "decoder": False},
    },
    "erf_net": {
        "small": {"channels": (20, 24), "level2_units": 1, "level3_units": 5, "num_classes": 3},
        "bare": {"channels": (20, 24), "level2_units": 0, "level3_units": 0, "num_classes": 2},
    },
    "full_size_u_net": {"small": {"backbone": "resnet18", "num_classes": 3}},
    "seg_former": {
        "small": {
            "widths": (4, 8, 8, 16),
            "depths": (1, 1, 1, 1),
            "head_channels": 8,
            "num_classes": 3,
        }
    },
    "smp_network": {"small": {"decoder": "Linknet", "encoder": "mobilenet_v2", "num_classes": 2}},
    "res_u_net": {
        "small": {"backbone": "resnet18", "decoder_channels": (8, 8, 4, 4, 4), "num_classes": 3},
        "shallow": {
            "backbone": "resnet18",
            "decoder_channels": (8, 4, 4),
            "skips": (True, True),
            "num_classes": 2,
        },
    },
    "fpn": {
        "small": {
            "backbone": "resnet18",
            "pyramid_channels": 8,
            # Two numbers in each group of the norm, even where a level is one cell.
            "head_channels": 64,
            "num_classes": 3,
        }
    },
    "lr_aspp": {
        "mobilenet": {"head_channels": 8, "num_classes": 3},
        "lite": {"backbone": "efficientnet_lite0", "head_channels": 8, "num_classes": 2},
    },
    "hdc_duc": {
        "lite": {
            "backbone": "efficientnet_lite0",
            "schedule": "typed",
            "cells": 2,
            "num_classes": 3,
        }
    },
    "drn": {
        "a": {"variant": "A-18", "width": 1 / 16, "num_classes": 3},
        "c": {"variant": "C-26", "width": 1 / 8, "num_classes": 2},
        "classifier": {
            "variant": "C-58",
            "width": 1 / 16,
            "num_classes": 3,
            "task": "classification",
            "global_pooling": False,
        },
        "d": {"variant": "D-56", "width": 1 / 16, "num_classes": 2},
    },
    "u_net": {
        "padded": {"width": 4, "num_classes": 3},
        "bilinear": {"width": 4, "num_classes": 2, "up": "bilinear"},
        "valid": {"width": 4, "num_classes": 2, "form": "valid"},
        "lite": {"form": "efficientnet_lite0", "decoder_channels": 8, "num_classes": 2},
    },
    "dense_net": {"small": {"block_layers": (2, 3, 2, 2), "growth": 4, "num_classes": 3}},
    "fc_dense_net": {
        "small": {
            "down_layers": (2, 3),
            "bottleneck_layers": 2,
            "growth": 4,
            "first_channels": 6,
            "num_classes": 3,
            "dense_links": (True,) * 5,
            "skips": (True, True),
        }
    },
    "res_net": {
        "basic": {"depth": 18, "num_classes": 3, "delete_first": 3},
        "rewired": {"depth": 50, "num_classes": 2, "delete_first": 6, "swap": 10},
    },
    "vgg": {
        "small": {"width": 4, "fc_channels": 16, "num_classes": 3},
        "lesioned": {
            "stage_layers": (1, 1, 2, 2, 2),
            "width": 4,
            "fc_channels": 16,
            "num_classes": 2,
            "normalised": True,
            "delete_first": 3,
        },
    },
    "mobilenet_v3": {"small": {"last_channels": 16, "num_classes": 3}},
    "deeplab_v2": {
        "lite": {
            "backbone": "efficientnet_lite0",
            "num_classes": 3,
            "atrous_rates": (2, 4, 6),
            "branches": (True,) * 3,
        },
        "vgg": {
            "backbone": "vgg16",
            "branch_channels": 8,
            "num_classes": 2,
            "atrous_rates": (2, 4),
            "branches": (True,) * 2,
        },
    },
    "deeplab_v3_cascade": {
        "lite": {"backbone": "efficientnet_lite0", "num_classes": 3},
        "projections": {"backbone": "efficientnet_lite0", "num_classes": 2, "projection": True},
    },
    "deeplab_v3_plus": {
        "lite": {
            "backbone": "efficientnet_lite0",
            "num_classes": 3,
            "aspp_channels": 8,
            "low_level_channels": 4,
            "separable": True,
            "atrous_rates": (2, 4, 6),
        },
        "mobilenet": {
            "backbone": "mobilenet_v2",
            "num_classes": 2,
            "aspp_channels": 8,
            "low_level_channels": 4,
            "decoder_convolutions": 2,
            "low_level_first": False,
            "atrous_rates": (2, 4, 6),
        },
        "smp": {
            "backbone": "resnet18",
            "num_classes": 2,
            "aspp_channels": 8,
            "low_level_channels": 4,
            "low_level_first": False,
            "separable": True,
            "separable_norm": False,
            "pyramid_convolution": True,
            "align_corners": True,
            "filling": "strides",
            "atrous_rates": (2, 4, 6),
        },
        "mmseg": {
            "backbone": "resnet18_c",
            "num_classes": 2,
            "aspp_channels": 8,
            "low_level_channels": 4,
            "pyramid_kernel": 3,
            "atrous_rates": (2, 4, 6),
        },
    },
    "deeplab_v3": {
        "plain separable": {
            "backbone": "efficientnet_lite0",
            "num_classes": 2,
            "aspp_channels": 8,
            "separable": True,
            "separable_norm": False,
            "auxiliary": False,
        },
        "lite": {
            "backbone": "efficientnet_lite0",
            "num_classes": 5,
            "aspp_channels": 8,
            "separable": True,
            "head_conv": False,
            "low_level_channels": 4,
            "atrous_rates": (2, 4, 6),
        },
        "mobilenet": {
            "backbone": "mobilenet_v3_large",
            "num_classes": 3,
            "aspp_channels": 8,
            "auxiliary": False,
            "low_level_channels": 4,
            "atrous_rates": (2, 4, 6),
        },
        "resnet": {
            "backbone": "resnet50",
            "num_classes": 2,
            "aspp_channels": 8,
            "low_level_channels": 4,
            "atrous_rates": (2, 4, 6),
        },
    },
}
CASES = [(architecture, case) for architecture in NETWORKS for case in SMALL[architecture]]
SIZES = [(1, 1), (1, 70), (65, 1), (33, 47), (64, 96)]


@pytest.fixture(scope="module", params=CASES, ids=[f"{a}-{c}" for a, c in CASES])
def trained(request):
    """A network with lively weights, and the settings it starts from."""
    architecture, case = request.param
    if architecture == "smp_network":
        pytest.importorskip("segmentation_models_pytorch")
    network_type = network_class(architecture)
    config = network_type.Config(**SMALL[architecture][case])
    generator = torch.Generator().manual_seed(0)
    network = network_type(config).eval().requires_grad_(False)
    for key, tensor in network.state_dict().items():
        if key.endswith("running_var"):
            tensor.uniform_(0.5, 1.5, generator=generator)
        elif tensor.ndim > 1:
            # He's width keeps signals alive through depth, so that a change far down shows.
            tensor.normal_(0, (2 / tensor[0].numel()) ** 0.5, generator=generator)
        elif key.endswith(("running_mean", "bias")):
            tensor.normal_(0, 0.1, generator=generator)
    return network, config


@pytest.fixture
def network(trained):
    network, config = trained
    network.reconfigure(config)
    return network


@pytest.fixture
def config(trained):
    return trained[1]


def scores_of(network, image):
    """Scores at the picture's pixels, padded and cropped as the network wants it."""
    return full_scores(network, run_features(network, image), *image.shape[-2:])


def picture(height: int, width: int, batch: int = 1) -> torch.Tensor:
    return torch.randn(batch, 3, height, width, generator=torch.Generator().manual_seed(5))


def option_values(config):
    """Every value of every geometry field (ends and middle where there are too many)."""
    for field in controls(config):
        if field.kind != "geometry":
            continue
        if field.type == "choice":
            items = field.choices
        elif field.type == "bool":
            items = (False, True)
        else:
            middle = type(field.default[0] if field.length else field.default)(
                (field.minimum + field.maximum) / 2
            )
            items = (field.minimum, middle, field.maximum)
        for item in items:
            if not field.length:
                yield field.name, item
                continue
            for place in range(field.length):
                changed = list(field.default)
                changed[place] = item
                yield field.name, tuple(changed)


@pytest.mark.slow
@torch.inference_mode()
def test_every_option_value_runs(network, config):
    for name, value in option_values(config):
        network.reconfigure(config.changed(**{name: value}))
        scores = scores_of(network, picture(33, 47))
        assert scores.shape == (1, config.num_classes, 33, 47), (name, value)
        assert torch.isfinite(scores).all(), (name, value)


@pytest.mark.slow
@torch.inference_mode()
def test_every_geometry_field_changes_the_scores(network, config):
    # Where all strides are kept no unit is "first to be dilated", so start denser.
    dense = config.changed(output_stride=8) if hasattr(config, "output_stride") else config
    network.reconfigure(dense)
    image = picture(64, 64)
    before = scores_of(network, image)

    def differs(name, value):
        network.reconfigure(dense.changed(**{name: value}))
        return not torch.allclose(scores_of(network, image), before)

    for name in set(dense.geometry_names()) - set(network.idle_fields()):
        options = [v for n, v in option_values(dense) if n == name and v != getattr(dense, name)]
        assert any(differs(name, value) for value in options), f"{name} does nothing"


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES, ids=str)
@torch.inference_mode()
def test_any_size(network, config, size):
    scores = scores_of(network, picture(*size))
    assert scores.shape == (1, config.num_classes, *size)
    assert torch.isfinite(scores).all()


@torch.inference_mode()
def test_a_batch_of_two_is_two_pictures(network):
    both = picture(33, 47, batch=2)
    apart = torch.cat([scores_of(network, both[:1]), scores_of(network, both[1:])])
    difference = (scores_of(network, both) - apart).abs().max()
    assert difference < 1e-4 * apart.std()


@torch.inference_mode()
def test_forward_is_head_after_features(network):
    image = network.framing(33, 47).pad(picture(33, 47))
    assert torch.equal(network(image), network.head(network.features(image)))


@torch.inference_mode()
def test_reconfigure_keeps_every_weight_in_place(network, config):
    before = {key: (t.data_ptr(), t.clone()) for key, t in network.state_dict().items()}
    for name, value in option_values(config):
        network.reconfigure(config.changed(**{name: value}))
    after = network.state_dict()
    assert list(after) == list(before)
    for key, (pointer, tensor) in before.items():
        assert after[key].data_ptr() == pointer, key
        assert torch.equal(after[key], tensor), key


@torch.inference_mode()
def test_there_and_back_is_where_it_was(network, config):
    image = picture(33, 47)
    before = scores_of(network, image)
    for name, value in option_values(config):
        network.reconfigure(config.changed(**{name: value}))
    network.reconfigure(config)
    assert network.config == config
    assert torch.equal(scores_of(network, image), before)


@torch.inference_mode()
def test_built_so_or_reconfigured_so_is_the_same(network, config):
    geometry = {}
    for name, value in option_values(config):
        geometry[name] = value  # the last value of each field
    other = config.changed(**geometry)
    network.reconfigure(other)
    with torch.device("meta"):
        built = type(network)(other)
    built.load_state_dict(network.state_dict(), assign=True)
    image = picture(33, 47)
    assert torch.equal(scores_of(built.eval(), image), scores_of(network, image))


@torch.inference_mode()
def test_head_fields_leave_the_features_alone(network, config):
    image = network.framing(33, 47).pad(picture(33, 47))
    before = network.features(image)
    for name, value in option_values(config):
        if name not in network.head_fields:
            continue
        network.reconfigure(config.changed(**{name: value}))
        after = network.features(image)
        assert all(torch.equal(after[key], before[key]) for key in before), (name, value)


def test_head_fields_are_geometry(network, config):
    assert set(network.head_fields) <= set(config.geometry_names())


def test_presets_are_settings(network):
    assert network.presets and network.paper
    for values in network.presets.values():
        type(network).Config(**values)
