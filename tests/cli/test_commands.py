"""The commands as a user meets them, through the real program."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.cli.conftest import Command


def test_seed_and_replicates_do_as_they_say_and_reports_compare(
    threatsim: Command, tmp_path: Path, scenario: str
) -> None:
    ids = []
    for seed in ("1", "2"):
        options = ("--replicates", "2", "--no-patterns", "--no-page", "--json")
        result = threatsim("run", scenario, "--seed", seed, *options)
        assert result.returncode == 0, result.stderr
        record = json.loads(result.stdout)
        assert record["seed"] == int(seed)
        assert len(record["arms"][0]["replicates"]["payer_loss"]) == 2
        ids.append(record["report"])
    assert ids[0] != ids[1]
    compared = json.loads(threatsim("compare", ids[0], ids[0], "--json").stdout)
    (other,) = compared["others"]
    assert other["pairing"]["paired"]
    assert all(row["difference"]["value"] in (0, None) for row in other["rows"])
    assert not json.loads(threatsim("compare", *ids, "--json").stdout)["others"][0]["pairing"]["paired"]
    arms = threatsim("compare", f"{ids[0]}:baseline", f"{ids[0]}:hash_at_capture")
    assert arms.returncode == 0, arms.stderr
    assert "hash_at_capture" in arms.stdout


def test_validate_and_listings(threatsim: Command, scenario: str) -> None:
    valid = threatsim("validate", scenario, "insurance_upcoding", "--json")
    assert valid.returncode == 0
    assert all(row["ok"] for row in json.loads(valid.stdout))
    names = [row["name"] for row in json.loads(threatsim("scenarios", "--json").stdout)]
    assert "insurance_upcoding" in names
    listed = threatsim("scenarios").stdout.splitlines()
    assert len(listed) <= 45
    assert all(any(line.startswith(name) for line in listed) for name in names)
    assert "If payers let an image classifier" in threatsim("scenarios", "--details").stdout
    rows = json.loads(threatsim("classifiers", "list", "--json").stdout)
    assert [row["name"] for row in rows] == sorted(
        name + kind for name in ("chest_xray", "claim_codes", "dermoscopy", "fundoscopy") for kind in ("", "_hardened")
    )
    for arguments in (("scenarios",), ("classifiers", "list"), ("classifiers", "show", "dermoscopy"), ("--help",)):
        shown = threatsim(*arguments)
        assert shown.returncode == 0, shown.stderr
        assert max(len(line) for line in shown.stdout.splitlines()) <= 80


def test_surrogates_that_lie_ready_are_listed(threatsim: Command) -> None:
    ready = json.loads(threatsim("classifiers", "surrogates", "dermoscopy", "--json").stdout)
    assert [record["kind"]["architecture"] for record in ready].count("other") == 4
    shown = threatsim("classifiers", "surrogates", "dermoscopy")
    assert all(record["weights"] in shown.stdout for record in ready)
    assert max(len(line) for line in shown.stdout.splitlines()) <= 80
    assert "no surrogates beside fundoscopy" in threatsim("classifiers", "surrogates", "fundoscopy").stdout


def test_light_commands_load_no_heavy_library(threatsim: Command, scenario: str) -> None:
    libraries = ("torch", "mesa", "pandas", "scipy", "monai", "altair")
    more = ("pydantic", "numpy", "jinja2", "threatsim.scenario", "importlib.metadata")
    for arguments, unwanted in ((("--help",), (*libraries, *more)), (("validate", scenario), libraries)):
        result = threatsim(*arguments, PYTHONPROFILEIMPORTTIME="1")
        assert result.returncode == 0
        for heavy in unwanted:
            assert not re.search(rf"\|\s+{heavy}$", result.stderr, re.MULTILINE), (arguments, heavy)
