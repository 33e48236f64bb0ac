"""Which layers of a network are drawn as one block, found from its tree of modules.

Nothing is known of any single network. A module is one stage (a ResNet's ``layer3``, a
branch of a pyramid) unless it is a mere list or holds further stages, as a backbone does.
Single layers in a row, as in VGG, are cut where the map's size or the rate changes.
What makes a map smaller or larger goes with the convolutions that then work on it, so
that a stage has one size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from segviewer.analysis.networks.network_card import CardRow

LONG_CHAIN = 4  # convolutions from which single layers in a module are stages of their own
SHRINKS = ("pooling", "global average", "unpooling")
SPREADS = ("resizing", "pixel shuffle")
ACTIVATIONS = (nn.ReLU, nn.ReLU6, nn.Hardswish, nn.PReLU, nn.ELU, nn.LeakyReLU, nn.Sigmoid)


@dataclass
class Calls:
    """What modules were given and gave back while the network ran once.

    Attributes
    ----------
    order : list of str
        Names of modules without children, as they ran.
    activations : set of str
        Those of them that are a mere non-linearity.
    """

    inputs: dict[str, Tensor] = field(default_factory=dict)
    outputs: dict[str, Tensor] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    activations: set[str] = field(default_factory=set)

    def listen_to(self, network: nn.Module) -> list[RemovableHandle]:
        """Register hooks on every module of `network`; returns them, to be removed."""
        return [
            module.register_forward_hook(self._noting(name, not any(module.children())))
            for name, module in network.named_modules()
            if name
        ]

    def _noting(
        self, name: str, is_leaf: bool
    ) -> Callable[[nn.Module, tuple[object, ...], object], None]:
        def note(module: nn.Module, inputs: tuple[object, ...], output: object) -> None:
            if is_leaf:
                self.order.append(name)
            if isinstance(module, ACTIVATIONS):
                self.activations.add(name)
            # Tensors are kept, so that no two of them share an identity.
            if inputs and isinstance(inputs[0], Tensor):
                self.inputs.setdefault(name, inputs[0])
            if isinstance(output, Tensor) and output.ndim == 4:
                self.outputs[name] = output

        return note


@dataclass
class Stage:
    """Rows that belong together, by number, and the modules they were found in."""

    path: str
    numbers: list[int]
    single: bool = False  # layers of their own, not one module
    loose: bool = False  # what happens between modules


@dataclass(frozen=True)
class Grouped:
    """A stage as it is drawn: see :class:`segviewer.analysis.networks.network_card.CardStage`."""

    key: str
    title: str
    part: str
    column: int
    layer: str
    size: tuple[int, int, int]
    numbers: tuple[int, ...]


def group_stages(network: nn.Module, rows: Sequence[CardRow], calls: Calls) -> tuple[Grouped, ...]:
    """Group `rows` into stages, in the order in which they run.

    Parameters
    ----------
    network : nn.Module
    rows : sequence of CardRow
        All of its layers.
    calls : Calls
        Of the same run.
    """
    tree = _Tree(network, rows, calls)
    stages = _attach(rows, _runs(rows, tree))
    keys: dict[str, Stage] = {}
    for stage in stages:
        key = _own_rows(stage, rows)[0].name if stage.single else stage.path
        if key in keys:  # it runs again, as the iterations of a mean field do
            keys[key].numbers += stage.numbers
        else:
            keys[key] = stage
    found, column, before = [], -1, ""
    for key, stage in keys.items():
        if not before or not tree.beside(before, key):
            column += 1
        before = key
        layer, size = _shown(stage, rows, calls)
        found.append(
            Grouped(
                key=key,
                title=_title(key, stage, rows),
                part=key.split(".")[0],
                column=column,
                layer=layer,
                size=size,
                numbers=tuple(stage.numbers),
            )
        )
    return tuple(found)


class _Tree:
    """The modules of a network, and which of them are more than one stage."""

    def __init__(self, network: nn.Module, rows: Sequence[CardRow], calls: Calls):
        self.calls = calls
        self._modules = dict(network.named_modules())
        self._channels = {name: tensor.shape[1] for name, tensor in calls.outputs.items()}
        self._convolutions: dict[str, set[str]] = {}
        for row in rows:
            if "convolution" in row.kind:
                parent = row.name.rpartition(".")[0]
                self._convolutions.setdefault(parent, set()).add(row.name)
        self._wide: dict[str, bool] = {}

    def place(self, name: str) -> tuple[str, str]:
        """Where a row of that name belongs: ("stage" | "single" | "loose", path).

        The path of a single layer is its parent's.
        """
        if name not in self._modules or self._expands(name):
            return "loose", name
        parts = name.split(".")
        for end in range(1, len(parts) + 1):
            path = ".".join(parts[:end])
            if not self._expands(path):
                if not self._children(path):
                    return "single", ".".join(parts[: end - 1])
                return "stage", self._merged(path)
        return "loose", name

    def beside(self, before: str, after: str) -> bool:
        """Whether two stages that follow each other work on the same map."""
        first, second = (self.calls.inputs.get(path) for path in (before, after))
        if first is None or second is None:
            return False
        if first is second:
            return True
        parent = before.rpartition(".")[0]
        if parent != after.rpartition(".")[0] or not isinstance(
            self._modules.get(parent), nn.ModuleList
        ):
            return False
        # Pooled on the way, but what one gives the other cannot take.
        given = self._channels.get(before)
        return first.shape[1] == second.shape[1] != given

    def _children(self, path: str) -> list[str]:
        module = self._modules[path]
        return [f"{path}.{name}" if path else name for name, _ in module.named_children()]

    def _inner(self, path: str) -> list[str]:
        return [child for child in self._children(path) if self._children(child)]

    def _height(self, path: str) -> int:
        return max((1 + self._height(child) for child in self._children(path)), default=0)

    def _expands(self, path: str) -> bool:
        """Whether the module holds several stages."""
        if path not in self._wide:
            self._wide[path] = self._holds_stages(path)
        return self._wide[path]

    def _holds_stages(self, path: str) -> bool:
        module, children = self._modules[path], self._children(path)
        if not children:
            return False
        if type(module) is nn.ModuleDict or isinstance(module, nn.ModuleList):
            return True
        inner = self._inner(path)
        if not inner:
            return len(self._convolutions.get(path, ())) >= LONG_CHAIN
        if any(self._expands(child) for child in inner):
            return True
        if isinstance(module, nn.ModuleDict):
            return False  # a dense block: its layers see each other's maps
        if isinstance(module, nn.Sequential):
            widths = {self._channels[child] for child in children if child in self._channels}
            return len(widths) > 1 and any(self._height(child) > 1 for child in inner)
        return "." not in path or sum(self._height(child) > 1 for child in inner) > 1

    def _merged(self, path: str) -> str:
        """The first of the equal units in a row that `path` belongs to."""
        parent, _, _ = path.rpartition(".")
        if not isinstance(self._modules[parent], nn.Sequential):
            return path
        siblings = self._children(parent)
        place = siblings.index(path)
        while place and self._alike(siblings[place - 1], path):
            place -= 1
        return siblings[place]

    def _alike(self, one: str, other: str) -> bool:
        same_kind = type(self._modules[one]) is type(self._modules[other])
        width = self._channels.get(one)
        # Branches and heads are lists of plain layers; units are modules of modules.
        return same_kind and self._height(one) > 1 and width == self._channels.get(other)


def _runs(rows: Sequence[CardRow], tree: _Tree) -> list[Stage]:
    """Consecutive rows of one stage; loose rows, and what only resizes, stand alone."""
    runs: list[Stage] = []
    for number, row in enumerate(rows):
        kind, path = tree.place(row.name)
        last = runs[-1] if runs else None
        if kind == "stage":
            if last is not None and last.path == path and not last.single:
                last.numbers.append(number)
            else:
                runs.append(Stage(path, [number]))
        elif kind == "single" and last is not None and _continues(last, row, path, rows):
            last.numbers.append(number)
        else:
            runs.append(Stage(path, [number], single=True, loose=kind == "loose"))
    return runs


def _continues(last: Stage, row: CardRow, path: str, rows: Sequence[CardRow]) -> bool:
    """Whether a single layer belongs to the ones before it."""
    if not last.single or last.path != path or _resizes(row):
        return False
    before = [rows[number] for number in last.numbers]
    if any(_resizes(one) for one in before):
        return False
    if "convolution" not in row.kind:
        return True
    if not path:
        return False  # layers of the network itself are few, and each has a meaning
    convolutions = [one for one in before if "convolution" in one.kind]
    rates = {one.rate for one in (*convolutions, row) if one.kernel > 1}
    return len(rates) < 2


def _attach(rows: Sequence[CardRow], runs: list[Stage]) -> list[Stage]:
    """Give rows that are no stage of their own to a neighbour."""
    stages: list[Stage] = []
    waiting: list[int] = []
    for run in runs:
        own = [rows[number] for number in run.numbers]
        spreads = all(row.kind.endswith(SPREADS) for row in own)
        if spreads and stages:
            stages[-1].numbers += run.numbers
        elif run.loose or all(_resizes(row) for row in own):
            waiting += run.numbers
        elif _is_minor(own) and stages and not waiting:
            stages[-1].numbers += run.numbers
        else:
            run.numbers = waiting + run.numbers
            waiting = []
            stages.append(run)
    if waiting and stages and not any(rows[number].parameters for number in waiting):
        stages[-1].numbers += waiting
    elif waiting:
        stages.append(Stage(rows[waiting[0]].name.rpartition(".")[0], waiting, single=True))
    return stages


def _is_minor(rows: list[CardRow]) -> bool:
    return not any("convolution" in row.kind or "product" in row.kind for row in rows)


def _resizes(row: CardRow) -> bool:
    kind = row.kind
    return "transposed" in kind or any(word in kind for word in (*SHRINKS, *SPREADS))


def _own_rows(stage: Stage, rows: Sequence[CardRow]) -> list[CardRow]:
    """Rows of a stage without those that bring its map to size."""
    own = [rows[number] for number in stage.numbers]
    return [row for row in own if not _resizes(row)] or own


def _shown(stage: Stage, rows: Sequence[CardRow], calls: Calls) -> tuple[str, tuple[int, int, int]]:
    """The module whose output the stage is, and that output's size."""
    last = _own_rows(stage, rows)[-1]
    layer = last.name if stage.single else _last_unit(stage, rows, calls)
    if stage.single and layer in calls.order:
        # The activation behind it is a module without a row.
        parent = layer.rpartition(".")[0]
        layer = _behind(layer, parent, calls)
    if layer not in calls.outputs:
        return layer, (last.channels, last.height, last.width)
    _, channels, height, width = calls.outputs[layer].shape
    return layer, (channels, height, width)


def _last_unit(stage: Stage, rows: Sequence[CardRow], calls: Calls) -> str:
    """The stage's module, or the last of the equal units that it merges.

    Of a module whose own output nobody takes, the last one inside that gives any.
    """
    last = _own_rows(stage, rows)[-1].name.split(".")
    names = [".".join(last[:end]) for end in range(stage.path.count(".") + 1, len(last) + 1)]
    return next((name for name in names if name in calls.outputs), stage.path)


def _behind(layer: str, parent: str, calls: Calls) -> str:
    place = len(calls.order) - 1 - calls.order[::-1].index(layer)
    for name in calls.order[place + 1 :]:
        if name.rpartition(".")[0] != parent or name not in calls.activations:
            break
        if calls.order.count(name) > 1:
            break  # shared by many layers: what it gives last is another's
        layer = name
    return layer


def _title(key: str, stage: Stage, rows: Sequence[CardRow]) -> str:
    """Short: the last word of the name, with what a mere number is a number of."""
    if not stage.single:
        return _short(key)
    names = [row.name for row in _own_rows(stage, rows) if "convolution" in row.kind]
    first, last = (names or [key])[0], (names or [key])[-1]
    if first == last:
        return _short(first)
    heads = {name.rpartition("_")[0] for name in names}
    if len(heads) == 1 and "" not in heads:
        return _short(heads.pop())  # conv3_1, conv3_2 …: conv3
    return f"{_short(first)}–{last.rpartition('.')[2]}"


def _short(name: str) -> str:
    parts = name.split(".")
    return parts[-1] if not parts[-1].isdigit() or len(parts) == 1 else ".".join(parts[-2:])
