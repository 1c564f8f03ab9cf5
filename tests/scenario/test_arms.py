"""Arms and overrides: what they set, and what they leave."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from threatsim.common.errors import ThreatsimError
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.schema import Scenario

Load = Callable[[str], LoadedScenario]


def with_set(text: str, *entries: str) -> str:
    head, _, _ = text.partition("      payers.*.audit.random: 0.02")
    return head + "".join(f"      {entry}\n" for entry in entries)


def arm_of(load_text: Load, text: str, *entries: str) -> Scenario:
    return resolve_arm(load_text(with_set(text, *entries)), "more_audits")


def test_baseline_is_the_file(small: LoadedScenario) -> None:
    assert resolve_arm(small, "baseline") == small.scenario


def test_star_sets_every_payer_and_name_only_one(small: LoadedScenario) -> None:
    arm = resolve_arm(small, "more_audits")
    assert [float(payer.audit.random) for payer in arm.payers] == [0.02, 0.02]
    assert [float(payer.readers.capacity) for payer in arm.payers] == [200, 100]


def test_arm_changes_nothing_else(small: LoadedScenario) -> None:
    arm = resolve_arm(small, "more_audits").model_dump()
    for payer, former in zip(arm["payers"], small.scenario.model_dump()["payers"], strict=True):
        payer["audit"]["random"] = former["audit"]["random"]
        payer["readers"]["capacity"] = former["readers"]["capacity"]
    assert arm == small.scenario.model_dump()


def test_setting_through_an_alias_leaves_the_anchor_alone(load_text: Load, small_text: str) -> None:
    arm = arm_of(load_text, small_text, "payers.private.audit.lag: 9")
    assert [float(payer.audit.lag) for payer in arm.payers] == [2, 9]


def test_bare_number_keeps_the_unit_and_loses_the_source(load_text: Load, small_text: str) -> None:
    fee = "modalities.fundoscopy.fee_positive"
    for path in (fee, f"{fee}.value"):
        quantity = arm_of(load_text, small_text, f"{path}: 400").modalities["fundoscopy"].fee_positive
        assert (quantity.value, quantity.unit) == (400, "USD per claim")
        assert (quantity.kind, quantity.source, quantity.note) == ("assumed", "", "")


def test_full_mapping_brings_its_own_source(load_text: Load, small_text: str) -> None:
    entry = 'modalities.*.fee_positive: {value: 1, unit: USD, source: "X 2020", kind: measured}'
    text = small_text.replace("fee_negative: 36", "fee_negative: 0.5")
    quantity = arm_of(load_text, text, entry).modalities["fundoscopy"].fee_positive
    assert quantity.model_dump() == {"value": 1, "unit": "USD", "source": "X 2020", "kind": "measured", "note": ""}


def test_section_is_replaced_whole(load_text: Load, small_text: str) -> None:
    point = arm_of(load_text, small_text, "payers.*.triage.operating_point: {specificity: 0.7}").payers[0].triage
    assert point.operating_point.sensitivity is None
    assert float(point.operating_point.specificity or 0) == 0.7


def test_what_the_file_leaves_to_the_default_can_be_set(load_text: Load, small_text: str) -> None:
    arm = arm_of(load_text, small_text, "payers.public.integrity.hash_at_capture: true")
    assert [payer.integrity.hash_at_capture for payer in arm.payers] == [True, False]
    assert float(arm.payers[1].integrity.false_alarm) == 0.01


def test_later_entry_wins(load_text: Load, small_text: str) -> None:
    arm = arm_of(load_text, small_text, "payers.*.audit.lag: 5", "payers.public.audit.lag: 6")
    assert [float(payer.audit.lag) for payer in arm.payers] == [6, 5]
    arm = arm_of(load_text, small_text, "payers.public.audit.lag: 6", "payers.*.audit.lag: 5")
    assert [float(payer.audit.lag) for payer in arm.payers] == [5, 5]


def test_index_and_mapping_star(load_text: Load, small_text: str) -> None:
    arm = arm_of(load_text, small_text, "payers.1.share: 0.3", "payers.0.share: 0.7", "tactics.*.cost_per_claim: 3")
    assert [float(payer.share) for payer in arm.payers] == [0.7, 0.3]
    assert {float(tactic.cost_per_claim) for tactic in arm.tactics.values()} == {3}


def test_unknown_arm_gives_the_nearest(small: LoadedScenario) -> None:
    with pytest.raises(ThreatsimError, match="it has baseline, more_audits") as raised:
        resolve_arm(small, "more_audit")
    assert raised.value.hint == "Did you mean 'more_audits'?"


def test_mistakes_of_all_arms_are_found_at_loading(load_text: Load, small_text: str) -> None:
    text = small_text + "  - name: third\n    title: Third\n    set:\n      law.damage: 3\n"
    with pytest.raises(ThreatsimError) as raised:
        load_text(text.replace("payers.*.audit.random: 0.02", "payers.*.audit.random: 2"))
    message = str(raised.value)
    assert "s.yaml:90:30: arm 'more_audits'" in message
    assert "s.yaml:95:7: arm 'third'" in message
    assert "Did you mean 'damages'?" in message


def test_mistake_of_the_file_is_not_told_again_by_the_arms(load_text: Load, small_text: str) -> None:
    with pytest.raises(ThreatsimError) as raised:
        load_text(small_text.replace("extrapolate: false", "extrapolate: 3"))
    assert str(raised.value).count("extrapolate needs") == 1


def test_overrides_reach_the_scenario_and_its_arms(small: LoadedScenario) -> None:
    loaded = load_scenario(small.path, overrides={"replicates": 9, "payers.*.audit.lag": 7, "seed": 1})
    assert (loaded.scenario.replicates, loaded.scenario.seed) == (9, 1)
    arm = resolve_arm(loaded, "more_audits")
    assert [float(payer.audit.lag) for payer in arm.payers] == [7, 7]
    assert small.scenario.replicates == 2


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"replicates": 0}, "s.yaml: override replicates: replicates is 0; allowed is from 2 to 10,000"),
        ({"replicats": 3}, "Did you mean 'replicates'?"),
        ({"seed": "x"}, "whole number"),
        ({"seed": 1, "payers.*.share": 0.7}, "sum to 1.4"),
        ({"payers": []}, "must not be empty"),
        ({"payers": [1, None]}, "override payers"),
        ({"": 3}, "there is no ''"),
        ({"seed.x": 3}, "nothing inside"),
        ({"law": None}, "section with keys"),
        ({"conduct.shares": [0, 2]}, "from 0 to 1"),
    ],
)
def test_override_that_is_refused(small: LoadedScenario, overrides: dict[str, object], expected: str) -> None:
    with pytest.raises(ThreatsimError) as raised:
        load_scenario(small.path, overrides=overrides)
    assert expected in str(raised.value)
