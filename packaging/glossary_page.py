"""A hook of mkdocs: the glossary as a page of the guide, made of the program's own table."""

from __future__ import annotations

import sys
from pathlib import Path

from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # from a checkout, installed or not


def glossary_markdown() -> str:
    """Every term with symbol, unit, formula, papers and related terms."""
    from segviewer.glossary import glossary

    terms = glossary()
    lines = ["# Glossary", "", "In the program: `F1`, on a setting for that setting's entry."]
    for term in terms.values():
        symbol = f" · {term.symbol}" if term.symbol else ""
        unit = f" [{term.unit}]" if term.unit else ""
        lines += ["", f"## {term.term}{symbol}{unit} {{: #{term.id} }}", "", term.text]
        if term.formula:
            lines += ["", f"<p><i>{term.formula}</i></p>"]
        if term.papers:
            lines += ["", "; ".join(term.papers)]
        if term.see:
            named = ", ".join(f"[{terms[other].term}](#{other})" for other in term.see)
            lines += ["", f"See {named}."]
    return "\n".join(lines) + "\n"


def on_files(files, config):
    """Called by mkdocs when it has listed the pages."""
    files.append(File.generated(config, "glossary.md", content=glossary_markdown()))
    return files
