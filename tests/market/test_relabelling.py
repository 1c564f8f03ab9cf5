"""Providers under other ids, each with its own random numbers: the same market, provider by provider, claim by claim.

Random numbers lie by row: the i-th case of a week, the i-th provider. A provider that gets another row here takes its
numbers along; then nothing may depend on the order in which providers stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.market.conftest import SUBSTITUTION
from threatsim.common.arithmetic.portable import PoissonTable
from threatsim.common.outcome_table import OutcomeTable
from threatsim.market import model
from threatsim.market import week as claims
from threatsim.market.result import ReplicateResult
from threatsim.market.simulation import simulate
from threatsim.market.streams import Streams, WeekDraws, replicate_streams
from threatsim.scenario.schema import Scenario

if TYPE_CHECKING:
    from tests.market.conftest import Build

Tables = dict[str, OutcomeTable]
SIZES = {"eye": 60, "chest": 40}
LINKS = 250


@dataclass(frozen=True)
class Relabelling:
    """Other ids: the specialties in another order, and other numbers within each.

    Attributes:
        order: names of the specialties in their new order.
        number: specialty -> (n,) old number of each new one.
    """

    order: tuple[str, ...]
    number: dict[str, NDArray[np.int64]]

    @classmethod
    def drawn(cls, seed: int) -> Relabelling:
        generator = np.random.default_rng(seed)
        return cls(("chest", "eye"), {name: generator.permutation(size) for name, size in SIZES.items()})

    @property
    def old_row(self) -> NDArray[np.int64]:
        """(P,) the row that the provider of each new row had."""
        first = dict(zip(SIZES, np.cumsum([0, *SIZES.values()]), strict=False))
        return np.concatenate([first[name] + self.number[name] for name in self.order])

    def name(self, provider: str) -> str:
        """The new id of an old one."""
        specialty, number = provider.split(".")
        return f"{specialty}.{int(np.flatnonzero(self.number[specialty] == int(number))[0])}"

    def scenario(self, scenario: Scenario) -> Scenario:
        """The scenario under the new ids."""
        data = scenario.model_dump()
        data["providers"] = {name: data["providers"][name] for name in self.order}
        data["referral_network"]["links"] = [
            tuple(self.name(end) for end in link) for link in data["referral_network"]["links"]
        ]
        return Scenario.model_validate(data)


class FollowingStreams(Streams):
    """The streams of a replicate, by new rows: what a provider or a case has had in its old row."""

    def __init__(self, seed: int, replicate: int, old_row: NDArray[np.int64]) -> None:
        self._plain, self._old = replicate_streams(seed, replicate), old_row
        self._place: NDArray[np.int64]

    def generator(self, decision: str, week: int = 0, row: int | None = None) -> Any:
        if row is not None:  # numbers of one provider alone
            return self._plain.generator(decision, week, int(self._old[row]))
        return _Following(self, self._plain.generator(decision, week))

    def week(self, week: int, size: int) -> WeekDraws:
        return _FollowingDraws(self._plain.week(week, size), self._place)

    def rows(self, column: NDArray[Any]) -> NDArray[Any]:
        """A column of providers in old rows, or a table with them first or last, by new rows."""
        return column[self._old] if len(column) == self._old.size else column[..., self._old]

    def lay_out(self, counts: NDArray[np.int64]) -> None:
        """Take in the cases of each provider; which old case each new one is, is kept for the week's columns."""
        old = np.empty_like(counts)
        old[self._old] = counts
        start = (np.cumsum(old) - old)[self._old]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        self._place = np.repeat(start, counts) + within


class _Following:
    def __init__(self, streams: FollowingStreams, plain: np.random.Generator) -> None:
        self.streams, self._plain = streams, plain

    def random(self, size: Any) -> NDArray[Any]:
        return self.streams.rows(self._plain.random(size))


class _FollowingNumbers(PoissonTable):
    def draw(self, generator: Any) -> NDArray[np.int64]:
        counts = super().draw(generator)
        generator.streams.lay_out(counts)
        return counts


class _FollowingDraws(WeekDraws):
    def __init__(self, plain: WeekDraws, place: NDArray[np.int64]) -> None:
        self._plain, self._place = plain, place

    def __call__(self, decision: str) -> NDArray[np.float32]:
        return self._plain(decision)[self._place]


def run(scenario: Scenario, tables: Tables) -> ReplicateResult:
    return simulate(scenario, tables, arm="a", replicate=0, seed=3, sample_rate=0.3)


def network(seed: int = 4) -> dict[str, Any]:
    generator = np.random.default_rng(seed)
    everyone = [f"{name}.{number}" for name, size in SIZES.items() for number in range(size)]
    ends = [generator.choice(len(everyone), 2, replace=False) for _ in range(LINKS)]
    links = sorted({tuple(sorted((everyone[a], everyone[b]))) for a, b in ends})
    return {"referral_network": {"kind": "edge_list", "links": links}}


# Whatever is rationed or ranked among providers or claims: readers, budgets, probes, outliers, practices to fill.
RATIONED: dict[str, Any] = {
    "payers.*.readers": {
        "capacity": 25.5,
        "overflow": "pay",
        "sensitivity": 0.9,
        "specificity": 0.95,
        "patch_seen": 0.8,
        "cost": 20,
        "second_look": 0.05,
        "appealed": 0.2,
    },
    "payers.*.audit.targeted": 0.02,
    "payers.*.audit.network": 0.01,
    "payers.*.audit.budget": 6.5,
    "payers.*.audit.outlier_score": 1.5,
    "payers.*.adaptation.raise_audits": {"above": 0.1, "factor": 2, "window": 4},
    "law.tips": {"fraud": 0.5, "honest": 0.05},
    "law.appeals": {"filed": 0.5, "overturned_supported": 0.8, "overturned_unsupported": 0.1, "cost": 100},
    "law.extrapolate": True,
    "law.findings_to_accuse": None,
    "law.probe": {"after_findings": 3, "window": 13, "claims": 20, "tolerated_rate": 0.2, "lag": 2},
    "law.suspension": 0.5,
    "law.resolution_lag": 4,
    "law.settlement": {"share": 0.5, "multiple": 2},
    "law.liability": 1,
    "law.exclusion": 0.5,
    "law.integrity_agreement": {"weeks": 8, "audits": 3},
    "providers.*.vacancy": 4,
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        RATIONED,
        RATIONED | {"conduct.choose_payer": True},
        {"conduct.rule": "bandit", "conduct.exploration": 0.1} | RATIONED,
        {"conduct.rule": "fictitious_play"},
        {
            "tactics.pgd_white_box": SUBSTITUTION,
            "payers.*.integrity": {
                "hash_at_capture": True,
                "false_alarm": 0.1,
                "same_patient": {"false_alarm": 0.1, "known": 0.5, "on_hit": "pend", "recognised": 0.5},
            },
            "payers.*.audit.flagged": 0.05,
        },
    ],
    ids=["plain", "rationed", "payers chosen", "bandit", "fictitious play", "picture controls"],
)
def test_other_ids_change_nothing_but_ids(
    build: Build, tables_with_controls: Tables, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    scenario, other = build(changes | network()), Relabelling.drawn(9)
    plain = run(scenario, tables_with_controls)
    old_row = other.old_row
    monkeypatch.setattr(model, "replicate_streams", lambda seed, replicate: FollowingStreams(seed, replicate, old_row))
    monkeypatch.setattr(claims, "PoissonTable", _FollowingNumbers)
    found = run(other.scenario(scenario), tables_with_controls)
    assert plain.weekly["false_claims"].sum() > 100
    assert plain.weekly["findings"].sum() > 20
    np.testing.assert_equal(dict(found.outcomes), dict(plain.outcomes))
    np.testing.assert_equal(found.tactics, plain.tactics)
    assert found.accounts == plain.accounts
    for name, column in plain.weekly.items():
        np.testing.assert_array_equal(found.weekly[name], column, err_msg=name)
    for name, column in plain.providers.items():
        np.testing.assert_array_equal(found.providers[name], column[old_row], err_msg=name)
    sample = found.sample | {"provider": old_row[found.sample["provider"]]}
    order = np.lexsort((sample["provider"], sample["week"]))  # stable: a provider's claims keep their order
    for name, column in plain.sample.items():
        np.testing.assert_array_equal(sample[name][order], column, err_msg=name)


def test_ids_matter_where_streams_stay_behind(build: Build, tables_with_controls: Tables) -> None:
    """The check can fail: other ids on the streams of the rows are another sample of the same market."""
    scenario = build(network())
    assert (
        run(Relabelling.drawn(9).scenario(scenario), tables_with_controls).outcomes
        != run(scenario, tables_with_controls).outcomes
    )
