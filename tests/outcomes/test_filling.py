from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from tests.attacks.conftest import cases_of, threat_model  # noqa: F401
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import attack
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.families.square import Square
from threatsim.attacks.families.substitution import Substitution
from threatsim.attacks.threat_model import ThreatModel
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.filling import compute_outcomes, missing, outcome_keys, outcome_queries

SPEC = PGD(access="black_box", budget=PixelBudget(epsilon=0.1), step=0.05, steps=2)


def test_only_what_is_missing_is_attacked_and_the_answer_is_the_same(tmp_path: Path, threat_model: ThreatModel) -> None:  # noqa: F811
    cases = cases_of(30)
    direct = attack(threat_model, cases, SPEC).scores.numpy()
    counted: list[int] = []
    half = compute_outcomes(
        OutcomeBank(tmp_path), threat_model, cases.subset(range(10, 20)), SPEC, on_cases=counted.append
    )
    assert missing(OutcomeBank(tmp_path), threat_model, cases, SPEC) == 20
    full = compute_outcomes(OutcomeBank(tmp_path), threat_model, cases, SPEC, on_cases=counted.append)
    assert sum(counted) == 30
    np.testing.assert_array_equal(full, direct)
    np.testing.assert_array_equal(full[10:20], half)
    again = compute_outcomes(OutcomeBank(tmp_path), threat_model, cases, SPEC, on_cases=counted.append)
    assert sum(counted) == 30
    np.testing.assert_array_equal(again, full)


def test_keys_change_with_all_that_the_outcome_depends_on(threat_model: ThreatModel) -> None:  # noqa: F811
    cases = cases_of(3)
    keys = outcome_keys(threat_model, cases, SPEC, 0)
    assert len(set(keys)) == 3
    stronger = SPEC.model_copy(update={"steps": 3})
    other = ThreatModel(
        threat_model.victim,
        threat_model.surrogate,
        threat_model.patches,
        {**threat_model.fingerprints, "surrogate": "new"},
    )
    flipped = cases_of(3, seed=1)
    for changed in (
        outcome_keys(threat_model, cases, stronger, 0),
        outcome_keys(threat_model, cases, SPEC, 1),
        outcome_keys(threat_model, cases, None, 0),
        outcome_keys(other, cases, SPEC, 0),
        outcome_keys(threat_model, flipped, SPEC, 0),
    ):
        assert not set(keys) & set(changed)
    assert keys == outcome_keys(threat_model, cases, SPEC, 0)


def test_clean_scores_are_the_victim_s(threat_model: ThreatModel) -> None:  # noqa: F811
    cases = cases_of(5)
    scores = compute_outcomes(OutcomeBank(None), threat_model, cases, None)
    torch.testing.assert_close(torch.from_numpy(scores), threat_model.victim.scores(cases.images), atol=1e-6, rtol=0)


def test_what_substitution_sends_does_not_depend_on_what_the_bank_has(threat_model: ThreatModel) -> None:  # noqa: F811
    cases = cases_of(12)
    at_once = compute_outcomes(OutcomeBank(None), threat_model, cases, Substitution())
    bank = OutcomeBank(None)
    keys = outcome_keys(threat_model, cases, Substitution(), 0)
    bank.put({key: float(score) for key, score in zip(keys[:7], at_once[:7], strict=True)})
    np.testing.assert_array_equal(compute_outcomes(bank, threat_model, cases, Substitution()), at_once)
    assert not set(keys) & set(outcome_keys(threat_model, cases.subset(range(11)), Substitution(), 0))


def test_queries_are_kept_with_the_outcome(tmp_path: Path, threat_model: ThreatModel) -> None:  # noqa: F811
    cases, spec = cases_of(8), Square(budget=PixelBudget(epsilon=0.1), queries=20)
    direct = attack(threat_model, cases, spec)
    assert missing(OutcomeBank(tmp_path), threat_model, cases, spec) == 8
    compute_outcomes(OutcomeBank(tmp_path), threat_model, cases, spec)
    assert missing(OutcomeBank(tmp_path), threat_model, cases, spec) == 0
    kept = outcome_queries(OutcomeBank(tmp_path), threat_model, cases, spec)
    assert kept.tolist() == direct.queries.tolist()
    assert kept.max() > 1
    assert outcome_queries(OutcomeBank(tmp_path), threat_model, cases, SPEC).tolist() == [0] * 8


def test_an_outcome_without_its_queries_is_computed_again(tmp_path: Path, threat_model: ThreatModel) -> None:  # noqa: F811
    cases, spec = cases_of(4), Square(budget=PixelBudget(epsilon=0.1), queries=20)
    bank = OutcomeBank(tmp_path)
    bank.put(dict.fromkeys(outcome_keys(threat_model, cases, spec, 0), 0.5))
    assert missing(bank, threat_model, cases, spec) == 4
    compute_outcomes(bank, threat_model, cases, spec)
    assert outcome_queries(bank, threat_model, cases, spec).min() >= 1


def test_a_picture_that_is_there_twice_is_missing_twice_or_not_at_all(threat_model: ThreatModel) -> None:  # noqa: F811
    twice = cases_of(6).subset([0, 1, 2, 0])
    bank = OutcomeBank(None)
    assert missing(bank, threat_model, twice, SPEC) == 4
    compute_outcomes(bank, threat_model, twice, SPEC)
    assert missing(bank, threat_model, twice, SPEC) == 0
