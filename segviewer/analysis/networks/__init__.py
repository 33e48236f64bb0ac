"""Looking into a network: layers, sizes, activations, paths, lesions."""
