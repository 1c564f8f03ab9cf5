"""Rows and the table that keeps them: names are unique, what a plug-in gives is checked and names its package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import Field

from threatsim.catalogue.row import OWN, Package, Registry, Row
from threatsim.common.errors import PluginError, ThreatsimError

STRANGER = Package(name="orchard", version="2.1", source="beef")


class Fruit(Row):
    """A kind of its own."""

    unit: str = Field(description="What it is weighed in.", min_length=1)


def _fruit(name: str = "apple", **fields: object) -> Fruit:
    return Fruit.model_validate({"name": name, "title": name.capitalize(), "text": "Grows.", "unit": "kg", **fields})


def _broken() -> Fruit:
    raise OSError("no such tree")


def test_rows_are_found_by_name_in_the_order_given() -> None:
    fruits = Registry("fruit", Fruit, [_fruit("pear"), _fruit("apple")])
    assert list(fruits) == ["pear", "apple"]
    assert fruits.find("apple").package == OWN
    with pytest.raises(ThreatsimError, match=r"unknown fruit 'appel'\nDid you mean 'apple'\?"):
        fruits.find("appel")


def test_a_plug_in_s_row_carries_its_package() -> None:
    fruits = Registry("fruit", Fruit, [_fruit("pear")])
    fruits.add_from(STRANGER, _fruit)
    assert fruits["apple"].package == STRANGER
    assert fruits["pear"].package == OWN


@pytest.mark.parametrize(
    ("load", "message"),
    [
        (lambda: _fruit("pear"), "package 'orchard': its fruit 'pear' has a name that package 'threatsim' has taken"),
        (lambda: _fruit(unit=""), "package 'orchard': its fruit is refused: unit: "),
        (lambda: Fruit.model_validate({"name": "a", "title": "A", "text": "A."}), "refused: unit: field required"),
        (_broken, r"package 'orchard': its fruit cannot be loaded: OSError\('no such tree'\)"),
        (lambda: "apple", "package 'orchard': its fruit is a str, no Fruit"),
    ],
)
def test_what_a_plug_in_does_wrong_is_said_with_its_package(load: Callable[[], Any], message: str) -> None:
    fruits = Registry("fruit", Fruit, [_fruit("pear")])
    with pytest.raises(PluginError, match=message) as error:
        fruits.add_from(STRANGER, load)
    assert error.value.package == "orchard"
    assert list(fruits) == ["pear"]


def test_an_implementation_is_imported_when_asked_for() -> None:
    assert _fruit(implementation="threatsim.catalogue.row:Row").resolve() is Row
    for wrong in ("threatsim.catalogue.row:Rwo", "threatsim.no_such_module:Row"):
        with pytest.raises(PluginError, match="package 'threatsim': 'apple': its implementation"):
            _fruit(implementation=wrong).resolve()
