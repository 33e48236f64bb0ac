"""The last update at every pixel: the plain CRF where sizes agree, else better edges."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from segviewer.crf.engines import full_resolution
from segviewer.crf.engines.full_resolution import Block, LastUpdate, blocks
from segviewer.crf.engines.majority import settle
from segviewer.crf.engines.refinement import refine
from segviewer.crf.lattice import lanes
from segviewer.crf.lattice.kernel_cache import KernelCache
from segviewer.crf.lattice.lattice_lookup import NO_COLOUR, lookup, row_of
from segviewer.crf.lattice.permutohedral import smoothness_lattice
from segviewer.crf.lattice.thread_team import ThreadTeam
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import Cancelled, SettingsError

BASE = CRFSettings(appearance_xy_std=8, appearance_rgb_std=15, smoothness_xy_std=2)
VARIED = {
    "as it is": {},
    "before": {"normalisation": "before"},
    "after": {"normalisation": "after"},
    "none": {"normalisation": "none", "appearance_weight": 0.1, "smoothness_weight": 0.1},
    "own message": {"self_message": False},
    "temperature": {"temperature": 2.5},
    "clip": {"clip": 1e-2},
    "costs": {"compatibility": ((0, 1, 0.3), (1, 2, 2.0))},
    "no appearance": {"appearance_weight": 0.0},
    "no smoothness": {"smoothness_weight": 0.0},
    "neither": {"appearance_weight": 0.0, "smoothness_weight": 0.0},
    "every class": {"drop_classes": False},
    "one iteration": {"num_iterations": 1},
}


def case(height=40, width=52, classes=5, seed=0):
    """A picture with an oblique edge and grain, and probabilities that follow it roughly."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    right = x > 0.4 * width + 0.3 * y
    image = np.where(right[..., None], [150, 120, 90], [60, 80, 100])
    image = (image + rng.integers(0, 12, image.shape)).astype(np.uint8)
    scores = rng.normal(size=(classes, height, width))
    scores[0] += 2 * ~right
    scores[1] += 2 * right
    scores[-1] -= 18
    probs = np.exp(scores)
    return image, (probs / probs.sum(0)).astype(np.float32)


def refined(image, probs, settings):
    """The working-size result float32 (K, h, w), and its last update."""
    kept = []
    *_, q = refine(
        image,
        probs,
        settings,
        finished=lambda field: kept.append(LastUpdate(field, image, probs, settings)),
    )
    (update,) = kept
    return q, update


def settled(labels):
    """With single labels put right, as those at full resolution are."""
    labels = labels.astype(np.uint8)
    out = np.empty_like(labels)
    settle(labels, out, 0, len(labels))
    return out


def everywhere(update, photograph):
    return np.concatenate(list(update.probabilities(photograph)), axis=1)


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIED)
def test_where_sizes_agree_it_is_the_plain_update(name):
    image, probs = case()
    q, update = refined(image, probs, BASE.changed(**VARIED[name]))
    np.testing.assert_allclose(everywhere(update, image), q, atol=2e-6)
    clear = np.diff(np.sort(q, axis=0)[-2:], axis=0)[0] > 1e-5
    assert clear.mean() > 0.99
    np.testing.assert_array_equal(update.labels(image)[clear], q.argmax(0)[clear])


@pytest.mark.parametrize("times", [3, 5])
def test_a_pixel_in_the_middle_of_a_working_pixel_receives_what_that_receives(times):
    """Where a pixel is repeated an odd number of times the middle one is at its very place."""
    image, probs = case(24, 30)
    q, update = refined(image, probs, BASE)
    photograph = image.repeat(times, 0).repeat(times, 1)
    found = everywhere(update, photograph)[:, times // 2 :: times, times // 2 :: times]
    np.testing.assert_allclose(found, q, atol=2e-6)


def test_its_edges_are_the_photographs():
    """An oblique edge, six times larger: stairs where labels are enlarged, none where sliced."""
    height, width, times = 30, 40, 6
    y, x = np.mgrid[: height * times, : width * times]
    right = x > 60 + 0.37 * y
    photograph = np.where(right[..., None], 200, 40).repeat(3, 2).astype(np.uint8)
    image = np.array(Image.fromarray(photograph).resize((width, height), Image.Resampling.BOX))
    rough = np.array(
        Image.fromarray(right).resize((width // 4, height // 4)).resize((width, height))
    )
    probs = np.stack([np.where(rough, 0.3, 0.7), np.where(rough, 0.7, 0.3)]).astype(np.float32)
    settings = CRFSettings(appearance_weight=6, appearance_xy_std=8, appearance_rgb_std=15)
    q, update = refined(image, probs, settings)
    stairs = q.argmax(0).repeat(times, 0).repeat(times, 1)
    labels = update.labels(photograph)
    assert (labels != right).mean() < 0.2 * (stairs != right).mean()
    assert (labels != right).mean() < 0.004


def test_odd_sizes_and_a_single_pixel():
    image, probs = case(17, 23)
    q, update = refined(image, probs, BASE)
    for height, width in ((1, 1), (1, 300), (301, 1), (18, 24), (17, 600)):
        photograph = np.array(Image.fromarray(image).resize((width, height)))
        labels = update.labels(photograph)
        assert labels.shape == (height, width) and labels.dtype == np.uint8
        found = everywhere(update, photograph)
        np.testing.assert_allclose(found.sum(0), 1, atol=1e-5)
        unclear = np.diff(np.sort(found, axis=0)[-2:], axis=0)[0] <= 1e-5
        clear = ~ndimage.maximum_filter(unclear, 3)
        np.testing.assert_array_equal(labels[clear], settled(found.argmax(0))[clear])
    assert update.nbytes > 0


def test_threads_and_what_is_in_view_change_no_label(monkeypatch):
    monkeypatch.setattr("segviewer.crf.engines.full_resolution.BLOCK_PIXELS", 2000)
    image, probs = case()
    _, update = refined(image, probs, BASE)
    photograph = np.array(Image.fromarray(image).resize((260, 200)))
    one = update.labels(photograph, threads=1)
    seen = Block(50, 120, 30, 200)
    np.testing.assert_array_equal(update.labels(photograph, threads=3, first=seen), one)


def test_blocks_cover_everything_once_and_begin_in_view():
    seen = Block(100, 333, 50, 777)
    for first in (None, seen, Block(-5, 10**6, -5, 10**6), Block(7, 7, 0, 9)):
        parts = blocks(1000, 2000, first)
        count = np.zeros((1000, 2000), np.uint8)
        for part in parts:
            count[part.top : part.bottom, part.left : part.right] += 1
        assert (count == 1).all()
        assert sum(part.pixels for part in parts) == count.size
    parts = blocks(1000, 2000, seen)
    assert parts[0] == seen
    many = blocks(5000, 4000, Block(1000, 3000, 1000, 2000))
    assert [part.top for part in many[:4]] == sorted(part.top for part in many[:4])
    assert sum(part.pixels for part in many[:5]) >= 2000 * 1000 > many[0].pixels


def test_a_view_beside_the_picture_is_none():
    whole = blocks(1000, 2000)
    for beside in (
        (0, 500, 2100, 2300),
        (1100, 1300, 0, 500),
        (0, 500, 700, 700),
        (300, 300, 0, 500),
    ):
        assert blocks(1000, 2000, Block(*beside)) == whole


def test_it_stops_between_blocks(monkeypatch):
    monkeypatch.setattr("segviewer.crf.engines.full_resolution.BLOCK_PIXELS", 2000)
    image, probs = case()
    _, update = refined(image, probs, BASE)
    photograph = np.array(Image.fromarray(image).resize((260, 200)))
    done = []

    def check():
        if len(done) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        update.labels(photograph, check=check, done=lambda labels, pixels: done.append(pixels))
    assert done == [8 * 260, 16 * 260]
    # And may be asked again.
    assert update.labels(photograph).shape == (200, 260)


@pytest.mark.parametrize("threshold", [0.2, 0.7])
def test_a_bias_moves_where_the_foreground_begins(threshold):
    image, probs = case(classes=3)
    probs = probs[:2] / probs[:2].sum(0)
    _, update = refined(image, probs, BASE.changed(appearance_weight=0.5))
    bias = np.array([0, -np.log(threshold / (1 - threshold))], np.float32)
    foreground = everywhere(update, image)[1]
    unclear = np.abs(foreground - threshold) < 1e-5
    found = update.labels(image, bias=bias) == 1
    np.testing.assert_array_equal(found | unclear, (foreground > threshold) | unclear)
    assert (found != update.labels(image)).mean() > 0


def test_what_is_no_photograph_is_refused():
    image, probs = case()
    _, update = refined(image, probs, BASE)
    for wrong in (image.astype(float), image[..., 0], image[..., :2]):
        with pytest.raises(SettingsError, match="cannot use this photograph"):
            update.labels(wrong)


def test_the_lookup_knows_every_vertex_and_no_other():
    with ThreadTeam(1) as team:
        lattice = smoothness_lattice((30, 20), 1.5, team)
        table = lookup(lattice, NO_COLOUR, 1.5, 1.0, team)
    filled = table.slot[table.slot[:, 1] >= 0]
    assert sorted(filled[:, 1]) == list(range(lattice.num_vertices))
    assert all(row_of(key, table.slot) == row for key, row in filled)
    beyond = filled[:, 0].max() + 1
    assert row_of(beyond, table.slot) == -1


@pytest.mark.slow
def test_it_comes_nearer_to_a_crf_of_the_photographs_size_than_enlarging_does():
    from segviewer.cli.full_resolution_benchmark import accuracy, network_probs
    from segviewer.imaging.reading.samples import sample_path

    with Image.open(sample_path("leuven_street")) as opened:
        picture = np.array(opened.convert("RGB").resize((1155, 866), Image.Resampling.LANCZOS))
    rows = accuracy(picture, network_probs(picture), "leuven_street", 1)
    found = {row.engine: row.labels_equal for row in rows}
    assert found["full resolution"] > 0.997 > found["no CRF"]
    assert found["full resolution"] > found["enlarged"] + 5e-4


@pytest.mark.slow
def test_without_vectors_it_is_the_same(tmp_path):
    code = (
        "import json, sys, numpy as np\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from test_full_resolution import BASE, case, everywhere, refined\n"
        "from segviewer.crf.lattice import lanes\n"
        "image, probs = case(20, 24)\n"
        "photograph = image.repeat(2, 0).repeat(2, 1)\n"
        "found = [lanes.VECTORS]\n"
        "for more in ({}, {'compatibility': ((0, 1, 0.5),), 'self_message': False}):\n"
        "    found.append(everywhere(refined(image, probs, BASE.changed(**more))[1], "
        "photograph).tolist())\n"
        "print(json.dumps(found))\n"
    )
    found = []
    for switch in ("", "1"):
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), lanes.SWITCH: switch}
        done = subprocess.run(
            [sys.executable, "-c", code, os.path.dirname(__file__)],
            check=True,
            env=environment,
            capture_output=True,
            text=True,
        )
        found.append(json.loads(done.stdout))
    assert [one.pop(0) for one in found] == [True, False]
    np.testing.assert_allclose(found[1], found[0], atol=1e-5)


def test_the_kernels_that_a_refinement_forgot_are_still_those_of_its_last_update():
    image, probs = case()
    q, update = refined(image, probs, BASE)
    KernelCache().clear()
    other = case(seed=5)
    refined(*other, BASE)
    np.testing.assert_allclose(everywhere(update, image), q, atol=2e-6)


def test_what_slicing_needs_is_made_beforehand(monkeypatch):
    noted = []
    monkeypatch.setattr(full_resolution, "note_compiled", noted.append)
    full_resolution.warm_up(3)
    assert noted == [full_resolution.COMPILED]
