"""A fixed small replicate under every rule of conduct, and the hashes that it has wherever threatsim is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from threatsim.experiment.doctor.digests import replicate_digests, together
from threatsim.experiment.doctor.probe_scenario import PROBE_CONTROLS, RULES, probe_scenario
from threatsim.market.exact_tables import exact_tables
from threatsim.market.simulation import simulate

EXPECTED_MARKETS: Final[Mapping[str, str]] = {
    "best_response": "4a533d233297a9f5",
    "logit": "39b0b2dfe7aa2fb3",
    "fictitious_play": "b07d46f0c57bf3e7",
    "bandit": "f5e3de91d3704370",
}
"""Rule of conduct -> hash of the whole replicate. They move with every change of what the market does or draws."""


def market_digests(rule: str) -> dict[str, str]:
    """Return name -> hash of every array and figure of the replicate under one rule."""
    scenario = probe_scenario(rule)
    tables = exact_tables(scenario, controls=PROBE_CONTROLS)
    return replicate_digests(
        simulate(scenario, tables, arm="baseline", replicate=0, seed=scenario.seed, sample_rate=0.5)
    )


def probed_markets() -> dict[str, str]:
    """Return rule of conduct -> hash of the whole replicate, as it comes out here."""
    return {rule: together(market_digests(rule)) for rule in RULES}
