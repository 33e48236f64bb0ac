"""What goes wrong most often is said in the language of the window, names and numbers filled in."""

import errno
import shutil
from collections import namedtuple

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from segviewer.checkpoints.opening import open_network
from segviewer.checkpoints.published import download
from segviewer.checkpoints.published.catalogue import catalogue
from segviewer.checkpoints.reading.reading import read_state_dict
from segviewer.errors import EngineError, SegviewerError
from segviewer.files.writing_faults import writing_faults
from segviewer.imaging.datasets.pairing import dataset_of
from segviewer.imaging.reading.read import read_image
from segviewer.imaging.reading.targets import read_target
from segviewer.widgets.language.interface_language import interface_language
from segviewer.widgets.language.word_catalogue import codes, read_catalogue
from segviewer.widgets.panels.message_bar import MessageBar

OTHERS = [code for code in codes() if code != "en"]
Usage = namedtuple("Usage", "total used free")


def refusal(call, *given, **named):
    with pytest.raises(SegviewerError) as caught:
        call(*given, **named)
    return caught.value


def full_disk(path):
    with writing_faults("out.png was not written.", "Choose another folder and save again."):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))


def errors(folder, monkeypatch):
    """(name that is to stand in it, error), as the program makes them."""
    files = {
        "empty.png": b"",
        "words.png": b"no picture at all, but words",
        "weights.pth": b"no weights at all, but many words",
        "archive.pth": b"\x1f\x8b and what is packed",
        "none.pth": b"",
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    Image.new("L", (40, 30), 200).save(folder / "mask.jpg")
    whole = folder / "cut.png"
    Image.effect_noise((90, 80), 60).save(whole)
    whole.write_bytes(whole.read_bytes()[:2000])
    (folder / "alone").mkdir()
    Image.new("RGB", (4, 4)).save(folder / "alone" / "a.png")
    (folder / "page.pth").write_bytes(b"<!doctype html><html>Log in</html>")
    save_file({"nobody.knows": torch.ones(2)}, folder / "other.safetensors")
    entry = catalogue()[0]
    title = entry.title.replace(" · ", ", ")
    for name in ("gone.png", "empty.png", "words.png", "cut.png"):
        yield name, refusal(read_image, folder / name)
    yield folder.name, refusal(read_image, folder)
    yield "mask.jpg", refusal(read_target, folder / "mask.jpg")
    for name in ("gone.pth", "none.pth", "weights.pth", "archive.pth", "page.pth"):
        yield name, refusal(read_state_dict, folder / name)
    yield "", refusal(open_network, str(folder / "other.safetensors"))
    yield "alone", refusal(dataset_of, folder / "alone")
    yield "gone", refusal(dataset_of, folder / "gone")
    yield "out.png", refusal(full_disk, folder / "out.png")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(0, 0, 3 << 20))
    yield title, refusal(download._check_space, entry, folder / "part", 99 << 20)
    yield title, download._broke_off(entry, 5 << 20, "")
    yield title, download._server_refusal(entry, download._reason(TimeoutError()))
    yield (
        "",
        EngineError(
            "The engine stopped in the middle of its work and was started again.",
            "Its process was ended by SIGKILL; most often memory ran out.",
            "Choose a smaller inference size, then press Run.",
        ),
    )
    yield (
        "",
        EngineError(
            "There is not enough memory for this picture at this inference size.",
            "The network was tried whole and in tiles at 4000×3000.",
            "Choose a smaller inference size, or close other programs.",
        ),
    )


@pytest.mark.parametrize("code", OTHERS)
def test_an_error_is_translated_whole_with_its_names(code, tmp_path, monkeypatch):
    held = read_catalogue(code)
    found = list(errors(tmp_path, monkeypatch))
    assert len(found) > 15
    english = []
    for name, error in found:
        # Dialogs show all of it as one text.
        for said in (error.what, f"{error.why} {error.next_step}", error.sentence):
            shown = held.translate(said)
            english += [said] if shown == said else []
            assert said == error.what or name not in said or name in shown
        assert name in held.translate(error.what)
    assert english == []


def test_the_bar_shows_it_in_german_and_copies_it_in_english(qapp, qtbot, tmp_path):
    language = interface_language(qapp)
    bar = MessageBar()
    qtbot.addWidget(bar)
    error = refusal(read_image, tmp_path / "gone & lost.png")
    try:
        language.show("de")
        bar.show_error(error)
        bar.grab()
        assert bar._what.text() == "gone & lost.png ist nicht da."
        assert bar._more.text().startswith("Die Datei wurde verschoben")
        bar.copy_details()
        assert qapp.clipboard().text().startswith("gone & lost.png is not there.\nThe file was")
    finally:
        language.show("en")
    assert bar._what.text() == "gone & lost.png is not there."
