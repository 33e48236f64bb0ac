"""Nothing that a file, a card or a person can name makes any reader wait."""

from __future__ import annotations

import ast
import os
import shutil
import signal
from contextlib import contextmanager
from pathlib import Path

import pytest

import segviewer
import segviewer.checkpoints.opening  # torch takes longer to import than a reader may
import segviewer.export.figure_session
from segviewer.errors import SegviewerError

PACKAGE = Path(segviewer.__file__).parent
SECONDS = 5.0


def _session(path):
    from segviewer.export.figure_session import open_session_file

    open_session_file(Path(path))


def _figure(path):
    from segviewer.imaging.export.figure_record import read_figure_record

    assert read_figure_record(path) is None


def _marks(path):
    from segviewer.export.figure_session import figure_record
    from segviewer.session import PinnedNetwork, Session

    pinned = PinnedNetwork(checkpoint=path)
    session = Session(image=path, target=path, checkpoint=path, reference=pinned)
    assert figure_record(session).files == ()


def _figures_files(path):
    from segviewer.export.figure_session import is_file_of, reopened
    from segviewer.imaging.export.figure_record import FigureRecord, FileMark
    from segviewer.session import Session

    mark = FileMark(place="image", name="x", size=0, sha256="0" * 64)
    data = Session(image="file:x").model_dump(mode="json")
    record = FigureRecord(session=data, files=(mark,))
    assert not is_file_of(record, Path(path))
    assert reopened(record, Path(path).parent / "figure.png", [Path(path)]).notes


def _mask(path):
    from segviewer.imaging.reading.mask_files.kinds import mask_kind
    from segviewer.imaging.reading.mask_files.shapes import open_coco, read_labelme
    from segviewer.imaging.reading.mask_files.stacks import read_array

    assert mask_kind(path) == ""
    for reader in (open_coco, read_labelme, read_array):
        with pytest.raises(SegviewerError):
            reader(Path(path))
    read_array(Path(path))


def _lesson(path):
    from segviewer.lessons.reading import read_lesson

    read_lesson(Path(path))


def _lessons_names(path):
    from segviewer.lessons.reading import parse_lesson, session_for

    text = 'title = "a"\nsentence = "b"\n[[steps]]\ntitle = "c"\nnarration = "d"\n'
    here = Path(os.path.abspath("lesson.toml"))
    step = parse_lesson(text, here).steps[0]
    named = step.session.model_copy(update={"image": path, "checkpoint": path})
    said = session_for(step.model_copy(update={"session": named}), here)[1]
    assert len(said) == 2 or not path


def _preset(path):
    from segviewer.crf.settings.own_presets import _read

    _read(Path(path))


def _weights(path):
    from segviewer.checkpoints.reading.reading import read_state_dict

    read_state_dict(path)


def _network(path):
    from segviewer.checkpoints.opening import open_network

    open_network(path)


def _card(path):
    from segviewer.checkpoints.model_card import read_card

    read_card(Path(path))


def _image(path):
    from segviewer.imaging.reading.read import read_image

    read_image(path)


def _thumbnail(path):
    from segviewer.imaging.reading.read import read_thumbnail

    read_thumbnail(path, 64)


def _target(path):
    from segviewer.imaging.reading.read import read_target

    read_target(path)


def _kind(path):
    from segviewer.imaging.reading.routing import looks_like

    assert looks_like(path) in ("unknown", "folder")


def _facts(path):
    from segviewer.app.network.model_facts import _file
    from segviewer.checkpoints.model_card import ModelCard

    assert _file(path, ModelCard(title="x", architecture="drn"))[1]


def _words(path):
    from segviewer.interface.names import checkpoint_reference

    if "\0" not in path and "\ud800" not in path:  # which no command line can hold
        assert checkpoint_reference(path)


def _scores(path):
    from segviewer.checkpoints.opening import open_scores

    open_scores(f"scores:{path}", "x", (10, 10))


READERS = [
    _session,
    _figure,
    _marks,
    _figures_files,
    _lesson,
    _lessons_names,
    _preset,
    _weights,
    _network,
    _scores,
    _card,
    _image,
    _thumbnail,
    _target,
    _mask,
    _kind,
    _facts,
    _words,
]


@contextmanager
def soon():
    """Break off what waits, with an error that nobody catches as one of a file."""

    class Waited(BaseException):
        pass

    def late(*arguments):
        raise Waited

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__.strip("_"))
@pytest.mark.parametrize(
    "place", ["pipe", "device", "folder", "loop", "nul", "half a sign", "long", "deep", "missing"]
)
def test_no_reader_waits_or_breaks(tmp_path, monkeypatch, reader, place):
    monkeypatch.chdir(tmp_path)
    path = str(tmp_path / "x")
    if place == "pipe":
        os.mkfifo(path)
    elif place == "device":
        path = "/dev/zero"
    elif place == "folder":
        os.mkdir(path)
    elif place == "loop":
        os.symlink(path, path)
    elif place != "missing":
        path = {"nul": "a\0b", "half a sign": "a\ud800", "long": "x" * 5000}.get(place, "d/" * 3000)
    with soon():
        try:
            reader(path)
        except SegviewerError as error:
            assert error.what and error.why and error.next_step
        except (OSError, ValueError):
            assert reader is _preset  # which load_presets turns into a sentence


@pytest.mark.parametrize("reader", [_session, _lesson, _preset, _card], ids=lambda r: r.__name__)
def test_texts_have_a_size_limit(tmp_path, reader):
    path = tmp_path / "x"
    with path.open("wb") as file:
        file.truncate(8 << 30)  # takes no room on the disk
    if shutil.disk_usage(tmp_path).total < 1:
        pytest.skip("no such files here")
    with soon(), pytest.raises((SegviewerError, OSError)) as caught:
        reader(str(path))
    assert "at most" in str(caught.value)


# Who may open a file by itself, and what: everything else goes through regular_files.
# By name, so that a file may move.
BY_ITSELF = {
    "regular_files.py": "the check itself",
    "header.py": "what is open already",
    "stacks.py": "what is open already",
    "camera_raw.py": "what is open already",
    "glossary.py": "ships",
    "guide_pages.py": "ships",
    "screenshots.py": "opens a lesson in the window",
    "labels.py": "ships",
    "imagenet_classes.py": "ships",
    "smp_library.py": "ships",
    "html_report.py": "ships",
    "error_picture.py": "bytes of a row",
    "result_tables.py": "ships",
    "theme.py": "ships",
    "word_catalogue.py": "ships",
    "model_facts.py": "ships: a network's own file",
    "crf_benchmark.py": "ships; /proc",
    "full_resolution_benchmark.py": "ships",
    "crf_benchmark_table.py": "/proc",
    "desktop.py": "ships: icons",
    "program.py": "a report that it has had written; ships",
    "command_line.py": "/proc",
    "peak_memory.py": "/proc",
    "refusals.py": "/proc",
    "import_guard.py": "the program's own source",
    "compiled_kernel.py": "the program's own source",
    "log.py": "its own log",
    "file_lock.py": "its own lock",
    "training": "a trainer's own files",
}
# What else has a method of that name: windows, records of a zip, a connection.
NO_FILES = ("self", "self.lessons", "archive", "opener", "buffer")
OPENERS = {"open", "read_bytes", "read_text", "fromfile", "load_file", "safe_open"}


def _writes(call: ast.Call) -> bool:
    words = [part.value for part in ast.walk(call) if isinstance(part, ast.Constant)]
    modes = [word for word in words if isinstance(word, str) and set(word) <= set("rwaxbt+")]
    return any(set(mode) & set("wax") for mode in modes)


def _opens(path: Path) -> list[int]:
    lines = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or _writes(node):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id in OPENERS:
            lines.append(node.lineno)
        elif isinstance(called, ast.Attribute) and called.attr in OPENERS:
            # dialog.open() and the like take no mode; a path's and Image's do.
            named = ast.unparse(called.value)
            if named in NO_FILES:
                continue
            if called.attr != "open" or named in ("Image", "io", "os") or node.args:
                lines.append(node.lineno)
    return lines


@pytest.mark.slow
def test_files_are_opened_in_one_place():
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0]
        if path.name not in BY_ITSELF and room not in BY_ITSELF and _opens(path):
            found[path.relative_to(PACKAGE).as_posix()] = _opens(path)
    assert found == {}


def test_that_test_finds_them(tmp_path):
    source = tmp_path / "x.py"
    source.write_text(
        "open(p)\nPath(p).open('rb')\np.read_text()\nImage.open(p)\ndialog.open()\nopen(p, 'wb')"
    )
    assert _opens(source) == [1, 2, 3, 4]
