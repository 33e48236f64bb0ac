"""Arguments of Segmentation Models PyTorch that may come from a file."""

from __future__ import annotations

# What else of a constructor's arguments may come from a file; none of them loads or runs anything.
OPTIONS = (
    "decoder_channels",
    "decoder_attention_type",
    "decoder_use_norm",
    "decoder_interpolation",
    "decoder_merge_policy",
    "decoder_pyramid_channels",
    "decoder_segmentation_channels",
    "decoder_pab_channels",
    "decoder_atrous_rates",
    "decoder_aspp_separable",
    "encoder_output_stride",
    "psp_out_channels",
    "upsampling",
)
