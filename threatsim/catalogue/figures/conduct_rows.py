"""What false billing brings, and how much of it there is."""

from __future__ import annotations

from typing import Final

from threatsim.catalogue.figures.metric_row import BOTH, MEASURES, MetricRow

CONDUCT_ROWS: Final = (
    MetricRow(
        name="fraud_payoff",
        title="Fraud payoff",
        text="What false billing brings those who do it, within the record, after attack costs, care really "
        "delivered, recoupment and penalties, per provider-year with a false claim: the mean. Of a tactic: of those "
        "who chose it, which is not what it would bring others.",
        unit="USD per provider-year",
        good="lower",
        kind="money",
        per=BOTH,
        places={"summary": 3, "page": 3, "differences": 3, "tactics": 2, "variance": 1},
        head="Fraud payoff\nUSD/provider-yr",
        unit_in_words="USD per provider-year of false billing",
        implementation=f"{MEASURES}.payoff:fraud_payoff",
    ),
    MetricRow(
        name="fraud_payoff_median",
        title="Median fraud payoff",
        text="The same for the provider-year with a false claim in the middle: as many bring less as bring more.",
        unit="USD per provider-year",
        good="lower",
        kind="money",
        unit_in_words="USD per provider-year of false billing, the median",
        implementation=f"{MEASURES}.payoff:fraud_payoff_median",
    ),
    MetricRow(
        name="fraud_payoff_losing",
        title="Who lose by false billing",
        text="Share of the provider-years with a false claim that are of practices that lose by it.",
        unit="share",
        good="higher",
        kind="share",
        unit_in_words="share of provider-years of false billing",
        implementation=f"{MEASURES}.payoff:fraud_payoff_losing",
    ),
    MetricRow(
        name="payoff_less_income",
        title="Payoff less income lost",
        text="Fraud payoff less honest income lost: what those who are barred in the record would have earned by "
        "honest billing from the payers that bar them, over the weeks that providers look ahead "
        "(conduct.horizon), per provider-year with a false claim.",
        unit="USD per provider-year",
        good="lower",
        kind="money",
        per=BOTH,
        places={"page": 4},
        unit_in_words="USD per provider-year of false billing, less honest income lost",
        implementation=f"{MEASURES}.payoff:payoff_less_income",
    ),
    MetricRow(
        name="payoff_less_income_median",
        title="Median payoff less income lost",
        text="The same for the provider-year with a false claim in the middle.",
        unit="USD per provider-year",
        good="lower",
        kind="money",
        unit_in_words="USD per provider-year of false billing, the median",
        implementation=f"{MEASURES}.payoff:payoff_less_income_median",
    ),
    MetricRow(
        name="payoff_less_income_losing",
        title="Who lose, income lost included",
        text="Share of the provider-years with a false claim that are of practices that lose by it, honest income "
        "lost included.",
        unit="share",
        good="higher",
        kind="share",
        unit_in_words="share of provider-years of false billing",
        implementation=f"{MEASURES}.payoff:payoff_less_income_losing",
    ),
    MetricRow(
        name="claims",
        title="False claims",
        text="False claims submitted, of all tactics or by this one.",
        unit="claims per year",
        good="lower",
        kind="rate",
        per=BOTH,
        places={"tactics": 1},
        head="Claims\na year",
        implementation=f"{MEASURES}.claim_counts:claims",
    ),
    MetricRow(
        name="fraud_share",
        title="Claims billed falsely",
        text="Share of cases without the finding that are knowingly billed with it.",
        unit="share",
        good="lower",
        kind="share",
        counts="cases billed falsely",
        places={"variance": 6},
        implementation=f"{MEASURES}.claim_counts:fraud_share",
    ),
    MetricRow(
        name="fraud_providers",
        title="Providers billing falsely",
        text="Share of providers who knowingly bill falsely at least once.",
        unit="share",
        good="lower",
        kind="share",
        counts="providers who bill falsely",
        implementation=f"{MEASURES}.claim_counts:fraud_providers",
    ),
)
