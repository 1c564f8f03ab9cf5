"""Classifiers as rows: who is found by which name, and what training anew is held against."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.console import Console

from threatsim.common.errors import ThreatsimError
from threatsim.outcomes.classifier_list import SurrogateRow, classifier_rows, find_classifier, retrained
from threatsim.report.terminal.lists.listings import print_training, surrogate_table
from threatsim.statistics.estimate import Estimate


def test_a_classifier_of_images_and_one_of_claims_are_found_by_name_and_by_folder() -> None:
    for row in classifier_rows():
        assert find_classifier(row.card.name) == row == find_classifier(str(row.path))
        assert row.listed()["figures"] == row.shown()["figures"]
        assert row.cases.endswith("images") == (row.card.modality != "claim_codes")
    assert find_classifier("claim_codes").network == "a perceptron with hidden layers of 64, 64"
    with pytest.raises(ThreatsimError, match="fundoscpy"):
        find_classifier("fundoscpy")


@pytest.mark.parametrize(("auroc", "within"), [(0.89, False), (0.9, True), (0.95, True), (0.96, False)])
def test_training_anew_is_held_against_the_recorded_interval(
    auroc: float, within: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    row = find_classifier("fundoscopy")
    victim = row.figures.victim.model_copy(update={"auroc": Estimate(value=auroc, low=0.5, high=1, n=500)})
    made = replace(row, figures=row.figures.model_copy(update={"victim": victim}))
    recorded = row.figures.victim.model_copy(update={"auroc": Estimate(value=0.93, low=0.9, high=0.95, n=500)})
    before = row.figures.model_copy(update={"victim": recorded})
    networks = retrained(made, before)
    assert [network.role for network in networks] == ["victim", "surrogate"]
    assert networks[0].within is within
    assert networks[1].within
    print_training(made, networks, Console(width=120))
    verdict = "within" if within else "OUTSIDE"
    assert f"victim: AUROC {auroc:.3f} lies {verdict} the recorded interval 0.930 (0.900 to 0.950)." in (
        " ".join(capsys.readouterr().out.split())
    )


def test_nothing_is_compared_on_other_images_or_without_figures() -> None:
    row = find_classifier("fundoscopy")
    assert retrained(row, None) == []
    assert retrained(row, row.figures.model_copy(update={"images": "other photographs"})) == []


def test_a_surrogate_is_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    row = SurrogateRow("other", "half", "random", 1500, Estimate(value=0.9, low=0.85, high=0.94, n=500), "abc123")
    Console(width=100).print(surrogate_table([row]))
    printed = capsys.readouterr().out
    assert "half, 1,500" in printed
    assert "0.900" in printed
    assert "0.850 to 0.940" in printed
