"""Tables of outcomes on photographs for the attacks of scenarios, and what was found of such a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from threatsim.common.cache import cache_folder
from threatsim.common.progress import Progress
from threatsim.experiment.controls_used import controls_used
from threatsim.experiment.preparation import points_of
from threatsim.experiment.record.fingerprint import versions
from threatsim.experiment.record.verification import Check
from threatsim.experiment.tactics import attacks_of
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.kept_table import KeptTable
from threatsim.outcomes.kept_tables.making import OutcomeTableRequest, ScenarioAttacks, make_table, modality_of
from threatsim.outcomes.kept_tables.verifying import verify_table
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.reader import load_scenario


@dataclass(frozen=True)
class TableOptions:
    """What a user requests.

    Attributes:
        name: a classifier of photographs, or its folder.
        images: folder of real archives.
        scenarios: files or names of scenarios whose attacks the table is to hold.
        negatives, positives: test pictures without and with the finding at most; all if None.
        out: folder to write to; the classifier's own if None.
        command: recorded as the command that was run.
        extend: whether what the classifier's table holds of these attacks is kept.
    """

    name: str
    images: Path
    scenarios: Sequence[str]
    negatives: int | None
    positives: int | None
    out: Path | None
    command: str
    extend: bool = False


def make_as_requested(
    options: TableOptions, *, device: torch.device, progress: Progress, bank: OutcomeBank | None = None
) -> KeptTable:
    """Make a classifier's table of outcomes.

    Args:
        options: what is requested.
        device: where attacks run.
        progress: told of what is attacked.
        bank: keeps the outcomes, batch by batch; that of the cache if None.

    Raises:
        ThreatsimError: a scenario has mistakes, or as `make_table` does.
    """
    request = OutcomeTableRequest(
        name=options.name,
        images=options.images,
        scenarios=list(_attacked(options.scenarios, modality_of(options.name))),
        negatives=options.negatives,
        positives=options.positives,
        out=options.out,
        command=options.command,
        versions=versions(),
        extend=options.extend,
    )
    return make_table(request, bank or OutcomeBank(cache_folder()), device=device, progress=progress)


def _attacked(scenarios: Sequence[str], modality: str) -> Iterator[ScenarioAttacks]:
    """Yield how each of the scenarios that have this kind of image attacks it."""
    for name in scenarios:
        loaded = load_scenario(name)
        section = loaded.scenario.modalities.get(modality)
        if section is None:
            continue
        arms = [resolve_arm(loaded, arm.name) for arm in loaded.scenario.arms]
        yield ScenarioAttacks(
            scenario=loaded.scenario.name,
            attacks=attacks_of(loaded.scenario),
            points=points_of(arms),
            controls=controls_used(arms),
            absence=section.claim_for == "absence",
        )


def verify_as_requested(name: str, images: Path, *, rows: int, device: torch.device, progress: Progress) -> list[Check]:
    """Compute some rows of a classifier's table anew, and say of each part whether it is the same.

    Args:
        name: a classifier of photographs, or its folder.
        images: folder of real archives.
        rows: how many of the table's pictures to attack.
        device: where attacks run.
        progress: told of each column.

    Raises:
        ThreatsimError: as `verify_table` does.
    """
    return [
        Check(artefact=found.artefact, state=found.state, detail=found.detail)
        for found in verify_table(name, images, rows=rows, device=device, progress=progress)
    ]
