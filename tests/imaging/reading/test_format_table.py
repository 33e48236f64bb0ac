"""The guide lists every kind of file that is opened, and what it needs."""

import re
import tomllib
from pathlib import Path

import segviewer
from segviewer.imaging.reading.suffixes import PACKED_SUFFIX, PICTURE_SUFFIXES
from segviewer.resource_files import resource_path

ROOT = Path(__file__).parents[3]
TEXT = resource_path("guide", "formats.md").read_text("utf-8")
TABLE = [line for line in TEXT.splitlines() if line.startswith("|")]


def test_each_name_stands_in_the_table_and_no_other():
    listed = set(re.findall(r"`(\.[a-z0-9.]+)`", "\n".join(TABLE)))
    assert listed == {*PICTURE_SUFFIXES, PACKED_SUFFIX}


def test_what_is_needed_can_be_installed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    needed = set(re.findall(r"`\[([a-z]+)\]`", "\n".join(TABLE)))
    assert needed == {"tiff", "heic", "raw", "dicom", "nifti", "video"}
    for name in needed:
        for wanted in extras[name]:
            assert wanted in extras["test"], f"{wanted} is not tested"


def test_each_missing_library_is_named_by_its_extra():
    named = set()
    for path in (Path(segviewer.__file__).parent / "imaging" / "reading" / "formats").glob("*.py"):
        text = path.read_text("utf-8")
        named |= set(re.findall(r'library\([^)]*, "([a-z]+)"\)', text))
        named |= set(re.findall(r"segviewer\[([a-z]+)\]", text))
    assert named == {"tiff", "heic", "raw", "dicom", "nifti", "video"}


def test_the_dialog_lists_them():
    from segviewer.app.frame.openings import FILTERS

    for suffix in (*PICTURE_SUFFIXES, PACKED_SUFFIX, ".pth", ".ckpt", ".bin", ".tar", ".svg"):
        assert f"*{suffix} " in FILTERS or f"*{suffix})" in FILTERS, suffix
    assert FILTERS.endswith(";;All files (*)")
