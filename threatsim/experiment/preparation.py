"""Before the market opens: classifiers, cases, and the scores of every case under every tactic, from the bank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from threatsim.common.progress import Progress
from threatsim.experiment.controls_used import controls_used
from threatsim.scenario.schema import OperatingPoint, Scenario

if TYPE_CHECKING:
    import torch

    from threatsim.outcomes.bank.bank import OutcomeBank
    from threatsim.outcomes.preparation.prepared import AnyAttack, Prepared


def prepare(
    scenario: Scenario,
    attacks: Mapping[str, AnyAttack],
    *,
    arms: Sequence[Scenario],
    images: Path | None,
    device: torch.device,
    bank: OutcomeBank,
    progress: Progress,
    finding: str | None = None,
) -> dict[str, Prepared]:
    """Return everything that the market needs to know of the images, or of the claims of codes, by modality.

    Args:
        scenario: names the modalities, the tactics and the cases.
        attacks: tactic name -> attack, for every tactic of the scenario that alters the image or the codes.
        arms: the scenario as each arm sets it. An attack that stops at a success stops at the highest operating point
            of all their payers; every control that one of these may use sees every picture.
        images: folder of real archives; modalities that it lacks stay synthetic.
        device: where attacks and training run.
        bank: keeps the outcomes.
        progress: told of what is trained and attacked.
        finding: what label 1 is to stand for in archives that have it; the classifier's card says if None.

    Raises:
        ThreatsimError: archives, weights or patches are absent or damaged, or there are too few calibration cases for
            the budget of a control.
    """
    # Heavy: a run whose scores are known has no need of it.
    from threatsim.outcomes.preparation.opening import open_modalities
    from threatsim.outcomes.preparation.prepared import Wanted

    wanted = Wanted(
        attacks=attacks,
        cases=scenario.cases.per_modality,
        positive_share=float(scenario.cases.positive_share),
        absent={name for name, modality in scenario.modalities.items() if modality.claim_for == "absence"},
        classifiers={name: one.classifier for name, one in scenario.modalities.items() if one.classifier},
        hardened=hardens(arms),
        images=images,
        device=device,
        source=scenario.cases.source,
        finding=finding,
    )
    points, controls = points_of(arms), controls_used(arms)
    opened = open_modalities(list(scenario.modalities), wanted, progress)
    aimed = [one.at_highest_threshold(points) for one in opened]
    controlled = [one.with_controls(controls) for one in aimed]
    with progress.stage("Attacks", sum(one.missing(bank) for one in controlled), "attacks") as advance:
        filled = [one.fill(bank, advance) for one in controlled]
    tactics = list(scenario.tactics)
    return {one.modality: one.lay_out(found, tactics) for one, found in zip(controlled, filled, strict=True)}


def points_of(scenarios: Iterable[Scenario]) -> list[OperatingPoint]:
    """Return every operating point that a payer of these scenarios may ever decide at."""
    payers = [payer for scenario in scenarios for payer in scenario.payers]
    moved = [payer.adaptation.move_threshold for payer in payers]
    return [payer.triage.operating_point for payer in payers] + [move.operating_point for move in moved if move]


def hardens(scenarios: Iterable[Scenario]) -> bool:
    """Return whether a payer of these scenarios may change to the hardened classifier."""
    return any(payer.adaptation.harden for scenario in scenarios for payer in scenario.payers)
