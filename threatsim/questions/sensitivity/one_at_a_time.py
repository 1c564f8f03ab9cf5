"""One number at a time: what each does alone, and whether it alone turns the ranking of the arms.

All numbers are moved to both ends of their ranges in a few markets. Those that move most are moved again in markets of
their own, so that what is told of them is not what they were chosen for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from threatsim.questions.markets import Asked, Figures, Markets, lone_replicates
from threatsim.questions.sensitivity.answers import metrics_of, of_answer
from threatsim.questions.sensitivity.budget import CONFIRMED_IN, SCREENED_IN
from threatsim.questions.sensitivity.findings import Answer, Swing, Turn
from threatsim.questions.sensitivity.varied import HIGH, LOW, Varied, values_at
from threatsim.scenario.schema import Scenario
from threatsim.statistics.over_replicates import mean_interval, paired_mean_difference


@dataclass(frozen=True)
class Ends:
    """The figures at the scenario's values, and at both ends of each number.

    Attributes:
        centre: at the scenario's values.
        of: label -> at the 5 % and at the 95 % quantile.
    """

    centre: Figures
    of: Mapping[str, tuple[Figures, Figures]]

    def swings(self, answers: Sequence[Answer], baseline: str) -> list[Swing]:
        """Return what each number does to each answer."""
        found = []
        for answer in answers:
            middle = of_answer(self.centre, answer, baseline)
            for label, ends in self.of.items():
                low, high = (of_answer(end, answer, baseline) for end in ends)
                found.append(
                    Swing(
                        number=label,
                        answer=answer,
                        at_low=mean_interval(low),
                        at_high=mean_interval(high),
                        change_low=paired_mean_difference(middle, low),
                        change_high=paired_mean_difference(middle, high),
                    )
                )
        return found


def at_both_ends(
    scenario: Scenario,
    numbers: Sequence[Varied],
    metrics: Sequence[str],
    markets: Markets,
    replicates: tuple[int, ...],
    title: str,
) -> Ends:
    """Run the scenario as it is, and with each number at both ends of its range."""
    asked = [Asked({}, replicates)]
    for number in numbers:
        asked += [Asked(values_at(scenario, numbers, {number.label: end}), replicates) for end in (LOW, HIGH)]
    centre, *others = markets.figures(asked, metrics, title)
    pairs = zip(others[::2], others[1::2], strict=True)
    return Ends(centre, {number.label: pair for number, pair in zip(numbers, pairs, strict=True)})


def one_at_a_time(
    scenario: Scenario, numbers: Sequence[Varied], answers: Sequence[Answer], markets: Markets, top: int
) -> tuple[Ends, Ends, list[str]]:
    """Move all numbers, then those that move most again.

    Args:
        scenario: the scenario.
        numbers: what is varied.
        answers: what is asked of.
        markets: runs them.
        top: how many are moved again.

    Returns:
        The figures of all; of those moved again; and all labels, those that move any answer most first.
    """
    metrics = metrics_of(answers)
    screened = at_both_ends(scenario, numbers, metrics, markets, lone_replicates(0, SCREENED_IN), "Each number alone")
    swings = screened.swings(answers, markets.arms[0])
    order = by_size(swings)
    again = [number for number in numbers if number.label in order[:top]]
    own = lone_replicates(SCREENED_IN, CONFIRMED_IN)
    return screened, at_both_ends(scenario, again, metrics, markets, own, "The greatest again, in other markets"), order


def by_size(swings: Sequence[Swing]) -> list[str]:
    """Return the numbers by the most that they move any answer, as a share of what moves that answer most."""
    most: dict[Answer, float] = {}
    for swing in swings:
        most[swing.answer] = max(most.get(swing.answer, 0.0), swing.size)
    share: dict[str, float] = {}
    for swing in swings:
        of_most = swing.size / most[swing.answer] if most[swing.answer] > 0 else 0.0
        share[swing.number] = max(share.get(swing.number, 0.0), of_most)
    return sorted(share, key=lambda label: -share[label])


def turns(ends: Ends, numbers: Sequence[Varied], policies: Sequence[str], ranked_by: str) -> list[Turn]:
    """Return the numbers that alone put another arm first, those beyond chance first.

    Args:
        ends: figures at the ends of numbers.
        numbers: what is varied.
        policies: arms that a payer could choose.
        ranked_by: the figure that arms are ranked by, of which more is better.
    """
    if len(policies) < 2:
        return []
    before = best(ends.centre, policies, ranked_by)
    of = {number.label: number for number in numbers}
    found = []
    for label, points in ends.of.items():
        for share, point in zip((LOW, HIGH), points, strict=True):
            first = best(point, policies, ranked_by)
            if first != before:
                lead = paired_mean_difference(point[before][ranked_by], point[first][ranked_by])
                found.append(Turn(number=label, at=of[label].at(share), first=first, before=before, lead=lead))
    return sorted(found, key=lambda turn: (not turn.sure, -(turn.lead.value or 0.0)))


def best(point: Figures, policies: Sequence[str], ranked_by: str) -> str:
    """Return the arm with the greatest mean; of equal ones the earlier."""
    return max(policies, key=lambda arm: mean_interval(point[arm][ranked_by]).value or 0.0)
