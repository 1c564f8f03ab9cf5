"""Running every arm of a scenario on the draws of its uncertain numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from threatsim.common.outcome_table import OutcomeTable
from threatsim.common.progress import Progress
from threatsim.experiment.execution.cells import Simulate
from threatsim.experiment.execution.executor import Executor
from threatsim.experiment.kept_replicates import KeptReplicates
from threatsim.experiment.outer_loop import LUCKS, OuterLoop
from threatsim.experiment.replicates import run_replicates
from threatsim.market.result import ReplicateResult
from threatsim.scenario.schema import Scenario


def folder_of_draws(kept: KeptReplicates) -> Path:
    """Return where the replicates of draws lie beside those of a run."""
    return kept.folder / "doubt"


def run_draws(
    loop: OuterLoop,
    arms: Mapping[str, Scenario],
    tables: Mapping[str, OutcomeTable],
    simulate: Simulate,
    *,
    seed: int,
    kept: KeptReplicates,
    executor: Executor,
    progress: Progress,
    fail_fast: bool = False,
) -> list[ReplicateResult]:
    """Return the replicates of every arm in every draw, their figures alone; finished ones are kept as a run's own are.

    Args:
        loop: the draws.
        arms: arm name -> the scenario as that arm sets it, numbers at their values.
        tables: modality -> scores; attacks are not run again.
        simulate: runs one replicate.
        seed: root of all random streams.
        kept: where the run keeps its own replicates; those of draws lie in a folder of it.
        executor: where they run.
        progress: told of each replicate.
        fail_fast: as `run_replicates` has it.

    Raises:
        ThreatsimError: a replicate fails; finished ones are kept.
    """
    total = loop.draws * LUCKS * len(arms)
    with progress.stage(f"Doubt, {loop.draws} draws of the numbers", total, "replicates") as advance:
        return run_replicates(
            arms,
            tables,
            simulate,
            replicates=LUCKS,
            seed=seed,
            inputs_fingerprint=kept.inputs_fingerprint,
            folder=folder_of_draws(kept),
            executor=executor,
            sample_rate=0.0,
            loop=loop,
            fail_fast=fail_fast,
            progress=lambda one: advance(1),
        )
