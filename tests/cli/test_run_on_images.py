"""A run on an archive of one's own: classifiers are trained once, and the report says what was real."""

from __future__ import annotations

import subprocess
from pathlib import Path

import torch
from PIL import Image

from tests.cli.conftest import Command, report_of
from threatsim.cases.synthetic.generate import generate
from threatsim.experiment.record.record_reading import read_record

FEW_PATCH_STEPS = """
from functools import partial
from threatsim.attacks.trained_patches import PatchRecipe
from threatsim.outcomes.making import training
training.make_patches = partial(training.make_patches, recipe=PatchRecipe(steps=2, lens_steps=1, batch_size=2))
from threatsim.cli.main import main
main()
"""
"""The program with patches that are trained for a few steps in place of a thousand."""


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
        words = ("run", scenario, "--images", "archives", "--replicates", "2", "--no-patterns", "--no-page", *options)
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
    assert "real images" in " ".join(first.stdout.split())
    assert [one.text for one in record.overridden] == ["--replicates 2", "--images archives"]

    again = run("--again")
    assert again.returncode == 0, again.stderr
    assert "Training" not in again.stderr
    assert read_record(report_of(tmp_path / "reports")).classifiers == record.classifiers
