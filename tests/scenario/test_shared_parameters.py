"""Shared parameters: dated, sourced, referred to by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from threatsim.common.errors import ThreatsimError
from threatsim.common.library import library_folder
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.origins import origins
from threatsim.scenario.reading.reader import load_scenario, parameters_beside

FEES = """\
laser:
  description: Laser
  unit: USD per claim
  values:
    - {year: 2020, value: 300, source: "Fee schedule 2020", kind: measured}
    - {year: 2024, value: 326, source: "Fee schedule 2024", kind: measured, note: Office.}
"""


@pytest.fixture
def scenario(tmp_path: Path, small_text: str) -> Path:
    (tmp_path / "parameters").mkdir()
    (tmp_path / "parameters" / "mine.yaml").write_text(FEES)
    path = tmp_path / "s.yaml"
    path.write_text(small_text)
    return path


def refer(path: Path, reference: str) -> Path:
    written = '{value: 326, unit: USD per claim, source: "B 2025", kind: measured, note: office}'
    text = path.read_text()
    assert text.count(written) == 1
    path.write_text(text.replace(written, reference))
    return path


@pytest.mark.parametrize(
    ("year", "value", "held"),
    [("", 326, 2024), (", year: 2024", 326, 2024), (", year: 2023", 300, 2020), (", year: 2100", 326, 2024)],
)
def test_value_of_a_year_is_the_one_in_force(scenario: Path, year: str, value: float, held: int) -> None:
    loaded = load_scenario(refer(scenario, f"{{parameter: mine.laser{year}}}"))
    fee = loaded.scenario.modalities["fundoscopy"].fee_positive
    assert fee is not None
    assert (fee.value, fee.year, fee.unit, fee.kind) == (value, held, "USD per claim", "measured")
    assert fee.parameter == "mine.laser"
    assert origins(loaded)["modalities.fundoscopy.fee_positive"].label == "s.yaml:14, parameter mine.yaml:1"


def test_an_arm_and_the_command_line_may_refer_to_one(scenario: Path) -> None:
    text = scenario.read_text().replace(
        "payers.public.readers.capacity: 200", "modalities.fundoscopy.fee_positive: {parameter: mine.laser, year: 2020}"
    )
    scenario.write_text(text)
    loaded = load_scenario(scenario, overrides={"modalities.fundoscopy.fee_negative": {"parameter": "fees.cpt_92250"}})
    fundus = resolve_arm(loaded, "more_audits").modalities["fundoscopy"]
    assert fundus.fees == (35.58, 300)


def test_own_parameters_come_before_those_of_the_library(scenario: Path) -> None:
    (scenario.parent / "parameters" / "fees.yaml").write_text(FEES.replace("laser:", "cpt_92250:"))
    shared = parameters_beside(scenario)
    parameter, place = shared.find("fees.cpt_92250")
    assert parameter.description == "Laser"
    assert place.file is not None
    assert place.file.path.parent.parent == scenario.parent
    assert shared.find("fees.cpt_67228_office")[0].in_force(2025) is not None  # and the others stay


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("{parameter: mine.lazer}", ("there is no parameter 'mine.lazer'", "Did you mean 'mine.laser'?")),
        ("{parameter: mien.laser}", ("there is no parameters/mien.yaml", "mine.laser")),
        ("{parameter: laser}", ("file.name",)),
        ("{parameter: ../mine.laser}", ("file.name",)),
        ("{parameter: mine.laser, year: 1999}", ("no value for 1999", "2020")),
        ("{parameter: mine.laser, unit: EUR}", ()),
        ("{parameter: mine.laser, source: me}", ("cannot set 'source'",)),
        ("{parameter: mine.laser, value: 3}", ("cannot set 'value'",)),
    ],
)
def test_references_that_are_wrong(scenario: Path, reference: str, expected: tuple[str, ...]) -> None:
    refer(scenario, reference)
    if not expected:
        load_scenario(scenario)
        return
    with pytest.raises(ThreatsimError) as raised:
        load_scenario(scenario)
    text = str(raised.value)
    assert "s.yaml:14:" in text
    assert all(word in text for word in expected), text
    assert text.count("s.yaml:14:") == 1, "it is said once"


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (("year: 2024", "year: 2019"), "must rise"),
        (("value: 326", "value: lots"), "mine.yaml:6:"),
        (("  unit: USD per claim\n", ""), "mine.yaml:1:1: laser lacks 'unit'"),
        (("laser:", "laser: ["), "mine.yaml:"),
        (('source: "Fee schedule 2020", ', ""), "needs a source"),
        (("laser:", "Laser:"), "mine.yaml:1:1: 'Laser' is not a name"),
    ],
)
def test_parameter_files_that_are_wrong(scenario: Path, edit: tuple[str, str], expected: str) -> None:
    (scenario.parent / "parameters" / "mine.yaml").write_text(FEES.replace(*edit))
    with pytest.raises(ThreatsimError) as raised:
        load_scenario(refer(scenario, "{parameter: mine.laser}"))
    assert expected in str(raised.value)


def test_every_parameter_of_the_library_is_right_and_sourced() -> None:
    shared = parameters_beside(library_folder("scenarios") / "x.yaml")
    names = shared.names()
    assert len(names) > 40
    for name in names:
        parameter, _ = shared.find(name)
        for dated in parameter.values:
            assert dated.number.source or dated.number.kind == "assumed", name
            assert dated.number.note or dated.number.source, name
