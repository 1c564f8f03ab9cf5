"""The flagship scenario: loads, says where its numbers come from, and survives a round trip."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from threatsim.common.library import library_folder
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.scenario_library import scenario_names
from threatsim.scenario.reading.sources import kind_counts, sourced_numbers
from threatsim.scenario.schema import Scenario

Load = Callable[[str], LoadedScenario]


@pytest.fixture(scope="module")
def flagship() -> LoadedScenario:
    return load_scenario("insurance_upcoding")


@pytest.mark.parametrize("name", scenario_names())
def test_scenario_of_the_library_loads_under_its_name_and_all_arms_resolve(name: str) -> None:
    loaded = load_scenario(name)
    assert loaded.scenario.name == name
    for arm in loaded.scenario.arms:
        assert (resolve_arm(loaded, arm.name) == loaded.scenario) == (not arm.set)


def test_each_scenario_of_the_library_has_its_line_in_the_readme() -> None:
    readme = (library_folder("scenarios") / "README.md").read_text(encoding="utf-8")
    assert all(f"({name}.yaml)" in readme for name in scenario_names())


def test_flagship_is_the_one_that_was_asked_for(flagship: LoadedScenario) -> None:
    scenario = flagship.scenario
    assert [group.count for group in scenario.providers.values()] == [100, 100, 100]
    assert set(scenario.modalities) == {"fundoscopy", "chest_xray", "dermoscopy"}
    assert len(scenario.payers) == 2
    assert (scenario.weeks, scenario.replicates) == (52, 20)
    names = [
        "baseline",
        "no_attack",
        "no_classifier",
        "audits_doubled",
        "hash_at_capture",
        "hash_in_secret",
        "hardened_operating_point",
    ]
    assert [arm.name for arm in scenario.arms] == names
    attacks = {(tactic.attack, tactic.access) for tactic in scenario.tactics.values()}
    assert attacks == {
        ("none", "none"),
        ("patch", "none"),
        *((attack, access) for attack in ("patch", "pgd") for access in ("black_box", "white_box")),
    }
    noise = scenario.tactics["pgd_white_box"]
    assert noise.epsilon is not None
    assert noise.step is not None
    assert (float(noise.epsilon), float(noise.step), noise.steps, noise.pixel_range) == (0.02, 0.01, 20, (-1, 1))


def test_audits_are_doubled_in_every_payer(flagship: LoadedScenario) -> None:
    doubled = resolve_arm(flagship, "audits_doubled")
    for before, after in zip(flagship.scenario.payers, doubled.payers, strict=True):
        assert float(after.audit.random) == pytest.approx(2 * float(before.audit.random))
        assert float(after.audit.targeted) == pytest.approx(2 * float(before.audit.targeted))


def test_every_number_says_its_unit_and_sources_are_few_words(flagship: LoadedScenario) -> None:
    for path, quantity in sourced_numbers(flagship.scenario):
        assert quantity.unit, path
        assert len(quantity.source) < 120, path
    counts = kind_counts(flagship.scenario)
    assert counts["measured"] >= 15
    assert counts["estimated"] >= 5


def test_what_is_loaded_can_be_written_and_loaded_again(flagship: LoadedScenario, load_text: Load) -> None:
    dumped = flagship.scenario.model_dump(mode="json", exclude_none=True)
    assert Scenario.model_validate(dumped) == flagship.scenario
    stream = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False  # in { } ruamel breaks long keys over lines, which no YAML reader takes
    yaml.dump(_with_references(dumped), stream)
    assert load_text(stream.getvalue()).scenario == flagship.scenario


def _with_references(data: Any) -> Any:
    """Plain data with the numbers that scenarios share as a file refers to them, which is the only way it may."""
    if isinstance(data, dict):
        kept = ("parameter", "year", "note") if data.get("parameter") else tuple(data)
        return {key: _with_references(data[key]) for key in kept if key in data}
    return [_with_references(item) for item in data] if isinstance(data, list) else data


def test_numbers_that_scenarios_share_are_referred_to(flagship: LoadedScenario) -> None:
    numbers = dict(sourced_numbers(flagship.scenario))
    assert all(number.parameter for path, number in numbers.items() if path.endswith((".prevalence", ".fee_positive")))
    assert sum(bool(number.parameter) for number in numbers.values()) >= 15


def test_what_a_scenario_expects_is_not_expected_of_those_that_extend_it(
    flagship: LoadedScenario, load_text: Load
) -> None:
    assert flagship.scenario.expect
    own = "extends: insurance_upcoding\nwithout: [tactics.pgd_white_box]\narms: [{name: baseline, title: As it is}]\n"
    assert load_text(own).scenario.expect == {}
    more = load_text(own + "expect: {payer_loss: above 0}\n").scenario
    assert more.expect == {"payer_loss": "above 0"}


def test_library_of_an_installed_package_is_found_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site" / "threatsim"
    (package / "_data" / "scenarios").mkdir(parents=True)
    (package / "_data" / "scenarios" / "packed.yaml").touch()
    monkeypatch.setattr("threatsim.common.library.files", lambda _: package)
    assert scenario_names() == ("packed",)
