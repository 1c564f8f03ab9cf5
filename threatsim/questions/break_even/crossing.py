"""Where a noisy curve crosses zero, with an interval: bisection on common random numbers, the band inverted.

The curve is the mean over the same replicates everywhere, so that chance moves it up or down as a whole and hardly
makes it wobble; its crossing is then found by bisection. The interval of the crossing is where the curve's 95 %
interval holds zero: every place there is one that these replicates cannot tell from the crossing (Fieller's idea,
Journal of the Royal Statistical Society B 16 (1954) 175-185; for a curve, the inverse of its pointwise band).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from threatsim.statistics.estimate import Estimate

LookAt = Callable[[Sequence[float]], Sequence[Estimate]]
"""Places in [0, 1] -> the curve there."""

_FIRST: Final = 9
"""Places that are looked at first, the ends among them: two crossings closer than their distance may be overlooked."""
NARROW: Final = 1 / 128
"""Share of the range at which bisection ends."""
_MOST: Final = 4
"""Crossings that are followed; of a curve with more the range is better cut by hand."""


@dataclass(frozen=True)
class Bracketed:
    """A place where the curve crosses zero.

    Attributes:
        at: the place.
        low, high: ends of its 95 % interval; None where it goes on beyond the range.
        rises: whether the curve is below zero before it and above behind it.
    """

    at: float
    low: float | None
    high: float | None
    rises: bool


@dataclass
class LevelCurve:
    """What is known of a curve, place by place."""

    look_at: LookAt
    known: dict[float, Estimate] = field(default_factory=dict)

    def look(self, places: Sequence[float]) -> list[Estimate]:
        """Return the curve at places; nowhere is looked at twice."""
        new = [place for place in dict.fromkeys(places) if place not in self.known]
        if new:
            self.known |= dict(zip(new, self.look_at(new), strict=True))
        return [self.known[place] for place in places]

    @property
    def places(self) -> list[float]:
        """Places where the curve is defined, in their order."""
        return sorted(place for place, one in self.known.items() if one.value is not None)

    def value(self, place: float) -> float:
        """Return the curve at a place where it is known and defined."""
        value = self.known[place].value
        assert value is not None
        return value

    def holds_zero(self, place: float) -> bool:
        """Return whether the interval there holds zero; one of unknown ends does."""
        one = self.known[place]
        return (one.low is None or one.low <= 0) and (one.high is None or one.high >= 0)


def crossings(look_at: LookAt, *, narrow: float = NARROW, first: int = _FIRST) -> tuple[list[Bracketed], LevelCurve]:
    """Return where a curve over [0, 1] crosses zero, in order, and all that was seen of it.

    Args:
        look_at: the curve.
        narrow: share of the range at which bisection ends.
        first: places looked at first.
    """
    curve = LevelCurve(look_at)
    curve.look([step / (first - 1) for step in range(first)])
    found = []
    for before, behind in _brackets(curve)[:_MOST]:
        at = _bisected(curve, before, behind, narrow)
        rises = curve.value(before) < curve.value(behind)
        found.append((at, rises))
    return [
        Bracketed(at, _edge(curve, at, -1, narrow), _edge(curve, at, 1, narrow), rises) for at, rises in sorted(found)
    ], curve


def _brackets(curve: LevelCurve) -> list[tuple[float, float]]:
    """Return the pairs of neighbours between which the curve changes its sign; a zero counts as above."""
    places = curve.places
    return [(one, other) for one, other in pairwise(places) if (curve.value(one) >= 0) != (curve.value(other) >= 0)]


def _bisected(curve: LevelCurve, before: float, behind: float, narrow: float) -> float:
    """Return the crossing within a bracket: halved while it is wide and its ends are told from zero, then a line."""
    while behind - before > narrow:
        if curve.holds_zero(before) and curve.holds_zero(behind):
            break  # chance is larger than the step
        middle = (before + behind) / 2
        if curve.look([middle])[0].value is None:
            break
        if (curve.value(middle) >= 0) == (curve.value(before) >= 0):
            before = middle
        else:
            behind = middle
    return _on_line(before, curve.value(before), behind, curve.value(behind))


def _edge(curve: LevelCurve, at: float, side: int, narrow: float) -> float | None:
    """Return the end of a crossing's interval on a side; None if it goes on beyond the range."""
    beyond = [place for place in curve.places if (place - at) * side > 0]
    beyond.sort(key=lambda place: abs(place - at))
    inside: float | None = None
    for place in beyond:
        if not curve.holds_zero(place):
            outside = place
            break
        inside = place
    else:
        return None
    while abs(outside - (at if inside is None else inside)) > narrow:
        middle = (outside + (at if inside is None else inside)) / 2
        if curve.look([middle])[0].value is None:
            break
        if curve.holds_zero(middle):
            inside = middle
        else:
            outside = middle
    if inside is None:
        return outside
    end = "low" if curve.value(outside) > 0 else "high"
    ends = [getattr(curve.known[place], end) for place in (inside, outside)]
    return outside if None in ends else _on_line(inside, ends[0], outside, ends[1])


def _on_line(one: float, at_one: float, other: float, at_other: float) -> float:
    """Return where a line through two points is zero; the middle of a flat one."""
    if at_one == at_other:
        return (one + other) / 2
    return one + (other - one) * min(max(at_one / (at_one - at_other), 0.0), 1.0)
