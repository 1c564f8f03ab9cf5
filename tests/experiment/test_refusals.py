"""Operating points may be drawn where no attack is computed against the threshold."""

from __future__ import annotations

from pathlib import Path

import pytest

from threatsim.common.errors import InputError
from threatsim.experiment.doubt.refusals import check_operating_points
from threatsim.experiment.tactics import aimed_at_threshold, attacks_of_all
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.reader import load_scenario

SMALL = Path(__file__).parent.parent / "scenario" / "small.yaml"
UNCERTAIN = "{specificity: {value: 0.8, uniform: {low: 0.7, high: 0.9}}}"


def check(text: str, path: Path) -> None:
    path.write_text(text)
    loaded = load_scenario(path)
    arms = {arm.name: resolve_arm(loaded, arm.name) for arm in loaded.scenario.arms}
    check_operating_points(loaded, arms, aimed_at_threshold(attacks_of_all(arms, path)))


def queried() -> str:
    """The small scenario with an attack that queries the payer's decision instead of one that climbs gradients."""
    text = SMALL.read_text()
    for written, instead in (
        ("attack: pgd", "attack: square"),
        ("access: white_box", "access: queries"),
        ("    step: 0.01\n", ""),
        ("    steps: 20\n", "    queries: 50\n"),
    ):
        assert text.count(written) == 1
        text = text.replace(written, instead)
    return text


def test_a_threshold_may_be_drawn_where_attacks_do_not_stop_at_it(tmp_path: Path) -> None:
    text = SMALL.read_text()
    assert text.count("{specificity: 0.8}") == 1
    check(text.replace("{specificity: 0.8}", UNCERTAIN), tmp_path / "s.yaml")


def test_a_threshold_that_an_attack_stops_at_is_refused_with_its_place(tmp_path: Path) -> None:
    text = queried()
    path = tmp_path / "s.yaml"
    check(text, path)
    with pytest.raises(InputError) as raised:
        check(text.replace("{specificity: 0.8}", UNCERTAIN), path)
    line = next(number for number, one in enumerate(path.read_text().splitlines(), 1) if UNCERTAIN in one)
    assert str(raised.value.location).startswith(f"{path}:{line}:")
    assert "tactic 'noise' is computed against the threshold" in str(raised.value)


def test_so_is_one_that_an_arm_makes_uncertain(tmp_path: Path) -> None:
    text = queried()
    setting = f"payers.*.audit.random: 0.02\n      payers.private.triage.operating_point: {UNCERTAIN}"
    path = tmp_path / "s.yaml"
    with pytest.raises(InputError, match="specificity: it cannot be drawn"):
        check(text.replace("payers.*.audit.random: 0.02", setting), path)


def test_other_numbers_may_be_drawn_beside_such_an_attack(tmp_path: Path) -> None:
    text = queried()
    check(text.replace("damages: 2", "damages: {value: 2, uniform: {low: 1, high: 3}}"), tmp_path / "s.yaml")
