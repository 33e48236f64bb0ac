"""The guide builds as HTML, no link of it leads nowhere, and nothing is fetched from elsewhere."""

import re
from pathlib import Path

import pytest
import yaml

from segviewer.glossary import glossary
from segviewer.widgets.help.guide_pages import read_guide

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.skipif(
    not (ROOT / "mkdocs.yml").exists(), reason="the suite of an installed package has no pages"
)


def test_pages_are_listed_in_the_order_of_the_guide():
    listed = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]
    assert listed[:-1] == [f"{page.name}.md" for page in read_guide()]


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of mkdocs and its theme
def test_it_builds_and_links_lead_somewhere(tmp_path, monkeypatch):
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    monkeypatch.chdir(ROOT)
    # Strict: a link, an anchor or a page that is not there ends the build.
    config = load_config(str(ROOT / "mkdocs.yml"), site_dir=str(tmp_path), strict=True)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    pages = {path.parent.name: path.read_text("utf-8") for path in tmp_path.rglob("index.html")}
    assert len(pages) == len(read_guide()) + 1
    assert all(f'id="{term}"' in pages["glossary"] for term in glossary())
    for name, text in pages.items():
        fetched = re.findall(r'<(?:script|img|link)[^>]*?(?:src|href)="(https?://[^"]+)"', text)
        assert not [one for one in fetched if "canonical" not in one], name
