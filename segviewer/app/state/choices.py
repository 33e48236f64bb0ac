"""What can be chosen about the picture: (value in the session, name, what it is)."""

from __future__ import annotations

COMPARISONS = (
    ("overlay", "Overlay", "Labels over the photograph"),
    ("side", "Side by side", "Photograph, or A, and labels, linked"),
    ("swipe", "Swipe", "Drag the divider across; the photograph, or A, is on the left"),
    ("difference", "Difference", "Where A and B disagree, in the colours of B"),
    ("photo", "Photograph only", "The photograph alone"),
)
LAYERS = (
    ("labels", "Labels", "Most probable class of each pixel"),
    ("probability", "Probability", "Probability of the chosen class"),
    ("entropy", "Entropy", "Entropy of the class probabilities, divided by log K"),
    ("margin", "Margin", "Largest minus second largest probability"),
    ("target", "Target mask", "What the target mask says"),
    ("errors", "Errors", "Every pixel that is not as the target mask says"),
    (
        "boundary errors",
        "Errors at boundaries",
        "Blue within 5 pixels of a boundary of the target mask, vermilion farther away",
    ),
    (
        "class errors",
        "Errors of the class",
        "The chosen class: blue where it is not, vermilion where it is missed, green where right",
    ),
)
KEYS = {"probability": "P", "entropy": "U", "target": "T", "errors": "E"}
"""What leads to a layer and back, shown beside it in the menu; [ and ] go through all."""
PALETTES = (
    ("label set", "Label set", "The usual colours of the label set"),
    ("colour-blind safe", "Colour-blind safe", "Colours that stay apart for everybody"),
)
ERRORS = {
    "errors": ("Errors", ((1, "wrong"), (255, "void"))),
    "boundary errors": (
        "Errors",
        ((2, "at a boundary of the mask (within 5 px)"), (1, "farther away"), (255, "void")),
    ),
    "class errors": (
        "Errors of {name}",
        ((3, "right"), (2, "missed"), (1, "seen where it is not"), (255, "void")),
    ),
}
"""Overlay layers of errors: what they are of, and what their values mean."""
