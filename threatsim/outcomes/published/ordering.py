"""The ordering of Table 1: which inputs leave a classifier more of its accuracy than which others, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from threatsim.statistics.estimate import Estimate

Verdict = Literal["holds", "level", "breaks"]

CLAIMS: Final = (
    ("clean", "patch_natural"),
    ("patch_natural", "patch_black_box"),
    ("patch_natural", "pgd_black_box"),
    ("patch_black_box", "pgd_white_box"),
    ("patch_black_box", "patch_white_box"),
    ("pgd_black_box", "pgd_white_box"),
    ("pgd_black_box", "patch_white_box"),
)
"""(above, below): clean > natural patch > black-box patch and PGD > white-box PGD and patch."""


@dataclass(frozen=True)
class OrderingClaim:
    """One claim of the ordering.

    Attributes:
        above, below: the inputs; the figure of `above` is to be the greater one.
        upper, lower: their figures.
        verdict: holds, level (equal figures), or breaks.
        apart: whether the two 95 % intervals do not meet; a break without it may be chance.
    """

    above: str
    below: str
    upper: float
    lower: float
    verdict: Verdict
    apart: bool


def ordering(figures: Mapping[str, Estimate]) -> list[OrderingClaim]:
    """Return the claims of Table 1 on one classifier's figures (accuracy or AUROC) by input.

    Claims about an input that is missing or undefined are left out.
    """
    compared = []
    for above, below in CLAIMS:
        if above not in figures or below not in figures:
            continue
        a, b = figures[above], figures[below]
        if a.value is None or b.value is None:
            continue
        verdict: Verdict = "holds" if a.value > b.value else "level" if a.value == b.value else "breaks"
        compared.append(OrderingClaim(above, below, a.value, b.value, verdict, _apart(a, b)))
    return compared


def verdict_of(comparisons: Sequence[OrderingClaim]) -> Verdict:
    """Decide on the whole ordering: it breaks with its first broken claim, and is level if no claim does better."""
    found = {comparison.verdict for comparison in comparisons}
    return "breaks" if "breaks" in found else "holds" if "holds" in found else "level"


def _apart(a: Estimate, b: Estimate) -> bool:
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return False
    return a.low > b.high or b.low > a.high
