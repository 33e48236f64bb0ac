"""What is said on the picture is said of what lies on it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from segviewer.app.state.chips import WAITING, chips_of
from segviewer.app.state.shown import Screen, Shown
from segviewer.engine.results import MetricsResult
from segviewer.inference.inspected import ActivationResult
from segviewer.labs.lab import LabResult
from segviewer.session import Session
from tests.app.state.conftest import labelled, layer, network, picture

SESSION = Session(image="a", checkpoint="b")
NAMED = ("N", "info")


def shown_with(**parts):
    shown = Shown().pictured(SESSION, picture()).with_opened(SESSION, network())
    return replace(shown.labelled_by(SESSION, labelled(), None), **parts)


def said(shown, session=SESSION, how=None, **flags):
    return chips_of(Screen(session, shown, **flags), **(how or {}))


def overlaid(**values):
    return SESSION.changed(overlay=SESSION.overlay.changed(**values))


def test_before_the_first_labels_it_is_said_that_they_are_computed():
    assert said(Shown(), computing=True) == [("computing", "draft")]
    assert said(Shown()) == []
    assert said(Shown(), Session(), computing=True) == []


def test_the_network_is_named_with_what_it_was_trained_on():
    assert said(shown_with()) == [NAMED]
    trained = replace(network(), trained_on="CamVid")
    assert said(shown_with(network=trained)) == [("N · trained on CamVid", "info")]
    assert said(shown_with(), how={"named": False}) == []


def test_what_was_left_is_said_to_be_the_previous_one():
    other = SESSION.changed(image="c")
    assert said(shown_with(), other)[0] == ("previous photograph", "draft")
    assert said(shown_with(), SESSION.changed(checkpoint="c"))[0] == ("previous network", "draft")


def test_a_layer_is_named_once_it_is_there():
    session = overlaid(layer="entropy")
    assert said(shown_with(), session) == [NAMED]
    assert said(shown_with(overlay_layer=layer()), session) == [NAMED, ("entropy", "info")]
    assert said(shown_with(overlay_layer=layer()), session, {"layered": False}) == [NAMED]
    of_class = shown_with(overlay_layer=layer("probability", 1))
    session = overlaid(layer="probability", chosen_class=1)
    assert said(of_class, session) == [NAMED, ("probability of q", "info")]


def test_what_lies_over_the_layer_is_named_in_its_place():
    session, raster = overlaid(layer="entropy"), np.zeros((2, 2), np.uint8)
    lab = LabResult("kernel", raster=raster, raster_name="votes")
    assert said(shown_with(overlay_layer=layer(), lab=lab), session)[1:] == [("votes", "info")]
    looked_into = ActivationResult("stem", raster, 0.0, 1.0, 3, 8)
    found = said(shown_with(overlay_layer=layer(), lab=lab, activation=looked_into), session)[1:]
    assert found == [("activations of stem · channel 3 of 8 · 0–1", "info")]
    nothing = ActivationResult("stem", reason="gives no map")
    assert said(shown_with(activation=nothing))[1:] == [("stem gives no map", "warning")]


def test_warnings_of_labels_and_target_come_last_but_for_the_wait():
    about = replace(labelled(), chips=(("CRF at 10×10 px", "info"),))
    ignored = MetricsResult(0.5, 0.5, np.ones(2), ignored="half of it")
    found = said(shown_with(labelled=about, metrics=ignored), waiting=True)
    assert found == [NAMED, ("CRF at 10×10 px", "info"), ("half of it", "warning"), WAITING]
