"""One colour for each of the papers' symbols, in sliders, formulas and plots alike.

Hues are Okabe and Ito's colour-blind-safe set. The appearance kernel is warm, the
smoothness kernel is cool, the atrous rate is green. Each has one value for dark and one
for light surroundings: the same hue, with lightness moved until text in it is readable.
"""

from __future__ import annotations

# symbol: (on dark, on light)
SYMBOL_COLOURS: dict[str, tuple[str, str]] = {
    "θ1": ("#ff8a4c", "#a84300"),  # vermillion
    "σα": ("#e69f00", "#855c00"),  # orange
    "σβ": ("#d98fb8", "#974673"),  # reddish purple
    "θ2": ("#6fa8ea", "#00588a"),  # blue
    "σγ": ("#56b4e9", "#1a6a99"),  # sky blue
    "r": ("#2fbf95", "#00694c"),  # bluish green
}

_PLAIN = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789", "_ {}")


def symbol_colour(symbol: str, dark: bool) -> str | None:
    """Colour of `symbol` as ``#rrggbb``, or None for a symbol without one.

    ``θ₁``, ``θ_1`` and ``θ1`` are the same symbol, and ``r₂`` has the colour of ``r``.
    """
    plain = symbol.translate(_PLAIN)
    if plain not in SYMBOL_COLOURS:
        plain = plain.rstrip("0123456789")
    pair = SYMBOL_COLOURS.get(plain)
    return None if pair is None else pair[0 if dark else 1]
