"""Whether the arm that is first stays so, over draws of the numbers that matter, and what chance alone does to it."""

from __future__ import annotations

from collections.abc import Sequence

from threatsim.questions.markets import Figures
from threatsim.questions.sensitivity.budget import SCREENED_IN
from threatsim.questions.sensitivity.findings import RankingShare
from threatsim.questions.sensitivity.joint import Points
from threatsim.questions.sensitivity.one_at_a_time import best
from threatsim.statistics.estimate import Estimate
from threatsim.statistics.over_replicates import mean_interval, paired_mean_difference, wilson_interval


def ranking_share(centre: Figures, of: Points, policies: Sequence[str], ranked_by: str) -> RankingShare | None:
    """Return how often another arm is first; None for fewer than two arms that a payer could choose.

    The draws are the two independent ones of each sample (Saltelli's A and B).

    Args:
        centre: figures at the scenario's values.
        of: figures of each sample's points.
        policies: arms that a payer could choose.
        ranked_by: the figure that they are ranked by, of which more is better.
    """
    if len(policies) < 2:
        return None
    means = {arm: mean_interval(centre[arm][ranked_by]).value or 0.0 for arm in policies}
    order = tuple(sorted(policies, key=lambda arm: -means[arm]))
    draws = [best(point, policies, ranked_by) for points in of for point in points[:2]]
    other = sum(first != order[0] for first in draws)
    low, high = wilson_interval(other / len(draws), len(draws))
    count = len(centre[order[0]][ranked_by])
    starts = range(0, count - SCREENED_IN + 1, SCREENED_IN)
    pairs = [
        best(
            {arm: {ranked_by: centre[arm][ranked_by][at : at + SCREENED_IN]} for arm in policies},
            policies,
            ranked_by,
        )
        for at in starts
    ]
    return RankingShare(
        figure=ranked_by,
        order=order,
        lead=paired_mean_difference(centre[order[1]][ranked_by], centre[order[0]][ranked_by]),
        draws=len(draws),
        first={arm: draws.count(arm) for arm in order},
        changed=Estimate(value=other / len(draws), low=low, high=high, n=len(draws)),
        chance_pairs=len(pairs),
        chance_changed=sum(first != order[0] for first in pairs),
    )
