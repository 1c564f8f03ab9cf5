"""From a scenario to outcome tables: a modality whose finding is an absence is attacked the other way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from rich.console import Console
from small_world import scenario_data

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.engine import attack
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.experiment.preparation import points_of, prepare
from threatsim.experiment.tactics import attacks_of
from threatsim.market.payers.payer_agent import operating_threshold
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.preparation.images import OpenedImages, PreparedImages
from threatsim.outcomes.preparation.opening import open_modalities
from threatsim.outcomes.preparation.prepared import Wanted
from threatsim.report.terminal.progress_bars import TerminalProgress
from threatsim.scenario.schema import OperatingPoint, Scenario

CPU = torch.device("cpu")
MONEY = {"setup_cost": 0, "cost_per_claim": 0}
SQUARE = {"attack": "square", "access": "queries", "epsilon": 0.5, "queries": 60, **MONEY}


def small(claim_for: str) -> Scenario:
    data = scenario_data()
    data["cases"] = {"per_modality": 24}
    data["modalities"]["dermoscopy"]["claim_for"] = claim_for
    data["tactics"]["pgd_white_box"]["steps"] = 5
    data["tactics"]["queries"] = SQUARE
    data["payers"][1] = data["payers"][1] | {"triage": {"operating_point": {"sensitivity": 0.9}, "below": "deny"}}
    return Scenario.model_validate(data)


def prepared_for(claim_for: str) -> tuple[PreparedImages, Mapping[str, ImageAttack]]:
    scenario = small(claim_for)
    attacks = attacks_of(scenario)
    progress = TerminalProgress(Console(), quiet=True)
    parts = prepare(
        scenario,
        attacks,
        arms=[scenario],
        images=None,
        device=CPU,
        bank=OutcomeBank(None),
        progress=progress,
    )
    part = parts["dermoscopy"]
    assert isinstance(part, PreparedImages)
    return part, attacks


@pytest.fixture(scope="module")
def presence() -> tuple[PreparedImages, Mapping[str, ImageAttack]]:
    return prepared_for("presence")


@pytest.fixture(scope="module")
def absence() -> tuple[PreparedImages, Mapping[str, ImageAttack]]:
    return prepared_for("absence")


def test_a_guess_of_a_resize_that_the_classifier_does_not_have_is_refused_before_anything_is_attacked() -> None:
    data = scenario_data()
    data["tactics"]["pgd_white_box"]["assumed_resize"] = "pillow_box"
    scenario = Scenario.model_validate(data)
    with pytest.raises(
        InputError, match="assumed_resize is 'pillow_box', and the classifier 'dermoscopy' has no resize"
    ):
        prepare(
            scenario,
            attacks_of(scenario),
            arms=[scenario],
            images=None,
            device=CPU,
            bank=OutcomeBank(None),
            progress=TerminalProgress(Console(), quiet=True),
        )


def highest(part: PreparedImages) -> float:
    points = points_of([small("presence")])
    return max(operating_threshold(part.table, point) for point in points)


def test_the_finding_is_what_the_image_lacks(
    presence: tuple[PreparedImages, Mapping[str, ImageAttack]],
    absence: tuple[PreparedImages, Mapping[str, ImageAttack]],
) -> None:
    (of_presence, _), (other, _) = presence, absence
    np.testing.assert_array_equal(other.table.labels, 1 - of_presence.table.labels)
    np.testing.assert_array_equal(other.table.labels, 1 - other.cases.labels)
    np.testing.assert_allclose(other.table.clean, 1 - of_presence.table.clean, atol=1e-6)
    np.testing.assert_allclose(
        other.table.attacked["pgd_white_box"], 1 - of_presence.table.attacked["pgd_white_box"], atol=1e-6
    )


def test_success_is_the_engine_s_own_below_the_classifier_s_threshold(
    absence: tuple[PreparedImages, Mapping[str, ImageAttack]],
) -> None:
    """Of every attack, one that stops at its first success among them."""
    part, attacks = absence
    threshold = highest(part)
    assert part.threat_model.threshold == pytest.approx(1 - threshold)
    rows = np.flatnonzero(part.cases.labels == 1)
    for tactic, spec in attacks.items():
        done = attack(part.threat_model, part.cases.subset(rows), spec, pool=part.cases)
        claimed: NDArray[np.float32] = part.table.attacked[tactic][rows]
        np.testing.assert_array_equal(claimed >= threshold, done.success.numpy(), err_msg=tactic)
        assert done.success.any(), tactic
    spent = part.table.queries["queries"][rows]
    easy = part.table.clean[rows] >= threshold
    assert (spent[easy] < SQUARE["queries"]).all()
    assert (spent[part.table.attacked["queries"][rows] < threshold] > 50).all()


def test_the_gallery_shows_what_is_claimed(absence: tuple[PreparedImages, Mapping[str, ImageAttack]]) -> None:
    part, attacks = absence
    for item in part.gallery(attacks, highest(part)):
        row = next(row for row, name in enumerate(part.cases.case_ids) if item.title == f"case {name}")
        assert part.cases.labels[row] == 1
        assert not item.truth
        assert item.score_before == pytest.approx(
            1 - float(part.threat_model.victim.scores(part.cases.images[[row]])[0]), abs=1e-5
        )
        assert item.score_after == pytest.approx(float(part.table.attacked[item.tactic][row]), abs=1e-3)
        assert item.score_after > item.score_before


def test_points_at_the_end_of_the_scale_leave_an_attack_possible() -> None:
    """A sensitivity of 0 puts the threshold above every score, where no attack could aim."""
    points = [
        OperatingPoint.model_validate({"specificity": 1}),
        OperatingPoint.model_validate({"sensitivity": 0}),
    ]
    for absent in ((), ("dermoscopy",)):
        wanted = Wanted(attacks={}, cases=4, positive_share=0.5, absent=absent, hardened=False, images=None, device=CPU)
        (opened,) = open_modalities(["dermoscopy"], wanted, TerminalProgress(Console(), quiet=True))
        aimed = opened.at_highest_threshold(points)
        assert isinstance(aimed, OpenedImages)
        assert 0 < aimed.victims[0].threat_model.threshold < 1
        assert opened.at_highest_threshold([]) == opened  # at the card's own


def test_a_budget_that_calibration_cases_cannot_hold_is_refused_before_any_attack() -> None:
    data = scenario_data()
    data["cases"] = {"per_modality": 20}
    data["payers"][0]["integrity"] = {"duplicate_search": {"false_alarm": 0.0001}}
    scenario = Scenario.model_validate(data)
    attacks, bank = attacks_of(scenario), OutcomeBank(None)
    progress = TerminalProgress(Console(), quiet=True)
    with pytest.raises(ThreatsimError, match="clean images cannot hold false alarms"):
        prepare(scenario, attacks, arms=[scenario], images=None, device=CPU, bank=bank, progress=progress)
    wanted = Wanted(attacks=attacks, cases=20, positive_share=0.5, absent=(), hardened=False, images=None, device=CPU)
    (opened,) = open_modalities(["dermoscopy"], wanted, progress)
    assert opened.missing(bank) == 20 * len(attacks)


def test_the_report_says_what_the_payers_network_reads_of_a_picture(
    presence: tuple[PreparedImages, Mapping[str, ImageAttack]],
) -> None:
    part, _ = presence
    assert "reads" not in part.description.network
    card = part.classifier.card.model_copy(update={"reads": 32, "resize": "opencv_linear"})
    reading_less = replace(part, classifier=replace(part.classifier, card=card))
    told = reading_less.description
    assert told.network == f"{part.description.network}, of each picture it reads 32 pixels by opencv_linear"
    assert told.pixels == 64
