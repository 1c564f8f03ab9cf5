"""Patterns that the literature reports of audits, deterrence and displacement: what a market model should show.

None of them is an input: no number of a scenario is set by them. Where a source gives a figure, `low` and `high`
span what sources give; where it gives a direction only, the range is open on one side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

PatternUnit = Literal["share", "share points", "times"]


@dataclass(frozen=True)
class Pattern:
    """A published pattern.

    Attributes:
        key: short name.
        check: what is checked, in words.
        measured: what the figure is.
        unit: of the figure and the range.
        low, high: the range in which the figure should lie; None where it is open.
        source: who reports it.
    """

    key: str
    check: str
    measured: str
    unit: PatternUnit
    low: float | None
    high: float | None
    source: str

    def holds(self, value: float) -> bool:
        """Return whether a figure lies in the range."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


PATTERNS: Final = (
    Pattern(
        "audits_without_fines",
        "Audits without fines do next to nothing",
        "change of false claims when a tenth of claims is audited and nothing but the sum itself is taken back",
        "share",
        -0.15,
        0.05,
        "Gross, Jürges and Wiesen, Health Economics 30(8), 2021, 1978-86: without fines audits do not reduce upcoding",
    ),
    Pattern(
        "audits_with_fines",
        "Audits with fines deter",
        "the same with the damages and penalties of the scenario",
        "share",
        None,
        -0.2,
        "Gross, Jürges and Wiesen 2021: with fines they do; Howard and McCarthy, J Health Econ 75, 2021: 22 % less",
    ),
    Pattern(
        "deterrence",
        "Deterrence is several times what is recovered",
        "fees no longer paid for each dollar recouped and collected, with audits against without",
        "times",
        3.0,
        30.0,
        "Shi, QJE 139(2), 2024: nine tenths of what audits save is deterrence; Howard and McCarthy 2021: 2.7 bn for "
        "280 m; Leder-Luis: 19 bn for 1.9 bn",
    ),
    Pattern(
        "displacement",
        "Closing one channel feeds another",
        "share of the claims lost to a signature at capture that comes back by tactics it does not see",
        "share",
        0.01,
        1.0,
        "Gross, Jürges and Wiesen 2021: more audits raise the upcoding that cannot be detected",
    ),
    Pattern(
        "spillover",
        "Neighbours of the audited are deterred too",
        "change of the false claims of providers without a finding, one of whose neighbours has one, when news spreads",
        "share",
        None,
        -0.02,
        "Bouayad, Padmanabhan and Chari, ISR 30(2), 2019; Howard and McCarthy 2021: 22 % less in all hospitals",
    ),
    Pattern(
        "silent_fraud",
        "Attacks that succeed more often raise fraud that is paid",
        "change of false claims paid when attacks succeed as measured, against a quarter of that",
        "share",
        0.05,
        None,
        "The premise of Finlayson et al., Science 363, 2019",
    ),
    Pattern(
        "silent_detection",
        "... and not fraud that is detected",
        "change of the detection rate in the same comparison",
        "share points",
        -1.0,
        0.05,
        "The premise of Finlayson et al., Science 363, 2019",
    ),
)
