"""Holds a scenario's market against the published patterns, without running the scenario itself."""

from __future__ import annotations

from pathlib import Path

from threatsim.common.cache import cache_folder
from threatsim.common.device import resolve_device
from threatsim.common.progress import Progress
from threatsim.experiment.execution.local import LocalExecutor
from threatsim.experiment.patterns.pattern_checks import check_patterns, inputs_not_tests
from threatsim.experiment.preparation import prepare
from threatsim.experiment.record.record import PatternCheck
from threatsim.experiment.tactics import attacks_of
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.reader import load_scenario


def model_check(
    name: str, images: Path | None, *, device: str, progress: Progress, finding: str | None = None
) -> tuple[tuple[PatternCheck, ...], list[str]]:
    """Return the checks of a scenario's baseline, and which of its numbers bear on them.

    Args:
        name: a scenario's file or name.
        images: folder of real archives; synthetic cases if None.
        device: `auto`, `cpu` or `cuda`.
        progress: told of what is done.
        finding: what label 1 is to stand for in archives that have it; the first of each if None.

    Raises:
        ThreatsimError: for anything wrong with the input.
    """
    loaded = load_scenario(name)
    arms = [resolve_arm(loaded, arm.name) for arm in loaded.scenario.arms]
    baseline = arms[0]
    prepared = prepare(
        baseline,
        attacks_of(baseline),
        arms=arms,
        images=images,
        finding=finding,
        device=resolve_device(device),
        bank=OutcomeBank(cache_folder()),
        progress=progress,
    )
    tables = {modality: part.table for modality, part in prepared.items()}
    checks = check_patterns(baseline, tables, executor=LocalExecutor(), progress=progress)
    return checks, list(inputs_not_tests(baseline))
