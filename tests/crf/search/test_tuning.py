"""The search finds a summit that is known, and reports the half it never saw."""

from __future__ import annotations

import math

import pytest

from segviewer.crf.search import tuning
from segviewer.crf.search.tuning import halves, tune
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.crf.settings.presets import PRESETS
from segviewer.errors import Cancelled, EngineError, SettingsError


@pytest.fixture
def optuna():
    return pytest.importorskip("optuna")


class Hill:
    """A summit at θ1 = 6, σα = 40; each picture counted adds a tenth."""

    def __init__(self):
        self.seen = []

    def __call__(self, settings, pictures):
        self.seen.append((settings, tuple(pictures)))
        if settings is None:
            return -10.0
        away = (settings.appearance_weight - 6) ** 2 / 36
        return len(pictures) / 10 - away - math.log(settings.appearance_xy_std / 40) ** 2


def test_halves_share_nothing():
    assert halves(5) == ((0, 1, 2), (3, 4))


def test_of_equal_sequences_the_first_is_tuned_on():
    assert halves(4, ["a", "a", "b", "b"]) == ((0, 1), (2, 3))


def test_no_sequence_is_in_both_halves():
    names = [*"aaaa", *"bbb", *"cc", "d"]
    tuned_on, held_out = halves(10, names)
    assert {names[i] for i in tuned_on}.isdisjoint(names[i] for i in held_out)
    assert sorted((*tuned_on, *held_out)) == list(range(10)) and len(tuned_on) == len(held_out)


def test_one_long_sequence_is_cut_in_the_middle():
    assert halves(6, ["long"] * 5 + ["other"]) == ((0, 1, 2), (3, 4, 5))


@pytest.mark.parametrize(("pictures", "trials"), [(1, 5), (0, 5), (4, 0)])
def test_too_few_are_refused_in_words(optuna, pictures, trials):
    with pytest.raises(SettingsError) as caught:
        tune(Hill(), pictures, trials)
    assert "at least" in caught.value.next_step


def test_one_trial_is_a_search(optuna):
    assert len(tune(Hill(), 4, 1).trials) == 1


def test_it_climbs_and_keeps_the_other_half_for_the_end(optuna):
    hill, emitted = Hill(), []
    found = tune(hill, 5, 60, reported=emitted.append)
    assert tuple(emitted) == found.trials and len(emitted) == 60
    assert [trial.number for trial in emitted] == list(range(60))
    assert found.best.score == max(trial.score for trial in emitted)
    best_preset = max(hill(preset.settings, (0, 1, 2)) for preset in PRESETS)
    assert found.best.score > best_preset
    # During the search only one half is looked at.
    assert {pictures for _, pictures in hill.seen[:60]} == {(0, 1, 2)}
    assert found.before == (-10, -10)
    assert found.after[0] - found.after[1] == pytest.approx(0.1)


def test_the_start_and_the_presets_come_first(optuna):
    start = CRFSettings(appearance_weight=7, temperature=2, compatibility=((0, 1, 2.0),))
    found = tune(Hill(), 2, 4, start)
    first = [trial.settings for trial in found.trials]
    assert first[0] == start.changed(enabled=True)
    assert [s.appearance_weight for s in first[1:]] == [
        preset.settings.appearance_weight for preset in PRESETS[:3]
    ]
    # What is not searched stays.
    assert {(s.temperature, s.compatibility) for s in first} == {(2.0, ((0, 1, 2.0),))}


def test_the_same_seed_proposes_the_same(optuna):
    one, other, third = (
        [trial.settings for trial in tune(Hill(), 2, 14, seed=seed).trials] for seed in (3, 3, 4)
    )
    assert one == other != third


def test_its_level_of_talk_is_put_back(optuna, capfd):
    before = optuna.logging.get_verbosity()
    tune(Hill(), 2, 2)
    assert optuna.logging.get_verbosity() == before
    assert capfd.readouterr().err == ""


def test_it_stops_between_two_trials(optuna):
    emitted = []

    def check():
        if len(emitted) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        tune(Hill(), 2, 50, check=check, reported=emitted.append)
    assert len(emitted) == 3


def test_without_optuna_it_says_how_to_get_it(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(f"No module named '{name}'", name=name)

    monkeypatch.setattr(tuning.importlib, "import_module", missing)
    with pytest.raises(EngineError) as caught:
        tune(Hill(), 4, 5)
    assert "segviewer[tune]" in caught.value.why


def test_a_search_that_was_stopped_goes_on_from_its_storage(optuna, tmp_path):
    path = tmp_path / "trials.log"
    whole = tune(Hill(), 4, 12)
    first = Hill()
    stopped = []

    def check():
        if len(stopped) == 8:
            raise Cancelled

    with pytest.raises(Cancelled):
        tune(first, 4, 12, check=check, reported=stopped.append, storage=path, name="a")
    # The same trials as without a storage, as far as it went.
    assert tuple(stopped) == whole.trials[:8]
    again = Hill()
    found = tune(again, 4, 12, storage=path, name="a")
    assert found.trials[:8] == whole.trials[:8] and len(found.trials) == 12
    assert len({trial.settings for trial in found.trials[8:]} - {t.settings for t in stopped}) == 4
    # Four more trials, and the measures of both halves at the end.
    assert len(again.seen) == 4 + 3
    # Another study in the same file is another.
    assert len(tune(Hill(), 4, 3, storage=path, name="b").trials) == 3


def test_a_storage_that_cannot_be_used_is_refused_in_words(optuna, tmp_path):
    (tmp_path / "x").write_text("no journal\n")
    for path in (tmp_path / "x", tmp_path / "gone" / "y", tmp_path):
        with pytest.raises(EngineError) as caught:
            tune(Hill(), 4, 3, storage=path, name="a")
        assert "cannot be kept" in caught.value.what and caught.value.next_step
