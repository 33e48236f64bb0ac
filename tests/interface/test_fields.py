"""Fields by the interface: in closed form for a plain stack."""

import numpy as np
import pytest
import torch

import segviewer as sv


def test_the_field_of_two_convolutions_is_five():
    stack = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 3), torch.nn.Conv2d(2, 2, 3, stride=2))
    field = sv.receptive_field(stack, "1", height=33, width=33)
    assert (field.size, field.jump, field.centre) == (5, 2, 2)
    assert [one.layer for one in sv.receptive_fields(stack, height=33, width=33)][:2] == ["0", "1"]


def test_a_rate_widens_the_field(model):
    name = "classifier.0.convs.1.0"
    wider = model.with_geometry(atrous_rates=(12, 24, 36))
    # A 3×3 convolution of rate r reaches 2 r units, each 16 pixels, further than one unit.
    assert sv.receptive_field(wider, name).size - sv.receptive_field(model, name).size == 2 * 6 * 16


def test_an_unknown_layer_is_said(model, photograph):
    with pytest.raises(sv.SegviewerError, match="classifier.0.convs.1.0"):
        sv.receptive_field(model, "classifier.0.convs.1.00")
    with pytest.raises(sv.SegviewerError, match="no layer nothing"):
        sv.effective_receptive_field(model, photograph, "nothing")


def test_the_gradient_lies_about_its_unit(model, photograph):
    found = sv.effective_receptive_field(model, photograph, "backbone.stem.0", at=(10, 20))
    rows, columns = np.nonzero(found.gradient)
    # 3×3 at stride 2, padded by 1.
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (19, 21, 39, 41)
    assert found.size == 3 and found.at == (10, 20) and not found.reason
