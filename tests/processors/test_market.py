"""A replicate is the same to the last bit on processors that have less, or are of another make."""

from __future__ import annotations

import pytest

from tests.processors.conftest import Took
from tests.processors.settings import WITHOUT_TORCH, Report, differing, report_of
from threatsim.scenario.reading.scenario_library import scenario_names

WHOLE = ("all of these",)
"""Settings under which the whole library is compared."""
SOME = ("insurance_upcoding", "wiser")
"""Scenarios that are compared under the others, beside every rule of conduct."""


@pytest.fixture(scope="module")
def here() -> Report:
    return report_of("market_child", {})


def test_the_whole_library_and_every_kind_of_result_is_compared(here: Report) -> None:
    assert {name.split(".")[0] for name in here.values} >= {*scenario_names(), "bandit", "logit", "drawn"}
    parts = {name.split(".")[3] for name in here.values if name.startswith("insurance_upcoding.")}
    assert parts == {"outcomes", "tactics", "accounts", "weekly", "providers", "sample", "decisions"}


@pytest.mark.parametrize("name", WITHOUT_TORCH)
def test_markets_are_the_same_to_the_last_bit(here: Report, took_hold: Took, name: str) -> None:
    compared = () if name in WHOLE else SOME
    there = report_of("market_child", WITHOUT_TORCH[name], *compared)
    took_hold(there, dict(WITHOUT_TORCH[name]))
    left_out = set(scenario_names()) - set(compared or scenario_names())
    wanted = {key: value for key, value in here.values.items() if key.split(".")[0] not in left_out}
    different = differing(wanted, there.values)
    assert not different, f"{len(different)} of {len(wanted)} differ, here | there:\n" + "\n".join(different[:40])
