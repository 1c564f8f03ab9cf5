"""Outcomes of code swaps from the bank: computed once, whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from threatsim.attacks.families.code_swap import CodeSwap
from threatsim.classifiers.codes.claim_store import find_claim_classifier
from threatsim.classifiers.codes.claim_training import claim_cases
from threatsim.outcomes.bank import swap_filling
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.swap_filling import compute_swap_outcomes, missing_swaps
from threatsim.outcomes.preparation.claim_codes import code_threat_model

FOLDER = find_claim_classifier("claim_codes")
assert FOLDER is not None
ADVERSARY = code_threat_model(FOLDER)
CLAIMS = claim_cases(FOLDER.card, "test", 30)


def test_each_swap_is_run_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = CodeSwap(access="queries", queries=4)
    bank = OutcomeBank(tmp_path)
    assert missing_swaps(bank, ADVERSARY, CLAIMS, spec) == 30
    first = compute_swap_outcomes(bank, ADVERSARY, CLAIMS, spec)
    monkeypatch.setattr(swap_filling, "swap", None)  # nothing may be run again
    again = OutcomeBank(tmp_path)
    assert missing_swaps(again, ADVERSARY, CLAIMS, spec) == 0
    part = compute_swap_outcomes(again, ADVERSARY, CLAIMS.subset([3, 1]), spec)
    for name in ("scores", "queries", "passes"):
        assert np.array_equal(getattr(part, name), getattr(first, name)[[3, 1]])


def test_what_an_outcome_depends_on_is_in_its_address() -> None:
    bank = OutcomeBank(None)
    compute_swap_outcomes(bank, ADVERSARY, CLAIMS, CodeSwap(access="queries", queries=4))
    assert missing_swaps(bank, ADVERSARY, CLAIMS, CodeSwap(access="queries", queries=5)) == 30
    other = replace(ADVERSARY, threshold=ADVERSARY.threshold / 2)
    assert missing_swaps(bank, other, CLAIMS, CodeSwap(access="queries", queries=4)) == 30
    white = CodeSwap(access="white_box")
    compute_swap_outcomes(bank, ADVERSARY, CLAIMS, white)
    assert missing_swaps(bank, other, CLAIMS, white) == 0  # gradients ask no threshold
