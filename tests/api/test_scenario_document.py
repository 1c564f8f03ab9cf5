"""`threatsim.Scenario`: what goes in by a file or a dict comes out again, and mistakes are the command line's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

import threatsim
from tests.api.conftest import small_data
from threatsim.common.yaml_text.document import compose
from threatsim.scenario.reading.reader import load_scenario

NAMES = threatsim.Scenario.names()


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_of_the_library_is_itself_by_dict_and_by_yaml(name: str, tmp_path: Path) -> None:
    scenario = threatsim.Scenario.load(name)
    data, text = scenario.to_dict(), scenario.to_yaml()
    by_dict = threatsim.Scenario.from_dict(data)
    file = tmp_path / "again.yaml"
    file.write_text(text, encoding="utf-8")
    by_file = threatsim.Scenario.load(file)
    assert scenario.sections == by_dict.sections == by_file.sections == load_scenario(name).scenario
    assert scenario.arms == by_dict.arms == by_file.arms
    assert data == by_dict.to_dict() == by_file.to_dict() == YAML(typ="safe").load(text)
    assert by_file.to_yaml() == text


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(value=plain)
def test_plain_data_is_written_as_yaml_that_says_the_same(value: Any) -> None:
    from threatsim.api.scenario_document import _plain, _yaml

    printable = str.isprintable(repr(value)) and not any(c in repr(value) for c in "\\\x85\u2028\u2029\ufeff")
    if printable:
        assert compose(_yaml({"key": _plain(value)})).data == {"key": value}


def test_values_are_set_as_on_the_command_line(scenario: threatsim.Scenario, tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(scenario.to_yaml(), encoding="utf-8")
    values = {"payers.*.audit.random": 0.25, "weeks": 3}
    there = load_scenario(file, overrides=values).scenario
    changed = scenario.with_values(values)
    assert changed.sections == there
    assert changed.with_values({"weeks": 4}).sections.weeks == 4
    assert changed.with_values({"weeks": 4}).sections.payers == there.payers  # earlier values stay
    assert scenario.sections.weeks == 6  # and the scenario stays as it is
    assert changed.arms["audits_doubled"].payers[0].audit.random.value == 0.002  # an arm has the last word
    assert repr(changed) == "Scenario(small: 2 arms, 4 replicates, 3 weeks)"


def test_numbers_may_be_numpy_s_and_sequences_tuples(scenario: threatsim.Scenario) -> None:
    data = small_data()
    data["weeks"], data["conduct"]["shares"] = np.int64(6), (np.float64(0), 0.5, np.float32(1))
    assert threatsim.Scenario.from_dict(data).sections == scenario.sections


def test_the_dict_stays_the_caller_s(scenario: threatsim.Scenario) -> None:
    data = scenario.to_dict()
    data["weeks"] = 99
    data["payers"][0]["name"] = "other"
    assert scenario.to_dict()["weeks"] == 6
    assert scenario.to_dict()["payers"][0]["name"] == "public"


def test_a_misspelt_key_is_the_error_of_the_command_line(tmp_path: Path) -> None:
    data = threatsim.Scenario.from_dict(small_data()).to_dict() | {"weekz": 3}
    data["payers"][0]["audit"]["randum"] = 1
    with pytest.raises(threatsim.ScenarioError) as found:
        threatsim.Scenario.from_dict(data)
    hints = [problem.hint.split("?")[0] for problem in found.value.problems]
    assert hints == ["Did you mean 'random'", "Did you mean 'weeks'"]
    assert all(problem.place for problem in found.value.problems)
    good = threatsim.Scenario.from_dict(small_data()).to_yaml()
    file = tmp_path / "file.yaml"
    file.write_text(good + "weekz: 3\n", encoding="utf-8")
    with pytest.raises(threatsim.ScenarioError) as on_file:
        threatsim.Scenario.load(file)
    with pytest.raises(threatsim.ScenarioError) as on_dict:
        threatsim.Scenario.from_dict(small_data() | {"weekz": 3})
    assert str(on_file.value).replace(str(file), "<dict>") == str(on_dict.value)


@pytest.mark.parametrize(
    ("data", "path", "message"),
    [
        ({"weeks": object()}, "weeks", "no object"),
        ({"payers": [{"name": b"x"}]}, "payers.0.name", "no bytes"),
        ({"payers": {1: 2}}, "payers", "the key 1 is not text"),
        ({"weeks": {1, 2}}, "weeks", "no set"),
    ],
)
def test_what_no_scenario_holds_is_refused_with_its_path(data: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(threatsim.InputError, match=message) as found:
        threatsim.Scenario.from_dict(data)
    assert found.value.given == path


def test_data_that_holds_itself_is_refused() -> None:
    data = small_data()
    data["atlas"] = data
    with pytest.raises(threatsim.InputError, match="deep"):
        threatsim.Scenario.from_dict(data)


def test_a_name_that_is_not_there_and_a_path_that_leads_nowhere(scenario: threatsim.Scenario) -> None:
    with pytest.raises(threatsim.InputError, match="Did you mean 'insurance_upcoding'") as found:
        threatsim.Scenario.load("insurance_upcodin")
    assert found.value.allowed == NAMES
    with pytest.raises(threatsim.ScenarioError, match="Did you mean 'random'"):
        scenario.with_values({"payers.*.audit.randum": 1})
    with pytest.raises(threatsim.ScenarioError, match="Did you mean 'pgd'") as plugin:
        scenario.with_values({"tactics.pgd_white_box.attack": "pgdd"})
    assert plugin.value.problems[0].text.startswith("tactics.pgd_white_box.attack is 'pgdd'")
