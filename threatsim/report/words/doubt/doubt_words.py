"""What draws of the uncertain numbers showed, in sentences: both doubts, what drives a figure, the arms' order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from threatsim.catalogue.distributions import FAMILIES
from threatsim.catalogue.metrics import ARM_METRICS, shown_in
from threatsim.experiment.record.doubt import Doubt, Driver, FigureDoubt, RankingDoubt
from threatsim.experiment.record.record import ArmOutcome, RunRecord
from threatsim.report.words import numbers
from threatsim.report.words.arm_words import title
from threatsim.statistics.estimate import Estimate

_NAMED: Final = 3
"""Numbers that are named for a figure."""
_WHOLE: Final = 39
"""Draws of which the least and the greatest are the ends that hold 95 % of cases."""


def held(record: RunRecord) -> str:
    """Return that uncertain numbers were not drawn, and how they are; empty where there are none or they were."""
    if record.doubt or not _has_distribution(record.scenario):
        return ""
    return "those that are uncertain are held at their values, and --doubt 100 draws them"


def summary(record: RunRecord) -> str:
    """Return how many numbers were drawn, how often, and what was run on each draw; empty if none was."""
    doubt = record.doubt
    if doubt is None:
        return ""
    return (
        f"{numbers.count(doubt.draws)} draws of {_count(doubt)} (a Latin hypercube), on each of which every arm was "
        f"run in {numbers.count(doubt.replicates)} replicates. All other figures of this report hold these numbers at "
        "their values. In brackets the rank correlation of a figure and a number over the draws."
    )


def lines(record: RunRecord) -> list[str]:
    """Return a line a figure: what chance and the numbers make of it, and which numbers; then the order of the arms."""
    doubt = record.doubt
    if doubt is None:
        return []
    told = [line for one in headline(record) if (line := _line(record, one))]
    if doubt.ranking:
        told.append(_ranking(record, doubt, doubt.ranking))
    if doubt.draws < _WHOLE:
        told.append(
            f"{numbers.count(doubt.draws)} draws are few: the ends of the intervals are the least and the greatest of "
            f"them, where {_WHOLE} or more have ends that hold 95 of 100 cases."
        )
    return told


def headline(record: RunRecord) -> list[FigureDoubt]:
    """Return the figures that are told of: those of the baseline, and what the arms are ranked by."""
    if record.doubt is None:
        return []
    there = {(one.arm, one.figure): one for one in record.doubt.figures}
    baseline, *others = record.arms
    wanted = [(baseline.name, name) for name in shown_in("variance", baseline.outcomes)]
    wanted += [(arm.name, name) for arm in others for name in shown_in("ranking", arm.differences)]
    return [there[key] for key in wanted if key in there]


def answered(record: RunRecord) -> str:
    """Return the answer's sentences on doubt: the loss, the arm ranked first, what drives the loss, the arms' order."""
    doubt = record.doubt
    if doubt is None:
        return ""
    baseline, figures = record.arms[0], {(one.arm, one.figure): one for one in doubt.figures}
    loss = figures.get((baseline.name, "payer_loss"))
    if loss is None or loss.both.low is None:
        return ""
    told = f"payers lose USD {numbers.interval(loss.both, 'USD')} a year in 95 of 100 cases{_alone(baseline, loss)}"
    order = ""
    if ranking := doubt.ranking:
        first = next(arm for arm in record.arms if arm.name == ranking.order[0])
        benefit = figures.get((first.name, shown_in("ranking")[0]))
        if first is not baseline and benefit and benefit.both.low is not None:
            span = numbers.change_interval(benefit.both, "USD")
            told += f", and the net benefit of {title(first)} is USD {span}{_alone(first, benefit)}"
        order = (
            f" {title(first)} is first by net benefit in {numbers.count(ranking.first[first.name])} of "
            f"{numbers.count(doubt.draws)} draws, and the order of all arms stays in {numbers.count(ranking.kept)}."
        )
    return (
        f"With the doubt about {_count(doubt)} as well, {told}. The loss hangs most on {_named(loss.drivers)}.{order}"
    )


def in_brief(record: RunRecord) -> str:
    """Return what the doubt about the numbers makes of the loss and of the arms' order; empty if none was drawn."""
    doubt = record.doubt
    if doubt is None:
        return ""
    figures = {(one.arm, one.figure): one for one in doubt.figures}
    loss = figures.get((record.arms[0].name, "payer_loss"))
    if loss is None or loss.both.low is None:
        return ""
    told = f"With the doubt about {_count(doubt)}, the loss is USD {numbers.interval(loss.both, 'USD')} a year"
    if loss.drivers:
        told += f" and hangs most on {loss.drivers[0].number}"
    if ranking := doubt.ranking:
        first = next(arm for arm in record.arms if arm.name == ranking.order[0])
        times = f"{numbers.count(ranking.first[first.name])} of {numbers.count(doubt.draws)} draws"
        told += f"; {title(first)} ranks first in {times}"
    return f"{told}."


def driver(one: Driver) -> str:
    """Return a number with the rank correlation of a figure to it."""
    span = one.correlation
    ends = "" if span.low is None or span.high is None else f", {_correlation(span.low)} to {_correlation(span.high)}"
    return f"{one.number} ({_correlation(span.value or 0.0)}{ends})"


def _count(doubt: Doubt) -> str:
    count = len(doubt.numbers)
    return f"{numbers.count(count)} uncertain {'number' if count == 1 else 'numbers'}"


def _alone(arm: ArmOutcome, one: FigureDoubt) -> str:
    span = _span(arm, one, _by_chance(arm, one))
    return f" (by chance alone {span})" if span else ""


def _by_chance(arm: ArmOutcome, one: FigureDoubt) -> Estimate:
    """Return the figure at the numbers' values; of an arm beside the baseline its difference."""
    return arm.differences[one.figure] if arm.differences else arm.outcomes[one.figure]


def _span(arm: ArmOutcome, one: FigureDoubt, estimate: Estimate) -> str:
    span = numbers.change_interval if arm.differences else numbers.interval
    return span(estimate, ARM_METRICS[one.figure].unit)


def _line(record: RunRecord, one: FigureDoubt) -> str:
    """Return what is known of a figure; empty where it is undefined or nothing varies."""
    if one.both.low is None or one.of_numbers.value is None:
        return ""
    arm = next(arm for arm in record.arms if arm.name == one.arm)
    metric = ARM_METRICS[one.figure]
    unit = "" if metric.unit == "share" else f" {metric.unit}"
    whose = f" of {title(arm)}" if arm.differences else ""
    alone, both = _span(arm, one, _by_chance(arm, one)), _span(arm, one, one.both)
    return (
        f"{metric.title}{whose}: {f'by chance alone {alone}, ' if alone else ''}with the numbers' doubt {both}{unit}. "
        f"The numbers make {numbers.in_words(one.of_numbers, 'share')} of the variance between replicates, most of all "
        f"{_named(one.drivers)}."
    )


def _named(drivers: tuple[Driver, ...]) -> str:
    return numbers.listed([driver(one) for one in drivers[:_NAMED]]) or "none of them alone"


def _ranking(record: RunRecord, doubt: Doubt, ranking: RankingDoubt) -> str:
    titles = {arm.name: title(arm) for arm in record.arms}
    first = ranking.order[0]
    chance = ""
    if ranking.chance_pairs:
        chance = (
            f" Chance alone keeps the order in {numbers.count(ranking.chance_kept)} of "
            f"{numbers.count(ranking.chance_pairs)} such pairs of replicates, and the first in "
            f"{numbers.count(ranking.chance_first)}."
        )
    return (
        f"By net benefit the order of the arms ({numbers.listed([titles[name] for name in ranking.order])}) stays in "
        f"{numbers.count(ranking.kept)} of {numbers.count(doubt.draws)} draws, and {titles[first]} is first in "
        f"{numbers.count(ranking.first[first])}.{chance}"
    )


def _correlation(r: float) -> str:
    return f"{r:+.2f}".replace("-", numbers.MINUS)


def _has_distribution(node: Any) -> bool:
    return any(not FAMILIES.keys().isdisjoint(part) for part in _mappings(node))


def _mappings(node: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every mapping in the recorded scenario that has a value, as numbers written in full have."""
    if isinstance(node, Mapping):
        if "value" in node:
            yield node
        for part in node.values():
            yield from _mappings(part)
    elif isinstance(node, (list, tuple)):
        for part in node:
            yield from _mappings(part)
