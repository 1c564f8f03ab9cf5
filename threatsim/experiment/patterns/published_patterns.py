"""Patterns that the literature reports of audits, prices and billing, each with a closed range that a market can miss.

A range is the source's own 95 % interval where it gives one. Where it gives a figure without one, the range goes from
half to twice of it; where sources differ, from half of the least to twice of the greatest. Both ends belong to it. A
pattern is held where the whole interval of what is found lies within, failed where it lies outside, else undecided.

`role` tells apart what a pattern is asked for: `behaviour` moves only if people respond to a cause; a `control` has a
cause that should do next to nothing; a `distribution` is of how practices bill. An `input` is no test: numbers of the
scenario set it, and it stands beside the published figure to say how far they are from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

PatternUnit = Literal["share", "share points", "times"]
Role = Literal["behaviour", "control", "distribution", "input"]


@dataclass(frozen=True)
class Pattern:
    """A published pattern.

    Attributes:
        key: short name, that of its measure (`measures.MEASURES`).
        role: what it is asked for.
        check: what is checked, in words.
        measured: what the figure is.
        unit: of the figure and the range.
        low, high: the range in which the figure should lie, ends included.
        source: who reports it, and where the range comes from.
    """

    key: str
    role: Role
    check: str
    measured: str
    unit: PatternUnit
    low: float
    high: float
    source: str


LEAST_DETERRED: Final = 0.11
"""The least that audits with fines are taken to deter; what should do nothing must do less, either way."""

PATTERNS: Final = (
    Pattern(
        "audits_with_fines",
        "behaviour",
        "Audits with fines deter",
        "change of false claims when 4 % of claims are audited at random, against none; nobody is excluded",
        "share",
        -0.44,
        -LEAST_DETERRED,
        "Howard and McCarthy, J Health Econ 75, 2021: 22 % less after an investigation, no interval, so from half to "
        "twice of it; Gross, Jürges and Wiesen, Health Economics 30(8), 2021: audits with fines reduce upcoding",
    ),
    Pattern(
        "deterrence",
        "behaviour",
        "Audits deter several times what they reclaim",
        "payments saved for each dollar that audits take back, in the same comparison",
        "times",
        4.5,
        18.0,
        "Shi, QJE 139(2), 2024: some nine tenths of what audits of hospital stays saved was deterrence, the rest was "
        "reclaimed; from half to twice of 9",
    ),
    Pattern(
        "settlements",
        "behaviour",
        "The law deters several times what it collects",
        "payments saved for each dollar taken back or collected in damages and penalties, in the same comparison",
        "times",
        4.8,
        20.0,
        "Howard and McCarthy 2021: 2.7 bn USD for 280 m of settlements; Leder-Luis, Can Whistleblowers Root Out Public "
        "Expenditure Fraud: 19 bn for 1.9 bn; from half of 9.6 to twice 10",
    ),
    Pattern(
        "spillover",
        "behaviour",
        "News of audits deters others too",
        "what news from neighbours adds to the deterrence of audits, beside what there is without news; all providers",
        "times",
        0.6,
        2.4,
        "Boning, Guyton, Hodge and Slemrod, J Public Econ 190, 2020 (firms' taxes): the effect over the network is 1.2 "
        "times the direct one; from half to twice of it",
    ),
    Pattern(
        "displacement",
        "behaviour",
        "Closing one channel feeds another",
        "claims that come by tactics which a signature at capture does not see, once there is one, as a share of those "
        "that it closes out",
        "share",
        0.01,
        0.99,
        "Gross, Jürges and Wiesen 2021: what audits cannot see rises; Guerette and Bowers, Criminology 47(4), 2009: on "
        "average it is less than what is gained. No figure fits: more than nothing and less than all",
    ),
    Pattern(
        "price_response",
        "behaviour",
        "A dearer finding is coded more often",
        "change of the share of claims billed with the finding when it is paid a tenth more",
        "share points",
        0.0015,
        0.008,
        "Januleviciute et al., Health Economics 25(5), 2016: 0.3 to 0.4 points in Norway; from half to twice of it",
    ),
    Pattern(
        "placebo",
        "behaviour",
        "A control that does nothing wears off",
        "change of false claims when all first believe that altered images are paid a quarter as often as they would "
        "have believed, and nothing else changes",
        "share",
        -LEAST_DETERRED,
        LEAST_DETERRED,
        "Sherman, Crime and Justice 12, 1990: deterrence decays; less than audits do. Against it: Sacarny et al., JAMA "
        "Psychiatry 75(10), 2018: 15.6 % fewer prescriptions two years after letters",
    ),
    Pattern(
        "audits_without_fines",
        "control",
        "Audits without fines do next to nothing",
        "change of false claims by the same audits where nothing but the sum itself is taken back",
        "share",
        -LEAST_DETERRED,
        LEAST_DETERRED,
        "Gross, Jürges and Wiesen 2021; in the field Lindeboom, van der Klaauw and Vriend, J Econ Behav Organ 131, "
        "2016: no significant effect without sanctions; less than audits with fines do",
    ),
    Pattern(
        "outliers",
        "distribution",
        "A few practices bill as outliers",
        "practices that bill the finding over 2 standard deviations above their specialty's mean in any of three years",
        "share",
        0.050,
        0.070,
        "Krishnan et al., JAMA Dermatology 153(6), 2017: 137 of 2,305 Mohs surgeons (exact interval)",
    ),
    Pattern(
        "persistence",
        "distribution",
        "Some of them in every year",
        "the same in all three years",
        "share",
        0.016,
        0.028,
        "Krishnan et al. 2017: 49 of 2,305 (exact interval)",
    ),
    Pattern(
        "outlier_volume",
        "distribution",
        "Lasting outliers are as large as others",
        "mean claims of practices that are outliers in all three years, beside the mean of all",
        "times",
        0.5,
        2.0,
        "Krishnan et al. 2017: no correlation with cases a year; from half to twice",
    ),
    Pattern(
        "volume_skew",
        "input",
        "A quarter of practices has most of the claims",
        "share of a year's claims that the busiest quarter of practices bills; set by volume_skew and weekly_volume",
        "share",
        0.70,
        0.80,
        "CMS data of 2012, all specialties together: a quarter of physicians had three quarters of Medicare's payments",
    ),
    Pattern(
        "share_lost",
        "input",
        "Payments lost to false claims",
        "payer loss by what payers pay; set by reluctance_median",
        "share",
        0.03,
        0.10,
        "What is told of fraud, NHCAA: 3 to 10 % of spending; no measurement",
    ),
)
