"""A run on an archive of one's own: classifiers are trained once, and the report says what was real."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import torch
from PIL import Image

from tests.cli.conftest import Command, report_of
from threatsim.cases.synthetic.generate import generate
from threatsim.cli.options import terminal_progress
from threatsim.common.errors import InputError
from threatsim.experiment.record.record_reading import read_record
from threatsim.experiment.rerun import rerun
from threatsim.report.publishing import publish

FEW_STEPS = """
from functools import partial
from threatsim.attacks.trained_patches import PatchRecipe
from threatsim.outcomes.making import training
training.make_patches = partial(training.make_patches, recipe=PatchRecipe(steps=2, lens_steps=1, batch_size=2))
made = training.make_classifier
def quickly(work, base, splits, recipe, **more):
    return made(work, base, splits, recipe.model_copy(update={"epochs": 2}), **more)
training.make_classifier = quickly
from threatsim.cli.main import main
main()
"""
"""The program with networks and patches that are trained for a few steps in place of a thousand."""


def test_a_run_on_real_images_trains_what_is_missing_and_says_what_label_1_is(
    threatsim: Command, tmp_path: Path, scenario: str
) -> None:
    archive = tmp_path / "archives" / "films"
    (archive / "images").mkdir(parents=True)
    cases = generate("chest_xray", 90, seed=1, split="train", size=32)
    pixels = (cases.images[:, 0] * 255).round().to(torch.uint8).numpy()
    rows = ["Image Index,Finding Labels,Patient ID"]
    for number, (image, label) in enumerate(zip(pixels, cases.labels, strict=True)):
        Image.fromarray(image).save(archive / "images" / f"{number:08d}_000.png")
        found = "Pneumonia" if label else ("No Finding", "Pneumothorax")[number % 2]
        rows.append(f"{number:08d}_000.png,{found},{number}")
    (archive / "Data_Entry_2017.csv").write_text("\n".join(rows) + "\n")

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return threatsim(*words, program=("-c", FEW_STEPS))

    options = ("--images", "archives", "--finding", "Pneumonia", "--replicates", "2", "--no-patterns", "--no-page")
    first = call("run", scenario, *options)
    assert first.returncode == 0, first.stderr
    assert "No classifier has been trained on films yet" in first.stderr
    assert "fundoscopy: no real images in archives; synthetic ones are used." in first.stderr
    folder = report_of(tmp_path / "reports")
    record = read_record(folder)
    real = {figures.modality: figures.real for figures in record.classifiers}
    assert real == {"fundoscopy": False, "chest_xray": True, "dermoscopy": False}
    (chest,) = (figures for figures in record.classifiers if figures.real)
    assert chest.images.startswith("archive films (")
    assert "label 1: Pneumonia" in chest.images
    assert chest.pixels == 32
    told = " ".join(first.stdout.split())
    assert "real images" in told
    assert "Label 1 of an archive (Pneumonia, where it has that) was taken for" in told
    assert [one.text for one in record.overridden] == ["--replicates 2", "--images archives", "--finding Pneumonia"]

    with pytest.raises(InputError, match="the run was of --finding Pneumonia"):
        rerun(
            folder, publish, images=archive, finding="Pneumothorax", workers=1, progress=terminal_progress(quiet=True)
        )

    again = call("verify", str(folder), "--rerun", "--images", "archives")  # the record says which finding
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Training" not in again.stderr
