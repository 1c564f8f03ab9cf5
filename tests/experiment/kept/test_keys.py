"""What is kept is found again by nothing but the same: everything that it depends on changes its key."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from threatsim.experiment.kept import environment, kept_file
from threatsim.experiment.kept.known_patterns import patterns_key
from threatsim.experiment.kept.known_pictures import pictures_key
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.reader import load_scenario


def key_of(device: str = "cpu", **overrides: Any) -> str:
    changes = {name.replace("__", "."): value for name, value in overrides.items()}
    loaded = load_scenario("insurance_upcoding", overrides=changes)
    return pictures_key(loaded.scenario, [resolve_arm(loaded, arm.name) for arm in loaded.scenario.arms], device)


@pytest.mark.parametrize(
    "changes",
    [
        {"cases__per_modality": 60},
        {"cases__positive_share": 0.4},
        {"cases__source": "real"},
        {"modalities__fundoscopy__finding": "another finding"},
        {"tactics__pgd_white_box__epsilon": 0.01},
        {"tactics__pgd_white_box__steps": 3},
        {"payers__0__triage__operating_point": {"specificity": 0.8}},
        {"payers__1__triage__operating_point": {"specificity": 0.8}},
    ],
)
def test_what_a_scenario_says_of_pictures_changes_the_key(changes: dict[str, Any]) -> None:
    assert key_of(**changes) != key_of()


def test_what_it_says_of_money_and_how_often_it_is_run_does_not() -> None:
    same = {"seed": 5, "weeks": 26, "replicates": 4, "conduct__precision": 2, "payers__0__audit__random": 0.01}
    assert key_of(**same) == key_of(device="cpu")


def test_the_device_does() -> None:
    assert key_of(device="cuda") != key_of()


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of classifiers of the test's own."""
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "victim.safetensors").write_bytes(b"weights")
    monkeypatch.setattr(environment, "library_folder", lambda shelf: tmp_path)
    monkeypatch.setattr(environment, "folders", lambda group: [])
    monkeypatch.setenv("THREATSIM_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.mark.parametrize("name", ["net/victim.safetensors", "net/card.yaml", "cases/first.safetensors"])
def test_the_content_of_every_file_of_a_classifier_does(shelf: Path, name: str) -> None:
    before = environment.weights(surrogates=False)
    (shelf / name).parent.mkdir(exist_ok=True)
    (shelf / name).write_bytes(b"others!")  # of the same length as the weights
    assert environment.weights(surrogates=False) != before


def test_surrogates_trained_here_count_where_a_tactic_names_one(shelf: Path) -> None:
    before = environment.weights(surrogates=True), environment.weights(surrogates=False)
    (shelf / "cache" / "surrogates").mkdir(parents=True)
    (shelf / "cache" / "surrogates" / "one.safetensors").write_bytes(b"weights")
    assert environment.weights(surrogates=True) != before[0]


CHANGES: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "the source or a library": lambda patch: patch.setattr(environment, "versions", lambda: {"source": "other"}),
    "the processor": lambda patch: patch.setattr(environment.platform, "machine", lambda: "vax"),
    "a variable of MKL": lambda patch: patch.setenv("MKL_CBWR", "COMPATIBLE"),
    "a variable of torch": lambda patch: patch.setenv("ATEN_CPU_CAPABILITY", "default"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_so_does_what_it_is_computed_by(
    change: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = load_scenario("insurance_upcoding").scenario
    before = environment.code(), patterns_key(scenario, "scores")
    change(monkeypatch)
    assert environment.code() != before[0]
    assert patterns_key(scenario, "scores") != before[1]


def test_plug_ins_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("THREATSIM_NO_PLUGINS", raising=False)
    if not environment.code()["plugins"]:
        pytest.skip("none is installed here")
    before = environment.code()
    monkeypatch.setenv("THREATSIM_NO_PLUGINS", "1")
    assert environment.code() != before


def test_patterns_are_of_the_market_and_the_scores() -> None:
    scenario = load_scenario("insurance_upcoding").scenario
    again = load_scenario("insurance_upcoding", overrides={"replicates": 4, "doubt": 0}).scenario
    other = load_scenario("insurance_upcoding", overrides={"conduct.precision": 2}).scenario
    turned = scenario.model_copy(update={"providers": dict(reversed(scenario.providers.items()))})
    key = patterns_key(scenario, "scores")
    assert patterns_key(again, "scores") == key
    assert (
        len({key, patterns_key(other, "scores"), patterns_key(scenario, "others"), patterns_key(turned, "scores")}) == 4
    )


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: b"", lambda data: data.replace(b"1.5", b"1.6")]
)
def test_a_damaged_file_is_taken_for_none(
    damage: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THREATSIM_CACHE", str(tmp_path))
    kept_file.save("things", "ab12", {"x": [1.5, 0.1, float("inf"), None]})
    assert kept_file.load("things", "ab12") == ({"x": [1.5, 0.1, float("inf"), None]}, {})
    assert kept_file.load("things", "ab13") is None
    file = tmp_path / "things" / "ab12"
    file.rename(tmp_path / "things" / "ab13")
    assert kept_file.load("things", "ab13") is None  # of another key
    file.write_bytes(damage((tmp_path / "things" / "ab13").read_bytes()))
    assert kept_file.load("things", "ab12") is None


def test_rows_are_told_in_the_same_order_by_every_process() -> None:
    """A set's order hangs on a seed of the process: the key of what is kept must not."""
    program = (
        "from threatsim.catalogue.plugin_list import REGISTRIES\n"
        "from threatsim.experiment.kept import environment\n"
        "from threatsim.experiment.record.fingerprint import fingerprint\n"
        "print(fingerprint([environment.rows(table.values()) for table in REGISTRIES]))\n"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1
