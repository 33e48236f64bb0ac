"""What a person says of a checkpoint, over what it says itself; and where that is kept."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from segviewer.checkpoints import card_files
from segviewer.checkpoints.card_files import keep_sheet, write_sheet
from segviewer.checkpoints.model_card import read_card
from segviewer.checkpoints.model_sheet import NONE_OF_THEM, ModelSheet, colours_of, sheet_of
from segviewer.checkpoints.opening import open_network
from segviewer.checkpoints.resident import ResidentNetworks
from segviewer.errors import CheckpointError
from segviewer.imaging.labels import label_set
from segviewer.imaging.preprocessing import CAFFE_BGR, HALF
from tests.small_u_net import save_small_u_net

NAMES = ("sky", "house", "road")
COLOURS = ((1, 2, 3), (40, 50, 60), (7, 8, 9))


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "own"))
    return tmp_path / "own" / "segviewer" / "cards"


@pytest.fixture
def checkpoint(tmp_path):
    """A U-Net with three classes and no card."""
    return save_small_u_net(tmp_path / "net.pth", 3)


def test_what_is_said_counts_and_the_rest_stays(checkpoint):
    before = open_network(str(checkpoint)).card
    sheet = ModelSheet(classes=NAMES, colours=COLOURS, preprocessing=CAFFE_BGR)
    card = open_network(str(checkpoint), sheet=sheet).card
    assert (card.classes, card.colours, card.preprocessing) == (NAMES, COLOURS, CAFFE_BGR)
    assert (card.title, card.architecture, card.config) == (
        before.title,
        before.architecture,
        before.config,
    )


def test_one_network_in_memory_for_all_sheets(checkpoint):
    networks = ResidentNetworks()
    plain = networks.get(str(checkpoint))
    named = networks.get(str(checkpoint), sheet=ModelSheet(classes=NAMES))
    assert named.network is plain.network and named.card.classes == NAMES
    assert networks.get(str(checkpoint)).card == plain.card  # undone


def test_what_is_kept_counts_for_what_is_in_memory(checkpoint):
    networks = ResidentNetworks()
    before = networks.get(str(checkpoint))
    keep_sheet(str(checkpoint), ModelSheet(classes=NAMES))
    assert networks.get(str(checkpoint)).card.classes == NAMES
    card_files.forget_sheet(str(checkpoint))
    assert networks.get(str(checkpoint)).card == before.card


def test_settings_that_are_said_count_as_trained(checkpoint):
    name = open_network(str(checkpoint)).config.geometry_names()[0]
    trained = getattr(open_network(str(checkpoint)).config, name)
    other = (False, *trained[1:])  # a skip connection less
    opened = open_network(str(checkpoint), sheet=ModelSheet(config=((name, other),)))
    assert getattr(opened.config, name) == other != trained


@pytest.mark.parametrize("sheet", [ModelSheet(classes=("a", "b")), ModelSheet(colours=COLOURS[:2])])
def test_another_number_of_classes_is_refused(checkpoint, sheet):
    with pytest.raises(CheckpointError, match="does not fit"):
        open_network(str(checkpoint), sheet=sheet)


def test_a_sigmoid_for_each_class_may_find_none(checkpoint):
    sheet = ModelSheet(classes=NAMES, colours=COLOURS, activation="multi-label")
    card = open_network(str(checkpoint), sheet=sheet).card
    assert card.classes == (*NAMES, NONE_OF_THEM) and len(card.colours) == 4
    networks = ResidentNetworks()
    networks.get(str(checkpoint), sheet=sheet)
    back = networks.get(str(checkpoint), sheet=sheet.changed(activation="softmax"))
    assert back.card.classes == NAMES and back.card.colours == COLOURS


def test_names_of_a_label_set_bring_its_colours(tmp_path):
    path = save_small_u_net(tmp_path / "eleven.pth", 11)
    known = label_set("camvid11")
    one_renamed = ("heaven", *known.classes[1:])
    card = open_network(str(path), sheet=ModelSheet(classes=one_renamed)).card
    assert card.label_set == "" and card.colours == known.colours
    other = label_set("cityscapes19").classes[:11]
    card = open_network(str(path), sheet=ModelSheet(classes=other)).card
    assert card.label_set == "" and card.classes == other


def test_colours_of_a_card_are_as_many_as_the_classes():
    def card(colours=(), classes=(), label_set=""):
        return SimpleNamespace(colours=colours, classes=classes, label_set=label_set)

    assert colours_of(card(COLOURS), 3) == COLOURS and colours_of(card(COLOURS), 4) == ()
    # Void has a colour of its own, which is of no class that is counted.
    assert colours_of(card(COLOURS, ("a", "b", NONE_OF_THEM)), 2) == COLOURS[:2]
    assert colours_of(card(COLOURS, ("a", "b", "c")), 2) == ()
    assert colours_of(card(COLOURS, ("a", "b", NONE_OF_THEM)), 4) == ()
    shipped = label_set("cityscapes19").colours
    assert colours_of(card(label_set="cityscapes19"), 19) == shipped
    assert colours_of(card(label_set="cityscapes19"), 18) == ()


def test_a_palette_in_the_file_is_taken(tmp_path):
    meta = {"CLASSES": list(NAMES), "PALETTE": [list(colour) for colour in COLOURS]}
    path = save_small_u_net(tmp_path / "meta.pth", 3, meta=meta)
    card = open_network(str(path)).card
    assert (card.classes, card.colours) == (NAMES, COLOURS)


# A card by hand and a card that is kept


def test_a_card_by_hand_may_say_one_thing(checkpoint):
    assumed = open_network(str(checkpoint)).card
    checkpoint.with_suffix(".json").write_text(json.dumps({"classes": NAMES}))
    card = open_network(str(checkpoint)).card
    assert card.classes == NAMES and card.preprocessing == assumed.preprocessing


def test_kept_beside_the_file_and_read_at_the_next_opening(checkpoint, own_folder):
    sheet = ModelSheet(title="Mine", classes=NAMES, preprocessing=HALF, ignore_index=0)
    where = keep_sheet(str(checkpoint), sheet)
    assert where == checkpoint.with_suffix(".json") and not own_folder.exists()
    assert set(json.loads(where.read_text())) == set(sheet.said())
    card = open_network(str(checkpoint)).card
    assert (card.title, card.classes, card.preprocessing) == ("Mine", NAMES, HALF)
    keep_sheet(str(checkpoint), ModelSheet(title="Renamed"))
    card = open_network(str(checkpoint)).card
    assert (card.title, card.classes, card.preprocessing) == ("Renamed", NAMES, HALF)
    assert card_files.forget_sheet(str(checkpoint)) == where and not where.exists()
    assert card_files.forget_sheet(str(checkpoint)) is None
    assert open_network(str(checkpoint)).card.preprocessing != HALF


def test_a_card_that_is_there_keeps_what_is_not_said(checkpoint):
    beside = checkpoint.with_suffix(".json")
    beside.write_text(json.dumps({"title": "T", "architecture": "u_net", "licence": "MIT"}))
    keep_sheet(str(checkpoint), ModelSheet(classes=NAMES))
    card = read_card(beside)
    assert (card.licence, card.architecture, card.classes) == ("MIT", "u_net", NAMES)


@pytest.mark.parametrize("why", ["another program's file", "folder cannot be written"])
def test_kept_in_the_own_folder_where_it_cannot_be_beside(checkpoint, own_folder, why, monkeypatch):
    beside = checkpoint.with_suffix(".json")
    if why == "another program's file":
        beside.write_text('{"learning_rate": 0.1}')
    else:
        real = card_files.write_card

        def refuse(path, card, **options):
            if path == beside:
                raise card_files.ExportError("not written", "read-only", "elsewhere")
            real(path, card, **options)

        monkeypatch.setattr(card_files, "write_card", refuse)
    where = keep_sheet(str(checkpoint), ModelSheet(classes=NAMES))
    assert where.parent == own_folder
    assert open_network(str(checkpoint)).card.classes == NAMES
    if why == "another program's file":
        assert beside.read_text() == '{"learning_rate": 0.1}'
    # Found by what the file holds, not by where it lies.
    moved = checkpoint.rename(checkpoint.with_name("moved.pth"))
    assert open_network(str(moved)).card.classes == NAMES
    other = checkpoint.with_name("other.pth")
    data = bytearray(moved.read_bytes())
    data[-1] ^= 1
    other.write_bytes(bytes(data))
    assert card_files.find_card(other, {}).sheet == ModelSheet()


def test_what_ships_is_never_written_to(own_folder):
    where = keep_sheet(
        "bundled:deeplab_v3_efficientnet_lite0_camvid", ModelSheet(title="Renamed here")
    )
    assert where.parent == own_folder
    assert open_network("bundled:deeplab_v3_efficientnet_lite0_camvid").card.title == "Renamed here"


def test_random_weights_have_no_file_to_keep_it_for():
    with pytest.raises(CheckpointError, match="nothing that this card"):
        keep_sheet("random:u_net", ModelSheet(title="x"))


def test_a_file_that_only_looks_like_a_card_is_said(checkpoint):
    checkpoint.with_suffix(".json").write_text('{"label_set": 7}')
    assert any("passed over as a card" in note for note in open_network(str(checkpoint)).notes)


def test_a_sheet_written_and_read_is_the_same(tmp_path):
    sheet = ModelSheet(
        title="T",
        classes=NAMES,
        colours=COLOURS,
        preprocessing=CAFFE_BGR,
        inference_long_side=321,
        inference_enlarges=True,
        input_divisor=32,
        ignore_index=0,
        activation="multi-label",
        config=(("atrous_rates", (6, 12, 18)),),
    )
    write_sheet(tmp_path / "card.json", sheet, "deeplab_v3")
    card = read_card(tmp_path / "card.json")
    assert sheet_of(card) == sheet and card.architecture == "deeplab_v3"
