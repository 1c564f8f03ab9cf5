"""The numbers of the library: known or ranged, with a sentence why; amounts are what their sources multiply to."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from threatsim.common.library import library_folder
from threatsim.scenario.evidence import tally, weighed_numbers
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.reader import load_scenario, parameters_beside
from threatsim.scenario.reading.scenario_library import scenario_names
from threatsim.scenario.reading.sources import sourced_numbers
from threatsim.scenario.rules.fixed_numbers import uncertain_faults
from threatsim.scenario.sections.quantity import Quantity

RVU = re.compile(r"([\d.]+) RVU(?: \(\d{4}\))? x ([\d.]+)$")


def _could_have_a_range(path: str) -> bool:
    """Whether the schema's rules allow a range there; items of lists go by their place."""
    data: object = {"value": 1.0, "uniform": {"low": 0.5, "high": 1.5}}
    for part in reversed(path.split(".")):
        data = {part: data}
    return not list(uncertain_faults(data))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", scenario_names())
def test_what_is_assumed_has_a_range_and_a_sentence_why(name: str) -> None:
    for path, (_, number), in_use, _ in weighed_numbers(load_scenario(name).scenario):
        if number.kind == "assumed" and in_use:
            assert number.note, path
            assert number.distribution or "range" in number.note, path
            assert number.distribution or path.endswith(".share") or not _could_have_a_range(path), path


@pytest.mark.parametrize("name", scenario_names())
def test_what_an_arm_assumes_in_place_of_a_ranged_number_has_a_range(name: str) -> None:
    """Else an arm that doubles a number would halve it in some draws."""
    loaded = load_scenario(name)
    ranged = {path for path, number in sourced_numbers(loaded.scenario) if number.distribution}
    for arm in loaded.scenario.arms:
        for path, number in sourced_numbers(resolve_arm(loaded, arm.name)):
            if path in ranged and number.kind == "assumed" and number.value:
                assert number.distribution, f"{arm.name}: {path}"


def test_at_most_46_percent_of_the_flagships_numbers_in_use_are_assumed() -> None:
    counted = tally(weighed_numbers(load_scenario("insurance_upcoding").scenario), distinct=True)
    assert counted.assumed_share <= 0.46
    assert counted.without_range == 0


def _amounts() -> Iterator[tuple[str, int, Quantity]]:
    shared = parameters_beside(library_folder("scenarios") / "insurance_upcoding.yaml")
    for name in shared.names():
        parameter, _ = shared.find(name)
        for dated in parameter.values:
            yield name, dated.year, dated.number


def test_fees_are_relative_values_times_the_conversion_factor() -> None:
    factors = {year: number.value for name, year, number in _amounts() if name == "fees.conversion_factor"}
    worked_out = [(name, year, number, RVU.search(number.source)) for name, year, number in _amounts()]
    found = [(name, year, number, match) for name, year, number, match in worked_out if match]
    assert len(found) >= 15
    for name, year, number, match in found:
        units, factor = map(float, match.groups())
        assert factor == factors[year], name
        assert number.value == pytest.approx(units * factor, abs=0.006), name


def test_sources_are_few_words() -> None:
    assert all(len(number.source) < 120 for _, _, number in _amounts())
