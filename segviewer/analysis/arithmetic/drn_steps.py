"""From a ResNet to the dilated residual networks A, B and C, unit by unit, in closed form.

Yu, Koltun, Funkhouser 2017, section 4: A takes the last two strides out and puts dilation
in; B has two residual levels in place of the early max pooling and two of falling dilation
at the end; C takes the shortcuts out of these two. Along the longest path a k x k
convolution of rate r and stride s grows the receptive field by (k - 1) r jump, then jump
grows by s.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

FORMS = ("ResNet", "A", "B", "C")
UNITS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3)}
"""Units of the four layers for each depth of the ResNet."""
DEEPER = {18: 26, 34: 42, 50: 58}
"""Depth of B and C."""
BOTTLENECKS = (50,)


@dataclass(frozen=True)
class Unit:
    """One step of a network.

    Attributes
    ----------
    name : str
        Level, and unit in it.
    kind : str
        ``convolution``, ``max pooling`` or ``block``.
    convolutions : tuple of (kernel, stride, rate)
        Along the longest path.
    shortcut : bool
    size : int
        Side of the map behind it.
    jump, field : int
        Pixels between its places, and side of their receptive field.
    """

    name: str
    kind: str
    convolutions: tuple[tuple[int, int, int], ...]
    shortcut: bool = False
    size: int = 0
    jump: int = 1
    field: int = 1

    @property
    def stride(self) -> int:
        """By how much the map shrinks."""
        product = 1
        for _, stride, _ in self.convolutions:
            product *= stride
        return product

    @property
    def rate(self) -> int:
        """Largest rate."""
        return max(rate for _, _, rate in self.convolutions)


def network_name(form: str, depth: int) -> str:
    """As the paper has it: ResNet-18, DRN-A-18, DRN-C-26."""
    if form == "ResNet":
        return f"ResNet-{depth}"
    return f"DRN-{form}-{depth if form == 'A' else DEEPER[depth]}"


def steps(form: str, depth: int, side: int, paper: bool = False) -> tuple[Unit, ...]:
    """All units with sizes and receptive fields on a picture of this side.

    Parameters
    ----------
    form : str
        Of `FORMS`.
    depth : int
        A key of `UNITS`: the ResNet it starts from.
    paper : bool
        Form A: the convolution that lost its stride keeps the rate before it and all others
        have the new one. False: the first block of a dilated layer has rate 1, as in fyu/drn.
    """
    units = _early(form)
    bottleneck = depth in BOTTLENECKS
    strides = (1, 2, 2, 2) if form == "ResNet" else (1, 2, 1, 1)
    rates = (1, 1, 1, 1) if form == "ResNet" else (1, 1, 2, 4)
    first = 1
    if form in "BC":
        strides, first = (2, 2, 1, 1), 3
    before = 1
    for number, (count, stride, rate) in enumerate(
        zip(UNITS[depth], strides, rates, strict=True), start=first
    ):
        for index in range(count):
            opening = rate
            if form == "A" and index == 0:
                opening = before if paper else 1
            rest = rate if index or form != "A" or paper else 1
            shape = _block(stride if index == 0 else 1, opening, rest, bottleneck)
            units.append(Unit(f"{number}.{index + 1}", "block", shape, shortcut=True))
        before = rate
    if form in "BC":
        for number, rate in ((7, 2), (8, 1)):
            shape = _block(1, rate, rate, False)
            units.append(Unit(f"{number}.1", "block", shape, shortcut=form == "B"))
    return _measured(units, side)


def _early(form: str) -> list[Unit]:
    if form in "BC":
        return [
            Unit("conv 1", "convolution", ((7, 1, 1),)),
            Unit("1.1", "block", _block(1, 1, 1, False), shortcut=True),
            Unit("2.1", "block", _block(2, 1, 1, False), shortcut=True),
        ]
    return [Unit("conv 1", "convolution", ((7, 2, 1),)), Unit("pool", "max pooling", ((3, 2, 1),))]


def _block(
    stride: int, opening: int, rate: int, bottleneck: bool
) -> tuple[tuple[int, int, int], ...]:
    """Kernel, stride and rate of a block's convolutions; `opening` is the rate of the first 3x3."""
    if bottleneck:
        return (1, 1, 1), (3, stride, opening), (1, 1, 1)
    return (3, stride, opening), (3, 1, rate)


def _measured(units: list[Unit], side: int) -> tuple[Unit, ...]:
    found, jump, field = [], 1, 1
    for unit in units:
        for kernel, stride, rate in unit.convolutions:
            field += (kernel - 1) * rate * jump
            jump *= stride
            # Padding keeps the size, so that a stride rounds up.
            side = -(-side // stride)
        found.append(replace(unit, size=side, jump=jump, field=field))
    return tuple(found)
