"""Holds a run against what its scenario expects."""

from __future__ import annotations

from collections.abc import Sequence

from threatsim.experiment.record.record import ArmOutcome, ClassifierFigures, ExpectationCheck
from threatsim.scenario.rules.expectation import ATTACK_FIGURES, Expectation
from threatsim.statistics.estimate import Estimate


def check_expectations(
    expected: Sequence[Expectation], arms: Sequence[ArmOutcome], classifiers: Sequence[ClassifierFigures]
) -> tuple[ExpectationCheck, ...]:
    """Return one check for each expectation: by the figure itself, and whether its whole interval agrees.

    A figure that is undefined, such as the success of a tactic that nobody used, does not hold.
    """
    checks = []
    for one in expected:
        found = _found(one, arms, classifiers)
        ok = found.value is not None and one.holds(found.value)
        ends = [end for end in (found.low, found.high) if end is not None]
        sure = bool(ends) and all(one.holds(end) == ok for end in ends)
        checks.append(ExpectationCheck(expected=one.written, found=found, ok=ok, sure=sure))
    return tuple(checks)


_NOTHING = Estimate(value=None, low=None, high=None, n=0)


def _found(one: Expectation, arms: Sequence[ArmOutcome], classifiers: Sequence[ClassifierFigures]) -> Estimate:
    if one.figure in ATTACK_FIGURES:
        attacks = [attack for c in classifiers if c.modality == one.modality for attack in c.attacks]
        of_tactic = next((attack for attack in attacks if attack.tactic == one.tactic), None)
        if of_tactic is None:
            return _NOTHING
        return of_tactic.success if one.figure == "attack_success" else of_tactic.suppression or _NOTHING
    arm = next(arm for arm in arms if arm.name == (one.arm or arms[0].name))
    of = next((tactic for tactic in arm.tactics if tactic.tactic == one.tactic), None) if one.tactic else arm
    if of is None:
        return _NOTHING
    return (of.differences if one.change else of.outcomes).get(one.figure, _NOTHING)
