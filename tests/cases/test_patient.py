"""What is true of a patient: every description is truthful, and what is not true is refused."""

from __future__ import annotations

import pytest

from threatsim.cases.codes.book import ASIDE, CODES, CONDITIONS, UNSPECIFIED
from threatsim.cases.codes.claim_set import generate
from threatsim.cases.codes.patient import Chart
from threatsim.outcomes.preparation.swap_examples import FINLAYSON, FINLAYSON_CHART

CHARTS = [claim.chart for claim in generate(60, seed=7, split="charts").claims]


def test_every_code_of_the_book_is_used_and_every_used_code_is_in_the_book() -> None:
    used = {code for condition in CONDITIONS.values() for coding in condition.codings for code in coding}
    assert used | set(ASIDE) | {"277.7", "403.90"} == set(CODES)
    assert set(CODES) >= UNSPECIFIED
    assert len(CODES) == 80


def test_shares_of_a_domain_are_those_of_the_survey() -> None:
    shares = {"pressure": 0.24, "triglycerides": 0.243, "glucose": 0.199, "weight": 0.56}
    for domain, share in shares.items():
        found = sum(condition.share for condition in CONDITIONS.values() if condition.domain == domain)
        assert found == pytest.approx(share, abs=1e-9)


def test_every_description_is_truthful() -> None:
    tried = 0
    for chart in CHARTS:
        if chart.choices > 3000:
            continue
        for choice in chart.every_choice():
            codes = chart.codes(choice)
            tried += 1
            assert chart.is_truthful(codes) or len(codes) > 12
    assert tried > 3000


def test_moves_reach_every_description() -> None:
    chart = Chart(("benign hypertension", "mixed hyperlipidaemia", "obesity", "reflux"), ("V18.0",), has_syndrome=True)
    reached, frontier = {chart.careful}, [chart.careful]
    while frontier:
        frontier = [m for choice in frontier for m in chart.moves(choice) if m not in reached and not reached.add(m)]
    assert {chart.codes(choice) for choice in reached} == {chart.codes(choice) for choice in chart.every_choice()}


def test_what_is_not_true_is_refused() -> None:
    chart = Chart(("benign hypertension", "diabetes", "reflux"))
    true = frozenset({"401.1", "250.00", "530.81"})
    assert chart.is_truthful(true)
    assert not chart.is_truthful(true | {"250.40"})  # a complication that the patient does not have
    assert not chart.is_truthful(true - {"530.81"} | {"530.11"})  # a graver form
    assert not chart.is_truthful(true - {"250.00"})  # something left out
    assert not chart.is_truthful(true | {"277.7"})  # two criteria are no syndrome
    assert not chart.is_truthful(frozenset())


def test_the_syndrome_stands_for_its_components_only_where_it_is_coded() -> None:
    assert FINLAYSON_CHART.is_truthful(frozenset({"277.7", "278.00", "429.9"}))
    assert not FINLAYSON_CHART.is_truthful(frozenset({"278.00", "429.9"}))
    assert not FINLAYSON_CHART.is_truthful(frozenset({"277.7", "429.9"}))  # obesity is coded beside it


def test_both_code_sets_of_the_published_example_are_true_of_one_patient() -> None:
    denied, approved = FINLAYSON
    assert FINLAYSON_CHART.codes(FINLAYSON_CHART.careful) == denied
    assert FINLAYSON_CHART.is_truthful(approved)


def test_charts_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="one condition of a domain"):
        Chart(("obesity", "morbid obesity"))
    with pytest.raises(ValueError, match="takes 3"):
        Chart(("benign hypertension", "obesity"), has_syndrome=True)
