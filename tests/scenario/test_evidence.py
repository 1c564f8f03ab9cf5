"""How the numbers of a scenario are counted: all of them, and the distinct ones in use."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from threatsim.common.errors import ThreatsimError
from threatsim.scenario.evidence import WeighedNumber, tally, weighed_numbers
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.reader import load_scenario

_MINE = "extends: insurance_upcoding\narms: [{name: baseline, title: As it is}]\n"
_ONE_PAYER = "without: [payers.private_plan]\npayers: [{name: public_payer, share: 1}]"

Load = Callable[[str], LoadedScenario]


@pytest.fixture(scope="module")
def flagship() -> LoadedScenario:
    return load_scenario("insurance_upcoding")


def _weighed(loaded: LoadedScenario) -> dict[str, WeighedNumber]:
    return {one.path: one for one in weighed_numbers(loaded.scenario)}


def test_a_number_of_several_items_counts_once(flagship: LoadedScenario) -> None:
    found = _weighed(flagship)
    first, *others = (f"providers.{name}.volume_skew" for name in flagship.scenario.providers)
    assert not found[first].same_as
    assert {found[path].same_as for path in others} == {first}
    prevalences = [found[f"modalities.{name}.prevalence"] for name in flagship.scenario.modalities]
    assert not any(one.same_as for one in prevalences)


def test_the_same_value_in_another_place_is_another_number(load_text: Load) -> None:
    found = _weighed(load_text(_MINE + "law: {exclusion: 0.25}\nconduct: {care_delivered: 0.25}\n"))
    assert not found["law.exclusion"].same_as
    assert not found["conduct.care_delivered"].same_as


@pytest.mark.parametrize(
    ("path", "text", "in_use"),
    [
        ("conduct.precision", "conduct: {rule: best_response}", False),
        ("conduct.precision", "conduct: {rule: logit}", True),
        ("conduct.exploration", "conduct: {rule: bandit}", True),
        ("law.suspension", "law: {suspension: 0}", False),
        ("law.suspension", "law: {suspension: {value: 0, uniform: {low: 0, high: 0.5}}}", True),
        ("law.suspension", "law: {suspension: 0.5}", True),
        ("cases.positive_share", "cases: {positive_share: 0.4}", False),
        ("payers.public_payer.share", "", True),
        (
            "payers.public_payer.share",
            "without: [payers.private_plan]\npayers: [{name: public_payer, share: 1}]",
            False,
        ),
    ],
)
def test_what_is_absent_or_read_by_nobody_is_not_in_use(load_text: Load, path: str, text: str, in_use: bool) -> None:
    assert _weighed(load_text(f"{_MINE}{text}\n"))[path].in_use is in_use


def test_counts_add_up(flagship: LoadedScenario) -> None:
    numbers = weighed_numbers(flagship.scenario)
    everything, distinct = (tally(numbers, distinct=choice) for choice in (False, True))
    assert everything.numbers == len(numbers)
    assert distinct.numbers == sum(one.in_use and not one.same_as for one in numbers) < everything.numbers
    for counted in (everything, distinct):
        assert counted.assumed_share == counted.kinds["assumed"] / counted.numbers
        assert 0 <= counted.without_range <= counted.kinds["assumed"]
    assert tally((), distinct=True).assumed_share == 0


def test_what_was_fitted_is_counted_as_such_and_owes_its_source(flagship: LoadedScenario, load_text: Load) -> None:
    kinds = tally(weighed_numbers(flagship.scenario), distinct=True).kinds
    assert list(kinds) == ["measured", "estimated", "fitted", "assumed"]
    assert kinds["fitted"] == 1
    assert _weighed(flagship)["conduct.reluctance_median"].number.quantity.kind == "fitted"
    with pytest.raises(ThreatsimError, match="'fitted' needs a source"):
        load_text(_MINE + "conduct: {belief_detected: {value: 0.02, kind: fitted}}\n")
