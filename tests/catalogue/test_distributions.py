"""Families of distributions: each is a field of a number, of the one class that says what it is."""

from __future__ import annotations

import pytest

from threatsim.catalogue.distributions import FAMILIES, Distribution
from threatsim.scenario.sections.quantity import Quantity

PARAMETERS = {
    "normal": {"mean": 3, "sd": 1},
    "lognormal": {"median": 3, "sigma": 0.5},
    "beta": {"alpha": 2, "beta": 5},
    "triangular": {"low": 1, "mode": 2, "high": 6},
    "uniform": {"low": 1, "high": 2},
}


def test_every_family_is_tried_here() -> None:
    assert list(FAMILIES) == list(PARAMETERS)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_number_may_have_each_family(name: str) -> None:
    number = Quantity.model_validate({name: PARAMETERS[name]})
    drawn = number.distribution
    assert isinstance(drawn, FAMILIES[name])
    assert isinstance(drawn, Distribution)
    assert float(number) == drawn.centre
    assert drawn.cdf(drawn.inverse(0.25)) == pytest.approx(0.25)
    assert number.model_dump()[name] == PARAMETERS[name]
    assert set(FAMILIES) & set(number.model_dump()) == {name}


def test_the_schema_says_how_each_is_written() -> None:
    assert FAMILIES["triangular"].field_text() == "Uncertain: triangular, by low, mode and high."
    assert Quantity.model_fields["beta"].description == "Uncertain: beta, by alpha and beta."


@pytest.mark.parametrize("name", [name for name in PARAMETERS if name != "beta"])
@pytest.mark.parametrize("factor", [0.5, 2])
def test_so_many_times_a_number_has_so_many_times_its_quantiles(name: str, factor: float) -> None:
    family = FAMILIES[name].model_validate(PARAMETERS[name])
    scaled = family.scaled(factor)
    assert scaled is not None
    for p in (0.01, 0.3, 0.5, 0.9):
        assert scaled.inverse(p) == pytest.approx(factor * family.inverse(p), rel=1e-12)


def test_twice_a_share_between_0_and_1_has_no_beta_distribution() -> None:
    share = FAMILIES["beta"].model_validate(PARAMETERS["beta"])
    assert share.scaled(2) is None
    assert share.scaled(1) == share
