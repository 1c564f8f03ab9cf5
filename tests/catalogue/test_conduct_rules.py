"""The rows of conduct rules, against the section of a scenario and the rules of the market."""

from __future__ import annotations

import inspect

import pytest

from threatsim.catalogue.conduct_rules import CONDUCT_RULES, ConductRuleRow
from threatsim.market.conduct.rule import ConductRule
from threatsim.scenario.sections.provider_group import Conduct


@pytest.mark.parametrize("row", CONDUCT_RULES.values(), ids=CONDUCT_RULES)
def test_every_rule_takes_in_learns_and_chooses(row: ConductRuleRow) -> None:
    rule = row.resolve()
    for method in ("enter", "learn", "choose"):
        wanted = inspect.signature(getattr(ConductRule, method))
        assert list(inspect.signature(getattr(rule, method)).parameters) == list(wanted.parameters)
    assert set(row.parameters) <= set(Conduct.model_fields)


@pytest.mark.parametrize("row", CONDUCT_RULES.values(), ids=CONDUCT_RULES)
def test_a_parameter_of_one_rule_says_so(row: ConductRuleRow) -> None:
    for name in row.parameters:
        assert str(Conduct.model_fields[name].description).startswith(f"{row.name} only: ")
