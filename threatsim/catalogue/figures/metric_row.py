"""What a row of a figure has."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from threatsim.catalogue.row import Row, Text

Per = Literal["arm", "tactic", "payer"]
Kind = Literal["share", "change", "rate", "cost", "money", "duration"]
"""share: from 0 to 1. change: a share of a baseline, of either sign. rate, cost: not below 0. money: of either sign.
duration: may not be reached; has a median."""
Place = Literal[
    "brief", "summary", "suppression", "tactics", "page", "differences", "balance", "answer", "variance", "ranking"
]
"""brief: in the short table of arms, most of it without intervals. summary: of false
billing, in the long one. suppression: there, of payers that alter images. tactics: there, of each tactic. page: those
that come first. differences: the chart of them. balance: who bears what. answer: what else an arm changes. variance:
whose variance is told apart. ranking: what arms are ranked by."""
Family = Literal["ranking", "summary", "balance", "page"]
"""What is tested together: what arms are ranked by, the table of arms, who bears what and the answer, and the rest."""


class MetricRow(Row):
    """One figure of a replicate. Its implementation takes the sums of a run (`threatsim.market.measures.sums.Sums`) and
    the number of a tactic, or None for all of an arm, and gives a number, NaN where the figure is undefined, or a
    `Ratio`, of which replicates are pooled as sums. The figure of a payer is taken of its part of the sums.
    """

    unit: Text = Field(description="Unit; `share` is printed as a percentage.")
    good: Literal["lower", "higher", "neither"] = Field(description="Which direction is good for payers and patients.")
    kind: Kind = Field(description="How it is averaged over replicates, and the range that its interval is cut to.")
    per: frozenset[Per] = Field(default=frozenset({"arm"}), min_length=1, description="What has such a figure.")
    counts: str = Field(
        default="",
        description="What is counted, where the figure is a quotient (`Ratio`) of a count and its exposure (kind rate) "
        "or total (kind share): with fewer than 10 independent events in all replicates its interval is exact.",
    )
    places: dict[Place, int] = Field(default={}, description="Where it is shown, and its rank there; lower is earlier.")
    head: str = Field(default="", description="Head of a narrow column, in two lines; empty: it has none.")
    unit_in_words: str = Field(default="", description="Unit for a heading, in words; empty: the unit.")
    in_sentence: str = Field(default="", description="Name within a sentence; empty: the title in lower case.")
    succeeded_by: str = Field(
        default="", description="Name of the figure that is shown in its place, in records that have that; empty: none."
    )
    avoids: str = Field(
        default="",
        description="Name of the figure of which it is the part that the baseline has and the arm has not, as a share "
        "of the baseline's; worked out from both arms, so that nothing runs in a market. Empty: it is none.",
    )
    only_if: Literal["", "suppresses"] = Field(
        default="", description="suppresses: pages leave it out where no payer alters images, since it is 0 there."
    )

    @property
    def family(self) -> Family:
        """The figures that its differences between arms are tested with: those of the first table that shows it."""
        if "ranking" in self.places:
            return "ranking"
        if self.succeeded_by:
            return "page"
        if self.places.keys() & {"summary", "suppression"}:
            return "summary"
        return "balance" if self.places.keys() & {"balance", "answer"} else "page"

    @property
    def heading(self) -> str:
        """The unit as a heading has it."""
        return self.unit_in_words or self.unit

    @property
    def phrase(self) -> str:
        """The name as a sentence has it."""
        return self.in_sentence or self.title.lower()


BOTH: Final[frozenset[Per]] = frozenset({"arm", "tactic"})
PAYERS: Final[frozenset[Per]] = frozenset({"arm", "payer"})
ALL: Final[frozenset[Per]] = frozenset({"arm", "tactic", "payer"})
MEASURES: Final = "threatsim.market.measures"
"""Where the implementations are."""
