"""Measures of the grid on maps whose answer is known, and cosets as convolutions see them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from segviewer.analysis.gridding.gridding import coset_energy, parity_energy, probe, spectrum
from segviewer.analysis.gridding.rate_sequence import touch_levels
from segviewer.errors import SegviewerError
from segviewer.layers.smoothed_dilation import merge_cosets, split_cosets


def grid(rate: int, height: int, width: int, seed: int = 0) -> np.ndarray:
    """A map that repeats one random r x r cell."""
    cell = np.random.default_rng(seed).normal(size=(rate, rate))
    return np.tile(cell, (-(-height // rate), -(-width // rate)))[:height, :width]


# --- Cosets (FACTS §17): a dilated convolution is r² ordinary ones. ---


@given(
    st.integers(1, 5),
    st.integers(1, 3),
    st.integers(1, 13),
    st.integers(1, 13),
    st.sampled_from((1, 3, 5)),
)
@settings(max_examples=40)
def test_a_dilated_convolution_is_one_on_each_coset(rate, channels, height, width, kernel):
    generator = torch.Generator().manual_seed(rate + 7 * height)
    maps = torch.randn(2, channels, height, width, dtype=torch.double, generator=generator)
    weight = torch.randn(4, channels, kernel, kernel, dtype=torch.double, generator=generator)
    padding = kernel // 2
    dilated = F.conv2d(maps, weight, padding=rate * padding, dilation=rate)
    cosets = split_cosets(maps, rate).unflatten(1, (channels, rate * rate))
    each = [F.conv2d(coset, weight, padding=padding) for coset in cosets.unbind(2)]
    merged = merge_cosets(torch.stack(each, 2).flatten(1, 2), rate, height, width)
    torch.testing.assert_close(merged, dilated)
    assert torch.equal(merge_cosets(split_cosets(maps, rate), rate, height, width), maps)


# --- Coset and parity energy. ---


@pytest.mark.parametrize("rate", [2, 3, 4])
def test_a_pure_grid_is_all_between_cosets(rate):
    maps = np.stack([grid(rate, 25, 31), 100 + 5 * grid(rate, 25, 31, 1)])
    found = coset_energy(maps, rate)
    assert found.energy == pytest.approx(1)
    np.testing.assert_allclose(found.by_channel, 1)
    assert coset_energy(maps, rate, window=2 * rate).energy == pytest.approx(1)
    assert coset_energy(maps, 1).energy == pytest.approx(0)


def test_energy_by_its_definition():
    maps = np.random.default_rng(3).normal(size=(2, 12, 12)) + 0.5 * grid(3, 12, 12)
    between = total = 0
    for channel in maps:
        means = [channel[i::3, j::3].mean() for i in range(3) for j in range(3)]
        between += np.var(means)
        total += channel.var()
    assert coset_energy(maps, 3).energy == pytest.approx(between / total)


def test_noise_gives_what_chance_gives():
    maps = np.random.default_rng(5).normal(size=(64, 96, 96))
    for rate, window in ((2, None), (4, None), (4, 16), (8, 32)):
        found = coset_energy(maps, rate, window)
        assert found.energy == pytest.approx(found.by_chance, rel=0.2)
    assert parity_energy(maps).energy == coset_energy(maps, 2).energy


def test_windows_see_a_grid_whose_sign_changes():
    rows = np.sign(np.sin(np.arange(64) * 2 * np.pi / 32 + 0.01))[:, None]
    maps = (rows * grid(2, 64, 64))[None]
    maps = maps - maps.mean()
    assert coset_energy(maps, 2).energy < 0.2
    assert coset_energy(maps, 2, window=16).energy > 0.95


def test_smooth_maps_have_no_grid_and_constant_ones_no_number():
    y, x = np.mgrid[:64, :64] / 64
    smooth = np.sin(2 * np.pi * y)[None] * np.cos(2 * np.pi * x)
    assert coset_energy(smooth, 4).energy < 1e-3
    found = coset_energy(np.stack([np.full((8, 8), 0.1), np.full((8, 8), -7.3)]), 2)
    assert np.isnan(found.energy) and np.isnan(found.by_channel).all()
    mixed = coset_energy(np.stack([np.full((8, 8), 0.1), grid(2, 8, 8)]), 2)
    assert mixed.energy == pytest.approx(1) and np.isnan(mixed.by_channel[0])


@given(st.integers(2, 5), st.floats(-50, 50), st.floats(0.1, 50))
@settings(max_examples=30)
def test_energy_ignores_offset_and_scale(rate, offset, scale):
    maps = np.random.default_rng(rate).normal(size=(3, 20, 23))
    before, after = (coset_energy(m, rate).energy for m in (maps, offset + scale * maps))
    assert 0 <= before <= 1 and after == pytest.approx(before, rel=1e-6)


# --- Spectrum. ---


@pytest.mark.parametrize("size", [(24, 30), (25, 31), (37, 29)])
def test_magnitude_is_the_fourier_transforms(size):
    maps = np.random.default_rng(1).normal(size=(3, *size))
    found = spectrum(maps, 1)
    hann = [np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 2 for n in size]
    centred = (maps - maps.mean((1, 2), keepdims=True)) * np.outer(*hann)
    power = (np.abs(np.fft.fft2(centred)) ** 2).mean(0)
    np.testing.assert_allclose(found.magnitude, np.fft.fftshift(np.sqrt(power)), atol=1e-9)
    assert found.peaks == () and found.strongest == 1


@pytest.mark.parametrize("rate", [2, 3, 4, 5])
def test_a_grid_has_peaks_at_multiples_of_1_over_r(rate):
    noise = np.random.default_rng(2).normal(size=(8, 61, 67))
    found = spectrum(noise + grid(rate, 61, 67), rate)
    assert len(found.peaks) == rate * rate - 1
    where = {
        (round(p.vertical * rate, 9) % rate, round(p.horizontal * rate, 9) % rate)
        for p in found.peaks
    }
    assert where == {(a, b) for a in range(rate) for b in range(rate)} - {(0, 0)}
    for peak in found.peaks:
        assert -0.5 <= peak.vertical <= 0.5 and -0.5 <= peak.horizontal <= 0.5
    assert found.strongest > 8
    assert 0.3 < spectrum(noise, rate).strongest < 3
    height, width = found.magnitude.shape
    assert (height % rate, width % rate) == (0, 0)


def test_the_marked_place_is_the_strongest_of_a_pure_wave():
    x = np.arange(60)
    wave = np.cos(2 * np.pi * x / 4)[None, None, :].repeat(40, 1)
    found = spectrum(wave + 1e-3 * np.random.default_rng(0).normal(size=(1, 40, 60)), 4)
    peak = found.peaks[0]
    assert (peak.vertical, abs(peak.horizontal)) == (0, 0.25)
    assert found.magnitude[peak.row, peak.column] == pytest.approx(found.magnitude.max())


# --- Probes. ---


def smear(picture, rates, kernel=3):
    """Send (h, w) through mean filters of these rates, the border repeated."""
    out = picture.astype(np.float64)
    for axis in (0, 1):
        size = out.shape[axis]
        for rate in rates:
            taps = (np.arange(size) + rate * tap for tap in range(-(kernel // 2), kernel // 2 + 1))
            out = sum(out.take(at.clip(0, size - 1), axis) for at in taps) / kernel
    return out


def test_a_delta_through_rates_is_their_path_map():
    out = smear(probe("delta", 41, 41), (2, 2, 2))
    line = touch_levels((2, 2, 2))[-1] / 3**3
    np.testing.assert_allclose(out[14:27, 14:27], np.outer(line, line), atol=1e-12)
    assert out.sum() == pytest.approx(1)


def test_probes_show_the_grid_of_equal_rates_and_not_of_mixed_ones():
    for kind in ("delta", "noise"):
        bad, good = (
            spectrum(smear(probe(kind, 64, 64), rates)[None], 4) for rates in ((4, 4, 4), (1, 3, 9))
        )
        bad, good = (
            max(found.magnitude[peak.row, peak.column] for peak in found.peaks)
            / found.magnitude.max()
            for found in (bad, good)
        )
        assert bad > 0.5 and good < 0.1
    step = probe("step", 64, 64)
    assert step.mean() == 0.5 and set(np.unique(smear(step, (2,)))) > {0, 1}
    # Behind equal rates a step is a stair of treads r wide, behind rising ones a ramp.
    stair, ramp = (np.diff(smear(step, rates)[32]) > 1e-9 for rates in ((4, 4, 4), (1, 3, 9)))
    assert stair.sum() == 7 and ramp.sum() == 27
    with pytest.raises(ValueError):
        probe("chirp", 8, 8)


def test_maps_too_small_are_said():
    for maps in (np.zeros((3, 7, 40)), np.zeros((40, 40))):
        for measure in (coset_energy, spectrum):
            with pytest.raises(SegviewerError, match="period 4") as raised:
                measure(maps, 4)
            assert raised.value.next_step


def test_a_window_is_rounded_down_to_whole_periods():
    maps = np.random.default_rng(6).normal(size=(3, 60, 60))
    for rate, given_, used in ((4, 18, 16), (5, 29, 25), (4, 16, 16), (8, 9, 16)):
        found, expected = coset_energy(maps, rate, given_), coset_energy(maps, rate, used)
        assert found.energy == expected.energy and found.by_chance == expected.by_chance
