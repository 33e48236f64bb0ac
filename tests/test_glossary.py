"""The glossary says what the program and the papers say, and covers every symbol."""

from __future__ import annotations

import re
import string
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.glossary import Term, coloured, glossary, term_of
from segviewer.labs import LABS
from segviewer.networks import NETWORKS, network_class
from segviewer.session import InferenceSettings, OverlaySettings
from segviewer.settings import Control, controls
from segviewer.widgets.theme.symbol_colours import SYMBOL_COLOURS

TERMS = list(glossary().values())
# Symbols of a drawing's own axes and counts, which are no terms of the field.
NO_TERM = {
    ("channels", "C"),
    ("samples", "N"),
    ("share", "t"),
    ("scale", "s"),
    ("depth", "d"),
    ("side", "n"),
    # ESPNet's numbers of blocks, as its paper calls them.
    ("level2_blocks", "p"),
    ("level3_blocks", "q"),
}
# No lab shows these; the networks' own settings do.
WITHOUT_LAB = {
    "separable",
    "low_level",
    "duc",
    "unpooling",
    "align_corners",
    "context_module",
    "backbone",
}
# As the fact sheet heads its sections and cites its sources.
PAPERS = (
    "FCN",
    "SegNet",
    "U-Net",
    "DeepLab v1",
    "DeepLab v2",
    "DeepLab v3",
    "DeepLab v3+",
    "Dilation8",
    "PSPNet",
    "SPP-net",
    "ParseNet",
    "DRN",
    "HDC, DUC",
    "Smoothed dilation",
    "Araujo",
    "Luo",
    "ResNet",
    "Veit",
    "DenseNet",
    "Krähenbühl and Koltun 2011",
    "Adams",
    "CRF-RNN",
    "Kohli",
    "Koller and Friedman",
)
WORDS = (
    "output stride",
    "atrous rate",
    "kernel size",
    "aspp",
    "multi-grid",
    "image pooling",
    "bins",
    "theoretical receptive field",
    "effective receptive field",
    "gridding",
    "coset energy",
    "unary",
    "pairwise",
    "mean field",
    "potts",
    "gibbs energy",
    "permutohedral lattice",
    "iou",
    "trimap",
    "void",
    "upsampling convolution",
    "hdc",
    "degridding",
    "skip",
    "transposed convolution",
    "unpooling",
    "poly",
    "auxiliary loss",
    "σα",
    "σβ",
    "σγ",
    "θ1",
    "θ2",
)


def all_controls() -> list[Control]:
    """Every control of the program."""
    from segviewer.labs import lab_of

    classes = [CRFSettings, OverlaySettings, InferenceSettings]
    classes += [network_class(name).Config for name in NETWORKS]
    classes += [lab_of(name).Config for name in LABS]
    return [control for cls in classes for control in controls(cls)]


@pytest.mark.parametrize("word", WORDS)
def test_the_words_of_the_lecture_are_there(word):
    named = [t for t in TERMS if word in t.term.casefold() or word == t.symbol]
    assert named and named[0].matches(word)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.id)
def test_an_entry_is_whole(term: Term):
    assert term.text.endswith(".") and 40 < len(term.text) < 260
    assert term.papers and all(paper.startswith(PAPERS) for paper in term.papers)
    assert (term.id in WITHOUT_LAB) if not term.lab else (term.lab in LABS)
    assert set(term.see) <= set(glossary()) - {term.id}
    assert term.formula or not term.symbol


class Tags(HTMLParser):
    """Fails where a tag is opened and not closed."""

    def __init__(self):
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attributes):
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.id)
def test_rich_text_is_well_formed(term: Term):
    for text in (term.formula, term.text, coloured(term.formula, {"r": "#123456"})):
        tags = Tags()
        tags.feed(text)
        tags.close()
        assert not tags.open
        # A bare < would swallow what follows it in Qt's rich text.
        assert "<" not in re.sub(r"</?(sub|sup|b|i|br|span)\b[^>]*>", "", text)


def test_every_symbol_of_a_control_has_an_entry():
    symbols = {(c.name, c.symbol, c.label) for c in all_controls() if c.symbol}
    assert len(symbols) > 25
    missing = {(name, sign) for name, sign, label in symbols if term_of(name, sign, label) is None}
    assert missing == NO_TERM


def test_a_control_opens_a_term_with_its_own_symbol():
    for control in all_controls():
        term = term_of(control.name, control.symbol, control.label)
        if term is not None and control.symbol in SYMBOL_COLOURS and term.symbol:
            assert term.symbol == control.symbol, control.name


def test_every_setting_named_is_a_control():
    known = {
        key
        for c in all_controls()
        for key in (c.name, f"{c.name}:{c.symbol}", f"{c.name}:{c.label}")
    }  # noqa: E501
    # Written as pairs of classes, so it stands in a table and not in a form.
    known.add("compatibility")
    for term in TERMS:
        assert set(term.settings) <= known, term.id


def test_no_setting_is_claimed_twice():
    claimed = [setting for term in TERMS for setting in term.settings]
    assert len(claimed) == len(set(claimed))


def test_one_name_with_two_meanings_has_both():
    assert term_of("up", "", "Way up").id == "upsampling"
    assert term_of("up", "", "Up") is None  # the landscape's axis
    assert term_of("skips", "", "Skips").id == "skip"
    assert term_of("skips", "", "Shortcut around each layer") is None
    assert term_of("side", "a", "Feature map").id == "feature_map"
    assert term_of("side", "n", "Picture") is None


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("sigma gamma", {"smoothness_xy_std"}),
        ("permuto", {"permutohedral_lattice"}),
        ("OS", {"output_stride"}),
        ("no such words", set()),
    ],
)
def test_search_finds_terms_symbols_and_settings(typed, found):
    hits = {term.id for term in TERMS if term.matches(typed)}
    assert hits >= found and (found or not hits)
    assert len(hits) < 25


def test_a_setting_is_found_by_the_name_it_has_in_files():
    assert glossary()["atrous_rate"].matches("atrous_rates")
    assert not glossary()["void"].matches("atrous_rates")


@given(st.sampled_from(TERMS), st.data())
def test_the_words_of_an_entry_find_it(term, data):
    words = [w.strip(string.punctuation + "“”–…") for w in term.term.split()]
    word = data.draw(st.sampled_from([w for w in words if w]))
    assert term.matches(word.upper()) and term.matches("")


def test_symbols_get_their_colour_and_tags_are_left_alone():
    text = coloured("θ2 r<sub>r</sub> 2r lr <br>", {"θ2": "#010203", "r": "#040506"})
    red = '<span style="color:#040506"><i>r</i></span>'
    assert text == (
        f'<span style="color:#010203">θ<sub>2</sub></span> {red}<sub>{red}</sub> 2{red} lr <br>'
    )
    assert coloured("σβ", {}) == "σ<sub>β</sub>"


def test_what_the_formulas_claim():
    # Numbers that the sentences state.
    from math import exp, pi

    assert round(2 * pi * 3**2) == 57
    assert round(100 * exp(-(2**2) / 2)) == 14
    assert round(0.5**0.9, 2) == 0.54
    assert 3 + (3 - 1) * (6 - 1) == 13 and 3 + 2 * 11 == 7 + 6 * 3 == 25
    assert -(-513 // 8) == 65
    assert max(2 - 4, 4 - 2, 2) == 2  # M₂ of (2, 2, 2) passes the rule
