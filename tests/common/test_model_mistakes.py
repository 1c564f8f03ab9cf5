"""What does not fit a model in a file: the card of a classifier of one's own, as somebody first writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from threatsim.classifiers.card_file import read_card
from threatsim.common.library import library_folder
from threatsim.common.yaml_text.mistakes import TextError


def problems(tmp_path: Path, text: str) -> TextError:
    path = tmp_path / "card.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TextError) as raised:
        read_card(path)
    assert "Field required" not in str(raised.value)
    assert "Input should" not in str(raised.value)
    return raised.value


def shipped() -> str:
    return (library_folder("classifiers") / "dermoscopy" / "card.yaml").read_text(encoding="utf-8")


def test_all_keys_that_are_missing_are_one_mistake_that_says_what_they_are(tmp_path: Path) -> None:
    (only,) = problems(tmp_path, "name: mine\nnetwork: {factory: mynet:build}\n").problems
    assert "lacks 'modality', 'task'" in only.text
    assert "task: What it decides, in a line." in only.hint


@pytest.mark.parametrize(
    ("written", "instead", "expected"),
    [
        ("victim_seed: 1\n", "", "the file lacks 'victim_seed'"),
        ("  epochs: 3\n", "", "recipe lacks 'epochs'"),
        ("  epochs: 3\n", "  epochs: ten\n", "recipe.epochs needs a whole number, but this is the text 'ten'"),
        ("  epochs: 3\n", "  epochs: 0\n", "recipe.epochs is 0; allowed is from 1 to 1,000"),
        ("  positive_share: 0.5\n", "  positive_share: 1\n", "is 1; allowed is above 0 and below 1"),
        ("  epochs: 3\n", "  epoch: 3\n", "unknown key 'recipe.epoch'"),
        ("modality: dermoscopy", "modality: dermatoscopy", "allowed: fundoscopy, chest_xray, dermoscopy"),
        ("name: dermoscopy", "name: My Net", "a name has lower-case letters"),
        ("  initial: pretrained", "  initial: imagnet", "recipe.initial is 'imagnet'; allowed: "),
    ],
)
def test_a_mistake_names_what_stands_there_and_what_may(
    tmp_path: Path, written: str, instead: str, expected: str
) -> None:
    found = problems(tmp_path, shipped().replace(written, instead, 1))
    (only,) = found.problems
    assert expected in only.text
    assert only.place is not None
    assert only.hint
