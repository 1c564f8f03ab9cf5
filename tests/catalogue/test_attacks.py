"""Every row of an attack keeps its word: what it names exists, and what it says of keys leaves nothing out."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import BaseModel

from tests.attacks.conftest import cases_of
from tests.outcomes.test_keys import SPECS, threat_model_with
from threatsim.attacks.base import Attack, ImageAttack
from threatsim.attacks.families.code_swap import CodeSwap
from threatsim.attacks.families.fgsm import FGSM
from threatsim.catalogue.access import ACCESSES, SHORT, TECHNIQUE, Access
from threatsim.catalogue.atlas_ids import TECHNIQUES
from threatsim.catalogue.attack_row import AttackRow, Input, Need
from threatsim.catalogue.attacks import ATTACKS, attacks_named_in
from threatsim.catalogue.row import Package, Registry
from threatsim.common.errors import PluginError
from threatsim.outcomes.bank.filling import outcome_keys
from threatsim.scenario.rules.tactic_rules import FIELDS
from threatsim.scenario.schema import Tactic

RUN = [name for name, row in ATTACKS.items() if row.implementation]
VALUES: dict[str, Any] = {
    "epsilon": 0.1,
    "step": 0.05,
    "steps": 2,
    "scale": 0.4,
    "queries": 20,
    "angle": 20.0,
    "captures": 3,
    "attack_name": "FastGradientMethod",
}


def built(row: AttackRow, access: str) -> Attack:
    made: Attack = row.build({one.name: VALUES.get(one.name) for one in row.parameters} | {"access": access})
    return made


@pytest.mark.parametrize("name", ATTACKS)
def test_a_row_is_whole(name: str) -> None:
    row = ATTACKS[name]
    assert AttackRow.model_validate(row.model_dump()) == row
    assert row.default_access in row.access
    assert row.implementation or row.access == ("none",)
    assert {parameter.name for parameter in row.parameters} >= set(row.market)
    for parameter in row.parameters:
        assert parameter.in_scenario or parameter.in_command
        assert parameter.in_scenario or not parameter.required
    assert all(row.technique_of(access) in TECHNIQUES for access in row.access)
    if row.curve is not None:
        assert list(row.curve.values) == sorted(set(row.curve.values))


@pytest.mark.parametrize("name", RUN)
def test_the_implementation_has_what_the_row_names(name: str) -> None:
    row = ATTACKS[name]
    kind: type[BaseModel] = row.resolve()
    assert issubclass(kind, CodeSwap if row.medium == "codes" else ImageAttack)
    named = [field for parameter in row.parameters for field in parameter.fields]
    named += [*row.fixed, *([row.queries] if row.queries else [])]
    named += [] if row.curve is None else [row.curve.field, *row.curve.scaled]
    for field in named:
        fields = kind.model_fields
        for part in field.split("."):
            assert part in fields, f"{name} names {field}"
            inner = fields[part].annotation
            fields = inner.model_fields if isinstance(inner, type) and issubclass(inner, BaseModel) else {}


@pytest.mark.parametrize("name", RUN)
def test_an_attack_is_built_with_every_access_and_finds_its_own_row(name: str) -> None:
    row = ATTACKS[name]
    for access in row.access:
        attack = built(row, access)
        assert (attack.row, attack.access, attack.technique) == (row, access, row.technique_of(access))
        assert attack.describe()
        assert attack.knowledge


@pytest.mark.parametrize("name", RUN)
def test_what_an_attack_works_with_is_part_of_its_key(name: str) -> None:
    row = ATTACKS[name]
    inputs_of_needs: tuple[tuple[Need, Input], ...] = (
        ("trained_artefact", "patches"),
        ("training_images", "training"),
        ("other_patients", "pool"),
    )
    for need, wanted in inputs_of_needs:
        assert (need in row.needs) == (row.depends_on.get(wanted) == "always")
    assert bool(row.library) == (row.depends_on.get("library") == "always")
    assert row.depends_on["victim"] == "always"
    for access in row.access:
        inputs = row.inputs(access, stops_early=True, available=())
        if access == "black_box":
            assert {"surrogate", "patches"} & set(inputs)
        if access == "queries":
            assert "threshold" in inputs


def test_the_parameters_that_are_fields_of_a_tactic_are_those_of_some_attack() -> None:
    given = {parameter.name for name in attacks_named_in("scenario") for parameter in ATTACKS[name].in_scenario()}
    assert given >= {*FIELDS, "pixel_range"}
    assert set(FIELDS) <= set(Tactic.model_fields)


def test_every_access_has_its_words_and_its_technique() -> None:
    assert set(ACCESSES) == set(get_args(Access)) == set(TECHNIQUE) == set(SHORT)


def test_the_keys_test_has_a_spec_of_every_attack() -> None:
    assert {spec.row_name for spec in SPECS.values()} == {name for name in RUN if ATTACKS[name].medium == "image"}


# Attacks of other packages -------------------------------------------------------------------------------------------


def test_an_attack_that_does_not_say_what_its_outcome_depends_on_is_refused() -> None:
    attacks, stranger = Registry("attack", AttackRow), Package(name="stranger", version="1", source="beef")
    whole = ATTACKS["fgsm"].model_dump() | {"name": "own"}
    for wrong in ({**whole, "depends_on": {}}, {key: value for key, value in whole.items() if key != "depends_on"}):
        with pytest.raises(PluginError, match="package 'stranger': its attack is refused: depends_on: "):
            attacks.add_from(stranger, lambda row=wrong: AttackRow.model_validate(row))  # type: ignore[misc]
    assert not attacks


def test_keys_tell_the_source_of_another_package_s_attack(monkeypatch: pytest.MonkeyPatch) -> None:
    threat_model, cases, spec = threat_model_with(), cases_of(2), SPECS["FGSM, white box"]
    own = outcome_keys(threat_model, cases, spec, 0)

    def keys_of(**package: str) -> list[bytes]:
        row = ATTACKS["fgsm"].model_copy(update={"package": Package(name="stranger", **package)})
        monkeypatch.setattr(FGSM, "row", property(lambda attack: row))
        return outcome_keys(threat_model, cases, spec, 0)

    found = [own, keys_of(version="1", source="a"), keys_of(version="1", source="b"), keys_of(version="2", source="a")]
    assert len({key for keys in found for key in keys}) == 8


def test_a_raised_version_of_a_row_is_part_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    threat_model, cases, spec = threat_model_with(), cases_of(2), SPECS["FGSM, white box"]
    before = outcome_keys(threat_model, cases, spec, 0)
    row = ATTACKS["fgsm"].model_copy(update={"version": 2})
    monkeypatch.setattr(FGSM, "row", property(lambda attack: row))
    assert not set(before) & set(outcome_keys(threat_model, cases, spec, 0))
