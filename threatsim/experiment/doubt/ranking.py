"""Whether the arms of a run keep their order by net benefit, whatever the uncertain numbers are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from threatsim.catalogue.metrics import shown_in
from threatsim.experiment.record.doubt import RankingDoubt
from threatsim.experiment.record.record import ArmOutcome
from threatsim.scenario.reading.standard_arms import STANDARD_ARMS

(_RANKED_BY,) = shown_in("ranking")
_PAIRS = ((0, 3), (1, 2))
"""Of four replicates in turn, the pairs that share neither streams nor cases, as the replicates of a draw."""


def ranking_doubt(benefits: Mapping[str, NDArray[np.float64]], outcomes: Sequence[ArmOutcome]) -> RankingDoubt | None:
    """Return in how many draws the arms keep their order; None for fewer than two arms that are policies.

    Args:
        benefits: arm -> (draws, replicates) its net benefit.
        outcomes: the arms' figures at the numbers' values, with each replicate's.
    """
    policies = {arm.name: arm for arm in outcomes if arm.name not in STANDARD_ARMS or STANDARD_ARMS[arm.name].policy}
    replicates = {name: _floats(arm.replicates[_RANKED_BY]) for name, arm in policies.items()}
    if len(policies) < 2 or not all(np.isfinite(values).all() for values in replicates.values()):
        return None
    order = _order({name: math.fsum(values) / len(values) for name, values in replicates.items()})
    count = len(next(iter(replicates.values())))
    draws = _orders({name: benefits[name].mean(axis=1) for name in policies})
    pairs = [[four + one, four + other] for four in range(0, count - count % 4, 4) for one, other in _PAIRS]
    chance = _orders({name: values[pairs].mean(axis=1) for name, values in replicates.items()}) if pairs else []
    return RankingDoubt(
        order=order,
        kept=draws.count(order),
        first={name: sum(one[0] == name for one in draws) for name in order},
        chance_pairs=len(chance),
        chance_kept=chance.count(order),
        chance_first=sum(one[0] == order[0] for one in chance),
    )


def _orders(figures: Mapping[str, NDArray[np.float64]]) -> list[tuple[str, ...]]:
    """Return the order of the arms at each place of their (N,) figures."""
    return [_order(dict(zip(figures, map(float, row), strict=True))) for row in zip(*figures.values(), strict=True)]


def _order(figures: Mapping[str, float]) -> tuple[str, ...]:
    """Return the arms by their figure, the greatest first; of equal ones the earlier."""
    return tuple(sorted(figures, key=lambda name: -figures[name]))


def _floats(values: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)
