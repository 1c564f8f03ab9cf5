"""What preparation ends in: one table whatever the classifier reads; claims of codes take the steps of images."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from rich.console import Console

from tests.attacks.conftest import CPU, Linear, cases_of
from threatsim.attacks.families.code_swap import CodeSwap
from threatsim.attacks.search.target import Target
from threatsim.attacks.threat_model import ThreatModel
from threatsim.classifiers.card import Network
from threatsim.classifiers.store import ClassifierFolder, shipped
from threatsim.common.outcome_table import ControlStatistics
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.preparation.images import OpenedImages, PreparedImages
from threatsim.outcomes.preparation.opening import open_modalities
from threatsim.outcomes.preparation.prepared import Outcomes, Prepared, Wanted, outcome_table
from threatsim.report.terminal.progress_bars import TerminalProgress

CASES = cases_of(6)
SCORES = np.linspace(0.1, 0.6, 6, dtype=np.float32)
CALIBRATION = np.array([0.2, 0.8], np.float32)
OUTCOMES = Outcomes(
    clean=SCORES,
    attacked={"noise": 1 - SCORES},
    calibration_scores=CALIBRATION,
    calibration_labels=np.array([0, 1], np.int8),
    queries={"noise": np.arange(6)},
    control_statistics={"density": ControlStatistics(SCORES, {"noise": 2 * SCORES}, CALIBRATION)},
)
SWAPS = {"swap": CodeSwap(access="white_box"), "queried": CodeSwap(access="queries", queries=5)}


def test_a_tactic_that_alters_nothing_has_the_clean_scores_and_statistics() -> None:
    table = outcome_table("dermoscopy", CASES, [OUTCOMES], ["code_only", "noise"])
    assert list(table.attacked) == ["code_only", "noise"]
    np.testing.assert_array_equal(table.attacked["code_only"], SCORES)
    np.testing.assert_array_equal(table.attacked["noise"], 1 - SCORES)
    np.testing.assert_array_equal(table.control_statistics["density"].attacked["code_only"], SCORES)
    np.testing.assert_array_equal(table.control_statistics["density"].attacked["noise"], 2 * SCORES)
    assert table.hardened is None


def test_the_second_outcomes_are_those_of_the_hardened_classifier() -> None:
    harder = replace(OUTCOMES, attacked={"noise": SCORES})
    table = outcome_table("dermoscopy", CASES, [OUTCOMES, harder], ["noise"])
    assert table.hardened is not None
    assert table.hardened.hardened is None
    np.testing.assert_array_equal(table.attacked["noise"], 1 - SCORES)
    np.testing.assert_array_equal(table.hardened.attacked["noise"], SCORES)


def test_cases_of_one_patient_have_one_number() -> None:
    shared = replace(CASES, patient_ids=("b", "a", "b", "c", "a", "a"))
    patients = outcome_table("dermoscopy", shared, [OUTCOMES], ["noise"]).patients
    assert patients.tolist() == [1, 0, 1, 2, 0, 0]


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (Network(name="ResNet"), "ResNet"),
        (Network(name="SEResNet50"), "SEResNet50 (MONAI)"),
        (Network(name="EfficientNetLite0"), "EfficientNetLite0"),
        (Network(factory="my_models:make"), "my_models:make"),
        (Network(program="model.pt2"), "the exported program model.pt2"),
    ],
)
def test_a_network_is_said_to_be_monai_s_only_if_it_is(network: Network, words: str) -> None:
    folder = shipped("dermoscopy")
    named = ClassifierFolder(folder.path, folder.card.model_copy(update={"network": network}))
    target = Target(Linear(), CPU)
    threat_model = ThreatModel(target, target, {}, {"victim": "v", "surrogate": "v"})
    table = outcome_table("dermoscopy", CASES, [OUTCOMES], ["noise"])
    described = PreparedImages(named, threat_model, CASES, table).description
    assert described.network == f"{words}, {folder.figures.parameters:,} parameters"


def wanted(**given: Any) -> Wanted:
    fields = {"attacks": SWAPS, "cases": 12, "positive_share": 0.5, "absent": (), "hardened": False, "images": None}
    return Wanted(**{**fields, **given}, device=torch.device("cpu"))


@pytest.fixture(scope="module")
def claims() -> tuple[Prepared, OutcomeBank]:
    bank = OutcomeBank(None)
    advanced: list[int] = []
    (opened,) = open_modalities(["claim_codes"], wanted(hardened=True), TerminalProgress(Console(), quiet=True))
    assert opened.missing(bank) == 12 * len(SWAPS) * 2
    outcomes = opened.fill(bank, advanced.append)
    assert sum(advanced) == 12 * len(SWAPS) * 2
    assert opened.missing(bank) == 0
    return opened.lay_out(outcomes, ["code_only", *SWAPS]), bank


def test_claims_of_codes_take_the_same_steps(claims: tuple[Prepared, OutcomeBank]) -> None:
    part, bank = claims
    table = part.table
    assert table.hardened is not None
    assert table.patients.tolist() == list(range(12))
    np.testing.assert_array_equal(table.attacked["code_only"], table.clean)
    assert table.queries.keys() == {"queried"}
    assert table.queries["queried"].max() <= 4  # the last claim sent is the one that stands
    rows = np.array([7, 2])
    for tactic, swap in SWAPS.items():
        np.testing.assert_array_equal(part.attacked_scores(swap, rows, bank), table.attacked[tactic][rows])
        assert part.policy_pays[tactic].shape == (12,)
    assert part.description.pixels == 0
    assert not part.description.real


def test_examples_of_swaps_begin_with_the_published_one(claims: tuple[Prepared, OutcomeBank]) -> None:
    part, _ = claims
    published, *others = part.examples(SWAPS, 0.5)
    assert published.tactic == ""
    assert published.denied_before
    assert not published.denied_after
    assert {example.tactic for example in others} == set(SWAPS)
    assert all(example.before != example.after for example in others if example.score_after >= 0.5)
    assert part.gallery(SWAPS, 0.5) == ()


def test_a_folder_of_images_is_not_opened_for_claims(tmp_path: Path) -> None:
    console = Console(file=StringIO(), width=200)
    open_modalities(["claim_codes"], wanted(images=tmp_path / "absent"), TerminalProgress(console))
    assert "claims have no images, so those in the folder are not used" in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_modality_that_the_folder_lacks_stays_synthetic_and_one_too_many_is_named(tmp_path: Path) -> None:
    (tmp_path / "fundoscopy").mkdir()
    (tmp_path / "fundoscopy" / "labels.csv").write_text("image,label\n")
    console = Console(file=StringIO(), width=200)
    (opened,) = open_modalities(["dermoscopy"], wanted(images=tmp_path), TerminalProgress(console))
    assert isinstance(opened, OpenedImages)
    assert opened.cases.source == "synthetic"
    assert not opened.attacks  # swaps are of codes
    told = console.file.getvalue()  # type: ignore[attr-defined]
    assert "fundoscopy: the scenario has no such modality" in told
    assert "dermoscopy: no real images in" in told
