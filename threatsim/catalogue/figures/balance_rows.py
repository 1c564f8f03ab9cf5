"""What payers, patients and the treasury bear, and what an arm is worth to them."""

from __future__ import annotations

from typing import Final

from threatsim.catalogue.figures.metric_row import ALL, MEASURES, PAYERS, MetricRow

BALANCE_ROWS: Final = (
    MetricRow(
        name="net_benefit",
        title="Net benefit",
        text="What fraud and its control cost, below zero: payer loss, the cost of control, and what true claims "
        "are short of. The benefit of an arm is its difference to the baseline: the loss that it avoids, less the "
        "price of its controls and the true claims that it newly leaves unpaid.",
        unit="USD per year",
        good="higher",
        kind="money",
        per=PAYERS,
        places={"brief": 2, "summary": 1, "page": 0, "differences": 0, "balance": 1, "ranking": 1},
        head="Net\nbenefit",
        unit_in_words="USD per year: loss, control and unpaid true claims, below zero",
        implementation=f"{MEASURES}.money:net_benefit",
    ),
    MetricRow(
        name="net_benefit_per_million",
        title="Net benefit per million",
        text="Net benefit per 1 million USD that the claims come to by their truth: what would be allowed for them "
        "if every true finding that was billed were paid and no other.",
        unit="USD per 1 million USD",
        good="higher",
        kind="money",
        per=PAYERS,
        places={"balance": 7},
        head="Net per\nmillion",
        unit_in_words="USD per 1 million USD of claims",
        implementation=f"{MEASURES}.money:net_benefit_per_million",
    ),
    MetricRow(
        name="payer_loss",
        title="Payer loss",
        text="What payers pay on false claims beyond the true fee, less what they get back by recoupment and "
        "damages; fines go to the treasury, and patients bear their share of the allowed amount.",
        unit="USD per year",
        good="lower",
        kind="money",
        per=ALL,
        places={"brief": 3, "summary": 2, "page": 1, "differences": 1, "balance": 2, "tactics": 3, "variance": 2},
        head="Payer loss\nUSD a year",
        unit_in_words="USD per year, all payers",
        implementation=f"{MEASURES}.money:payer_loss",
    ),
    MetricRow(
        name="beneficiary_loss",
        title="Patients' loss",
        text="What patients, or insurers of theirs, pay on false claims beyond the true fee as their share of the "
        "allowed amount, less what is given back to them; 0 where payers bear the whole fee.",
        unit="USD per year",
        good="lower",
        kind="money",
        per=PAYERS,
        places={"page": 2, "differences": 2, "balance": 5, "answer": 1},
        head="Patients'\nloss",
        unit_in_words="USD per year, all patients",
        in_sentence="the patients' loss",
        implementation=f"{MEASURES}.money:beneficiary_loss",
    ),
    MetricRow(
        name="control_cost",
        title="Cost of control",
        text="What payers spend on readers, audits and checks of images, at the scenario's prices.",
        unit="USD per year",
        good="lower",
        kind="cost",
        per=PAYERS,
        places={"brief": 4, "differences": 8, "balance": 3},
        head="Control\ncost",
        implementation=f"{MEASURES}.money:control_cost",
    ),
    MetricRow(
        name="denied_value",
        title="Unpaid on true claims",
        text="What claims with a true finding, billed honestly, are short of because they are not paid with it: "
        "the care that patients should have had, at its fee.",
        unit="USD per year",
        good="lower",
        kind="money",
        per=PAYERS,
        places={"suppression": 2, "balance": 4},
        head="True\nunpaid",
        unit_in_words="USD per year that true claims are short of",
        implementation=f"{MEASURES}.money:denied_value",
    ),
    MetricRow(
        name="treasury_fines",
        title="Fines",
        text="What the treasury takes: civil penalties of providers, and penalties of payers that alter images.",
        unit="USD per year",
        good="neither",
        kind="cost",
        places={"balance": 6, "answer": 5},
        head="Fines\n",
        unit_in_words="USD per year, to the treasury",
        implementation=f"{MEASURES}.money:treasury_fines",
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
        head="Payers'\ngain",
        unit_in_words="USD per year, after appeals and penalties",
        only_if="suppresses",
        implementation=f"{MEASURES}.money:suppression_gain",
    ),
)
