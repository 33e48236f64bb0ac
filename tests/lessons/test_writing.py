"""A state written as a step comes back as the same state; the file keeps what it held."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import ExportError, SettingsError
from segviewer.lessons import writing
from segviewer.lessons.reading import lesson_paths, read_lesson, session_for, shipped_folder
from segviewer.lessons.writing import add_step, step_text, toml_value
from segviewer.session import InferenceSettings, LabState, OverlaySettings, PinnedNetwork, Session

WORDS = {"title": "Step", "narration": 'Look.\nAnd "look".', "observations": ["outline > 0"]}
STATE = Session(
    image="sample:palace",
    checkpoint="bundled:fcn_efficientnet_lite0_camvid",
    network=(("output_stride", 8),),
    inference=InferenceSettings(long_side=320, flip=True),
    crf=CRFSettings(enabled=True, clip=1e-6, compatibility=((0, 1, 2.5),)),
    overlay=OverlaySettings(layer="entropy", hidden=(1, 2)),
    lab=LabState(name="valid_weights", values=(("rate", 18),)),
)


def last(path):
    file = read_lesson(path)
    return session_for(file.lesson.steps[-1], path)


def test_a_new_lesson_is_begun_and_goes_on(tmp_path):
    path = add_step(STATE, {**WORDS, "lesson": "Night & Day!"}, tmp_path / "mine")
    assert path == tmp_path / "mine" / "night_day.toml"
    assert last(path) == (STATE, ())
    add_step(Session(image="", checkpoint=STATE.checkpoint), {**WORDS, "lesson": path})
    file = read_lesson(path)
    assert file.lesson.title == "Night & Day!"
    assert len(file.lesson.steps) == 2
    assert file.lesson.steps[0].narration == WORDS["narration"]
    assert session_for(file.lesson.steps[0], path)[0] == STATE
    # Nobody else's lesson is written over.
    assert add_step(STATE, {**WORDS, "lesson": "Night, day"}, tmp_path / "mine").stem == (
        "night_day_2"
    )


def test_the_pinned_network_and_the_target_mask_stay(tmp_path):
    mask = tmp_path / "mask.png"
    mask.write_bytes(b"any")
    pinned = PinnedNetwork(
        checkpoint="bundled:u_net_efficientnet_lite0_camvid",
        network=(("output_stride", 8),),
        inference=InferenceSettings(flip=True),
    )
    state = STATE.changed(reference=pinned, target=str(mask), target_mapping="cityscapes")
    assert last(add_step(state, {**WORDS, "lesson": "Two"}, tmp_path)) == (state, ())
    mask.unlink()
    session, said = last(tmp_path / "two.toml")
    assert session == state.changed(target="") and len(said) == 1
    text = (tmp_path / "two.toml").read_text("utf-8")
    gone = text.replace("bundled:u_net", "bundled:no_net")
    (tmp_path / "two.toml").write_text(gone, "utf-8")
    session, said = last(tmp_path / "two.toml")
    assert session.reference is None and "of A is not on this machine" in said[0]


@pytest.mark.parametrize("crf", [CRFSettings(), CRFSettings(enabled=True, clip=1e-4)])
def test_the_crf_that_is_pinned_comes_back_also_where_it_is_off(tmp_path, crf):
    of_a = STATE.changed(crf=crf)
    state = STATE.changed(reference=of_a.pinned().reference)
    path = add_step(state, {**WORDS, "lesson": "A and B"}, tmp_path)
    assert last(path) == (state, ()) and state.of_reference() == of_a


def test_comments_and_order_of_the_file_stay(tmp_path):
    path = add_step(STATE, {**WORDS, "lesson": "One"}, tmp_path)
    text = "# by hand\n" + path.read_text("utf-8")
    path.write_text(text, "utf-8")
    add_step(STATE, {**WORDS, "lesson": path})
    assert path.read_text("utf-8").startswith(text.rstrip())


def test_what_a_lesson_says_for_all_does_not_reach_into_the_state(tmp_path):
    path = tmp_path / "shared.toml"
    path.write_text(
        'title = "T"\nsentence = "S"\n[session]\nimage = "sample:palace"\n'
        'lab = { name = "depth" }\nnetwork = { output_stride = 32 }\n'
        "[session.crf]\nenabled = true\nappearance_weight = 9.0\n"
        "[session.overlay]\nopacity = 0.1\n"
        '[[steps]]\ntitle = "A"\nnarration = "N"\nobservations = ["outline > 0"]\n',
        "utf-8",
    )
    plain = Session(image="sample:building", checkpoint=STATE.checkpoint)
    add_step(plain, {**WORDS, "lesson": path})
    assert last(path) == (plain, ())


def test_device_and_palette_are_not_written():
    mine = STATE.changed(
        inference=InferenceSettings(device="cpu"),
        overlay=OverlaySettings(palette="colour-blind safe"),
    )
    for everything in (False, True):
        text = step_text(mine, WORDS, everything=everything)
        assert "device" not in text and "palette" not in text


def test_a_shipped_lesson_is_not_changed():
    path = lesson_paths(shipped_folder())[0]
    before = path.read_bytes()
    with pytest.raises(SettingsError, match="ships with the program"):
        add_step(STATE, {**WORDS, "lesson": path})
    assert path.read_bytes() == before


def test_a_step_that_cannot_be_one_is_refused_and_the_file_stays(tmp_path):
    path = add_step(STATE, {**WORDS, "lesson": "One"}, tmp_path)
    before = path.read_bytes()
    with pytest.raises(SettingsError, match="compares nothing"):
        add_step(STATE, {**WORDS, "lesson": path, "observations": ["outline"]})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="cannot be made"):
        add_step(STATE, {**WORDS, "lesson": "One"}, tmp_path / "file" / "below")


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = add_step(STATE, {**WORDS, "lesson": "One"}, tmp_path)
    before = path.read_bytes()

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("segviewer.files.atomic_write.os.replace", full)
    with pytest.raises(ExportError, match="disk is full"):
        writing.add_step(STATE, {**WORDS, "lesson": path})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


PLAIN = (
    st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(blacklist_categories=["Cs"]), max_size=20)
)


@given(
    st.dictionaries(
        st.text(st.characters(blacklist_categories=["Cs"]), max_size=8),
        PLAIN | st.lists(PLAIN, max_size=3) | st.dictionaries(st.sampled_from("ab"), PLAIN),
        max_size=4,
    )
)
def test_every_value_comes_back(table):
    assert tomllib.loads(f"x = {toml_value(table)}") == {"x": table}
