"""Standard arms: what their names stand for in any scenario, and what a wrong name is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from threatsim.common.errors import InputError
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.loaded import LoadedScenario

Load = Callable[[str], LoadedScenario]


def with_arm(text: str, name: str) -> str:
    return text.replace("\narms:\n", "\narms:\n  - {name: as_it_is, title: As it is}\n" + f"  - {name}\n", 1)


def test_no_attack_closes_what_submits_another_picture_and_nothing_else(load_text: Load, small_text: str) -> None:
    loaded = load_text(with_arm(small_text, "no_attack"))
    arm = resolve_arm(loaded, "no_attack")
    for name, tactic in arm.tactics.items():
        assert tactic.available == (loaded.scenario.tactics[name].available and tactic.attack == "none")
    closed = {name: tactic.model_copy(update={"available": True}) for name, tactic in arm.tactics.items()}
    assert arm.model_copy(update={"tactics": closed}) == loaded.scenario


def test_no_classifier_leaves_the_readers(load_text: Load, small_text: str) -> None:
    loaded = load_text(with_arm(small_text, "no_classifier"))
    arm = resolve_arm(loaded, "no_classifier")
    assert [payer.triage.classifier for payer in arm.payers] == [False] * len(arm.payers)
    assert all(payer.triage.classifier for payer in loaded.scenario.payers)
    assert [payer.readers for payer in arm.payers] == [payer.readers for payer in loaded.scenario.payers]


def test_a_wrong_name_is_told_with_its_place_and_the_nearest(load_text: Load, small_text: str) -> None:
    with pytest.raises(InputError) as told:
        load_text(with_arm(small_text, "no_atack"))
    message = str(told.value)
    assert "no standard arm 'no_atack'" in message
    assert "Did you mean 'no_attack'?" in f"{message} {told.value.hint}"
