"""The notebook runs from top to bottom, and holds no results of an earlier run."""

import json

import pytest

from segviewer.resource_files import resource_path

NOTEBOOK = resource_path() / "examples" / "first_steps.ipynb"
CELLS = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]


@pytest.mark.slow
def test_the_notebook_runs(capsys):
    names = {}
    for cell in CELLS:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), NOTEBOOK.name, "exec"), names)
    said = capsys.readouterr().out
    assert "tree: 49%" in said and "1555 pixels" in said
    assert names["refined"].label_map.shape == names["labels"].shape


def test_it_holds_no_results():
    assert not [cell for cell in CELLS if cell.get("outputs") or cell.get("execution_count")]
