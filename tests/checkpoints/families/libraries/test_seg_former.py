"""SegFormer against transformers, under its names of today, of yesterday, and NVlabs'."""

import json
import re

import pytest
import torch
from torch.nn import functional as F

from segviewer.checkpoints.opening import open_network
from tests.checkpoints.families.comparing import difference, enliven, image

transformers = pytest.importorskip("transformers")

OLD = (
    (r"segformer\.stages\.(\d)\.patch_embeddings\.", r"segformer.encoder.patch_embeddings.\1."),
    (r"segformer\.stages\.(\d)\.layer_norm\.", r"segformer.encoder.layer_norm.\1."),
    (r"segformer\.stages\.(\d)\.blocks\.(\d+)\.", r"segformer.encoder.block.\1.\2."),
    (r"layernorm_before", "layer_norm_1"),
    (r"layernorm_after", "layer_norm_2"),
    (r"attention\.q_proj", "attention.self.query"),
    (r"attention\.k_proj", "attention.self.key"),
    (r"attention\.v_proj", "attention.self.value"),
    (r"attention\.o_proj", "attention.output.dense"),
    (r"attention\.sequence_reduction\.sequence_reduction", "attention.self.sr"),
    (r"attention\.sequence_reduction\.layer_norm", "attention.self.layer_norm"),
    (r"mlp\.fc([12])", r"mlp.dense\1"),
    (r"linear_projections", "linear_c"),
)


def old_name(key):
    for pattern, replacement in OLD:
        key = re.sub(pattern, replacement, key)
    return key


@pytest.fixture(scope="module")
def theirs():
    config = transformers.SegformerConfig(
        num_labels=5,
        depths=[1, 2, 1, 1],
        hidden_sizes=[16, 32, 80, 128],
        decoder_hidden_size=32,
        id2label={index: f"thing {index}" for index in range(5)},
    )
    return enliven(transformers.SegformerForSemanticSegmentation(config))


@pytest.fixture(scope="module")
def expected(theirs):
    with torch.inference_mode():
        coarse = theirs(image(65, 97)).logits
    return F.interpolate(coarse, (65, 97), mode="bilinear", align_corners=False)


@pytest.mark.slow
@pytest.mark.parametrize("rename", [str, old_name], ids=["today", "before version 5"])
def test_hugging_faces_names(theirs, expected, tmp_path, rename):
    state = {rename(key): tensor for key, tensor in theirs.state_dict().items()}
    torch.save(state, tmp_path / "weights.bin")
    opened, error = difference(tmp_path / "weights.bin", expected, image(65, 97))
    assert opened.config.depths == (1, 2, 1, 1)
    assert error < 1e-5


def test_a_folder_names_its_classes_and_preprocessing(theirs, expected, tmp_path):
    theirs.save_pretrained(tmp_path)
    emitted = {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.2, 0.25]}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(emitted))
    opened, error = difference(tmp_path, expected, image(65, 97))
    assert opened.card.classes == tuple(f"thing {index}" for index in range(5))
    assert opened.card.preprocessing.mean == (0.5, 0.4, 0.3)
    assert error < 1e-5


def test_nvlabs_keeps_keys_and_values_together(theirs, tmp_path):
    """Its names, counted from 1; the same network but for the last digits of its norms."""
    torch.save(theirs.state_dict(), tmp_path / "theirs.bin")
    state = {}
    for key, tensor in open_network(str(tmp_path / "theirs.bin")).network.state_dict().items():
        key = re.sub(r"backbone\.stages\.(\d)\.", lambda m: f"stage{int(m[1]) + 1}.", key)
        key = re.sub(r"stage(\d)\.patch\.", r"backbone.patch_embed\1.proj.", key)
        key = re.sub(r"stage(\d)\.patch_norm\.", r"backbone.patch_embed\1.norm.", key)
        key = re.sub(r"stage(\d)\.norm\.", r"backbone.norm\1.", key)
        key = re.sub(r"stage(\d)\.blocks\.", r"backbone.block\1.", key)
        key = re.sub(
            r"project\.(\d)\.", lambda m: f"decode_head.linear_c{int(m[1]) + 1}.proj.", key
        )
        for ours, nvlabs in (
            ("attention.query", "attn.q"),
            ("attention.out", "attn.proj"),
            ("attention.reduce", "attn.sr"),
            ("attention.norm", "attn.norm"),
            ("ffn.depthwise", "mlp.dwconv.dwconv"),
            ("ffn.", "mlp."),
            ("fuse.0", "decode_head.linear_fuse.conv"),
            ("fuse.1", "decode_head.linear_fuse.bn"),
            ("classifier", "decode_head.linear_pred"),
        ):
            key = key.replace(ours, nvlabs)
        state[key] = tensor
    for key in [key for key in state if ".attention.key." in key]:
        both = torch.cat([state.pop(key), state.pop(key.replace(".key.", ".value."))])
        state[key.replace("attention.key", "attn.kv")] = both
    torch.save(state, tmp_path / "nvlabs.pth")
    opened = open_network(str(tmp_path / "nvlabs.pth"))
    assert opened.card.weights == "unknown" and opened.unused == 0
    assert opened.config.norm_eps == 1e-6
    ours = open_network(str(tmp_path / "theirs.bin")).network
    with torch.inference_mode():
        expected, found = ours(image(64, 64)), opened.network(image(64, 64))
    assert (found - expected).abs().max() < 1e-3 * expected.std()
