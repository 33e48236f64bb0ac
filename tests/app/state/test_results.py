"""One place says which result is that of the settings, and makes one consistent set of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from segviewer.analysis.networks.network_card import NetworkCard
from segviewer.engine.results import DisagreementResult, ProbsResult
from segviewer.engine.worker.messages import RunFinished
from segviewer.imaging.labels import MAX_CLASSES
from segviewer.inference.inspected import ActivationResult
from segviewer.labs.lab import LabResult
from tests.app.state.conftest import labelled, layer, metrics, network, picture


def test_the_first_labels_come_piece_by_piece(desk):
    desk.starts("image")
    assert desk.results.screen.computing
    desk.gets("image", picture())
    assert desk.shown.picture is not None and desk.shown.labels is None
    desk.gets("network", network())
    # The open network's classes are listed before there are labels.
    assert desk.shown.labels is not None and desk.shown.labelled is None
    assert not desk.results.labelled
    desk.gets("label_map", labelled())
    assert desk.shown.labelled is not None and desk.results.labelled
    assert not desk.results.screen.computing  # the first labels are there


def test_what_belongs_to_other_settings_is_not_current(desk):
    desk.gets_labels()
    assert desk.results.current("label_map") is desk.shown.labelled
    assert desk.results.missing() == ["forms"]
    desk.store.set("crf", enabled=True)
    assert desk.results.current("label_map") is None and not desk.results.labelled
    assert desk.results.get("label_map") is desk.shown.labelled  # it is still on screen
    assert desk.results.missing() == ["refined", "label_map", "forms"]
    assert desk.results.current("image") is not None
    assert desk.results.is_current("label_map", desk.session)


def test_a_stale_answer_is_not_shown(desk):
    desk.gets_labels()
    before = desk.shown.labelled
    desk.store.set("crf", enabled=True)
    desk.gets("label_map", labelled(), desk.session)
    assert desk.shown.labelled is before


def test_a_draft_is_shown_and_is_not_current(desk):
    desk.gets_labels(complete=False)
    assert not desk.shown.labelled.complete and desk.shown.probs is None
    assert not desk.results.labelled
    desk.gets("label_map", labelled())
    assert desk.results.labelled and desk.shown.probs is desk.results.get("refined")


def test_another_photograph_takes_its_results_with_it_but_not_the_network(desk):
    desk.gets_labels()
    desk.store.update(desk.session.changed(image="c"))
    assert desk.shown.labelled is not None and desk.shown.previous(desk.store.session)
    desk.gets("image", picture())
    assert desk.shown.labelled is None and desk.shown.labels is not None
    assert desk.results.get("label_map") is None and desk.results.get("network") is not None
    desk.store.undo()
    # What was dropped is asked for again, though its key is the one that it was.
    assert {"label_map", "refined"} <= set(desk.results.missing())
    assert "network" not in desk.results.missing()


def test_labels_of_a_photograph_that_was_closed_and_opened_again_wait_for_it(desk):
    desk.gets("image", picture())
    desk.gets("network", network())
    desk.store.update(desk.session.changed(image=""))
    desk.store.undo()
    desk.gets("label_map", labelled())  # of the run that began before
    assert desk.shown.labelled is None and desk.results.get("label_map") is None
    assert {"image", "label_map"} <= set(desk.results.missing())
    desk.gets("image", picture())
    desk.gets("label_map", labelled())
    assert desk.shown.labelled is not None


@pytest.fixture
def measured(desk):
    desk.store.update(desk.session.changed(target="m"))
    desk.gets_labels()
    desk.gets("metrics", metrics())
    assert desk.shown.metrics is not None and desk.shown.target == "m"
    return desk


def test_figures_go_with_their_target_and_are_asked_for_when_it_comes_back(measured):
    measured.store.update(measured.store.session.changed(target=""))
    assert measured.shown.metrics is None and measured.shown.target == ""
    measured.store.undo()
    assert "metrics" in measured.results.missing()


def test_figures_of_another_network_go_with_its_labels(measured):
    measured.store.update(measured.store.session.with_checkpoint("c"))
    assert measured.shown.metrics is not None  # as are the labels that they are of
    measured.gets("network", network(("x", "y"), "other"))
    measured.gets("label_map", labelled(("x", "y")))
    assert measured.shown.metrics is None and measured.results.get("metrics") is None


def test_the_times_are_of_the_labels(desk):
    desk.finishes()
    assert desk.shown.seconds == ()  # of what?
    desk.gets_labels()
    desk.finishes(0.2, 0.1)
    assert desk.shown.seconds == (0.2, 0.0)  # the CRF is off
    desk.store.set("crf", enabled=True)
    desk.finishes(0.2, 0.1)
    assert desk.shown.seconds == (0.2, 0.1)


def test_the_crfs_time_counts_its_last_update_where_it_was_made(desk):
    desk.gets_labels()
    desk.store.set("crf", enabled=True)
    large = replace(labelled(), label_map=np.zeros((4, 4), np.uint8), refined_at="full resolution")
    seconds = {"probs": 0.2, "refined": 0.1, "slicing": 0.5}
    for result, crf in ((labelled(), 0.1), (large, 0.6)):
        desk.gets("refined", ProbsResult(np.zeros((2, 2, 2), np.float16), ("p", "q")))
        desk.gets("label_map", result)
        desk.ends(RunFinished, seconds, 100.0)
        assert desk.shown.seconds == (0.2, pytest.approx(crf))


def test_another_palette_gives_other_colours(desk):
    desk.gets_labels()
    usual = desk.shown.labels
    desk.store.set("overlay", palette="colour-blind safe")
    assert desk.shown.labels.colours != usual.colours
    desk.store.undo()
    assert desk.shown.labels == usual


def test_of_very_many_classes_none_is_listed_before_the_labels(desk):
    many = tuple(map(str, range(MAX_CLASSES + 1)))
    desk.gets("image", picture())
    desk.gets("network", network(many))
    assert desk.shown.labels is None
    desk.gets("label_map", labelled(("7", "all other classes")))
    assert len(desk.shown.labels.colours) == 2


def test_panels_are_sent_each_difference_once(desk):
    desk.gets_labels()
    desk.screens.clear()
    desk.store.set("overlay", opacity=0.3)
    ((old, new),) = desk.screens
    assert new.session.overlay.opacity == 0.3 and new.shown is old.shown
    desk.screens.clear()
    desk.results.note_waiting(False)
    desk.starts()  # there are labels, so that nothing on screen is of it
    assert desk.screens == []
    desk.results.note_waiting(True)
    ((old, new),) = desk.screens
    assert new.waiting and not old.waiting


def test_what_a_panel_changes_is_drawn_after_what_it_was_drawing(desk):
    drawn, deep = [], []

    def draw(old, new):
        deep.append(None)
        assert len(deep) == 1  # not while another is drawn
        drawn.append((old, new))
        if new.session.overlay.opacity == 0.3:
            desk.store.set("overlay", opacity=0.4)
        deep.pop()

    first = desk.results.screen
    desk.results.changed.connect(draw)
    desk.store.set("overlay", opacity=0.3)
    assert [new.session.overlay.opacity for _, new in drawn] == [0.3, 0.4]
    assert drawn[0][0] is first and drawn[1][0] is drawn[0][1]
    desk.store.set("overlay", opacity=0.5)
    assert len(drawn) == 3


def test_a_layer_that_is_looked_into_stays_until_it_is_computed_anew(desk):
    desk.gets_labels()
    desk.store.set("overlay", activation="layer")
    found = ActivationResult("layer", np.zeros((2, 2), np.uint8))
    desk.gets("activation", found)
    assert desk.shown.activation is found
    desk.store.update(desk.store.session.with_network("output_stride", 8, 16))
    assert desk.shown.activation is found  # as it was set before
    desk.store.set("overlay", channel=3)
    assert desk.shown.activation is None
    desk.store.undo()
    desk.store.undo()
    assert desk.shown.activation is found  # current again
    desk.store.set("overlay", activation="")
    assert desk.shown.activation is None


def test_a_lab_is_shown_while_it_is_the_open_one(desk, monkeypatch):
    from segviewer.labs import LABS

    name = next(name for name in LABS if LABS[name].needs == "network")
    session = desk.session.changed(lab=desk.session.lab.changed(name=name))
    desk.store.update(session)
    desk.gets_labels()
    desk.gets("lab", LabResult(name, caption="c"))
    assert desk.shown.lab.caption == "c"
    desk.store.undo()
    assert desk.shown.lab is None
    desk.store.redo()
    assert desk.shown.lab.caption == "c"
    # What it says of a network goes with the network.
    desk.store.update(session.with_checkpoint("c"))
    desk.gets("network", network(title="other"))
    assert desk.shown.lab is not None
    desk.gets("label_map", labelled())
    assert desk.shown.lab is None


def test_the_card_is_listed_while_the_next_one_is_computed(desk):
    desk.runner.asked.add("card")
    desk.gets_labels()
    card = object.__new__(NetworkCard)
    desk.gets("card", card)
    assert desk.shown.card is card and desk.shown.card_is_current
    desk.store.update(desk.session.with_network("output_stride", 8, 16))
    assert desk.shown.card is card and not desk.shown.card_is_current


def test_two_networks_are_compared_by_what_is_current_of_both(desk):
    desk.gets_labels()
    desk.store.update(desk.session.pinned())
    assert desk.shown.compared.second.labelled is desk.shown.labelled
    assert desk.shown.compared.first.labelled is None
    desk.gets("reference_network", network(title="A"))
    desk.gets("reference_label_map", labelled())
    desk.gets("disagreement", DisagreementResult(0.1))
    compared = desk.shown.compared
    assert compared.first.network.title == "A" and compared.disagreement.share == 0.1
    desk.store.set("overlay", opacity=0.1)
    assert desk.shown.compared is compared  # nothing to draw again
    desk.store.set("overlay", layer="entropy")
    desk.gets("overlay_layer", layer())
    desk.gets("reference_overlay_layer", layer())
    assert desk.shown.compared.first.overlay_layer is not None
    desk.store.set("crf", enabled=True)
    # Only B's CRF is another: A is network and CRF as they were pinned.
    assert desk.shown.compared.first.labelled is not None
    assert desk.shown.compared.disagreement is None
    desk.store.update(desk.store.session.without_reference())
    assert desk.shown.compared is None


def test_without_labels_there_is_no_layer_and_there_are_no_figures(desk):
    desk.store.update(desk.session.changed(target="m"))
    desk.store.set("overlay", layer="entropy")
    desk.gets("overlay_layer", layer())
    desk.gets("metrics", metrics())
    assert desk.shown.overlay_layer is None and desk.shown.metrics is None
