"""Nothing stays that only tests call, or nobody."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from segviewer import PUBLIC
from segviewer.networks import NETWORKS, network_class

CHECKOUT = Path(__file__).resolve().parents[1]
ALLOWED = Path(__file__).with_name("vulture_allow_list.py")


def names_in_tables() -> set[str]:
    """Networks' classes, and what is written "module:name" (views of labs, work of stages)."""
    names = {network_class(architecture).__name__ for architecture in NETWORKS}
    names |= set(PUBLIC)  # what scripts of others call
    for path in (CHECKOUT / "segviewer").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found = re.fullmatch(r"[\w.]+:(\w+)", node.value)
                names |= {found[1]} if found else set()
    return names


def unused(*more: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "vulture", "segviewer", *more],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 3), done.stderr  # 3: something was found
    return [line for line in done.stdout.splitlines() if "unused" in line]


def name_in(line: str) -> str:
    return re.search(r"unused \w+ '(\w+)'", line)[1]


@pytest.mark.slow
def test_the_package_calls_all_that_it_holds():
    """To find out what else calls a name: `grep`. Test-only code belongs into its test."""
    in_tables = names_in_tables()
    found = [line for line in unused(str(ALLOWED)) if name_in(line) not in in_tables]
    assert not found, "\n".join(found)


@pytest.mark.slow
def test_the_allow_list_allows_nothing_that_is_gone():
    listed = {
        node.id for node in ast.walk(ast.parse(ALLOWED.read_text("utf-8"))) if "id" in node._fields
    }
    assert listed <= {name_in(line) for line in unused()}
