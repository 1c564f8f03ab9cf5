"""Sourced numbers: where they are listed, how they are counted, what a bare one is."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.paths import expand
from threatsim.scenario.reading.sources import kind_counts, sourced_numbers
from threatsim.scenario.sections.quantity import PerWeek, Quantity, Share


def test_every_number_is_listed_with_the_path_an_arm_would_write(small: LoadedScenario) -> None:
    numbers = {number.path: number.quantity for number in sourced_numbers(small.scenario)}
    assert numbers["payers.private.audit.random"].source == "C 2013"
    assert numbers["modalities.fundoscopy.fee_positive"].unit == "USD per claim"
    assert numbers["cases.positive_share"].value == 0.5
    assert numbers["payers.private.triage.operating_point.specificity"].value == 0.8
    assert "payers.private.triage.operating_point.sensitivity" not in numbers
    assert all(len(expand(path, small.document.data)) == 1 for path in numbers)


def test_kinds_are_counted(small: LoadedScenario) -> None:
    counts = kind_counts(small.scenario)
    assert counts["measured"] == 2
    assert counts["estimated"] == 2  # one audit rate, used by both payers
    assert sum(counts.values()) == len(sourced_numbers(small.scenario))


def test_bare_number_is_assumed_and_takes_the_unit_of_its_place() -> None:
    quantity = TypeAdapter(Share).validate_python(0.25)
    assert quantity == Quantity(value=0.25, unit="share", kind="assumed")
    assert float(quantity) == 0.25


@pytest.mark.parametrize("bad", [True, "0.5", None, [0.5], {"value": "0.5"}, {"value": True}, {}, float("nan")])
def test_what_is_no_number_is_refused(bad: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Share).validate_python(bad)


@pytest.mark.parametrize("unit", ["percent", "claims per year", "USD"])
def test_unit_must_fit(unit: str) -> None:
    for kind in (Share, PerWeek):
        with pytest.raises(ValidationError, match="does not fit"):
            TypeAdapter(kind).validate_python({"value": 0.5, "unit": unit})


def test_source_of_blanks_is_none() -> None:
    with pytest.raises(ValidationError, match="needs a source"):
        Quantity(value=1, kind="measured", source="  ")
