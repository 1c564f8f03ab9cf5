"""The stages of a sensitivity analysis in turn, each on what the one before has shown to matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from threatsim.questions.markets import Markets
from threatsim.questions.sensitivity.answers import DEFAULT_METRICS, RANKED_BY, answers_of
from threatsim.questions.sensitivity.budget import Budget
from threatsim.questions.sensitivity.findings import Answer, Effect, SensitivityFindings
from threatsim.questions.sensitivity.joint import indexed, screened
from threatsim.questions.sensitivity.one_at_a_time import one_at_a_time, turns
from threatsim.questions.sensitivity.ranking import ranking_share
from threatsim.questions.sensitivity.varied import Varied
from threatsim.scenario.reading.standard_arms import STANDARD_ARMS
from threatsim.scenario.schema import Scenario


def analyse(
    scenario: Scenario,
    numbers: Sequence[Varied],
    left_out: Mapping[str, str],
    markets: Markets,
    sizes: Budget,
    *,
    metrics: Sequence[str] = DEFAULT_METRICS,
    spread: float,
    seed: int,
) -> SensitivityFindings:
    """Find which numbers drive the answers.

    Args:
        scenario: as its baseline has it.
        numbers: what is varied.
        left_out: assumed numbers that are not, each with why.
        markets: runs them.
        sizes: of the stages.
        metrics: figures asked of.
        spread: that numbers without a range were given.
        seed: of the designs.

    Raises:
        InputError: a figure is not one that can be followed.
        ThreatsimError: values do not make a scenario, or a market fails; finished ones are kept.
    """
    answers = answers_of(markets.arms, metrics)
    policies = [arm for arm in markets.arms if arm not in STANDARD_ARMS or STANDARD_ARMS[arm].policy]
    rough, fine, order = one_at_a_time(scenario, numbers, answers, markets, sizes.confirmed)
    by_label = {number.label: number for number in numbers}
    many = [by_label[label] for label in order[: sizes.screened]]
    effects = screened(scenario, many, answers, markets, count=sizes.trajectories, seed=seed)
    few = _strongest(many, order, effects, sizes.indexed)
    indices, variances, drawn = indexed(scenario, few, answers, markets, count=sizes.samples, seed=seed)
    baseline = markets.arms[0]
    confirmed = fine.swings(answers, baseline)
    swings = [*confirmed, *(one for one in rough.swings(answers, baseline) if one.number not in fine.of)]
    return SensitivityFindings(
        arms=markets.arms,
        answers=tuple(answers),
        numbers=tuple(number.told for number in numbers),
        left_out=dict(left_out),
        spread=spread if any(number.spread for number in numbers) else None,
        evaluations=sizes.evaluations,
        swings=tuple(sorted(swings, key=lambda one: (answers.index(one.answer), -one.size))),
        confirmed=tuple(fine.of),
        turns=tuple(turns(fine, numbers, policies, RANKED_BY)),
        trajectories=sizes.trajectories,
        effects=tuple(effects),
        samples=sizes.samples,
        indices=tuple(indices),
        variances=tuple(variances),
        ranking=ranking_share(fine.centre, drawn, policies, RANKED_BY),
    )


def _strongest(many: Sequence[Varied], order: Sequence[str], effects: Sequence[Effect], count: int) -> list[Varied]:
    """Return the numbers whose elementary effects go furthest beyond chance, as a share of an answer's greatest."""
    most: dict[Answer, float] = {}
    for one in effects:
        most[one.answer] = max(most.get(one.answer, 0.0), one.beyond_chance.value or 0.0)
    share = dict.fromkeys((number.label for number in many), 0.0)
    for one in effects:
        if most[one.answer] > 0:
            share[one.number] = max(share[one.number], (one.beyond_chance.value or 0.0) / most[one.answer])
    strongest = sorted(many, key=lambda number: (-share[number.label], order.index(number.label)))[:count]
    return sorted(strongest, key=lambda number: order.index(number.label))
