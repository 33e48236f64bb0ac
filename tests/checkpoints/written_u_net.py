"""A small U-Net as milesial/Pytorch-UNet names and runs it, to write files and compare with."""

import torch
from torch import nn
from torch.nn import functional as F


class Double(nn.Module):
    def __init__(self, cin, cout, bias):
        super().__init__()
        layers = []
        for channels in (cin, cout):
            layers += [nn.Conv2d(channels, cout, 3, padding=1, bias=bias), nn.BatchNorm2d(cout)]
            layers.append(nn.ReLU())
        self.double_conv = nn.Sequential(*layers)

    def forward(self, x):
        return self.double_conv(x)


class Down(nn.Module):
    def __init__(self, cin, cout, bias):
        super().__init__()
        self.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), Double(cin, cout, bias))

    def forward(self, x):
        return self.maxpool_conv(x)


class Up(nn.Module):
    def __init__(self, cin, bias):
        super().__init__()
        self.up = nn.ConvTranspose2d(cin, cin // 2, 2, 2)
        self.conv = Double(cin, cin // 2, bias)

    def forward(self, x, skip):
        return self.conv(torch.cat([skip, self.up(x)], 1))


class Out(nn.Module):
    def __init__(self, cin, classes):
        super().__init__()
        self.conv = nn.Conv2d(cin, classes, 1)

    def forward(self, x):
        return self.conv(x)


class WrittenUNet(nn.Module):
    """`bias` is the form of old releases."""

    def __init__(self, classes=2, channels=3, bias=False, width=2):
        super().__init__()
        self.inc = Double(channels, width, bias)
        for level in range(1, 5):
            setattr(self, f"down{level}", Down(width << level - 1, width << level, bias))
            setattr(self, f"up{level}", Up(width << 5 - level, bias))
        self.outc = Out(width, classes)
        torch.manual_seed(classes + channels)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                nn.init.normal_(module.running_mean, std=0.3)
                nn.init.uniform_(module.running_var, 0.5, 1.5)
                nn.init.uniform_(module.weight, 0.6, 1.2)
                nn.init.normal_(module.bias, std=0.2)
            elif isinstance(module, nn.Conv2d) and module.bias is not None:
                nn.init.normal_(module.bias, std=0.5)
        self.eval().requires_grad_(False)

    def forward(self, image):
        maps = [self.inc(image)]
        for level in range(1, 5):
            maps.append(getattr(self, f"down{level}")(maps[-1]))
        x = maps.pop()
        for level in range(1, 5):
            x = getattr(self, f"up{level}")(x, maps.pop())
        return self.outc(x)


def picture(channels=3, side=32):
    """A smooth input (1, channels, side, side)."""
    rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    waves = [torch.sin(0.07 * rows + 0.11 * columns + c) for c in range(channels)]
    return torch.stack(waves)[None]


def prefixed(prefix, tensors):
    return {prefix + key: tensor for key, tensor in tensors.items()}


def same(network, reference, image=None):
    """Whether both compute the same of `image`."""
    image = picture() if image is None else image
    return F.l1_loss(network(image), reference(image)) < 1e-5
