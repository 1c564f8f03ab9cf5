"""Checks a scenario's market against published patterns, by running it with and without the cause of each."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from threatsim.common.outcome_table import OutcomeTable
from threatsim.common.progress import Progress
from threatsim.experiment.execution.executor import Executor
from threatsim.experiment.patterns.bench import FULL, Bench, Scale, simulate_wanted
from threatsim.experiment.patterns.measures import MEASURES
from threatsim.experiment.patterns.published_patterns import PATTERNS, Pattern
from threatsim.experiment.patterns.ratio import ratio_of_means
from threatsim.experiment.record.record import PatternCheck
from threatsim.experiment.replicates import run_replicates
from threatsim.scenario.schema import Scenario
from threatsim.statistics.estimate import Estimate


def check_patterns(
    scenario: Scenario,
    tables: Mapping[str, OutcomeTable],
    *,
    patterns: Sequence[Pattern] = PATTERNS,
    scale: Scale = FULL,
    executor: Executor | None = None,
    folder: Path | None = None,
    fingerprint: str = "",
    progress: Progress | None = None,
) -> tuple[PatternCheck, ...]:
    """Hold a scenario's market against published patterns.

    Args:
        scenario: the scenario as its baseline has it.
        tables: modality -> scores.
        patterns: those that it is held against.
        scale: how large the runs are.
        executor: where replicates run; in this process if None.
        folder: where finished replicates are kept until the caller discards them; until this is done if None.
        fingerprint: hash of all that the results depend on, by which replicates in the folder are taken up.
        progress: told of replicates.

    Raises:
        ThreatsimError: a replicate fails, or the folder cannot be written to; finished ones are kept.
    """
    bench = Bench(scenario, scale)
    for pattern in patterns:
        MEASURES[pattern.key](bench)  # asks for the variants; nothing was run yet
    with contextlib.ExitStack() as stack:
        kept = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="threatsim-patterns-")))
        total = scale.replicates * len(bench.wanted)
        advance = stack.enter_context(progress.stage("Patterns", total, "replicates")) if progress else None
        results = run_replicates(
            bench.wanted,
            tables,
            simulate_wanted,
            replicates=2 * scale.replicates,
            every=2,
            seed=bench.scenario.seed,
            inputs_fingerprint=fingerprint,
            folder=kept,
            executor=executor,
            sample_rate=0.0,
            progress=(lambda done: advance(1)) if advance else None,
        )
    bench.take(results)
    return tuple(_checked(pattern, ratio_of_means(*MEASURES[pattern.key](bench))) for pattern in patterns)


def _checked(pattern: Pattern, found: Estimate) -> PatternCheck:
    check = PatternCheck(
        key=pattern.key,
        role=pattern.role,
        check=pattern.check,
        measured=pattern.measured,
        unit=pattern.unit,
        low=pattern.low,
        high=pattern.high,
        found=found,
        ok=None,
        source=pattern.source,
    )
    return check.model_copy(update={"ok": {"held": True, "failed": False}.get(check.verdict)})


def inputs_not_tests(scenario: Scenario) -> Iterator[str]:
    """Yield which of a scenario's numbers bear on the patterns, and are inputs and no results."""
    conduct, law = scenario.conduct, scenario.law
    yield f"reluctance: median {float(conduct.reluctance_median):g} USD per claim"
    yield f"prior beliefs: paid {float(conduct.belief_paid):g}, found out {float(conduct.belief_detected):g}"
    skews = {float(group.volume_skew) for group in scenario.providers.values()}
    yield f"spread of volumes, of the logarithm: {', '.join(f'{skew:g}' for skew in sorted(skews))}"
    yield f"weight of a neighbour's finding: {float(conduct.neighbour_weight):g}"
    yield (
        f"the law: {float(law.damages):g} times the sum and {float(law.per_claim_penalty):,.0f} USD per claim, "
        f"{float(law.collected.penalties):.0%} collected, after {law.findings_to_act} findings"
    )
