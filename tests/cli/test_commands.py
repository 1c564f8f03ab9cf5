"""The commands as a user meets them, through the real program."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from tests.cli.conftest import Command
from threatsim.cases.synthetic.generate import generate
from threatsim.experiment.patterns.published_patterns import PATTERNS
from threatsim.experiment.record.record_reading import read_record

CONTROL = re.compile(r"\x1b\[")

FEW_PATCH_STEPS = """
from functools import partial
from threatsim.attacks.trained_patches import PatchRecipe
from threatsim.outcomes.making import training
training.make_patches = partial(training.make_patches, recipe=PatchRecipe(steps=2, lens_steps=1, batch_size=2))
from threatsim.cli.main import main
main()
"""
"""The program with patches that are trained for a few steps in place of a thousand."""


@pytest.fixture
def scenario(tmp_path: Path, small_scenario: str) -> str:
    (tmp_path / "mine.yaml").write_text(small_scenario)
    return "mine.yaml"


def report_of(folder: Path) -> Path:
    (record,) = folder.glob("**/record.json")
    return record.parent


def test_a_run_writes_the_whole_report_and_says_where(threatsim: Command, tmp_path: Path, scenario: str) -> None:
    result = threatsim("run", scenario)
    assert result.returncode == 0, result.stderr
    report = report_of(tmp_path / "reports")
    assert sorted(path.name for path in report.iterdir()) == [
        "charts",
        "claims_sample.parquet",
        "decisions.parquet",
        "manifest.json",
        "providers.parquet",
        "record.json",
        "report.html",
        "report.md",
        "weekly.parquet",
    ]
    charts = {path.name for path in (report / "charts").iterdir()}
    for key in ("differences", "accounts", "detection", "tactics", "exceedance", "epsilon"):
        assert {f"{key}.csv", f"{key}.png", f"{key}.svg"} <= charts
    assert [path.name for path in report.parent.iterdir()] == [report.name]
    assert str(report.relative_to(tmp_path)) in result.stdout
    assert not CONTROL.search(result.stdout + result.stderr)
    assert max(len(line) for line in result.stdout.splitlines() if "Report:" not in line) <= 80
    record = read_record(report)
    assert record.arms[0].name == "baseline"
    assert len(record.arms) == 7
    for arm in record.arms:
        assert abs(sum(arm.accounts.values())) < 1
    for classifier in record.classifiers:
        assert len(classifier.attacks) == 5


def test_the_same_run_gives_the_same_bytes_for_any_number_of_workers(
    threatsim: Command, tmp_path: Path, scenario: str
) -> None:
    for workers, out in (("1", "one"), ("2", "two")):
        result = threatsim("run", scenario, "--workers", workers, "--out", out, "--quiet", "--no-patterns")
        assert result.returncode == 0, result.stderr
        assert result.stderr == ""
        assert result.stdout.strip() == str(report_of(tmp_path / out).relative_to(tmp_path))
    first, second = report_of(tmp_path / "one"), report_of(tmp_path / "two")
    assert first.name == second.name
    for file in (path for path in first.rglob("*") if path.is_file()):
        assert file.read_bytes() == (second / file.relative_to(first)).read_bytes(), file.name


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


def test_claims_are_kept_a_provider_is_explained_and_the_model_is_checked(
    threatsim: Command, tmp_path: Path, scenario: str
) -> None:
    result = threatsim("run", scenario, "--keep-claims", "--no-patterns", "--json")
    assert result.returncode == 0, result.stderr
    record = json.loads(result.stdout)
    assert record["patterns"] == []
    report = tmp_path / record["report"]
    arms = [arm["name"] for arm in record["arms"]]
    assert {path.name for path in (report / "claims").iterdir()} == {
        *(f"{arm}-{replicate:05d}.parquet" for arm in arms for replicate in range(3)),
        *("datasheet.md", "schema.json", "splits.csv"),
    }
    columns = [one["name"] for one in json.loads((report / "claims" / "schema.json").read_text())["columns"]]
    assert columns == pq.read_schema(report / "claims" / "baseline-00000.parquet").names
    found = threatsim("claims", "baseline", str(report), "--json")
    assert found.returncode == (0 if found.stdout else 2), found.stderr
    story = json.loads(threatsim("explain", str(report), "--provider", "radiology.3", "--json").stdout)
    assert (story["provider"], story["arm"], story["weeks"]) == ("radiology.3", "baseline", 12)
    turns = [decision["week"] for decision in story["decisions"]]
    assert turns == [turns[0], turns[0] + 4, turns[0] + 8]
    shown = threatsim("explain", str(report), "--provider", "23", "--arm", "hash_at_capture")
    assert shown.returncode == 0, shown.stderr
    assert max(len(line) for line in shown.stdout.splitlines()) <= 80
    assert threatsim("explain", str(report)).returncode == 0
    wrong = threatsim("explain", str(report), "--provider", "radiologist.3")
    assert wrong.returncode == 2
    assert "Did you mean 'radiology.3'?" in " ".join(wrong.stderr.split())
    checked = threatsim("validate-model", scenario, "--json")
    rows = json.loads(checked.stdout)
    failed = any(row["verdict"] == "failed" for row in rows if row["role"] != "input")
    assert checked.returncode == (1 if failed else 0)
    assert len(rows) == len(PATTERNS)


def test_validate_and_listings(threatsim: Command, scenario: str) -> None:
    valid = threatsim("validate", scenario, "insurance_upcoding", "--json")
    assert valid.returncode == 0
    assert all(row["ok"] for row in json.loads(valid.stdout))
    names = [row["name"] for row in json.loads(threatsim("scenarios", "--json").stdout)]
    assert "insurance_upcoding" in names
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
    for arguments in (("--help",), ("validate", scenario)):
        result = threatsim(*arguments, PYTHONPROFILEIMPORTTIME="1")
        assert result.returncode == 0
        for heavy in ("torch", "mesa", "pandas", "scipy", "monai", "altair"):
            assert not re.search(rf"\|\s+{heavy}$", result.stderr, re.MULTILINE), (arguments, heavy)


def test_a_run_on_real_images_trains_what_is_missing_and_says_so(
    threatsim: Command, tmp_path: Path, scenario: str
) -> None:
    archive = tmp_path / "archives" / "dermoscopy"
    (archive / "images").mkdir(parents=True)
    cases = generate("dermoscopy", 90, seed=1, split="train", size=32)
    pixels = (cases.images * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    for name, image in zip(cases.case_ids, pixels, strict=True):
        Image.fromarray(image).save(archive / "images" / f"{name}.png")
    rows = [f"{name}.png,{label}" for name, label in zip(cases.case_ids, cases.labels, strict=True)]
    (archive / "labels.csv").write_text("\n".join(["image,label", *rows]) + "\n")

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        words = ("run", scenario, "--images", "archives", "--replicates", "2", "--no-patterns", *options)
        return threatsim(*words, program=("-c", FEW_PATCH_STEPS))

    first = run()
    assert first.returncode == 0, first.stderr
    assert "No classifier has been trained on dermoscopy yet" in first.stderr
    assert "fundoscopy: no real images in archives; synthetic ones are used." in first.stderr
    record = read_record(report_of(tmp_path / "reports"))
    real = {figures.modality: figures.real for figures in record.classifiers}
    assert real == {"fundoscopy": False, "chest_xray": False, "dermoscopy": True}
    (dermoscopy,) = (figures for figures in record.classifiers if figures.real)
    assert dermoscopy.images.startswith("archive dermoscopy (")
    assert dermoscopy.pixels == 32
    page = (report_of(tmp_path / "reports") / "report.html").read_text()
    assert "real images" in page

    again = run("--again", "--no-page")
    assert again.returncode == 0, again.stderr
    assert "Training" not in again.stderr
    assert read_record(report_of(tmp_path / "reports")).classifiers == record.classifiers
