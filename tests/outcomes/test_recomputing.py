"""A rerun does not believe the bank: a sample of what it keeps is computed again."""

from __future__ import annotations

from pathlib import Path

from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.recomputing import RecomputingBank

KEYS = [number.to_bytes(24, "big") for number in range(4000)]


def asked(bank: RecomputingBank, score: float) -> None:
    """Ask for all, twice, as is done to count what is missing; compute what is not known, and ask again."""
    bank.get(KEYS)
    known = bank.get(KEYS)
    unknown = [key for key in KEYS if key not in known]
    bank.put(dict.fromkeys(unknown, score))
    assert len(bank.get(KEYS)) == len(KEYS)


def test_a_sample_is_computed_again_and_agrees(tmp_path: Path) -> None:
    OutcomeBank(tmp_path).put(dict.fromkeys(KEYS, 0.25))
    bank = RecomputingBank(tmp_path, share=0.05)
    asked(bank, 0.25)
    assert 130 < bank.recomputed < 280  # 200, with a standard deviation of 14
    assert bank.differing == 0


def test_a_forged_entry_is_found_and_put_right(tmp_path: Path) -> None:
    OutcomeBank(tmp_path).put(dict.fromkeys(KEYS, 0.999))
    bank = RecomputingBank(tmp_path, share=1)
    asked(bank, 0.25)
    assert (bank.recomputed, bank.differing) == (len(KEYS), len(KEYS))
    assert abs(bank.largest - 0.749) < 1e-6
    assert set(OutcomeBank(tmp_path).get(KEYS).values()) == {0.25}


def test_not_a_number_is_no_agreement(tmp_path: Path) -> None:
    OutcomeBank(tmp_path).put({KEYS[0]: float("nan")})
    bank = RecomputingBank(tmp_path, share=1)
    assert bank.get(KEYS[:1]) == {}
    bank.put({KEYS[0]: 0.5})
    assert bank.differing == 1


def test_two_processes_draw_other_samples(tmp_path: Path) -> None:
    """Who forges cannot know which entries are spared."""
    OutcomeBank(tmp_path).put(dict.fromkeys(KEYS, 0.25))
    one, other = (set(RecomputingBank(tmp_path, share=0.5).get(KEYS)) for _ in range(2))
    assert one != other


def test_what_lies_elsewhere_is_not_withheld(tmp_path: Path) -> None:
    bank = RecomputingBank(tmp_path, share=1)
    bank.lay_in({KEYS[0]: 0.5})
    assert bank.get(KEYS[:2]) == {KEYS[0]: 0.5}
    assert bank.recomputed == 0
