from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from tests.attacks.conftest import adversary, cases_of  # noqa: F401
from threatsim.attacks.adversary import Adversary
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import attack
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.families.square import Square
from threatsim.attacks.families.substitution import Substitution
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.filling import compute_outcomes, missing, outcome_keys, outcome_queries

SPEC = PGD(access="black_box", budget=PixelBudget(epsilon=0.1), step=0.05, steps=2)


def test_only_what_is_missing_is_attacked_and_the_answer_is_the_same(tmp_path: Path, adversary: Adversary) -> None:  # noqa: F811
    cases = cases_of(30)
    direct = attack(adversary, cases, SPEC).scores.numpy()
    counted: list[int] = []
    half = compute_outcomes(
        OutcomeBank(tmp_path), adversary, cases.subset(range(10, 20)), SPEC, on_cases=counted.append
    )
    assert missing(OutcomeBank(tmp_path), adversary, cases, SPEC) == 20
    full = compute_outcomes(OutcomeBank(tmp_path), adversary, cases, SPEC, on_cases=counted.append)
    assert sum(counted) == 30
    np.testing.assert_array_equal(full, direct)
    np.testing.assert_array_equal(full[10:20], half)
    again = compute_outcomes(OutcomeBank(tmp_path), adversary, cases, SPEC, on_cases=counted.append)
    assert sum(counted) == 30
    np.testing.assert_array_equal(again, full)


def test_keys_change_with_all_that_the_outcome_depends_on(adversary: Adversary) -> None:  # noqa: F811
    cases = cases_of(3)
    keys = outcome_keys(adversary, cases, SPEC, 0)
    assert len(set(keys)) == 3
    stronger = SPEC.model_copy(update={"steps": 3})
    other = Adversary(
        adversary.victim, adversary.surrogate, adversary.patches, {**adversary.fingerprints, "surrogate": "new"}
    )
    flipped = cases_of(3, seed=1)
    for changed in (
        outcome_keys(adversary, cases, stronger, 0),
        outcome_keys(adversary, cases, SPEC, 1),
        outcome_keys(adversary, cases, None, 0),
        outcome_keys(other, cases, SPEC, 0),
        outcome_keys(adversary, flipped, SPEC, 0),
    ):
        assert not set(keys) & set(changed)
    assert keys == outcome_keys(adversary, cases, SPEC, 0)


def test_clean_scores_are_the_victim_s(adversary: Adversary) -> None:  # noqa: F811
    cases = cases_of(5)
    scores = compute_outcomes(OutcomeBank(None), adversary, cases, None)
    torch.testing.assert_close(torch.from_numpy(scores), adversary.victim.scores(cases.images), atol=1e-6, rtol=0)


def test_what_substitution_sends_does_not_depend_on_what_the_bank_has(adversary: Adversary) -> None:  # noqa: F811
    cases = cases_of(12)
    at_once = compute_outcomes(OutcomeBank(None), adversary, cases, Substitution())
    bank = OutcomeBank(None)
    keys = outcome_keys(adversary, cases, Substitution(), 0)
    bank.put({key: float(score) for key, score in zip(keys[:7], at_once[:7], strict=True)})
    np.testing.assert_array_equal(compute_outcomes(bank, adversary, cases, Substitution()), at_once)
    assert not set(keys) & set(outcome_keys(adversary, cases.subset(range(11)), Substitution(), 0))


def test_queries_are_kept_with_the_outcome(tmp_path: Path, adversary: Adversary) -> None:  # noqa: F811
    cases, spec = cases_of(8), Square(budget=PixelBudget(epsilon=0.1), queries=20)
    direct = attack(adversary, cases, spec)
    assert missing(OutcomeBank(tmp_path), adversary, cases, spec) == 8
    compute_outcomes(OutcomeBank(tmp_path), adversary, cases, spec)
    assert missing(OutcomeBank(tmp_path), adversary, cases, spec) == 0
    kept = outcome_queries(OutcomeBank(tmp_path), adversary, cases, spec)
    assert kept.tolist() == direct.queries.tolist()
    assert kept.max() > 1
    assert outcome_queries(OutcomeBank(tmp_path), adversary, cases, SPEC).tolist() == [0] * 8


def test_an_outcome_without_its_queries_is_computed_again(tmp_path: Path, adversary: Adversary) -> None:  # noqa: F811
    cases, spec = cases_of(4), Square(budget=PixelBudget(epsilon=0.1), queries=20)
    bank = OutcomeBank(tmp_path)
    bank.put(dict.fromkeys(outcome_keys(adversary, cases, spec, 0), 0.5))
    assert missing(bank, adversary, cases, spec) == 4
    compute_outcomes(bank, adversary, cases, spec)
    assert outcome_queries(bank, adversary, cases, spec).min() >= 1
