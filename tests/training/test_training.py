"""The trainer's parts against closed forms, and one tiny run that learns and resumes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from segviewer.networks.deeplab_v3 import DeepLabV3, DeepLabV3Config
from segviewer.training.frames import VOID, Augmentation, class_frequencies
from segviewer.training.losses import cross_entropy, rare_class_weights, soft_jaccard
from segviewer.training.schedule import poly_rate


def test_poly_policy():
    assert poly_rate(0, 100) == 1
    assert poly_rate(100, 100) == 0
    assert poly_rate(50, 100) == pytest.approx(0.5359, abs=1e-4)
    assert poly_rate(25, 100) == pytest.approx(0.7719, abs=1e-4)
    assert poly_rate(100, 100, end=0.1) == pytest.approx(0.1)
    with pytest.raises(ValueError):
        poly_rate(101, 100)


def test_rare_classes_weigh_more():
    weights = rare_class_weights(torch.tensor([0.9, 0.09, 0.01]))
    assert weights[0] < weights[1] < weights[2]
    assert weights[2] == pytest.approx(1 / np.log(1.11), rel=1e-4)


def test_perfect_scores_have_no_loss_and_void_does_not_count():
    target = torch.tensor([[[0, 1], [2, VOID]]])
    scores = torch.full((1, 3, 2, 2), -50.0)
    for row in range(2):
        for column in range(2):
            scores[0, min(int(target[0, row, column]), 2), row, column] = 50.0
    assert float(soft_jaccard(scores, target)) == pytest.approx(0, abs=1e-5)
    assert float(cross_entropy(scores, target, torch.ones(3))) == pytest.approx(0, abs=1e-5)
    scores[0, :, 1, 1] = torch.randn(3)
    assert float(soft_jaccard(scores, target)) == pytest.approx(0, abs=1e-5)


def test_uniform_scores_give_the_closed_form_of_the_soft_jaccard():
    # Two classes, half the pixels each, probability 1/2: hit N/4, union N/2 + N/2 - N/4.
    target = torch.tensor([[[0, 1], [1, 0]]])
    assert float(soft_jaccard(torch.zeros(1, 2, 2, 2), target)) == pytest.approx(1 - 1 / 3)


def test_a_crop_keeps_image_and_target_together():
    # Grey level = 20 x label, so the pair can be checked after any crop, scale and mirror.
    target = torch.arange(12).repeat_interleave(8)[None].repeat(64, 1).to(torch.uint8)
    image = (target * 20)[None].repeat(3, 1, 1)
    plain = Augmentation((48, 48), scale=(1.0, 1.0), blur=0.0)
    for seed in range(12):
        rng = np.random.default_rng(seed)
        picture, label = plain.draw(image, target, rng)
        assert picture.shape == (3, 48, 48) and label.shape == (48, 48)
        assert label.min() >= 0 and label.max() <= 11
        # Colour changes are monotone: larger labels stay brighter, whatever the crop.
        columns, labels = picture.mean(0).mean(0), label[24]
        means = torch.stack([columns[labels == k].mean() for k in labels.unique()])
        assert (means.diff() >= -1e-4).all() and len(means) >= 6


def test_padding_is_void_and_mean():
    image = torch.full((3, 10, 10), 255, dtype=torch.uint8)
    target = torch.zeros(10, 10, dtype=torch.uint8)
    small = Augmentation((40, 40), scale=(1.0, 1.0), blur=0.0)
    _, label = small.draw(image, target, np.random.default_rng(0))
    assert int((label == 0).sum()) == 100
    assert int((label == VOID).sum()) == 1500


def test_class_frequencies_ignore_void():
    target = torch.tensor([[0, 0, 1, VOID]], dtype=torch.uint8)
    frequencies = class_frequencies([(torch.zeros(3, 1, 4), target)], 3)
    assert frequencies.tolist() == pytest.approx([2 / 3, 1 / 3, 0])


@pytest.mark.slow
def test_a_tiny_run_learns_and_a_resumed_one_is_the_same(tmp_path):
    from segviewer.training.trainer import Recipe, Trainer, read_state

    target = torch.zeros(64, 96, dtype=torch.uint8)
    target[:, 48:] = 1
    image = (target * 200)[None].repeat(3, 1, 1)
    config = DeepLabV3Config(
        backbone="efficientnet_lite0",
        num_classes=2,
        aspp_channels=8,
        separable=True,
        head_conv=False,
        low_level_channels=4,
        output_stride=16,
        atrous_rates=(1, 2, 3),
    )
    recipe = Recipe(iterations=8, batch=2)
    augmentation = Augmentation((64, 64), scale=(0.9, 1.1), blur=0.0)

    def fresh():
        torch.manual_seed(0)
        return Trainer(DeepLabV3(config), [(image, target)], augmentation, recipe)

    whole = fresh()
    losses = [whole.step() for _ in range(8)]
    assert np.mean(losses[-3:]) < np.mean(losses[:3])

    first = fresh()
    for _ in range(4):
        first.step()
    first.save(tmp_path / "state.pt", {"log": [1]})
    second = fresh()
    state = read_state(tmp_path / "state.pt")
    assert state["more"] == {"log": [1]}
    second.resume(state)
    for _ in range(4):
        second.step()
    for name, tensor in whole.network.state_dict().items():
        torch.testing.assert_close(second.network.state_dict()[name], tensor, msg=name)


def test_the_plain_mean_of_the_runs_end_is_kept_also_by_a_resumed_run(tmp_path):
    from segviewer.networks.u_net import UNet
    from segviewer.training.trainer import Recipe, Trainer, read_state

    target = torch.zeros(64, 64, dtype=torch.uint8)
    target[:, 32:] = 1
    image = (target * 200)[None].repeat(3, 1, 1)
    recipe = Recipe(
        iterations=6, batch=2, pretrained=False, bfloat16=False, average_last=0.5, hard_share=0.5,
        lovasz_weight=1.0,
    )  # fmt: skip
    augmentation = Augmentation((64, 64), scale=(0.9, 1.1), blur=0.0)

    def fresh():
        torch.manual_seed(0)
        network = UNet(UNet.Config(width=4, num_classes=2))
        return Trainer(network, [(image, target)], augmentation, recipe)

    trainer, late = fresh(), []
    for iteration in range(6):
        trainer.step()
        if iteration >= 3:
            late.append({k: v.clone() for k, v in trainer.network.state_dict().items()})
        if iteration == 4:
            trainer.save(tmp_path / "state.pt", {})
    assert trainer.averaged == 3
    second = fresh()
    second.resume(read_state(tmp_path / "state.pt"))
    second.step()
    for averaged in (trainer.average, second.average):
        for name, tensor in averaged.state_dict().items():
            if tensor.is_floating_point():
                expected = torch.stack([one[name] for one in late]).mean(0)
                torch.testing.assert_close(tensor, expected, msg=name, atol=1e-6, rtol=1e-4)


def test_a_runs_new_length_moves_the_end_of_the_rate():
    from segviewer.networks.u_net import UNet
    from segviewer.training.trainer import Recipe, Trainer

    target = torch.arange(2).repeat_interleave(32)[None].repeat(64, 1).to(torch.uint8)
    image = (target * 200)[None].repeat(3, 1, 1)
    recipe = Recipe(iterations=100, batch=2, pretrained=False, bfloat16=False)
    network = UNet(UNet.Config(width=4, num_classes=2))
    trainer = Trainer(network, [(image, target)], Augmentation((64, 64)), recipe)
    trainer.step()
    trainer.change_total(0)
    assert trainer.recipe.iterations == 1  # what was made is not undone
    trainer.change_total(4)
    for _ in range(3):
        trainer.step()
    assert trainer.iteration == trainer.recipe.iterations == 4
    last = trainer.optimizer.param_groups[1]
    assert last["lr"] == pytest.approx(last["base"] * poly_rate(3, 4) * 4 / 50)
