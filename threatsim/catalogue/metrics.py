"""The figures that a replicate is summed up in: a row each, which all that computes or shows one reads."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from threatsim.catalogue.row import Part, Registry, Row, Text

Per = Literal["arm", "tactic"]
Kind = Literal["share", "rate", "cost", "money", "duration"]
"""share: from 0 to 1. rate, cost: not below 0. money: of either sign. duration: may not be reached; has a median."""
Place = Literal["summary", "suppression", "page", "differences", "answer", "variance"]
"""summary: of false billing, in the terminal. suppression: there, of payers that alter images. page: those that come
first. differences: the chart of them. answer: what else an arm changes. variance: whose variance is told apart."""


class MetricRow(Row):
    """One figure of a replicate. Its implementation takes the sums of a run (`threatsim.market.measures.sums.Sums`) and
    the number of a tactic, or None for all of an arm, and gives a number; NaN where the figure is undefined.
    """

    unit: Text = Field(description="Unit; `share` is printed as a percentage.")
    good: Literal["lower", "higher", "neither"] = Field(description="Which direction is good for payers and patients.")
    kind: Kind = Field(description="How it is averaged over replicates, and the range that its interval is cut to.")
    per: frozenset[Per] = Field(default=frozenset({"arm"}), min_length=1, description="What has such a figure.")
    places: dict[Place, int] = Field(default={}, description="Where it is shown, and its rank there; lower is earlier.")
    head: str = Field(default="", description="Head of a narrow column of tactics, in two lines; empty: it has none.")
    unit_in_words: str = Field(default="", description="Unit for a heading, in words; empty: the unit.")
    in_sentence: str = Field(default="", description="Name within a sentence; empty: the title in lower case.")
    only_if: Literal["", "suppresses"] = Field(
        default="", description="suppresses: pages leave it out where no payer alters images, since it is 0 there."
    )

    @property
    def heading(self) -> str:
        """The unit as a heading has it."""
        return self.unit_in_words or self.unit

    @property
    def phrase(self) -> str:
        """The name as a sentence has it."""
        return self.in_sentence or self.title.lower()


_BOTH: frozenset[Per] = frozenset({"arm", "tactic"})
_MEASURES = "threatsim.market.measures"

METRICS = Registry(
    "metric",
    MetricRow,
    [
        MetricRow(
            name="fraud_payoff",
            title="Fraud payoff",
            text="What false billing brings a provider who does it, within the run, after attack costs, care really "
            "delivered, recoupment and penalties, per provider-year with a false claim.",
            unit="USD per provider-year",
            good="lower",
            kind="money",
            per=_BOTH,
            places={"summary": 1, "page": 2, "differences": 2, "variance": 1},
            head="Fraud payoff\nUSD/provider-yr",
            unit_in_words="USD per provider-year of false billing",
            implementation=f"{_MEASURES}.money:fraud_payoff",
        ),
        MetricRow(
            name="payer_loss",
            title="Payer loss",
            text="What payers pay on false claims beyond the true fee, less what they get back by recoupment and "
            "damages; fines go to the treasury.",
            unit="USD per year",
            good="lower",
            kind="money",
            per=_BOTH,
            places={"summary": 2, "page": 1, "differences": 1, "variance": 2},
            head="Payer loss\nUSD a year",
            unit_in_words="USD per year, all payers",
            implementation=f"{_MEASURES}.money:payer_loss",
        ),
        MetricRow(
            name="net_benefit",
            title="Net benefit",
            text="What fraud and its control cost, below zero: payer loss, the cost of control, and what true claims "
            "are short of. The benefit of an arm is its difference to the baseline: the loss that it avoids, less the "
            "price of its controls and the true claims that it newly leaves unpaid.",
            unit="USD per year",
            good="higher",
            kind="money",
            places={"differences": 0},
            unit_in_words="USD per year, loss avoided less its price",
            implementation=f"{_MEASURES}.money:net_benefit",
        ),
        MetricRow(
            name="control_cost",
            title="Cost of control",
            text="What payers spend on readers, audits and checks of images, at the scenario's prices.",
            unit="USD per year",
            good="lower",
            kind="cost",
            places={"differences": 5, "answer": 1},
            implementation=f"{_MEASURES}.money:control_cost",
        ),
        MetricRow(
            name="detection_rate",
            title="Detection rate",
            text="Share of false claims that lead to a finding against the provider (integrity check, reader or "
            "audit), among those early enough for an audit of them to close within the run.",
            unit="share",
            good="higher",
            kind="share",
            per=_BOTH,
            places={"summary": 3, "page": 3, "differences": 3, "variance": 3},
            head="Detected\n% of claims",
            unit_in_words="share of false claims that lead to a finding",
            implementation=f"{_MEASURES}.detection:detection_rate",
        ),
        MetricRow(
            name="paid_rate",
            title="Paid rate",
            text="Share of false claims that are paid when submitted.",
            unit="share",
            good="lower",
            kind="share",
            per=_BOTH,
            places={"variance": 4},
            implementation=f"{_MEASURES}.claim_counts:paid_rate",
        ),
        MetricRow(
            name="weeks_to_detection",
            title="Weeks to detection",
            text="Kaplan-Meier median of the weeks from a provider's first false claim to its accusation; not reached "
            "if fewer than half are accused.",
            unit="weeks",
            good="lower",
            kind="duration",
            per=_BOTH,
            places={"summary": 4, "page": 4},
            head="Weeks to\ndetection",
            unit_in_words="median from first false claim to accusation",
            implementation=f"{_MEASURES}.detection:weeks_to_detection",
            source="Kaplan and Meier 1958, doi 10.1080/01621459.1958.10501452",
        ),
        MetricRow(
            name="false_accusations",
            title="False accusations",
            text="Accusations of providers who never billed falsely on purpose, per 100 of their provider-years.",
            unit="per 100 provider-years",
            good="lower",
            kind="rate",
            places={"summary": 5, "page": 5, "differences": 4, "answer": 2, "variance": 5},
            unit_in_words="honest providers accused, per 100 provider-years",
            implementation=f"{_MEASURES}.detection:false_accusations",
        ),
        MetricRow(
            name="fraud_share",
            title="Claims billed falsely",
            text="Share of cases without the finding that are knowingly billed with it.",
            unit="share",
            good="lower",
            kind="share",
            places={"variance": 6},
            implementation=f"{_MEASURES}.claim_counts:fraud_share",
        ),
        MetricRow(
            name="fraud_providers",
            title="Providers billing falsely",
            text="Share of providers who knowingly bill falsely at least once.",
            unit="share",
            good="lower",
            kind="share",
            implementation=f"{_MEASURES}.claim_counts:fraud_providers",
        ),
        MetricRow(
            name="honest_denied",
            title="True claims denied",
            text="Share of claims with a true finding, billed honestly, that are not paid.",
            unit="share",
            good="lower",
            kind="share",
            places={"suppression": 3, "differences": 6, "answer": 3},
            unit_in_words="share of true claims that are not paid",
            in_sentence="the share of true claims denied",
            implementation=f"{_MEASURES}.claim_counts:honest_denied",
        ),
        MetricRow(
            name="denied_value",
            title="Unpaid on true claims",
            text="What claims with a true finding, billed honestly, are short of because they are not paid with it: "
            "the care that patients should have had, at its fee.",
            unit="USD per year",
            good="lower",
            kind="money",
            places={"suppression": 2},
            unit_in_words="USD per year that true claims are short of",
            implementation=f"{_MEASURES}.money:denied_value",
        ),
        MetricRow(
            name="suppression_gain",
            title="Payers' gain by altering images",
            text="What payers keep on claims with a true finding that their model would have approved, had they not "
            "altered the image, after appeals and the regulator's reviews, less the penalties; 0 where no payer does "
            "it.",
            unit="USD per year",
            good="lower",
            kind="money",
            places={"suppression": 1},
            unit_in_words="USD per year, after appeals and penalties",
            only_if="suppresses",
            implementation=f"{_MEASURES}.money:suppression_gain",
        ),
        MetricRow(
            name="accepted_rate",
            title="Accepted with the finding",
            text="Share of all cases that are paid with the finding when submitted, whatever an audit finds later; "
            "what the payers' figures say of how common it is.",
            unit="share",
            good="neither",
            kind="share",
            places={"summary": 6},
            unit_in_words="share of all cases",
            implementation=f"{_MEASURES}.claim_counts:accepted_rate",
        ),
        MetricRow(
            name="true_rate",
            title="Truly with the finding",
            text="Share of all cases that truly have the finding, whatever was billed.",
            unit="share",
            good="neither",
            kind="share",
            implementation=f"{_MEASURES}.claim_counts:true_rate",
        ),
        MetricRow(
            name="claims",
            title="False claims",
            text="False claims submitted by this tactic.",
            unit="claims per year",
            good="lower",
            kind="rate",
            per=frozenset({"tactic"}),
            head="Claims\na year",
            implementation=f"{_MEASURES}.claim_counts:claims",
        ),
    ],
    group="threatsim.metrics",
)
"""All metrics. They are shown in this order, but that a place begins with those that rank there (`places`)."""


ARM_METRICS = Part(METRICS, lambda row: "arm" in row.per)
TACTIC_METRICS = Part(METRICS, lambda row: "tactic" in row.per)


def shown_in(place: Place) -> tuple[str, ...]:
    """Return the names of the metrics of a place, by their rank there."""
    placed = [(row.places[place], name) for name, row in METRICS.items() if place in row.places]
    return tuple(name for _, name in sorted(placed))
