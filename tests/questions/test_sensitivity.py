"""Sensitivity of markets whose drivers are known: numbers found, the ranking turned, chance told apart, the page."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from threatsim.common.errors import InputError
from threatsim.questions.markets import Asked, Figures
from threatsim.questions.points import scenario_at
from threatsim.questions.sensitivity.analysis import analyse
from threatsim.questions.sensitivity.answers import answers_of
from threatsim.questions.sensitivity.budget import budget
from threatsim.questions.sensitivity.findings import SensitivityFindings
from threatsim.questions.sensitivity.record import SensitivityRecord
from threatsim.questions.sensitivity.varied import HIGH, LOW, values_at, varied_numbers
from threatsim.report.questions.publish_answer import publish_sensitivity
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.reader import load_scenario

RELUCTANCE, EXCLUSION, OTHER = "conduct.reluctance_median", "law.exclusion", "law.probe.lag"


class Known:
    """Loss falls with reluctance and rises with exclusion; where reluctance is high the second policy is the better.

    Chance is that of the replicate, the same at every point, and some of the point's own besides.
    """

    arms = ("baseline", "one", "two")

    def __init__(self, noise: float = 5.0) -> None:
        self.noise, self.run = noise, 0

    def figures(self, asked: Sequence[Asked], metrics: Sequence[str], title: str) -> Sequence[Figures]:
        return [self._at(*one) for one in asked]

    def _at(self, values: dict[str, float], replicates: tuple[int, ...]) -> Figures:
        self.run += len(replicates)
        shared = np.array([self._chance(f"{one}") for one in replicates])
        own = np.array([self._chance(f"{one} {sorted(values.items())}") for one in replicates])
        reluctance, exclusion = values.get(RELUCTANCE, 2000) / 2000, values.get(EXCLUSION, 0.05) / 0.05
        loss = 100 / reluctance + 10 * exclusion + self.noise * (10 * shared + own)
        gains = {"baseline": 0.0, "one": 20.0, "two": 20 + 60 * (reluctance - 1.2)}
        return {arm: {"payer_loss": loss, "net_benefit": gain - loss} for arm, gain in gains.items()}

    @staticmethod
    def _chance(key: str) -> float:
        return float(np.random.default_rng(zlib.crc32(key.encode())).standard_normal())


# What `Known` reckons with, whatever the library's scenario holds today.
DRAWN = {RELUCTANCE: {"value": 2000, "lognormal": {"median": 2000, "sigma": 0.35}, "unit": "USD per claim"}}


@pytest.fixture(scope="module")
def found() -> SensitivityFindings:
    scenario = load_scenario("insurance_upcoding", overrides=DRAWN).scenario
    numbers, left_out = varied_numbers(scenario, 0.5)
    sizes = budget(len(numbers), 6, 700)
    markets = Known()
    result = analyse(scenario, numbers, left_out, markets, sizes, spread=0.5, seed=1)
    assert markets.run == sizes.evaluations <= 700
    return result


def test_the_numbers_that_drive_are_found(found: SensitivityFindings) -> None:
    loss = next(one for one in found.answers if one.figure == "payer_loss" and not one.difference)
    swings = [one for one in found.swings if one.answer == loss]
    assert swings[0].number == RELUCTANCE
    assert {one.number for one in found.effects if one.answer == loss and (one.beyond_chance.low or 0) > 0} <= {
        RELUCTANCE,
        EXCLUSION,
    }
    total = {one.number: one.total for one in found.indices if one.answer == loss}
    assert (total[RELUCTANCE].low or 0) > 0.5
    assert all((one.low or 0) == 0 for label, one in total.items() if label not in (RELUCTANCE, EXCLUSION))


def test_the_number_that_alone_turns_the_ranking_is_named(found: SensitivityFindings) -> None:
    assert {(turn.number, turn.first, turn.before) for turn in found.turns if turn.sure} == {(RELUCTANCE, "two", "one")}
    assert found.ranking is not None
    assert found.ranking.order[0] == "one"
    # 'two' is ahead where reluctance is over 1.2 of its median: of a lognormal with sigma 0.35 in 30 of 100.
    assert found.ranking.changed.low is not None
    assert found.ranking.changed.high is not None
    assert found.ranking.changed.low < 0.30 < found.ranking.changed.high


def test_assumed_numbers_without_a_range_get_the_spread_and_it_is_said(found: SensitivityFindings) -> None:
    spread = {one.label: one for one in found.numbers if one.spread}
    assert {"conduct.precision", "conduct.exploration"} <= set(spread)
    assert spread["conduct.precision"].low == pytest.approx(5 * (0.5 + 0.05))
    assert "law.suspension" in found.left_out
    assert "cases.positive_share" in found.left_out


def test_the_answer_in_words_and_on_a_page(found: SensitivityFindings, tmp_path: Path) -> None:
    record = SensitivityRecord(
        question="sensitivity",
        scenario="insurance_upcoding",
        title="<b>Title</b>",
        seed=1,
        arms={"baseline": "As it is", "one": "One", "two": "Two"},
        options={},
        inputs="0" * 64,
        versions={},
        findings=found,
    )
    published = publish_sensitivity(record, tmp_path)
    assert f"{RELUCTANCE} alone can turn the ranking of 'Two' and 'One'" in published.sentences[0]
    page = (published.folder / "page.html").read_text()
    assert "<b>Title</b>" not in page
    assert page.count("<svg") >= len(found.answers)
    assert {path.name for path in published.folder.iterdir()} >= {
        "record.json",
        "swings.csv",
        "swings.parquet",
        "indices.csv",
        "numbers.csv",
    }
    assert SensitivityRecord.model_validate_json((published.folder / "record.json").read_text()) == record


def test_too_few_markets_and_figures_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="49 numbers need at least"):
        budget(49, 8, 100)
    with pytest.raises(InputError, match="no figure 'payer_los'"):
        answers_of(["baseline"], ["payer_los"])
    with pytest.raises(InputError, match="no figure 'weeks_to_detection' whose mean"):
        answers_of(["baseline"], ["weeks_to_detection"])


@pytest.mark.parametrize(
    ("name", "stays", "one_sided"),
    [
        ("billing_code_combinations", ["payers.private_plan.share", "other_laws.contract.damages"], []),
        ("teledermatology_rotation", [], ["tactics.rotation.angle"]),
        ("wiser", ["payers.public_payer.share"], []),
    ],
)
def test_all_that_is_varied_makes_a_scenario_at_its_ends(name: str, stays: list[str], one_sided: list[str]) -> None:
    """Shares sum to 1, and some numbers are bound by rules that no range says."""
    loaded = load_scenario(name)
    numbers, left_out = varied_numbers(loaded.scenario, 0.5)
    assert set(stays) <= set(left_out)
    ranges = {one.label: (one.at(LOW) / one.quantity.value, one.at(HIGH) / one.quantity.value) for one in numbers}
    for label in one_sided:
        assert ranges[label][0] < 0.6
        assert 0.9 < ranges[label][1] < 1
    for end in (LOW, HIGH):
        values = values_at(loaded.scenario, numbers, {one.label: end for one in numbers})
        found = scenario_at(loaded, values, loaded.scenario.arms[0].name)
        assert sum(payer.share.value for payer in found.payers) == pytest.approx(1)


def test_a_section_that_is_written_as_one_number_varies_by_its_parts(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("extends: wiser\nname: mine\nlaw: {collected: 0.5}\n", encoding="utf-8")
    loaded = load_scenario(tmp_path / "mine.yaml")
    found = scenario_at(loaded, {"law.collected.offsets": 0.9}, loaded.scenario.arms[0].name)
    assert (found.law.collected.offsets.value, found.law.collected.penalties.value) == (0.9, 0.5)
    assert resolve_arm(loaded, loaded.scenario.arms[0].name).law.collected.offsets.value == 1
