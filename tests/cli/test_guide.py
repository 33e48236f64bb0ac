"""segviewer guide."""

from segviewer.cli.command_line import main
from segviewer.widgets.help.guide_pages import guide_folder, read_guide


def test_it_lists_the_pages(capsys):
    assert main(["guide"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [page.name for page in read_guide()]


def test_it_prints_a_page_as_it_stands(capsys):
    assert main(["guide", "tuning_a_crf"]) == 0
    assert capsys.readouterr().out == (guide_folder() / "tuning_a_crf.md").read_text("utf-8")


def test_another_page_is_refused_in_words(capsys):
    assert main(["guide", "nothing"]) == 1
    assert "tuning_a_crf" in capsys.readouterr().err
