"""What label 1 stands for in an archive of several findings, as a user asks for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from ruamel.yaml import YAML
from typer.testing import CliRunner

from threatsim.cases.archive import archive_of
from threatsim.classifiers.card_file import read_card
from threatsim.classifiers.store import open_classifier
from threatsim.cli.main import app
from threatsim.common.errors import InputError
from threatsim.common.progress import Progress
from threatsim.outcomes.making.training import TrainRequest, train_as_requested


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """NIH ChestX-ray14 as it is published, of 90 films of 90 patients; bright where it is Pneumonia."""
    folder = tmp_path / "films"
    (folder / "images").mkdir(parents=True)
    draw, names, rows = np.random.default_rng(0), [], ["Image Index,Finding Labels,Patient ID"]
    for number in range(90):
        names.append(f"{number:08d}_000.png")
        found = ("No Finding", "Pneumothorax", "Pneumonia")[number % 3]
        pixels = draw.integers(60, 120, (48, 48)) + 100 * (found == "Pneumonia")
        Image.fromarray(pixels.astype(np.uint8)).save(folder / "images" / names[-1])
        rows.append(f"{names[-1]},{found},{number}")
    (folder / "Data_Entry_2017.csv").write_text("\n".join(rows))
    (folder / "test_list.txt").write_text("\n".join(names[:30]))
    (folder / "train_val_list.txt").write_text("\n".join(names[30:]))
    return folder


@pytest.fixture
def chest_card(card: Path) -> Path:
    """The card of squares, of chest films, with a comment that a copy must keep."""
    written = YAML(typ="safe").load(card / "card.yaml") | {"modality": "chest_xray"}
    YAML().dump(written, card / "card.yaml")
    (card / "card.yaml").write_text("# written by hand\n" + (card / "card.yaml").read_text())
    return card


def test_the_card_and_the_figures_of_a_training_name_the_finding(
    films: Path, chest_card: Path, tmp_path: Path, quiet: Progress
) -> None:
    out = tmp_path / "made"
    request = TrainRequest(str(chest_card), films, out, None, None, command="train", finding="Pneumonia")
    made, _ = train_as_requested(request, device=torch.device("cpu"), progress=quiet)
    assert read_card(out / "card.yaml").finding == "Pneumonia"
    assert (out / "card.yaml").read_text().startswith("# written by hand")
    before = open_classifier(chest_card).card
    assert before.finding is None  # the card that was trained is as it was
    assert read_card(out / "card.yaml") == before.model_copy(update={"finding": "Pneumonia"})
    assert "label 1: Pneumonia" in made.figures.images
    assert made.figures.victim.positives == 10


def test_another_finding_has_other_cases_and_another_name(films: Path) -> None:
    first, asked, other = (
        archive_of(films, "chest_xray", size=16, finding=finding) for finding in (None, "Pneumothorax", "Pneumonia")
    )
    assert first.test.source != asked.test.source  # named only where it was asked for
    assert first.fingerprint == asked.fingerprint
    assert other.fingerprint != asked.fingerprint
    assert not (asked.test.labels & other.test.labels).any()


@pytest.mark.parametrize(
    "command",
    [
        ["run", "insurance_upcoding", "--images", "{films}", "--finding", "Pneumonja", "--out", "{out}"],
        ["classifiers", "train", "--images", "{films}", "--finding", "Pneumonja", "--out", "{out}"],
        ["classifiers", "train", "chest_xray", "--images", "{films}", "--finding", "Pneumonja", "--out", "{out}"],
        ["images", "check", "{films}", "--finding", "Pneumonja"],
        ["attack", "run", "chest_xray", "--attack", "pgd", "--images", "{films}", "--finding", "Pneumonja"],
        ["attack", "table", "--images", "{films}", "--finding", "Pneumonja", "--out", "{out}"],
        ["attack", "defences", "chest_xray", "--images", "{films}", "--finding", "Pneumonja"],
        ["attack", "audit", "--images", "{films}", "--finding", "Pneumonja"],
        ["attack", "transfer", "chest_xray", "--images", "{films}", "--finding", "Pneumonja"],
        ["classifiers", "evaluate", "chest_xray", "--images", "{films}", "--finding", "Pneumonja"],
        ["prepare", "insurance_upcoding", "--images", "{films}", "--finding", "Pneumonja", "--out", "{out}"],
    ],
)
def test_a_finding_that_is_not_there_lists_those_that_are(command: list[str], films: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(
        InputError, match="no finding 'Pneumonja' in NIH ChestX-ray14; there are Pneumothorax, "
    ) as found:
        CliRunner().invoke(app, [part.format(films=films, out=out) for part in command], catch_exceptions=False)
    assert found.value.exit_code == 2
    assert "Pneumonia" in str(found.value.hint)
    assert not [file for file in out.rglob("*") if file.is_file()]


@pytest.mark.parametrize(
    "command",
    [
        ["run", "insurance_upcoding", "--out", "{out}"],
        ["sweep", "insurance_upcoding", "--vary", "law.exclusion=0.1:0.2:2", "--out", "{out}"],
        ["classifiers", "train", "chest_xray", "--out", "{out}"],
        ["classifiers", "train", "claim_codes", "--out", "{out}"],
        ["classifiers", "evaluate", "claim_codes"],
        ["attack", "table"],
        ["attack", "transfer", "chest_xray"],
    ],
)
def test_a_finding_needs_images(command: list[str], tmp_path: Path) -> None:
    words = [word.format(out=tmp_path / "out") for word in command]
    with pytest.raises(InputError, match="--images"):
        CliRunner().invoke(app, [*words, "--finding", "Pneumonia"], catch_exceptions=False)
