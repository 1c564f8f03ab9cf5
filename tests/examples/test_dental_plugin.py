"""The example package: installed into an empty environment, it adds one of each kind and threatsim is not touched."""

from __future__ import annotations

import json
import os
import shutil
import site
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "dental_plugin"
PACKAGE = "dental-plugin"
ROWS = {
    "attack": "smooth_noise",
    "control": "grain",
    "modality": "bitewing",
    "metric": "false_share",
    "conduct rule": "satisficing",
}
FOLDERS = {"scenarios": "dental", "classifiers": "dental"}
KEYS = """
import json, torch
from threatsim.attacks.trained_patches import load_threat_model
from threatsim.cases.synthetic.generate import SyntheticSet, generate
from threatsim.catalogue.attacks import ATTACKS
from threatsim.catalogue.controls import CONTROLS
from threatsim.classifiers.store import shipped
from threatsim.outcomes.bank.filling import outcome_keys

threat_model = load_threat_model(shipped("bitewing"), torch.device("cpu"))
cases = generate("bitewing", 2, seed=1, split="test")
attacks = {
    "smooth_noise": ATTACKS["smooth_noise"].build({"epsilon": 0.1, "access": "black_box"}),
    "pgd": ATTACKS["pgd"].build({"epsilon": 0.1, "step": 0.05, "steps": 2, "access": "black_box"}),
}
keys = {name: [key.hex() for key in outcome_keys(threat_model, cases, attack, 0)] for name, attack in attacks.items()}
films = SyntheticSet(modality="bitewing", split="test", seed=1)
print(json.dumps({**keys, "films": films.model_dump_json(), "grain": CONTROLS["grain"].identity()}))
"""


@dataclass(frozen=True)
class Environment:
    """A Python of its own, in which the example is installed beside what this one has."""

    python: Path
    cache: Path

    @property
    def package(self) -> Path:
        """Where the example was installed."""
        return next(self.python.parents[1].glob("lib/python*/site-packages/dental_plugin"))

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "THREATSIM_CACHE": str(self.cache), "NO_COLOR": "1", "COLUMNS": "200", **variables}
        return subprocess.run(
            [self.python, *arguments], capture_output=True, text=True, env=environment, cwd=self.cache, check=False
        )

    def threatsim(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.run("-m", "threatsim", *arguments, **variables)

    def told(self, *arguments: str, **variables: str) -> Any:
        done = self.threatsim(*arguments, "--json", **variables)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @contextmanager
    def edited(self, file: str, text: str) -> Iterator[None]:
        """More text stands at the end of one of the example's files, for a while."""
        path = self.package / file
        before = path.read_text()
        try:
            path.write_text(before + text)
            yield
        finally:
            path.write_text(before)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    home = tmp_path_factory.mktemp("dental")
    venv.create(home / "venv", symlinks=True)
    python = home / "venv" / "bin" / "python"
    (packages,) = (home / "venv").glob("lib/python*/site-packages")
    here = [place for place in site.getsitepackages() if Path(place).is_dir()]
    (packages / "beside.pth").write_text("".join(f"import site; site.addsitedir({place!r})\n" for place in here))
    source = shutil.copytree(EXAMPLE, home / "source", ignore=shutil.ignore_patterns("build", "*.egg-info"))
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--disable-pip-version-check"]
    options = ["--no-index", "--no-deps", "--no-build-isolation", str(source)]
    done = subprocess.run([*pip, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (home / "cache").mkdir()
    return Environment(python, home / "cache")


def test_what_it_adds_is_listed(environment: Environment) -> None:
    entries = environment.told("plugins")
    assert {entry["kind"]: entry["name"] for entry in entries} == ROWS | FOLDERS
    assert {(entry["package"], entry["version"], entry["state"]) for entry in entries} == {(PACKAGE, "0.1.0", "loaded")}
    assert len({entry["source"] for entry in entries}) == 1
    assert "bitewing" in [row["name"] for row in environment.told("classifiers", "list")]
    assert "dental_fillings" in environment.threatsim("scenarios").stdout
    printed = environment.threatsim("plugins").stdout
    assert "smooth_noise" in printed
    assert "broken" not in printed


def test_a_run_uses_all_that_it_adds(environment: Environment) -> None:
    small = (
        "--replicates",
        "2",
        "--set",
        "weeks=8",
        "--set",
        "cases.per_modality=40",
        "--workers",
        "1",
        "--no-patterns",
    )
    record = environment.told("run", "dental_plugin/dental_fillings", *small)
    assert record["scenario"]["conduct"]["rule"] == ROWS["conduct rule"]
    assert record["versions"][PACKAGE].startswith("0.1.0, source ")
    (classifier,) = record["classifiers"]
    assert classifier["modality"] == "bitewing"
    (attack,) = classifier["attacks"]
    assert attack["attack"].startswith("Smooth noise, transfer from the surrogate, the best of 20")
    assert attack["success"]["value"] > 0.3
    assert list(attack["flagged"]) == ["Grain, budget 5 %"]
    for arm in record["arms"]:
        assert 0 < arm["outcomes"]["false_share"]["value"] < 0.5
    page = next(environment.cache.glob("reports/dental_fillings/*/report.html")).read_text()
    assert "Share of claims that are false" in page
    assert "The detector of grain has not been tried against an attacker who knows of it." in page


def test_its_own_tests_pass(environment: Environment) -> None:
    done = environment.run("-m", "pytest", "-q", "-p", "no:cacheprovider", str(EXAMPLE / "tests"))
    assert done.returncode == 0, done.stdout


def test_an_edited_plug_in_is_served_nothing_that_the_old_one_made(environment: Environment) -> None:
    def keys() -> Any:
        done = environment.run("-c", KEYS)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    first = keys()
    assert keys() == first
    with environment.edited("measures.py", "# As before.\n"):
        other = keys()
    assert not set(first["smooth_noise"]) & set(other["smooth_noise"])
    assert first["pgd"] == other["pgd"]
    assert first["films"] != other["films"]
    assert first["grain"] != other["grain"]


def test_a_broken_plug_in_is_named_and_the_rest_goes_on(environment: Environment) -> None:
    with environment.edited("rows.py", "raise OSError('the film is torn')\n"):
        entries = environment.told("plugins")
        broken = {entry["name"]: entry["why"] for entry in entries if entry["state"] == "broken"}
        assert set(broken) == set(ROWS.values())
        for why in broken.values():
            assert why.startswith(f"package '{PACKAGE}': its ")
            assert "OSError('the film is torn')" in why
        done = environment.threatsim("validate", "dental_fillings")
        assert done.returncode == 2
        assert f"package '{PACKAGE}': its modality 'bitewing = dental_plugin.rows:BITEWING' cannot be" in done.stderr
        assert "Traceback" not in done.stderr
        done = environment.threatsim("validate", "insurance_upcoding")
        assert done.returncode == 0
        assert done.stderr.count("left out") == done.stderr.count("its metric 'false_share") == 1


def test_without_plug_ins_nothing_of_it_is_there(environment: Environment) -> None:
    assert environment.told("plugins", THREATSIM_NO_PLUGINS="1") == []
    done = environment.threatsim("validate", "dental_fillings", THREATSIM_NO_PLUGINS="1")
    assert done.returncode == 2
    assert "there is no such scenario file" in done.stderr


def test_the_schema_that_ships_knows_no_plug_in_and_the_command_s_does(environment: Environment) -> None:
    shipped = (EXAMPLE.parents[1] / "scenarios" / "scenario.schema.json").read_text()
    assert environment.threatsim("schema", THREATSIM_NO_PLUGINS="1").stdout == shipped
    assert set(ROWS.values()) - set(_texts(json.loads(environment.threatsim("schema").stdout))) == {"false_share"}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
