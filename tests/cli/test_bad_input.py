"""Every mistake gets one clear message and exit code 2: no traceback, nothing written."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from PIL import Image

from tests.cli.conftest import Command
from threatsim.common.library import library_folder


def refused(result: subprocess.CompletedProcess[str], *message: str, code: int = 2) -> None:
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr + result.stdout
    for text in message:
        assert text in result.stderr, result.stderr


def nothing_written(folder: Path, *expected: str) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(expected)


def test_a_missing_scenario_names_the_nearest(threatsim: Command, tmp_path: Path) -> None:
    refused(threatsim("run", "insurance_upcodng"), "insurance_upcodng", "insurance_upcoding")
    refused(threatsim("run", "scenarios/absent.yaml"), "absent.yaml")
    nothing_written(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("prevalence:", "prevalense:", ("prevalense", "prevalence", ".yaml:")),
        ("      value: 500\n", "      value: -500\n", ("-500", "at least 0", ".yaml:")),
        ("attack: pgd", "attack: pdg", ("pdg", "pgd", ".yaml:")),
        ("modality: dermoscopy", "modality: dermascopy", ("dermascopy", "dermoscopy", ".yaml:")),
        ("weeks: 52", "weeks: [52", (".yaml:",)),
    ],
)
def test_a_mistake_in_a_scenario_is_shown_in_its_place(
    threatsim: Command, tmp_path: Path, old: str, new: str, message: tuple[str, ...]
) -> None:
    text = (library_folder("scenarios") / "insurance_upcoding.yaml").read_text()
    assert old in text
    (tmp_path / "mine.yaml").write_text(text.replace(old, new, 1))
    line = text[: text.index(old)].count("\n") + 1
    for command in ("validate", "run"):
        refused(threatsim(command, "mine.yaml"), *message, *([f"mine.yaml:{line}"] if "[" not in new else []))
    nothing_written(tmp_path, "mine.yaml")


@pytest.mark.parametrize("command", ["validate", "images check", "classifiers show", "status", "clean", "reports"])
def test_a_name_that_no_file_can_have_is_told(threatsim: Command, tmp_path: Path, command: str) -> None:
    refused(threatsim(*command.split(), "a" * 300), "too long")
    nothing_written(tmp_path)


def test_an_unknown_classifier_names_the_nearest(threatsim: Command) -> None:
    for command in ("show", "train", "evaluate"):
        refused(threatsim("classifiers", command, "fundoscop"), "Did you mean 'fundoscopy'")


def test_damaged_weights_are_refused(threatsim: Command, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(library_folder("classifiers") / "dermoscopy", folder)
    whole = (folder / "victim.safetensors").read_bytes()
    (folder / "victim.safetensors").write_bytes(whole[: len(whole) // 2])
    refused(threatsim("classifiers", "evaluate", "mine"), "victim.safetensors", "damaged")
    torch.save({"a": torch.zeros(2)}, folder / "victim.safetensors")
    refused(threatsim("classifiers", "evaluate", "mine"), "victim.safetensors", "not safetensors")
    (folder / "victim.safetensors").unlink()
    refused(threatsim("classifiers", "evaluate", "mine"), "no weights here")


WHOLE = "".join(f"{number}.png,{number % 2}\n" for number in range(30))
"""Labels that leave images with and without the finding in every part."""


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("image,finding\na.png,1\n", ("labels.csv:1:1", "no column 'label'")),
        ("image,label\na.png,1\nabsent.png,0\n", ("labels.csv:3:1", "absent.png")),
        (f"image,label\n{WHOLE}broken.png,0\n", ("broken.png", "cannot be read")),
        ("image,label\na.png,2\n", ("labels.csv:2:7", "allowed are 0 and 1")),
    ],
)
def test_a_bad_archive_is_refused(threatsim: Command, tmp_path: Path, labels: str, message: tuple[str, ...]) -> None:
    archive = tmp_path / "archives" / "dermoscopy"
    (archive / "images").mkdir(parents=True)
    for name in ("a", *range(30)):
        Image.new("RGB", (32, 32), (180, 120, 90)).save(archive / "images" / f"{name}.png")
    (archive / "images" / "broken.png").write_bytes(b"no picture")
    (archive / "labels.csv").write_text(labels)
    refused(threatsim("run", "insurance_upcoding", "--images", "archives"), *message)
    refused(threatsim("classifiers", "train", "dermoscopy", "--images", "archives"), *message)
    nothing_written(tmp_path, "archives")


def test_a_place_where_no_classifier_can_be_written_is_refused_before_training(
    threatsim: Command, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    refused(threatsim("classifiers", "train", "dermoscopy", "--out", "file"), "this is a file")
    refused(threatsim("classifiers", "train", "dermoscopy", "--out", "file/below"), "cannot be written there")
    refused(threatsim("classifiers", "train"), "name a classifier")


def test_a_folder_without_images_is_refused(threatsim: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused(threatsim("run", "insurance_upcoding", "--images", "empty"), "no archive here")
    refused(threatsim("run", "insurance_upcoding", "--images", "absent"), "no such folder")


def test_an_output_folder_that_cannot_be_written_is_refused_before_the_work(threatsim: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused(threatsim("run", "insurance_upcoding", "--out", "file/reports"), "file")
    read_only = tmp_path / "read_only"
    read_only.mkdir()
    read_only.chmod(0o555)
    if not os.access(read_only, os.W_OK):  # root may write anywhere
        refused(threatsim("run", "insurance_upcoding", "--out", "read_only"), "read_only")
    refused(threatsim("run", "insurance_upcoding", "--out", "/proc/reports"), "/proc")
    nothing_written(tmp_path, "file", "read_only")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_cuda_where_there_is_none_is_refused(threatsim: Command, tmp_path: Path) -> None:
    refused(threatsim("run", "insurance_upcoding", "--device", "cuda"), "no CUDA device")
    refused(threatsim("classifiers", "evaluate", "dermoscopy", "--device", "cuda"), "no CUDA device")
    refused(threatsim("run", "insurance_upcoding", "--device", "gpu"), "auto, cpu", "gpu")
    nothing_written(tmp_path)


def test_options_out_of_range_are_refused(threatsim: Command, tmp_path: Path) -> None:
    refused(threatsim("run", "insurance_upcoding", "--replicates", "1"), "--replicates")
    refused(threatsim("run", "insurance_upcoding", "--workers", "0"), "--workers")
    refused(threatsim("run", "insurance_upcoding", "--sed", "3"), "--seed")
    refused(threatsim("run"), "Missing argument")
    nothing_written(tmp_path)


def test_reports_that_are_none_are_refused(threatsim: Command, tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text('{"record_version": 1, "run_')
    refused(threatsim("compare", "absent", "absent"), "no such report")
    refused(threatsim("compare", "record.json", "record.json"), "cut short")


def test_ctrl_c_leaves_no_half_written_report_and_the_run_goes_on(
    threatsim: Command, tmp_path: Path, small_scenario: str, cache: Path
) -> None:
    (tmp_path / "mine.yaml").write_text(small_scenario)
    arguments = ["run", "mine.yaml", "--replicates", "400", "--workers", "2"]
    # Tests that a shell runs in the background ignore what a terminal sends, and so would their children.
    command = (
        "import signal, sys; from threatsim.__main__ import main; "
        f"signal.signal(signal.SIGINT, signal.default_int_handler); sys.argv[1:] = {arguments}; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", command],
        cwd=tmp_path,
        env={**os.environ, "THREATSIM_CACHE": str(cache)},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 300
    while not list(tmp_path.glob("reports/*/.*.replicates/*.replicate")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, message = process.communicate(timeout=120)
    assert process.returncode == 130, message
    assert "Traceback" not in message
    assert "Interrupted" in message
    assert not list(tmp_path.glob("reports/**/record.json"))
    assert not list(tmp_path.glob("reports/**/report.html"))
    assert list(tmp_path.glob("reports/*/.*.replicates/*.replicate"))
