"""The marginal dollar: arms that differ in one number, what more of it saves and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from threatsim.experiment.record.record import ArmOutcome, NumberStep
from threatsim.scenario.reading.paths import PathError, expand
from threatsim.scenario.reading.relative import meant
from threatsim.statistics.estimate import Estimate
from threatsim.statistics.over_replicates import as_floats, paired_mean_difference


class _Rung(NamedTuple):
    """An arm and the number that it has at a path."""

    number: float
    arm: ArmOutcome


def steps(scenario: Mapping[str, Any], arms: Sequence[ArmOutcome]) -> tuple[NumberStep, ...]:
    """Return the steps from each arm to the next greater one of the same number, the baseline among them.

    Only where two or more arms set that number alone; with one its differences to the baseline say it already. A path
    that means several numbers counts where these are equal in each arm.

    Args:
        scenario: as the run took it.
        arms: the baseline first.
    """
    if not arms or "net_benefit" not in arms[0].replicates:
        return ()
    return tuple(_steps(scenario, arms))


def _steps(scenario: Mapping[str, Any], arms: Sequence[ArmOutcome]) -> Iterator[NumberStep]:
    baseline, *others = arms
    by_path: dict[str, list[ArmOutcome]] = {}
    for arm in others:
        if len(arm.changes) == 1:
            by_path.setdefault(next(iter(arm.changes)), []).append(arm)
    for path, several in by_path.items():
        rungs = [_Rung(number, arm) for arm in several if (number := _number(scenario, path, arm)) is not None]
        start = _number(scenario, path, None)
        if len(rungs) < 2 or start is None:
            continue
        ladder = sorted([_Rung(start, baseline), *rungs], key=lambda rung: rung.number)
        for low, high in pairwise(ladder):
            if low.number < high.number:
                yield _step(path, _unit(scenario, path), low, high)


def _step(path: str, unit: str, low: _Rung, high: _Rung) -> NumberStep:
    def more(name: str) -> Estimate:
        return paired_mean_difference(*(as_floats(rung.arm.replicates[name]) for rung in (low, high)), design="fours")

    return NumberStep(
        path=path,
        unit=unit,
        lower=low.arm.name,
        higher=high.arm.name,
        numbers=(low.number, high.number),
        saved=-more("payer_loss"),
        spent=more("control_cost"),
        benefit=more("net_benefit"),
    )


def _number(scenario: Mapping[str, Any], path: str, arm: ArmOutcome | None) -> float | None:
    """Return the number that an arm, or the scenario itself, has at all places of a path; None where they differ."""
    try:
        there = [
            _of(meant(arm.changes[path], at, scenario)) if arm else _of(_at(scenario, at))
            for at in expand(path, scenario)
        ]
    except PathError:
        return None
    return there[0] if len(set(there)) == 1 else None


def _unit(scenario: Mapping[str, Any], path: str) -> str:
    written = [_at(scenario, at) for at in expand(path, scenario)]
    return str(written[0].get("unit", "")) if isinstance(written[0], Mapping) else ""


def _at(data: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        if data is None:
            return None
        data = data.get(part) if isinstance(data, Mapping) else data[part]
    return data


def _of(written: Any) -> float | None:
    number = written.get("value") if isinstance(written, Mapping) else written
    return float(number) if isinstance(number, (int, float)) and not isinstance(number, bool) else None
