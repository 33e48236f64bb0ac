"""The markup of a formula: raised, lowered, bold and slanted letters, and nothing else.

A lesson's formula comes out of a file. Whatever it holds beyond these four tags and the names of a
few letters is shown as it is written.
"""

from __future__ import annotations

import re
from html import escape

_TAG = re.compile(r"&lt;(/?)(sub|sup|b|i)&gt;")
_LETTER = re.compile(r"&amp;(nbsp|lt|gt|amp);")


def equation_html(text: str) -> str:
    """`text` as HTML in which only ``sub``, ``sup``, ``b`` and ``i`` without attributes are tags.

    Of named letters ``&nbsp; &lt; &gt; &amp;`` are read.
    """
    return _LETTER.sub(r"&\1;", _TAG.sub(r"<\1\2>", escape(text, quote=False)))
