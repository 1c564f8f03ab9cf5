"""`--until-interval payer_loss=50k`: a run that goes on until the interval of a figure is so narrow."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from threatsim.common.errors import InputError
from threatsim.common.progress import Progress
from threatsim.experiment.figures.arm_figures import figure_samples
from threatsim.experiment.figures.estimates import estimate
from threatsim.experiment.figures.figure_names import FigureName, read_figure
from threatsim.experiment.record.stopping import Look, Stopping
from threatsim.experiment.run_request import RunRequest
from threatsim.market.result import ReplicateResult
from threatsim.scenario.schema import Scenario
from threatsim.statistics.confidence_sequence import LEAST_REPLICATES, level_at, looks
from threatsim.statistics.estimate import Estimate
from threatsim.statistics.over_replicates import mean_error, t_quantile
from threatsim.statistics.ratio import ReplicateSample

OPTION: Final = "--until-interval"
DEFAULT_MOST: Final = 400
"""Replicates after which such a run ends in any case."""
_NUMBER: Final = re.compile(r"(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)\s*([kKM%]?)")
_TIMES: Final = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "%": 0.01}
_EXAMPLE: Final = "For instance payer_loss=50k, fraud_share=0.5%, or payer_loss@medicare[audits_doubled]=20000."


@dataclass(frozen=True)
class IntervalGoal:
    """How narrow an interval is to be.

    Attributes:
        figure: the figure; of every arm if it names none.
        wanted: half the length that its interval may have.
        first: replicates before the first look.
        most: replicates after which it ends in any case.
    """

    figure: FigureName
    wanted: float
    first: int
    most: int

    @property
    def inputs(self) -> dict[str, Any]:
        """What the results depend on besides the scenario."""
        return {"figure": self.figure.name, "arm": self.figure.arm, "wanted": self.wanted, "most": self.most}

    def found(self, sample: ReplicateSample) -> tuple[Estimate, float | None]:
        """Return the figure with its interval of the confidence sequence, and what of it the test cases leave.

        A figure that was the same in every replicate has no interval: that says nothing of how it varies.

        Args:
            sample: the figure over all replicates so far, at least `first`.
        """
        looked = len(sample.values)
        alpha = level_at(looked, self.first)
        error = mean_error(sample.linear)
        left = t_quantile(error.freedom(), alpha) * math.sqrt(error.cases) if error else None
        known = estimate(self.figure.row, sample, alpha=alpha)
        if error and error.variance() == 0 and known.events is None:  # nothing of it has happened yet, as far as known
            known = known.model_copy(update={"low": None, "high": None})
        return known, left


def interval_goal(request: RunRequest, scenario: Scenario) -> IntervalGoal | None:
    """Return the interval that a run is to go on for; None if it runs as many replicates as its scenario has.

    Raises:
        InputError: as `read_goal` does; or the most replicates are given, and no interval.
    """
    if request.until_interval:
        return read_goal(request.until_interval, scenario, request.max_replicates)
    if request.max_replicates is not None:
        raise InputError(
            f"--max-replicates is {request.max_replicates}, and nothing is to be known by then",
            given=str(request.max_replicates),
            hint=f"It is for runs with {OPTION}; so many replicates alone are run with --replicates.",
        )
    return None


def read_goal(text: str, scenario: Scenario, most: int | None) -> IntervalGoal:
    """Return what an option asks for.

    Args:
        text: a figure, '=' and half the length of its interval, in the figure's unit.
        scenario: its own replicates, and no fewer than `LEAST_REPLICATES`, come before the first look.
        most: replicates after which it ends; `DEFAULT_MOST`, or four times the first look's, if None.

    Raises:
        InputError: it is no figure and number, names a figure, payer, tactic or arm that there is not, is not above 0,
            or may not have as many replicates as the first look needs.
    """
    location = f"{OPTION} {text}"
    name, equals, number = (part.strip() for part in text.partition("="))
    if not equals or not name or not number:
        raise InputError("it needs a figure, '=' and a number", given=text, location=location, hint=_EXAMPLE)
    figure = read_figure(name, scenario, OPTION)
    wanted = _number(number, location)
    if figure.row.kind != "share" and number.endswith("%"):
        raise InputError(
            f"{figure.metric} is no share, so its interval is not told in %",
            given=number,
            location=location,
            hint=_EXAMPLE,
        )
    first = max(scenario.replicates, LEAST_REPLICATES)
    if most is not None and most < first:
        raise InputError(
            f"--max-replicates is {most}; the first look is at {first} replicates, so allowed is at least {first}",
            given=str(most),
            hint=None if first == LEAST_REPLICATES else "The scenario's replicates, or --replicates, are the first.",
        )
    return IntervalGoal(figure, wanted, first, most or max(DEFAULT_MOST, 4 * first))


def _number(text: str, location: str) -> float:
    match = _NUMBER.fullmatch(text.removeprefix("+-").removeprefix("±"))
    number = float(match[1]) * _TIMES[match[2]] if match else math.nan
    if math.isnan(number) or math.isinf(number):
        below = text.startswith("-") and _NUMBER.fullmatch(text[1:])
        raise InputError(
            f"half the length of an interval is above 0, not {text}" if below else f"'{text}' is not a number",
            given=text,
            location=location,
            hint=_EXAMPLE,
        )
    if number <= 0:
        raise InputError(
            f"half the length of an interval is above 0, not {text}", given=text, location=location, hint=_EXAMPLE
        )
    return number


def until_narrow(
    goal: IntervalGoal,
    arms: Sequence[str],
    simulated: Callable[[int, int], Sequence[ReplicateResult]],
    progress: Progress,
) -> tuple[list[ReplicateResult], Stopping]:
    """Run replicates in batches until the interval is as narrow as wanted, or there are as many as there may be.

    Args:
        goal: what is wanted.
        arms: names of the arms, in order.
        simulated: runs the replicates of every arm from one number up to below another.
        progress: told after each batch how wide the interval is.

    Returns:
        The results ordered by arm, then by replicate, and how it ended.

    Raises:
        ThreatsimError: a replicate fails; finished ones are kept.
    """
    results: list[ReplicateResult] = []
    told: list[Look] = []
    asked = [goal.figure.arm] if goal.figure.arm else list(arms)
    found: Mapping[str, tuple[Estimate, float | None]] = {}
    reached, done = False, 0
    for upto in looks(goal.first, goal.most):
        results += simulated(done, upto)
        done = upto
        samples = figure_samples(goal.figure, asked, results)
        found = {arm: goal.found(sample) for arm, sample in samples.items()}
        widths = {arm: half_width(one) for arm, (one, _) in found.items()}
        told.append(Look(replicates=done, half_widths=widths))
        reached = all(width is not None and width <= goal.wanted for width in widths.values())
        widest = max((math.inf if width is None else width for width in widths.values()), default=math.inf)
        known = f"+-{widest:.3g}" if math.isfinite(widest) else "without an interval"
        of_cases = max((left or 0.0 for _, left in found.values()), default=0.0)
        vain = f"; the test cases alone leave +-{of_cases:.3g}, as far as known" if of_cases > goal.wanted else ""
        progress.note(f"{goal.figure.name} after {done} replicates: {known}; wanted is +-{goal.wanted:.3g}{vain}")
        if reached:
            break
    place = {arm: number for number, arm in enumerate(arms)}
    ordered = sorted(results, key=lambda one: (place[one.arm], one.replicate))
    return ordered, Stopping(
        figure=goal.figure.name,
        arm=goal.figure.arm,
        wanted=goal.wanted,
        most=goal.most,
        looks=tuple(told),
        found={arm: one for arm, (one, _) in found.items()},
        test_cases={arm: left for arm, (_, left) in found.items()},
        reached=reached,
    )


def half_width(one: Estimate) -> float | None:
    """Return half the length of an interval; None if there is none or it does not end."""
    return None if one.low is None or one.high is None else (one.high - one.low) / 2
