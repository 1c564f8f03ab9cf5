"""`threatsim break-even`: from a scenario to the record of where a figure reaches a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from threatsim.common.errors import InputError
from threatsim.common.progress import Progress
from threatsim.experiment.execution.executor import Executor
from threatsim.experiment.run_request import RunRequest
from threatsim.questions.answer_record import AnswerRecord, parts_of
from threatsim.questions.break_even.crossing import crossings
from threatsim.questions.break_even.findings import BreakEvenFindings, Crossing, ValueLookedAt
from threatsim.questions.break_even.until import Until, read_until
from threatsim.questions.markets import Asked
from threatsim.questions.points import point_number
from threatsim.questions.samples import Samples
from threatsim.questions.scenario_markets import ScenarioMarkets, asked_scenario, open_markets
from threatsim.questions.sweep.findings import VariedPath
from threatsim.questions.variation import OPTION, Variation, read_varied
from threatsim.questions.varied_paths import fitted, stands_at
from threatsim.statistics.estimate import Estimate

BreakEvenRecord = AnswerRecord[BreakEvenFindings]

_LEAST_REPLICATES: Final = 6
"""With fewer there is no interval (`threatsim.statistics.mean_error.LEAST_PAIRS`)."""


@dataclass(frozen=True)
class BreakEvenRequest:
    """What is asked.

    Attributes:
        run: the scenario, and where and how it is run; its replicates are those at every value.
        vary: the one path and its range, as `read_varied` reads it.
        until: what is to be reached, as `read_until` reads it.
    """

    run: RunRequest
    vary: tuple[str, ...]
    until: str


def break_even(request: BreakEvenRequest, progress: Progress, executor: Executor) -> BreakEvenRecord:
    """Find where a figure reaches a value, by bisection on the same replicates.

    Args:
        request: what is asked.
        progress: told of what takes time.
        executor: where markets run; no figure depends on it.

    Raises:
        ThreatsimError: something is wrong with the scenario or what was asked, before anything is run; or a market
            fails; finished ones are kept.
    """
    variations = read_varied(request.vary)
    if len(variations) > 1:
        raise InputError(
            "a break-even is sought along one path",
            given=variations[1].path,
            location=f"{OPTION} {variations[1].path}",
            hint="Run it for several values of the other with --set, or map both with threatsim sweep.",
        )
    loaded = asked_scenario(request.run)
    (variation,) = fitted(loaded, variations)
    if variation.choices or variation.whole:
        raise InputError(
            f"'{variation.path}' needs a range of numbers that may lie anywhere in it, LOW:HIGH",
            given=variation.path,
            location=f"{OPTION} {variation.path}",
        )
    until = read_until(request.until, loaded.scenario)
    replicates = request.run.replicates or loaded.scenario.replicates
    if replicates < _LEAST_REPLICATES:
        raise InputError(
            f"--replicates is {replicates}; an interval needs at least {_LEAST_REPLICATES}", given=str(replicates)
        )
    markets = open_markets(
        request.run,
        progress,
        executor,
        arms=until.arms,
        varied=[variation.path],
        points=[{variation.path: end} for end in (variation.low, variation.high)],
        option=OPTION,
    )
    looks = _Looks(markets, variation, until, replicates)
    found, _ = crossings(looks)
    stands, unit = stands_at(markets.loaded, variation.path)
    return BreakEvenRecord(
        question="break-even",
        options={"vary": list(request.vary), "until": until.text, "replicates": replicates},
        findings=BreakEvenFindings(
            until=until.text,
            figure=until.figure.name,
            arm=until.figure.arm,
            number=None if until.other else until.number,
            other=until.other or None,
            varied=VariedPath(
                path=variation.path,
                unit=unit,
                stands=stands,
                values=(variation.low, variation.high),
                log=variation.log,
            ),
            replicates=replicates,
            crossings=tuple(
                Crossing(
                    at=variation.at(one.at),
                    low=None if one.low is None else variation.at(one.low),
                    high=None if one.high is None else variation.at(one.high),
                    rises=one.rises,
                )
                for one in found
            ),
            curve=tuple(looks.curve[value] for value in sorted(looks.curve)),
        ),
        **parts_of(markets),
    )


class _Looks:
    """Looks at the figure less what it is to reach, at shares of the range."""

    def __init__(self, markets: ScenarioMarkets, variation: Variation, until: Until, replicates: int) -> None:
        self._markets, self._variation, self._until = markets, variation, until
        self._replicates = tuple(range(replicates))
        self.curve: dict[float, ValueLookedAt] = {}

    def __call__(self, shares: Sequence[float]) -> list[Estimate]:
        path, until = self._variation.path, self._until
        points = [{path: self._variation.at(share)} for share in shares]
        asked = [Asked(point, self._replicates) for point in points]
        title = f"{path} at {len(points)} values" if len(points) > 1 else f"{path} at {points[0][path]:g}"
        samples = Samples(self._markets.all_simulated(asked, title).table)
        distances = []
        for point in points:
            number = point_number(point)
            left = samples.level(number, until.figure.arm, until.figure)
            distance = (
                samples.difference(number, until.figure.arm, until.other, until.figure)
                if until.other
                else _less(left, until.number)
            )
            plain = Estimate(**distance.model_dump(include=set(Estimate.model_fields)))
            self.curve[point[path]] = ValueLookedAt(value=point[path], left=left, distance=plain)
            distances.append(plain)
        return distances


def _less(estimate: Estimate, number: float) -> Estimate:
    moved = {end: None if (at := getattr(estimate, end)) is None else at - number for end in ("value", "low", "high")}
    return estimate.model_copy(update={**moved, "events": None})
