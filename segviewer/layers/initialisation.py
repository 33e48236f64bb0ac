"""He's random weights (He, Zhang, Ren, Sun 2015, equation 10).

torch's own default shrinks a signal at every layer; behind ReLUs an untrained network of
some depth would then show nothing but its biases.
"""

from __future__ import annotations

from torch import nn


def initialise_he(root: nn.Module) -> None:
    """Draw every convolution under `root` from N(0, 2 / fan-in), biases 0."""
    for module in root.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
