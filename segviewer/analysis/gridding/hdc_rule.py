"""The rule of hybrid dilated convolution, its verdict in words, and the widest free of holes.

Wang, Chen, Yuan, Liu, Huang, Hou, Cottrell 2018, section 3.2: with M_n = r_n and ::

    M_i = max(M_{i+1} - 2 r_i, M_{i+1} - 2 (M_{i+1} - r_i), r_i)

the largest distance between non-zero taps, a sequence should have M_2 <= K. r_1 never
enters. For K = 3, r_1 = 1 and rates that never fall it is the criterion of
:func:`is_hole_free`, and so exact; with r_1 > 1 it passes sequences with holes, and with
rates in another order, or a larger kernel, it turns down sequences without.
"""

from __future__ import annotations

from dataclasses import dataclass

from segviewer.analysis.gridding.rate_sequence import Coverage, count_coverage
from segviewer.errors import SettingsError


def distance_chain(rates: tuple[int, ...]) -> tuple[int, ...]:
    """M_2, M_3, …, M_n; M_1 does not exist, so a single layer has none."""
    chain: list[int] = []
    for rate in reversed(rates[1:]):
        after = chain[-1] if chain else rate
        chain.append(max(after - 2 * rate, 2 * rate - after, rate) if chain else rate)
    return tuple(reversed(chain))


@dataclass(frozen=True)
class Verdict:
    """Rule and count of one sequence.

    Attributes
    ----------
    chain : tuple of int
        M_2 .. M_n.
    passes : bool or None
        M_2 <= K; None for a single layer, of which the rule says nothing.
    coverage : Coverage
    rule_words, count_words, together : str
        One sentence or two each: what the rule says, what the count says, and why they
        differ ("" where they agree).
    """

    chain: tuple[int, ...]
    passes: bool | None
    coverage: Coverage
    rule_words: str
    count_words: str
    together: str


def judge(rates: tuple[int, ...], kernel: int = 3) -> Verdict:
    """Apply the rule, count, and say both."""
    chain, coverage = distance_chain(rates), count_coverage(rates, kernel)
    passes = chain[0] <= kernel if chain else None
    return Verdict(
        chain,
        passes,
        coverage,
        _rule_words(chain, kernel),
        _count_words(coverage),
        _together(rates, passes, coverage.full),
    )


def widest_hole_free(layers: int, largest_rate: int, kernel: int = 3) -> tuple[int, ...]:
    """Rates of the widest field without holes: each as large as :func:`is_hole_free` lets it.

    Parameters
    ----------
    layers : int
        At least 1.
    largest_rate : int
        No rate is larger.

    Returns
    -------
    tuple of int
        Never falling: 1, 3, 9, 27, … for K = 3, until `largest_rate`.

    Raises
    ------
    SettingsError
        If either number is below 1.
    """
    if layers < 1 or largest_rate < 1:
        raise SettingsError(
            "There is no such sequence.",
            f"{layers} layers with rates up to {largest_rate} were asked for.",
            "Ask for at least one layer and rates up to at least 1.",
        )
    rates: list[int] = []
    for _ in range(layers):
        rates.append(min(largest_rate, (kernel - 1) * sum(rates) + 1))
    return tuple(rates)


def _rule_words(chain: tuple[int, ...], kernel: int) -> str:
    if not chain:
        return "The rule is about two layers or more."
    steps = ", ".join(f"M{_low(i)} = {m}" for i, m in reversed(list(enumerate(chain, start=2))))
    if chain[0] <= kernel:
        return f"Rule passed: {steps}, and M₂ is not above K = {kernel}."
    return f"Rule not passed: {steps}, and M₂ is above K = {kernel}."


def _count_words(coverage: Coverage) -> str:
    side = coverage.side
    if coverage.full:
        return f"Counted: every cell of the {side} × {side} field is read."
    return (
        f"Counted: {coverage.reached} of {side} cells of a line are read, "
        f"{100 * coverage.area_fraction:.1f} % of the {side} × {side} field; "
        f"{len(coverage.holes)} holes a line."
    )


def _together(rates: tuple[int, ...], passes: bool | None, full: bool) -> str:
    if passes and not full:
        return (
            f"The rule alone is not enough: it never looks at the first rate, which is {rates[0]}; "
            "it is meant for sequences that start with 1."
        )
    if passes is False and full:
        return (
            "The rule is too strict here: it is exact only for K = 3 and rates that start with 1 "
            "and never fall; the order of the rates does not change what is read."
        )
    return ""


def _low(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
