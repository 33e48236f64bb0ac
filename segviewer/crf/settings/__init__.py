"""The settings of a CRF, their presets and their texts."""
