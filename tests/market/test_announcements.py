"""What payers announce of their controls, and what they keep secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.model import Market

if TYPE_CHECKING:
    from tests.market.conftest import Build

Tables = dict[str, OutcomeTable]
SIGNED = {"payers.*.integrity.hash_at_capture": True}
ALTER_FILE = [False, True, True]  # the code alone, a patch, noise


def beliefs(build: Build, tables: Tables, changes: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return what eye practices believe before the first week of being recognised at once, and of being paid."""
    belief = Market(build(changes), tables).table.beliefs[0]
    assert np.ptp(belief.paid.expected()[:60], axis=0).max() == 0
    return belief.recognised.expected()[0], belief.paid.expected()[0]


def test_announced_signatures_are_believed_to_stop_altered_files(build: Build, tables: Tables) -> None:
    recognised, paid = beliefs(build, tables, SIGNED)
    np.testing.assert_array_equal(recognised, ALTER_FILE)
    np.testing.assert_allclose(paid, [0.6, 0, 0])


def test_of_one_payer_of_two_they_are_believed_by_its_share(build: Build, tables: Tables) -> None:
    one = {"payers.0.integrity.hash_at_capture": True}
    recognised, paid = beliefs(build, tables, one)
    np.testing.assert_allclose(recognised, [0, 0.6, 0.6])
    np.testing.assert_allclose(paid, [0.6, 0.24, 0.24])
    apart = Market(build(one | {"conduct.choose_payer": True}), tables).table.beliefs
    np.testing.assert_array_equal(apart[0].recognised.expected()[0], ALTER_FILE)
    np.testing.assert_array_equal(apart[1].recognised.expected()[0], [0, 0, 0])


def test_secret_signatures_begin_with_the_record_and_catch_who_did_not_know(build: Build, tables: Tables) -> None:
    fraud = {"conduct.reluctance_median": 20, "conduct.belief_detected": 0.001, "weeks": 8, "burn_in": 8}
    secret = Market(build(fraud | SIGNED | {"payers.*.integrity.announced": False}), tables)
    np.testing.assert_array_equal(secret.table.beliefs[0].recognised.expected(), 0)
    for _ in range(8):
        secret.step()
        assert not any(payer.signed for payer in secret.payers)
    caught = 0
    for _ in range(8):
        secret.step()
        assert all(payer.signed for payer in secret.payers)
        caught += np.count_nonzero(secret.claims.recognised & (secret.claims.tactic == 2))
    known = Market(build(fraud | SIGNED), tables)
    known.run()
    tried = known.run_counts.weekly["false_claims_pgd_white_box"].sum()
    assert caught > 20
    assert tried == 0


def test_an_announced_search_is_believed_as_it_was_measured(build: Build, tables_with_controls: Tables) -> None:
    control = {"false_alarm": 0.02, "on_hit": "deny", "announced": True}
    changes = {"payers.*.integrity.duplicate_search": control}
    recognised, paid = beliefs(build, tables_with_controls, changes)
    table = tables_with_controls["fundoscopy"].control_statistics["duplicate_search"]
    threshold = np.quantile(table.calibration, 0.98)
    alarms = (table.attacked["pgd_white_box"] > threshold).mean()
    assert recognised[2] == pytest.approx(alarms, abs=0.05)
    assert recognised[0] == pytest.approx(0.02, abs=0.02)
    np.testing.assert_allclose(paid, 0.6 * (1 - recognised))
    secret, paid_in_secret = beliefs(
        build, tables_with_controls, {"payers.*.integrity.duplicate_search": control | {"announced": False}}
    )
    np.testing.assert_array_equal(secret, 0)
    np.testing.assert_allclose(paid_in_secret, 0.6)


def test_what_an_announced_detector_holds_is_believed_to_be_read(build: Build, tables_with_controls: Tables) -> None:
    detector = {"kind": "gaussian", "false_alarm": 0.02, "on_hit": "pend", "announced": True}
    recognised, paid = beliefs(build, tables_with_controls, {"payers.*.integrity.detector": detector})
    np.testing.assert_array_equal(recognised, 0)
    table = tables_with_controls["fundoscopy"].control_statistics["gaussian"]
    held = (table.attacked["patch_natural"] > np.quantile(table.calibration, 0.98)).mean()
    assert paid[1] == pytest.approx(0.6 * (1 - held * 0.95), abs=0.05)  # readers' specificity
    marked, unchanged = beliefs(
        build, tables_with_controls, {"payers.*.integrity.detector": detector | {"on_hit": "mark"}}
    )
    np.testing.assert_array_equal(marked, 0)
    np.testing.assert_allclose(unchanged, 0.6)
