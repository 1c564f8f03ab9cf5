"""What a tactic gives its attack is what the attack's row takes; another package's own parameters have a place."""

from __future__ import annotations

from typing import Any

import pytest

from threatsim.catalogue.attack_row import AttackRow, Parameter
from threatsim.catalogue.attacks import ATTACKS
from threatsim.catalogue.row import Registry
from threatsim.scenario.rules import tactic_rules
from threatsim.scenario.rules.tactic_rules import FIELDS, tactic_clashes

BLUR = AttackRow(
    name="blur",
    title="Blur",
    text="The image out of focus.",
    implementation="blurring.blur:Blur",
    parameters=(
        Parameter(name="sigma", fields=("sigma",), text="Width of the blur (pixels).", required=True),
        Parameter(name="passes", fields=("passes",), text="How often."),
    ),
    access=("none",),
    default_access="none",
    needs=(),
    depends_on={"victim": "always"},
    alters="scene",
)


def message(attack: str, **fields: Any) -> list[tuple[tuple[Any, ...], str]]:
    """Path and text of every mistake."""
    empty = dict.fromkeys((*FIELDS, "surrogate", "parameters")) | {"pixel_range": (-1.0, 1.0), "access": "none"}
    return [(clash.path, clash.text) for clash in tactic_clashes({**empty, "attack": attack, **fields})]


@pytest.fixture(autouse=True)
def _blur(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tactic_rules, "ATTACKS", Registry("attack", AttackRow, [*ATTACKS.values(), BLUR]))


def test_parameters_of_its_own_are_taken() -> None:
    assert message("blur", parameters={"sigma": 2.0}) == []
    assert message("blur", parameters={"sigma": 2.0, "passes": 3}) == []


@pytest.mark.parametrize(
    ("fields", "path", "text"),
    [
        ({}, (), "attack 'blur' needs parameters.sigma"),
        ({"parameters": {"passes": 2}}, (), "attack 'blur' needs parameters.sigma"),
        (
            {"parameters": {"sigma": 1, "pases": 2}},
            ("parameters", "pases"),
            "attack 'blur' has no parameter of its own by this name. Did you mean 'passes'?",
        ),
        ({"parameters": {"sigma": 1}, "epsilon": 0.1}, ("epsilon",), "attack 'blur' does not use it"),
        (
            {"parameters": {"sigma": 1}, "assumed_resize": "none"},
            ("assumed_resize",),
            "attack 'blur' does not use it",
        ),
        ({"parameters": {"sigma": 1}, "access": "queries"}, ("access",), "attack 'blur' needs access: none"),
    ],
)
def test_what_does_not_fit_is_said(fields: dict[str, Any], path: tuple[Any, ...], text: str) -> None:
    assert message("blur", **fields) == [(path, text)]


def test_our_own_attacks_have_no_parameters_of_their_own() -> None:
    text = "attack 'fgsm' has no parameter of its own by this name"
    found = message("fgsm", access="white_box", epsilon=0.1, parameters={"sigma": 1})
    assert found == [(("parameters", "sigma"), text)]
