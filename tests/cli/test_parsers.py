"""The help: every command with a line, every option with words, unit and default."""

import argparse
import json
import subprocess
import sys

import pytest

from segviewer.cli.command_line import main
from segviewer.cli.help_format import EXIT_CODES, LIBRARIES
from segviewer.cli.parsers import COMMANDS, command_parser

BY_NAME = {
    name: one
    for action in command_parser()._actions
    if isinstance(action, argparse._SubParsersAction)
    for name, one in action.choices.items()
}


def text_of(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_help_lists_every_command_with_a_line_and_the_exit_codes(capsys):
    text = text_of(["--help"], capsys)
    for name, command in COMMANDS.items():
        assert f"    {name} " in text or f"    {name}\n" in text
        assert command.title.split(":")[0].split()[0] in text
    assert EXIT_CODES in text
    assert text == text_of(["-h"], capsys)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_is_its_unit_and_its_default(name):
    parser = BY_NAME[name]
    text = " ".join(parser.format_help().split())
    for action in parser._actions:
        label = action.dest
        assert action.help and len(action.help) > 3, label
        takes = action.nargs != 0 and not action.choices
        assert not takes or action.metavar, f"{label} has no unit"
        number = isinstance(action.default, int | float) and not isinstance(action.default, bool)
        named = isinstance(action.default, str) and action.default and action.option_strings
        if number or (named and action.default != argparse.SUPPRESS):
            assert f"(default: {action.default})" in text, label


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_prints_its_own_help_and_fills_in_no_other(name, capsys):
    assert text_of([name, "--help"], capsys).startswith(f"usage: segviewer {name} ")
    (filled,) = (
        action.choices
        for action in command_parser(name)._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    others = [one for other, one in filled.items() if other != name]
    assert all(len(one._actions) == 1 for one in others)


def test_versions_of_what_matters_and_torch_is_not_loaded():
    code = (
        "import sys\nfrom segviewer.cli.command_line import main\ntry:\n    main(['--version'])\n"
        "finally:\n    print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("segviewer 0.") and lines[-1] == "False"
    assert [line.split()[0] for line in lines[1:-1]] == ["Python", *LIBRARIES]


def test_open_is_the_window(monkeypatch):
    seen = []
    module = sys.modules[main.__module__]
    monkeypatch.setattr(module, "_run_window", lambda words, started: seen.append(words) or 0)
    assert main(["open", "a.png"]) == main(["a.png"]) == main([]) == 0
    assert seen == [["a.png"], ["a.png"], []]


def test_a_saved_session_is_opened_as_one(monkeypatch):
    module = sys.modules[main.__module__]
    seen = []
    monkeypatch.setattr(module, "check_display", lambda: None)
    monkeypatch.setattr(
        module, "_open_window", lambda args, *rest: seen.append((args.image, args.session)) or 0
    )
    assert main(["open", "seen.segsession"]) == 0
    assert seen[0][0] is None and seen[0][1].name == "seen.segsession"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["info", "--jsn"], 2), (["guide", "nothing"], 1), (["guide", "python"], 0)],
)
def test_exit_codes(arguments, code, capsys):
    try:
        assert main(arguments) == code
    except SystemExit as ended:
        assert ended.code == code


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_knows_commands_and_options(shell, capsys):
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(name in script for name in COMMANDS)
    assert "on-existing" in script


def test_bash_completes(tmp_path):
    script = tmp_path / "complete"
    printed = subprocess.run(
        [sys.executable, "-m", "segviewer", "completion", "bash"], capture_output=True, check=True
    )
    script.write_bytes(printed.stdout)
    ask = (
        f"source {script}; COMP_WORDS=(segviewer rec); COMP_CWORD=1; "
        "_shtab_segviewer; printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=False)
    assert "receptive-field" in done.stdout.split(), json.dumps([done.stdout, done.stderr])


def test_without_shtab_it_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "bash"]) == 1
    assert "segviewer[completion]" in capsys.readouterr().err
