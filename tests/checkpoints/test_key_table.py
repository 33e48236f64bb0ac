"""The table of keys in closed form."""

from segviewer.checkpoints.key_table import KeyTable

WANTED = {"a": (1, 2), "b": (3,), "bn.num_batches_tracked": (), "c": (4,)}


def test_equal_sides_fit():
    table = KeyTable.compare(WANTED, WANTED)
    assert table.fits and table.wanted == table.matching == 3
    assert table.lines() == []


def test_counters_are_left_out_on_both_sides():
    found = {"a": (1, 2), "b": (3,), "c": (4,), "other.num_batches_tracked": ()}
    assert KeyTable.compare(found, WANTED).fits


def test_every_kind_of_difference():
    table = KeyTable.compare({"a": (1, 2), "b": (9, 9), "long.name": ()}, WANTED)
    assert table.missing == (("c", (4,)),)
    assert table.unexpected == (("long.name", ()),)
    assert table.mis_shaped == (("b", (9, 9), (3,)),)
    assert (table.matching, table.wanted) == (1, 3)
    assert table.summary() == "1 keys match, 1 missing, 1 unexpected, 1 of another shape"
    assert table.lines() == [
        "other shape  b          9×9, wanted 3",
        "missing      c          4",
        "unexpected   long.name  scalar",
    ]


def test_nothing_in_common():
    table = KeyTable.compare({}, WANTED)
    assert not table.fits and table.matching == 0
    assert KeyTable.compare({}, {}).fits
