"""The second implementation, written from the pages of the model alone, on the two examples reckoned by hand there.

Both are in docs/explanation/parameters.md, which `tests/market/test_worked_examples.py` holds the market to.
"""

from __future__ import annotations

import ast
import math
from pathlib import Path
from typing import Any

import pytest

from tests.reference_market.cases import Claim
from tests.reference_market.foresight import ACCUSED, BARRED, CHARGED, course, lower_limit, odds
from tests.reference_market.people import Practice
from tests.reference_market.utility import Option, before_toll, honest_tolls, utility
from tests.reference_market.week import Market
from tests.reference_market.worlds import images, scores, world
from threatsim import Scenario

PRACTICE = {
    "count": 1,
    "weekly_volume": 10,
    "volume_skew": 0,
    "coding_error_up": 0,
    "coding_error_down": 0,
    "coding_error_spread": 0,
    "modality": "dermoscopy",
}
CASES = (6, 12, 12, 17, 9, 8, 10, 11, 12)
FALSE = (3, 7, 7, 5, 6, 5, 5, 7, 3)


def one_practice(**law: Any) -> dict[str, Any]:
    """Return the scenario of the two examples by hand (docs/explanation/parameters.md)."""
    data = world("no_fraud") | {"weeks": 9}
    modality = data["modalities"]["dermoscopy"]
    modality |= {"prevalence": 0, "fee_negative": 100, "fee_positive": 300, "care_cost": 50}
    data["providers"] = {"dermatologists": PRACTICE}
    data["tactics"] = {"code_only": {"attack": "none", "setup_cost": 100, "cost_per_claim": 2}}
    data["conduct"] |= {"shares": [0, 0.5], "decision_interval": 1, "reluctance_median": 20, "reluctance_spread": 0}
    data["conduct"] |= {"belief_paid": 1, "belief_detected": 0, "care_delivered": 0.2}
    audit = data["payers"][0]["audit"] | {"random": 1, "lag": 1, "sensitivity": 1, "specificity": 1, "cost": 30}
    triage = {"operating_point": {"sensitivity": 1}, "below": "pend"}
    data["payers"] = [data["payers"][0] | {"share": 1, "share_of_allowed": 0.8, "audit": audit, "triage": triage}]
    data["payers"][0].pop("integrity", None)
    data["law"] = {"damages": 3, "per_claim_penalty": 100, "exclusion": 0} | law
    return data


class Scripted(Market):
    """A market whose numbers of cases, and of those billed falsely, are those of the example."""

    def cases(self) -> list[tuple[Practice, bool, int]]:
        week = len(self.weekly) - 1
        self.left = FALSE[week]
        return [(self.practices[0], False, 0)] * CASES[week]

    def falsely(self, practice: Practice) -> bool:
        self.left -= 1
        return practice.owner.share > 0 and self.left >= 0


def market_of(data: dict[str, Any], kind: type[Market] = Market) -> Market:
    """Return a market of the second implementation, all scores above the threshold."""
    scenario = Scenario.from_dict(data).sections.model_dump(mode="json")
    pool = images(scores("dermoscopy", list(data["tactics"]), 40))
    for one in pool:
        one.clean = 0.9
        one.attacked = dict.fromkeys(one.attacked, 0.9)
    return kind(scenario, {"dermoscopy": pool}, {"dermoscopy": [(0.5, 1), (0.4, 0)]}, 1)


def test_the_case_that_was_reckoned_by_hand() -> None:
    probe = {"after_findings": 4, "window": 26, "claims": 5, "tolerated_rate": 0.2, "lag": 2}
    collected = {"offsets": 1, "extrapolated": 0.5, "penalties": 0.25}
    law = {"probe": probe, "extrapolate": True, "collected": collected, "suspension": 0.5, "resolution_lag": 2}
    market = market_of(one_practice(**law), Scripted)
    closing: list[int] = []
    held: list[int] = []
    counts: list[int] = []

    class Watched(Scripted):
        def settle(self, claims: list[Claim], week: int) -> None:
            held.append(self.practices[0].standing[0].held)
            super().settle(claims, week)
            counts.append(len(self.practices[0].standing[0].findings))
            closing.append(len(self.auditing[week]))

    market.__class__ = Watched
    weekly = market.run().weekly
    assert [one["false_paid"] for one in weekly] == list(FALSE)
    assert [one["findings"] for one in weekly] == [0, 3, 7, 7, 5, 6, 5, 5, 7]
    assert counts == [0, 3, 10, 17, 0, 6, 0, 5, 12]
    assert [one["recouped"] for one in weekly] == [200 * n for n in (0, 3, 7, 7, 5, 6, 5, 5, 7)]
    assert weekly[0]["paid"] == 1200
    assert [one["accused"] for one in weekly] == [0, 0, 0, 0, 1, 0, 0, 0, 0]
    assert held[4:7] == [0, 72_000, 152_000]
    assert lower_limit(5, 5) == pytest.approx(0.752743, abs=5e-7)
    assert [one["penalties"] for one in weekly] == [0, 0, 0, 0, 0, 0, pytest.approx(1437.69 + 657.89), 0, 0]
    assert closing == [0, 3, 7, 7, 5, 6, 5, 5, 7]


def test_the_option_that_was_weighed_by_hand() -> None:
    law = {"findings_to_accuse": 1, "exclusion": 0.5, "resolution_lag": 0}
    law |= {"collected": {"offsets": 1, "extrapolated": 0.5, "penalties": 0.5}}
    data = one_practice(**law)
    data["conduct"] |= {"horizon": 2, "belief_weight": 20, "belief_detected": 0.1}
    data["payers"][0]["audit"] |= {"lag": 0}
    market = market_of(data)
    practice, option = market.practices[0], Option("code_only", 0.5)
    honest = honest_tolls(market, practice, 0)
    assert before_toll(market, practice, option) == pytest.approx(690 - 50)
    assert utility(market, practice, option, 0, honest) == pytest.approx(379.1, abs=0.05)
    start = course(market.foreseen[0], 0.5, 0, 0, 0)[0][-1]
    figures = [start[n] for n in (ACCUSED, ACCUSED + 1, BARRED, CHARGED)]
    assert figures == pytest.approx([0.39347, 0.31606, 0.19673, 0.90163], abs=5e-6)


def test_it_knows_nothing_of_the_program() -> None:
    for name in ("people", "cases", "foresight", "utility", "audits", "law", "week"):
        tree = ast.parse((Path(__file__).parent / f"{name}.py").read_text())
        froms = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        imports = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        assert "__future__" in froms
        assert not [one for one in [*froms, *imports] if str(one).startswith("threatsim") or "numpy" in str(one)]


@pytest.mark.parametrize("path", ["choose_payer", "rule"])
def test_what_it_leaves_out_it_refuses(path: str) -> None:
    data = one_practice(findings_to_accuse=1, collected={"penalties": 0.5})
    data["conduct"] |= {"choose_payer": {"choose_payer": True}, "rule": {"rule": "bandit", "exploration": 0.1}}[path]
    with pytest.raises(NotImplementedError):
        market_of(data)


def test_the_odds_of_a_sample_are_binomial() -> None:
    assert odds(30, 1.0, 0.2) == pytest.approx((1, lower_limit(30, 30)))
    assert odds(30, 0.0, 0.2) == (0, 0)
    chance = math.fsum(math.comb(30, j) * 0.25**j * 0.75 ** (30 - j) for j in range(7, 31))
    assert odds(30, 0.25, 0.2)[0] == pytest.approx(chance)
