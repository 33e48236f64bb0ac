"""A file written from another library's network, opened, and run beside it."""

import torch

from segviewer.checkpoints.opening import open_network
from segviewer.layers.framing import full_scores, run_features


def enliven(module):
    """Weights under which every layer of a network matters."""
    generator = torch.Generator().manual_seed(1)
    for key, tensor in module.state_dict().items():
        if key.endswith("running_var"):
            tensor.uniform_(0.5, 1.5, generator=generator)
        elif key.endswith(("running_mean", "bias")):
            tensor.normal_(0, 0.1, generator=generator)
        elif tensor.ndim == 1:
            tensor.uniform_(0.6, 1.2, generator=generator)
        elif tensor.ndim:
            tensor.normal_(0, (2 / tensor[0].numel()) ** 0.5, generator=generator)
    return module.eval().requires_grad_(False)


def image(height, width):
    return torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(5))


@torch.inference_mode()
def difference(path, expected, picture):
    """The opened file, and the largest difference of its scores from `expected`, in deviations."""
    opened = open_network(str(path))
    assert opened.card.weights == "unknown", "everything must be filled from the file"
    assert opened.unused == 0
    found = full_scores(opened.network, run_features(opened.network, picture), *expected.shape[-2:])
    return opened, float((found - expected).abs().max() / expected.std())
