"""`threatsim sensitivity`: from a scenario to the record of what drives its answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from threatsim.common.errors import InputError
from threatsim.common.progress import Progress
from threatsim.experiment.execution.executor import Executor
from threatsim.experiment.run_request import RunRequest
from threatsim.questions.answer_record import parts_of
from threatsim.questions.scenario_markets import asked_scenario, open_markets
from threatsim.questions.sensitivity.analysis import analyse
from threatsim.questions.sensitivity.answers import DEFAULT_METRICS, answers_of
from threatsim.questions.sensitivity.budget import budget
from threatsim.questions.sensitivity.record import SensitivityRecord
from threatsim.questions.sensitivity.varied import HIGH, LOW, values_at, varied_numbers
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.standard_arms import STANDARD_ARMS

DEFAULT_EVALUATIONS: Final = 600


@dataclass(frozen=True)
class SensitivityRequest:
    """What is asked.

    Attributes:
        run: the scenario, and where and how it is run.
        spread: share by which assumed numbers without a range go up and down; 0 leaves them out.
        metrics: figures asked of; none for the default ones.
        top: how many numbers are told of with intervals.
        evaluations: markets of each arm in all, about.
        arms: arms to run, or none for all that a payer could choose.
    """

    run: RunRequest
    spread: float = 0.5
    metrics: tuple[str, ...] = ()
    top: int = 8
    evaluations: int = DEFAULT_EVALUATIONS
    arms: tuple[str, ...] = ()


def sensitivity(request: SensitivityRequest, progress: Progress, executor: Executor) -> SensitivityRecord:
    """Find which numbers of a scenario drive its answers.

    Args:
        request: what is asked.
        progress: told of what takes time, and of what it will cost before it begins.
        executor: where markets run.

    Raises:
        ThreatsimError: something is wrong with the scenario or what was asked; nothing is then written.
    """
    if not 0 <= request.spread < 1:
        raise InputError(f"--spread is {request.spread:g}; allowed is 0 to below 1", given=str(request.spread))
    if request.top < 1:
        raise InputError(f"--top is {request.top}; allowed is at least 1", given=str(request.top))
    metrics = request.metrics or DEFAULT_METRICS
    loaded = asked_scenario(request.run)
    names = [arm.name for arm in loaded.scenario.arms]
    arms = _chosen(names, request.arms)
    answers_of(arms, metrics)
    scenario = resolve_arm(loaded, names[0])
    numbers, left_out = varied_numbers(scenario, request.spread)
    if not numbers:
        raise InputError(
            "no number of the scenario has a range, and none is assumed",
            given=request.run.scenario,
            hint="Give one a distribution, for instance uniform: {low: 0.1, high: 0.3}, or a --spread above 0.",
        )
    sizes = budget(len(numbers), request.top, request.evaluations)
    ends = [values_at(scenario, numbers, {one.label: end}) for one in numbers for end in (LOW, HIGH)]
    markets = open_markets(request.run, progress, executor, arms=arms, points=ends, option="--spread")
    progress.note(
        f"{len(numbers)} numbers, {len(arms)} arms: {sizes.evaluations} markets of each arm, "
        f"{sizes.evaluations * len(arms)} in all; what is finished is kept."
    )
    seed = markets.loaded.scenario.seed
    found = analyse(scenario, numbers, left_out, markets, sizes, metrics=metrics, spread=request.spread, seed=seed)
    options = {
        "spread": request.spread,
        "metrics": list(metrics),
        "top": request.top,
        "evaluations": request.evaluations,
        "arms": list(arms),
    }
    return SensitivityRecord(question="sensitivity", options=options, findings=found, **parts_of(markets))


def _chosen(names: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Return the arms to run: the baseline and those wanted; by default all that a payer could choose."""
    for name in wanted:
        if name not in names:
            raise InputError(
                f"--arm: there is no arm '{name}'; there are {', '.join(names)}", given=name, allowed=names
            )
    policies = [name for name in names if name not in STANDARD_ARMS or STANDARD_ARMS[name].policy]
    return [name for name in names if name == names[0] or name in (wanted or policies)]
