"""Remarks on numbers that are allowed but hardly meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.unlikely import unlikely_numbers


def of_child(folder: Path, small_text: str, text: str) -> list[str]:
    (folder / "base.yaml").write_text(small_text)
    (folder / "s.yaml").write_text(f"schema_version: 1\nextends: base.yaml\nname: child\n{text}")
    return list(unlikely_numbers(load_scenario(folder / "s.yaml")))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("law: {per_claim_penalty: 1430800}\n", ["s.yaml:4:26: law.per_claim_penalty is 1,430,800, 100 times"]),
        ("law: {per_claim_penalty: 140}\n", ["law.per_claim_penalty is 140, 1/102 of"]),
        ("law: {per_claim_penalty: 1430799}\n", []),
        ("law: {per_claim_penalty: 0}\n", []),
        ("law: {per_claim_penalty: {value: 1430800, source: A statute}}\n", []),
        ("law: {per_claim_penalty: {parameter: penalties.fca_per_claim_greatest}}\n", []),
        ("payers: [{name: private, audit: {random: 0.9}}]\n", []),
    ],
)
def test_a_bare_number_a_hundred_times_what_it_replaces(
    tmp_path: Path, small_text: str, written: str, expected: list[str]
) -> None:
    told = of_child(tmp_path, small_text, written)
    assert len(told) == len(expected)
    assert all(words in line for words, line in zip(expected, told, strict=True)), told


def test_outside_of_the_range_of_what_it_replaces(tmp_path: Path, small_text: str) -> None:
    ranged = small_text.replace("damages: 2", "damages: {triangular: {low: 1, mode: 2, high: 3}}")
    assert of_child(tmp_path, ranged, "law: {damages: 3}\n") == []
    (told,) = of_child(tmp_path, ranged, "law: {damages: 4}\n")
    assert "law.damages is 4, outside of the range of the 2 before it: triangular" in told


def test_a_number_of_a_file_that_extends_none_is_held_against_the_published_one(
    small_text: str, load_text: Callable[[str], LoadedScenario]
) -> None:
    assert list(unlikely_numbers(load_text(small_text))) == []
    (told,) = unlikely_numbers(load_text(small_text.replace("per_claim_penalty: 14308", "per_claim_penalty: 14308e2")))
    assert "s.yaml:80:22: law.per_claim_penalty is 1,430,800, 100 times the 14,308 of penalties.fca_per_claim" in told


@pytest.mark.parametrize(
    ("value", "remarks"), [(1_430_800, 1), ({"times": 100}, 0), ({"parameter": "penalties.fca_per_claim_greatest"}, 0)]
)
def test_what_set_says(value: Any, remarks: int) -> None:
    loaded = load_scenario("insurance_upcoding", overrides={"law.per_claim_penalty": value})
    told = list(unlikely_numbers(loaded))
    assert len(told) == remarks
    assert all(line.startswith("--set law.per_claim_penalty=1430800: ") for line in told)
