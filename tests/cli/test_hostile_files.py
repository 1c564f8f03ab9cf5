"""Files that others made, through the real command: nothing hangs, runs, is believed or acts on the terminal."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from threatsim.classifiers.store import open_classifier
from threatsim.classifiers.weights import save_tensors
from threatsim.common.errors import ThreatsimError
from threatsim.common.library import library_folder

Command = Callable[..., subprocess.CompletedProcess[str]]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes, modes and signals of this system are others")


@pytest.fixture
def classifier(tmp_path: Path) -> Path:
    """A copy of a shipped classifier's folder."""
    return shutil.copytree(library_folder("classifiers") / "fundoscopy", tmp_path / "C")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive of 30 plain pictures."""
    images = tmp_path / "A" / "fundoscopy" / "images"
    images.mkdir(parents=True)
    for number in range(30):
        Image.new("RGB", (64, 64), (8 * number, 90, 40)).save(images / f"{number}.png")
    rows = [f"{n}.png,{n % 2},{('train', 'val', 'test')[n % 3]}" for n in range(30)]
    (images.parent / "labels.csv").write_text("\n".join(["image,label,split", *rows]))
    return tmp_path / "A"


def refused(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    return " ".join(result.stderr.split())


@pytest.mark.parametrize("name", ["card.yaml", "figures.json"])
def test_a_pipe_in_a_classifier_does_not_hang(name: str, classifier: Path, threatsim: Command) -> None:
    (classifier / name).unlink()
    os.mkfifo(classifier / name)
    refused(threatsim("classifiers", "show", "./C"))


def test_an_endless_file_is_not_read(classifier: Path, threatsim: Command) -> None:
    (classifier / "figures.json").unlink()
    (classifier / "figures.json").symlink_to("/dev/zero")
    assert "is a pipe, a device or a folder" in refused(threatsim("classifiers", "show", "./C"))


ALIASES = "a: &a {k: 1}\n" + "".join(
    f"{above}: &{above} {{<<: [{', '.join([f'*{below}'] * 10)}]}}\n"
    for below, above in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ALIASES, "more than 50,000 values"),
        ("[" * 5000, "too deep"),
        (f"schema_version: {'9' * 9000}\n", "C/card.yaml"),
        ("name: [", "card.yaml:1:7"),
        ("name: a\nname: b\n", "a second time"),
    ],
)
def test_a_card_cannot_explode(text: str, told: str, classifier: Path, threatsim: Command) -> None:
    (classifier / "card.yaml").write_text(text)
    assert told in refused(threatsim("classifiers", "show", "./C"))


def test_a_function_of_others_runs_only_when_it_is_trusted(
    classifier: Path, archive: Path, tmp_path: Path, threatsim: Command
) -> None:
    card = (classifier / "card.yaml").read_text()
    start = card.index("network:")
    end = re.compile(r"^(?![ #\n])", re.M).search(card, card.index("\n", start) + 1)
    assert end is not None
    function = "network: {factory: 'os:system', arguments: {command: 'touch PWNED'}}\n"
    (classifier / "card.yaml").write_text(card[:start] + function + card[end.start() :])
    config = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    message = refused(threatsim("classifiers", "evaluate", "./C", "--images", str(archive), **config))
    assert "os:system" in message
    assert "--trust" in message
    assert not (tmp_path / "PWNED").exists()


@pytest.mark.parametrize(
    ("network", "told"),
    [
        (
            "name: DenseNet121, arguments: {spatial_dims: 2, in_channels: 3, out_channels: 2, pretrained: true}",
            "fetched",
        ),
        ("name: MILModel, arguments: {num_classes: 2}", "that a card may name"),
        ("name: EfficientNetLite0, arguments: {num_classes: 2000000000}", "allowed is at most 65,536"),
    ],
)
def test_a_network_fetches_nothing_and_has_bounds(
    network: str, told: str, classifier: Path, archive: Path, threatsim: Command
) -> None:
    card = (classifier / "card.yaml").read_text()
    start = card.index("network:")
    end = re.compile(r"^(?![ #\n])", re.M).search(card, card.index("\n", start) + 1)
    assert end is not None
    (classifier / "card.yaml").write_text(f"{card[:start]}network: {{{network}}}\n{card[end.start() :]}")
    assert told in " ".join(refused(threatsim("classifiers", "evaluate", "./C", "--images", str(archive))).split())


def test_an_audit_of_other_weights_is_not_told(classifier: Path, threatsim: Command) -> None:
    assert "audited" in threatsim("classifiers", "show", "./C").stdout
    shutil.copy(classifier / "surrogate.safetensors", classifier / "victim.safetensors")
    assert "not audited" in threatsim("classifiers", "show", "./C").stdout


@pytest.mark.parametrize(
    ("tensors", "told"),
    [
        ({"victim": [0.2, 0.8], "labels": [0, 1]}, "no 'surrogate'"),
        ({"victim": [0.2, 0.8], "surrogate": [0.2, 0.8], "labels": [0, 0]}, "other labels than 0 and 1"),
        ({"victim": [0.2, float("nan")], "surrogate": [0.2, 0.8], "labels": [0, 1]}, "outside [0, 1]"),
        ({"victim": [[0.2, 0.8]], "surrogate": [0.2, 0.8], "labels": [0, 1]}, "(1, 2) scores and (2,) labels"),
    ],
)
def test_damaged_calibration_is_told(tensors: dict[str, list[float]], told: str, classifier: Path) -> None:
    path = classifier / "calibration.safetensors"
    save_tensors({name: torch.tensor(values) for name, values in tensors.items()}, path)
    folder = open_classifier(classifier)
    with pytest.raises(ThreatsimError, match=re.escape(told)):
        assert [folder.calibration(role) for role in ("victim", "surrogate")]


def test_damaged_calibration_ends_the_command_without_a_traceback(
    classifier: Path, archive: Path, threatsim: Command
) -> None:
    save_tensors({"victim": torch.zeros(2), "labels": torch.zeros(2)}, classifier / "calibration.safetensors")
    refused(threatsim("classifiers", "evaluate", "./C", "--images", str(archive)))


def test_what_acts_on_a_terminal_is_not_printed(classifier: Path, threatsim: Command) -> None:
    acting = "\x1b]0;owned\x07\x9b31m\u202eevil [bold]"
    for arguments in (
        ("validate", f"{acting}.yaml"),
        ("run", "insurance_upcoding", "--set", f"{acting}=1"),
        ("describe", acting),
        ("classifiers", "show", acting),
        ("attack", "run", "fundoscopy", "--attack", acting),
    ):
        result = threatsim(*arguments)
        assert result.returncode == 2
        told = result.stdout + result.stderr
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(told)
        assert "[bold]" in told.replace("\n", "")


def test_json_is_written_where_the_output_is_ascii(threatsim: Command) -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    result = threatsim("evidence", "insurance_upcoding", "--json", **ascii_only)
    assert result.returncode == 0, result.stderr
    assert result.stdout.isascii()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda f: (f / "images" / "3.png").write_bytes(avif_with_a_broken_end()), "none of PNG, JPEG"),
        (lambda f: Image.new("1", (13_000, 13_000)).save(f / "images" / "3.png"), "pixels"),
        (lambda f: Image.new("1", (1, 40_000_000)).save(f / "images" / "3.png"), "at most 30,000 are read of a side"),
        (lambda f: _link(f / "images" / "3.png"), "outside"),
        (lambda f: (f / "labels.csv").write_text("image,label\n" + "x" * 5000 + ",1\n"), "not the name of a file"),
        (lambda f: _pipe(f / "labels.csv"), "is a pipe"),
    ],
    ids=["format", "bomb", "line", "link", "name", "pipe"],
)
def test_a_hostile_archive(change: Callable[[Path], object], told: str, archive: Path, threatsim: Command) -> None:
    change(archive / "fundoscopy")
    assert told in refused(threatsim("classifiers", "evaluate", "fundoscopy", "--images", str(archive)))


def avif_with_a_broken_end() -> bytes:
    return b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf" + bytes(200)


def _link(path: Path) -> None:
    outside = path.parents[3] / "outside.png"
    shutil.move(path, outside)
    path.symlink_to(outside)


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def test_a_cache_that_others_may_write_to_is_refused(tmp_path: Path, threatsim: Command) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    message = refused(threatsim("validate-model", "insurance_upcoding", THREATSIM_CACHE=str(shared)))
    assert "may be written to by others (mode 0777)" in message


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("moment", [0.05, 0.3])
def test_a_signal_in_the_first_moments_ends_without_a_traceback(
    number: signal.Signals, moment: float, tmp_path: Path
) -> None:
    # A shell that runs the tests in the background has them ignore what a terminal sends, and children inherit that.
    command = (
        "import signal, sys; from threatsim.__main__ import main; "
        "signal.signal(signal.SIGINT, signal.default_int_handler); signal.signal(signal.SIGHUP, signal.SIG_DFL); "
        "print('up', flush=True); sys.argv[1:] = ['doctor']; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", command], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    time.sleep(moment)
    process.send_signal(number)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in told
