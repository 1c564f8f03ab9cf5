"""One replicate of one arm: a market run to its end and summed up. What the experiment room calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.agents import release
from threatsim.market.measures.replicate_result import replicate_result
from threatsim.market.model import Market
from threatsim.market.referrals import links_of
from threatsim.market.result import ReplicateResult
from threatsim.scenario.schema import Scenario


def simulate(
    scenario: Scenario,
    tables: Mapping[str, OutcomeTable],
    *,
    arm: str,
    replicate: int,
    seed: int,
    progress: Callable[[int], None] | None = None,
    sample_rate: float = 0.01,
    claims_file: Path | None = None,
) -> ReplicateResult:
    """Run one replicate of one arm; of replicate 0 the decisions of providers and their network are kept.

    Args:
        scenario: the scenario with the arm's changes made.
        tables: modality name -> outcome table, which holds a column for each tactic of the scenario.
        arm: name of the arm; a label that has no influence on the numbers.
        replicate: number of the replicate, from 0; replicates with the same number and seed share their streams
            across arms.
        seed: root seed of the run.
        progress: called after each week with the number of weeks done.
        sample_rate: share of claims kept in `ReplicateResult.sample`.
        claims_file: Parquet file that every claim is written to, if any; its folder exists.

    Raises:
        ThreatsimError: the tables lack what the scenario needs, or a sum is too large for the books.
    """
    market = Market(
        scenario,
        tables,
        arm=arm,
        replicate=replicate,
        seed=seed,
        sample_rate=sample_rate,
        keep_history=replicate == 0,
        claims_file=claims_file,
    )
    market.run(progress)
    if market.claims_file:
        market.claims_file.close()
    result = replicate_result(market)
    if replicate == 0:
        result = replace(result, links=links_of(market.network))
    release(market)
    return result
