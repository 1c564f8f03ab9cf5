"""Checks a scenario's market against published patterns, by running it with and without the cause of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from threatsim.common.outcome_table import OutcomeTable
from threatsim.experiment.patterns.bench import FULL, Bench, Scale, Simulate
from threatsim.experiment.patterns.measures import MEASURES
from threatsim.experiment.patterns.published_patterns import PATTERNS, Pattern
from threatsim.experiment.patterns.ratio import ratio_of_means
from threatsim.experiment.record.record import PatternCheck
from threatsim.scenario.schema import Scenario
from threatsim.statistics.estimate import Estimate


def check_patterns(
    scenario: Scenario,
    tables: Mapping[str, OutcomeTable],
    simulate: Simulate,
    *,
    patterns: Sequence[Pattern] = PATTERNS,
    scale: Scale = FULL,
    progress: Callable[[int], None] | None = None,
) -> tuple[PatternCheck, ...]:
    """Hold a scenario's market against published patterns.

    Args:
        scenario: the scenario as its baseline has it.
        tables: modality -> scores.
        simulate: runs one replicate (threatsim.market.simulation.simulate).
        patterns: those that it is held against.
        scale: how large the runs are.
        progress: called with 1 after each pattern.
    """
    bench = Bench(scenario, tables, simulate, scale)
    checks = []
    for pattern in patterns:
        checks.append(_checked(pattern, ratio_of_means(*MEASURES[pattern.key](bench))))
        if progress is not None:
            progress(1)
    return tuple(checks)


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
