"""Who bills falsely, and beside whom: what the referral network tells that counts alone do not.

It is of the first replicate, the only one whose links are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from threatsim.experiment.record.record import RunRecord
from threatsim.report.words import numbers

_REPLICATE: Final = 0


@dataclass(frozen=True)
class Beside:
    """Of all links from providers of one kind, how many lead to one who bills falsely.

    Attributes:
        false: links to a provider who billed falsely in the run.
        links: all of them.
    """

    false: int
    links: int

    @property
    def share(self) -> str:
        """The share in words, "4 of 31 (12.9%)"; a dash where there is no link."""
        if not self.links:
            return "–"
        share = numbers.value(self.false / self.links, "share")
        return f"{numbers.count(self.false)} of {numbers.count(self.links)} ({share})"


@dataclass(frozen=True)
class ArmNeighbours:
    """What the providers of an arm did over the run.

    Attributes:
        title: of the arm.
        honest, honest_accused: providers who never billed falsely, and those of them who were accused.
        false, false_accused: providers who billed falsely, and those of them who were accused.
        beside_false, beside_honest: whom those two kinds hear of.
    """

    title: str
    honest: int
    honest_accused: int
    false: int
    false_accused: int
    beside_false: Beside
    beside_honest: Beside


class Replicate(Protocol):
    """What is read of a replicate."""

    @property
    def arm(self) -> str:
        """Name of its arm."""

    @property
    def replicate(self) -> int:
        """Its number, from 0."""

    @property
    def providers(self) -> Mapping[str, NDArray[Any]]:
        """Column name -> (P,) a value for each provider."""

    @property
    def links(self) -> NDArray[np.int64] | None:
        """(E, 2) rows of providers, each link from both its ends; None if they were not kept."""


def neighbours(record: RunRecord, results: Sequence[Replicate]) -> list[ArmNeighbours]:
    """Return what the providers of every arm did in replicate 0, and what those did of whom they hear.

    Args:
        record: the run.
        results: its replicates, in any order.

    Returns:
        The arms in the record's order; none where a replicate was kept by a version that did not keep links, and none
        where nobody is linked.
    """
    first = {result.arm: result for result in results if result.replicate == _REPLICATE}
    found = []
    for arm in record.arms:
        result = first.get(arm.name)
        if result is None or result.links is None or not len(result.links):
            return []
        false = ~np.asarray(result.providers["honest"], dtype=bool)
        accused = np.asarray(result.providers["accused_week"]) >= 0
        found.append(
            ArmNeighbours(
                title=numbers.printable(arm.title),
                honest=int((~false).sum()),
                honest_accused=int((~false & accused).sum()),
                false=int(false.sum()),
                false_accused=int((false & accused).sum()),
                beside_false=_beside(result.links, false, of=false),
                beside_honest=_beside(result.links, false, of=~false),
            )
        )
    return found


def in_words(found: Sequence[ArmNeighbours]) -> str:
    """Return what the network says of the baseline, in a sentence or two; empty without a network."""
    if not found:
        return ""
    base = found[0]
    told = (
        f"In the first replicate of “{base.title}”, {numbers.count(base.false)} of "
        f"{numbers.count(base.false + base.honest)} providers bill falsely."
    )
    if not base.beside_false.links or not base.beside_honest.links:
        return told
    return (
        f"{told} Of the providers whose findings they hear of, {base.beside_false.share} bill falsely too; of those "
        f"whom the honest hear of, {base.beside_honest.share}."
    )


def _beside(links: NDArray[np.int64], false: NDArray[np.bool_], of: NDArray[np.bool_]) -> Beside:
    """Return whom providers are linked to.

    Args:
        links: (E, 2) rows of providers.
        false: (P,) who billed falsely.
        of: (P,) whose links are counted.
    """
    to = links[of[links[:, 0]], 1]
    return Beside(int(false[to].sum()), len(to))
