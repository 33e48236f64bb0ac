"""SegFormer: Hugging Face's transformers, old and new names, and NVlabs' own files.

Layer norms differ by a digit: NVlabs' blocks have ε 1e-6, Hugging Face's 1e-5.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, Tensors, count, has
from segviewer.checkpoints.families.renaming import renaming

STAGES = range(4)


def _read(
    patch: str, block: str, head: str, scores: str, first: int, eps: float
) -> Callable[[Shapes], dict[str, Any]]:
    def read(shapes: Shapes) -> dict[str, Any]:
        stages = [stage + first for stage in STAGES]
        return {
            "widths": tuple(shapes[patch.format(stage)][0] for stage in stages),
            "depths": tuple(count(shapes, block.format(stage)) for stage in stages),
            "head_channels": shapes[head][0],
            "num_classes": shapes[scores][0],
            "norm_eps": eps,
        }

    return read


HEAD = (
    (r"decode_head\.linear_(?:projections|c)\.(\d)\.proj\.", r"project.\1."),
    (r"decode_head\.linear_fuse\.", "fuse.0."),
    (r"decode_head\.batch_norm\.", "fuse.1."),
    (r"decode_head\.classifier\.", "classifier."),
)
BLOCK = r"segformer\.stages\.(\d)\.blocks\.(\d+)\."
OLD_BLOCK = r"segformer\.encoder\.block\.(\d)\.(\d+)\."
NVLABS_BLOCK = r"backbone\.block(\d)\.(\d+)\."
OURS = r"backbone.stages.\1.blocks.\2."

_rename = renaming(
    (r"segformer\.stages\.(\d)\.patch_embeddings\.proj\.", r"backbone.stages.\1.patch."),
    (r"segformer\.stages\.(\d)\.patch_embeddings\.layer_norm\.", r"backbone.stages.\1.patch_norm."),
    (r"segformer\.stages\.(\d)\.layer_norm\.", r"backbone.stages.\1.norm."),
    (BLOCK + r"layernorm_before\.", OURS + "norm1."),
    (BLOCK + r"layernorm_after\.", OURS + "norm2."),
    (BLOCK + r"attention\.q_proj\.", OURS + "attention.query."),
    (BLOCK + r"attention\.k_proj\.", OURS + "attention.key."),
    (BLOCK + r"attention\.v_proj\.", OURS + "attention.value."),
    (BLOCK + r"attention\.o_proj\.", OURS + "attention.out."),
    (BLOCK + r"attention\.sequence_reduction\.sequence_reduction\.", OURS + "attention.reduce."),
    (BLOCK + r"attention\.sequence_reduction\.layer_norm\.", OURS + "attention.norm."),
    (BLOCK + r"mlp\.dwconv\.dwconv\.", OURS + "ffn.depthwise."),
    (BLOCK + r"mlp\.", OURS + "ffn."),
    *HEAD,
)
_rename_old = renaming(
    (r"segformer\.encoder\.patch_embeddings\.(\d)\.proj\.", r"backbone.stages.\1.patch."),
    (
        r"segformer\.encoder\.patch_embeddings\.(\d)\.layer_norm\.",
        r"backbone.stages.\1.patch_norm.",
    ),
    (r"segformer\.encoder\.layer_norm\.(\d)\.", r"backbone.stages.\1.norm."),
    (OLD_BLOCK + r"layer_norm_([12])\.", OURS + r"norm\3."),
    (OLD_BLOCK + r"attention\.self\.(query|key|value)\.", OURS + r"attention.\3."),
    (OLD_BLOCK + r"attention\.self\.sr\.", OURS + "attention.reduce."),
    (OLD_BLOCK + r"attention\.self\.layer_norm\.", OURS + "attention.norm."),
    (OLD_BLOCK + r"attention\.output\.dense\.", OURS + "attention.out."),
    (OLD_BLOCK + r"mlp\.dwconv\.dwconv\.", OURS + "ffn.depthwise."),
    (OLD_BLOCK + r"mlp\.dense([12])\.", OURS + r"ffn.fc\3."),
    *HEAD,
)


def _in_block(part: str) -> Callable[[Any], str]:
    """NVlabs counts stages from 1."""
    return lambda m: f"backbone.stages.{int(m[1]) - 1}.blocks.{m[2]}.{part}."


def _in_stage(part: str) -> Callable[[Any], str]:
    return lambda m: f"backbone.stages.{int(m[1]) - 1}.{part}."


_rename_nvlabs = renaming(
    (r"backbone\.patch_embed(\d)\.proj\.", _in_stage("patch")),
    (r"backbone\.patch_embed(\d)\.norm\.", _in_stage("patch_norm")),
    (r"backbone\.norm(\d)\.", _in_stage("norm")),
    (NVLABS_BLOCK + r"norm1\.", _in_block("norm1")),
    (NVLABS_BLOCK + r"norm2\.", _in_block("norm2")),
    (NVLABS_BLOCK + r"attn\.q\.", _in_block("attention.query")),
    (NVLABS_BLOCK + r"attn\.k\.", _in_block("attention.key")),
    (NVLABS_BLOCK + r"attn\.v\.", _in_block("attention.value")),
    (NVLABS_BLOCK + r"attn\.proj\.", _in_block("attention.out")),
    (NVLABS_BLOCK + r"attn\.sr\.", _in_block("attention.reduce")),
    (NVLABS_BLOCK + r"attn\.norm\.", _in_block("attention.norm")),
    (NVLABS_BLOCK + r"mlp\.dwconv\.dwconv\.", _in_block("ffn.depthwise")),
    (NVLABS_BLOCK + r"mlp\.fc1\.", _in_block("ffn.fc1")),
    (NVLABS_BLOCK + r"mlp\.fc2\.", _in_block("ffn.fc2")),
    (r"decode_head\.linear_c(\d)\.proj\.", lambda m: f"project.{int(m[1]) - 1}."),
    (r"decode_head\.linear_fuse\.conv\.", "fuse.0."),
    (r"decode_head\.linear_fuse\.bn\.", "fuse.1."),
    (r"decode_head\.linear_pred\.", "classifier."),
    (r"decode_head\.conv_seg\.", ""),  # left behind by its base class, never run
)


def _apart(tensors: Tensors) -> Tensors:
    """Keys and values, which NVlabs computes in one layer, in a layer each."""
    found = {}
    for key, tensor in tensors.items():
        if ".attn.kv." in key:
            keys, values = tensor.chunk(2)
            found[key.replace(".kv.", ".k.")] = keys.contiguous()
            found[key.replace(".kv.", ".v.")] = values.contiguous()
        else:
            found[key] = tensor
    return found


FUSE = "decode_head.linear_fuse.weight"
SCORES = "decode_head.classifier.weight"
FAMILIES = (
    Family(
        "SegFormer (Hugging Face)",
        "seg_former",
        has("segformer.stages.0.patch_embeddings.proj.weight", SCORES),
        _read(
            "segformer.stages.{}.patch_embeddings.proj.weight",
            "segformer.stages.{}.blocks.{{}}.layernorm_before.weight",
            FUSE,
            SCORES,
            0,
            1e-5,
        ),
        _rename,
        long_side=512,
        reshapes=True,
    ),
    Family(
        "SegFormer (Hugging Face, names before version 5)",
        "seg_former",
        has("segformer.encoder.patch_embeddings.0.proj.weight", SCORES),
        _read(
            "segformer.encoder.patch_embeddings.{}.proj.weight",
            "segformer.encoder.block.{}.{{}}.layer_norm_1.weight",
            FUSE,
            SCORES,
            0,
            1e-5,
        ),
        _rename_old,
        long_side=512,
        reshapes=True,
    ),
    Family(
        "SegFormer (NVlabs)",
        "seg_former",
        has("backbone.patch_embed1.proj.weight", "decode_head.linear_pred.weight"),
        _read(
            "backbone.patch_embed{}.proj.weight",
            "backbone.block{}.{{}}.norm1.weight",
            "decode_head.linear_fuse.conv.weight",
            "decode_head.linear_pred.weight",
            1,
            1e-6,
        ),
        _rename_nvlabs,
        long_side=512,
        reshapes=True,
        prepare=_apart,
    ),
)
