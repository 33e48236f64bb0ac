"""The dense CRF after the network: settings, presets, kernels, mean field."""
