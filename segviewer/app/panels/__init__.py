"""The panels beside the picture: model, CRF presets, comparison, overlay."""
