"""Models broken on purpose raise their own flag; the classifiers that they are made of do not."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable

import pytest

from threatsim.classifiers.store import shipped_names
from threatsim.outcomes.audit.checks.broken import BROKEN
from threatsim.outcomes.audit.checks.broken_copies import SENSORS, broken_copies
from threatsim.outcomes.audit.subject import AuditedModel


@pytest.mark.parametrize("name", shipped_names())
@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_classifier_raises_its_own_flag(
    fault: str, name: str, of_shipped: Callable[[str], AuditedModel]
) -> None:
    whole = of_shipped(name)
    make, key = BROKEN[fault]
    broken = dataclasses.replace(whole, model=make(copy.deepcopy(whole.model)))
    result = SENSORS[key](broken)
    assert not result.ok, result.found
    assert result.key == key


@pytest.mark.parametrize("name", shipped_names())
@pytest.mark.parametrize("key", SENSORS)
def test_a_shipped_classifier_raises_none_of_them(
    key: str, name: str, of_shipped: Callable[[str], AuditedModel]
) -> None:
    result = SENSORS[key](of_shipped(name))
    assert result.ok, result.found


def test_every_broken_copy_of_a_toy_is_seen(toy: Callable[[int], AuditedModel]) -> None:
    result = broken_copies(toy(2))
    assert result.ok, result.found
    assert "5 of 5" in result.found


def test_an_audit_that_is_blind_to_a_fault_says_so(toy: Callable[[int], AuditedModel]) -> None:
    result = broken_copies(toy(2), broken={"nothing wrong": (lambda model: model, "gradients")})
    assert not result.ok
    assert "silent: nothing wrong" in result.found


def test_training_mode_left_on_is_seen(of_shipped: Callable[[str], AuditedModel]) -> None:
    whole = of_shipped("dermoscopy")
    left = dataclasses.replace(whole, model=copy.deepcopy(whole.model).train())
    result = SENSORS["determinism"](left)
    assert not result.ok
    assert "training mode" in result.found
