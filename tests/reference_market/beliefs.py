"""What a person believes of a tactic (market.md, Beliefs)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

KINDS = ("paid", "recognised", "found")


@dataclass
class Belief:
    """Three Beta beliefs on one tactic (and payer): prior means, their weight, successes and trials."""

    prior: dict[str, float]
    weight: float
    successes: dict[str, float] = field(default_factory=lambda: dict.fromkeys(KINDS, 0.0))
    trials: dict[str, float] = field(default_factory=lambda: dict.fromkeys(KINDS, 0.0))

    def mean(self, kind: str) -> float:
        """Return what is believed."""
        total = self.weight + self.trials[kind]
        return (self.prior[kind] * self.weight + self.successes[kind]) / total if total else self.prior[kind]

    def fade(self, factor: float) -> None:
        """Forget a week's worth."""
        for kind in KINDS:
            self.successes[kind] *= factor
            self.trials[kind] *= factor

    def see(self, kind: str, trials: float, successes: float) -> None:
        """Take in what became of claims."""
        self.trials[kind] += trials
        self.successes[kind] += successes


def of_the_trade(all_beliefs: Iterable[Mapping[tuple[str, int], Belief]]) -> dict[tuple[str, int], Belief]:
    """Return a newcomer's beliefs: pooled means of the specialty, nothing seen (Beliefs, A newcomer's)."""
    people = list(all_beliefs)
    found = {}
    for key, example in people[0].items():
        prior = {}
        for kind in KINDS:
            below = sum(one[key].weight + one[key].trials[kind] for one in people)
            above = sum(one[key].prior[kind] * one[key].weight + one[key].successes[kind] for one in people)
            prior[kind] = above / below if below else example.prior[kind]
        found[key] = Belief(prior, example.weight)
    return found
