"""What the system refuses is said in three parts."""

import pytest

from segviewer.errors import ExportError
from segviewer.files.writing_faults import make_folder, writing_faults


def test_a_folder_and_those_above_it_are_made_once(tmp_path):
    folder = tmp_path / "a" / "b"
    make_folder(folder)
    make_folder(folder)
    assert folder.is_dir()


def test_a_folder_under_a_file_is_refused_by_name(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError) as caught:
        make_folder(tmp_path / "file" / "{0}")
    error = caught.value
    assert error.what == f"The folder {tmp_path / 'file' / '{0}'} cannot be made."
    assert error.why == "The system says: Not a directory."
    assert error.next_step == "Choose another folder." and error.details == ""


def test_whoever_writes_says_what_was_not_written(tmp_path):
    path = tmp_path / "x.png"
    with (
        pytest.raises(ExportError) as caught,
        writing_faults("x.png was not written.", "Make room.", "No folder {} here", path),
    ):
        raise OSError(28, "No space left on device")
    error = caught.value
    assert (error.what, error.next_step) == ("x.png was not written.", "Make room.")
    assert error.why == "No folder {} here: No space left on device."
    assert error.details == f"{path}: [Errno 28] No space left on device"


def test_an_error_without_a_system_message_says_itself():
    with pytest.raises(ExportError) as caught, writing_faults("what", "next"):
        raise OSError("odd")
    assert caught.value.why == "The system says: odd."


def test_other_errors_are_left_alone():
    with pytest.raises(ValueError), writing_faults("what", "next"):
        raise ValueError
