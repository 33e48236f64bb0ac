"""One formula as a drawing: MathML or LaTeX to SVG by ziamath, which needs neither LaTeX nor Qt.

Runs on a thread of its own (:mod:`segviewer.widgets.text.typesetter`), so nothing here imports Qt.
What a lesson's file asks for is bounded before ziamath sees it: it lays each row out again for each
row about it, so the work doubles with each level.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from xml.etree import ElementTree

from segviewer.widgets.text.formula_atoms import NoFormula
from segviewer.widgets.theme.symbol_colours import symbol_colour

SIZE = 24.0  # units of an em in the drawing
LONGEST_LATEX = 600
MOST_WORK = 20_000  # elements laid out, those within rows counted for each time
LARGEST = 250 * SIZE  # a side of a drawing
_KNOWN = re.compile(
    "math|mrow|mi|mn|mo|mtext|mspace|mstyle|msub|msup|msubsup|munder|mover|munderover|mfrac|msqrt"
    "|mroot|mtable|mtr|mtd|mpadded|mphantom"
)
_KEPT = {"stretchy", "fence", "form", "mathvariant", "movablelimits", "accent", "linethickness"}
_COMMANDS = re.compile(r"\\(?:(?:new|renew|provide)command|def\b|href|hspace|includegraphics)")
_SPACE = re.compile(r"[0-2](\.\d+)?em")
_NAMESPACE = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True)
class Drawing:
    """A formula as SVG.

    Attributes
    ----------
    svg : bytes
    width, ascent, descent : float
        In ems; ascent above the baseline, descent below it.
    """

    svg: bytes
    width: float
    ascent: float
    descent: float


def typeset(source: str, notation: str, ink: str, dark: bool) -> Drawing:
    """The drawing of a formula.

    Parameters
    ----------
    source : str
        MathML without its ``math`` element, or LaTeX.
    notation : {"mathml", "latex"}
    ink : str
        Colour as ``#rrggbb`` of all but the papers' symbols, which have their own.
    dark : bool
        Whether it stands on a dark ground.

    Raises
    ------
    NoFormula
        It is too long, nested too deep, or has letters that the mathematical font lacks.
    """
    import ziamath

    source = _from_latex(source) if notation == "latex" else f"<math>{source}</math>"
    root = _checked(source)
    _colour(root, dark)
    root.set("display", "block")
    ziamath.config.svg2 = False  # paths in place of symbols, which Qt's SVG draws too
    ziamath.config.math.color = ink
    drawn = ziamath.Math(root, size=SIZE)
    _check_letters(root, drawn)
    svg = drawn.svgxml()
    left, top, width, height = map(float, (svg.get("viewBox") or "").split())
    if max(width, height) > LARGEST:
        raise NoFormula("larger than a page")
    content = ElementTree.tostring(svg)
    return Drawing(content, width / SIZE, -top / SIZE, (top + height) / SIZE)


def _from_latex(source: str) -> str:
    if len(source) > LONGEST_LATEX:
        raise NoFormula(f"{len(source)} letters of LaTeX, more than {LONGEST_LATEX}")
    from latex2mathml.converter import convert

    # One macro may stand for many: none of ours needs them.
    if _COMMANDS.search(source):
        raise NoFormula("it defines commands")
    return convert(source)


def _checked(source: str) -> ElementTree.Element:
    """The tree with known elements only, no more of them than can be laid out at once."""
    if "<!" in source:
        raise NoFormula("a document type")
    root = ElementTree.fromstring(source)
    work = _clean(root, 0)
    if work > MOST_WORK:
        raise NoFormula("nested too deep")
    return root


def _clean(element: ElementTree.Element, rows: int) -> int:
    element.tag = _NAMESPACE.sub("", element.tag)
    if not _KNOWN.fullmatch(element.tag):
        raise NoFormula(f"a {element.tag}")
    kept = _KEPT | {"width"} if _SPACE.fullmatch(element.get("width", "")) else _KEPT
    for name in set(element.attrib) - kept:
        del element.attrib[name]
    if element.text:
        element.text = unescape(element.text)
    rows += element.tag in ("mrow", "mstyle", "mfrac", "msqrt", "mtd")
    if rows > 14:
        raise NoFormula("nested too deep")
    return 2**rows + sum(_clean(child, rows) for child in element)


def _colour(element: ElementTree.Element, dark: bool) -> None:
    """Give the papers' symbols their colours, whatever they stand in."""
    coloured: list[ElementTree.Element] = []  # of a power the power is not part of the symbol
    symbol = ""
    if element.tag in ("msub", "msubsup") and len(element) > 1:
        symbol, coloured = f"{element[0].text or ''}{element[1].text or ''}", element[:2]
    elif element.tag == "mi":
        symbol, coloured = element.text or "", [element]
    colour = symbol_colour(symbol, dark) if symbol else None
    if colour is None:
        for child in element:
            _colour(child, dark)
    for part in coloured if colour is not None else ():
        for inner in part.iter():
            inner.set("mathcolor", colour or "")


def _check_letters(root: ElementTree.Element, drawn: object) -> None:
    font = drawn.font  # type: ignore[attr-defined]
    for text in root.itertext():
        for letter in text:
            if not letter.isspace() and not font.glyphindex(letter):
                raise NoFormula(f"the mathematical font has no {letter!r}")
