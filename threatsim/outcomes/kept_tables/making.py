"""Making the table of outcomes of a classifier of photographs: every attack that scenarios make, from an archive."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.engine import ENGINE_VERSION
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.archive import Archive
from threatsim.cases.image_set import CaseSet
from threatsim.classifiers.production import archive_for
from threatsim.classifiers.store import ClassifierFolder, shipped
from threatsim.common.cache import cache_folder
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.numerics import signature
from threatsim.common.progress import Progress
from threatsim.common.thresholds import Rates
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.control_statistics import calibration_statistics, picture_statistics
from threatsim.outcomes.bank.filling import compute_outcomes, cost_key, outcome_inputs, outcome_keys
from threatsim.outcomes.bank.kept_table import (
    TABLE_NAME,
    Calibration,
    KeptTable,
    TableColumn,
    TableRecord,
    read_table,
    write_table,
)
from threatsim.outcomes.making.attacker import threat_model_of
from threatsim.outcomes.making.reference_cases import reference_of
from threatsim.outcomes.preparation.control_use import ControlUse
from threatsim.outcomes.preparation.images import ImageVictim, OpenedImages
from threatsim.outcomes.preparation.prepared import AnyAttack, on_image

Columns = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class ScenarioAttacks:
    """How one scenario attacks the classifier's kind of image.

    Attributes:
        scenario: its name.
        attacks: tactic name -> attack.
        points: every operating point that one of its payers may ever decide at.
        controls: the controls on the picture that some payer may use.
        absence: whether the finding is the absence of what the classifier looks for.
    """

    scenario: str
    attacks: Mapping[str, AnyAttack]
    points: Sequence[Rates]
    controls: Sequence[ControlUse]
    absence: bool


@dataclass(frozen=True)
class OutcomeTableRequest:
    """What a user requests.

    Attributes:
        name: a classifier of photographs, or its folder.
        images: folder of real archives.
        scenarios: the scenarios whose attacks the table is to hold, those that attack its kind of image.
        negatives, positives: test pictures without and with the finding at most; all if None.
        out: folder to write to; the classifier's own if None.
        command: recorded as the command that was run.
        versions: library -> version; recorded.
        extend: whether what the classifier's table holds of these attacks is kept, and only the others are run.
    """

    name: str
    images: Path
    scenarios: Sequence[ScenarioAttacks]
    negatives: int | None
    positives: int | None
    out: Path | None
    command: str
    versions: Mapping[str, str]
    extend: bool = False


def modality_of(name: str) -> str:
    """Return the kind of image that a classifier reads.

    Raises:
        InputError: there is no such classifier.
    """
    return shipped(name).card.modality


def kept_table_of(name: str) -> KeptTable:
    """Read the table of a classifier.

    Raises:
        ThreatsimError: there is no such classifier, or no table beside its weights.
    """
    return read_table(shipped(name).path / TABLE_NAME)


def make_table(
    request: OutcomeTableRequest, bank: OutcomeBank, *, device: torch.device, progress: Progress
) -> KeptTable:
    """Run every attack that the bank does not hold, and write what came of it beside the classifier's weights.

    Args:
        request: what is requested.
        bank: keeps the outcomes, batch by batch, so that a run that was interrupted goes on from there.
        device: where attacks run.
        progress: told of what is attacked.

    Raises:
        InputError: the classifier is not of photographs.
        ThreatsimError: the archive is not the one that it was trained and measured on, or something in it is wrong; no
            scenario attacks images of its kind; or the table to extend is absent, damaged or of something else.
    """
    folder = shipped(request.name)
    card = folder.card
    if card.photographs is None:
        raise InputError(f"'{card.name}' is no classifier of photographs, and its cases can be drawn", given=card.name)
    archive = archive_for(card, request.images, progress=progress)
    if archive.test.source != folder.figures.images:
        raise ThreatsimError(
            f"'{card.name}' was trained and measured on {folder.figures.images}, and this is {archive.test.source}",
            location=str(request.images),
            hint="Train it on this archive first: threatsim classifiers train --images.",
        )
    tested = _at_most(archive.test, (request.negatives, request.positives))
    before = _to_extend(folder, tested) if request.extend else None
    if before:  # kept apart: keys have the numerics of the table, which need not be those of this computer
        bank = OutcomeBank(cache_folder() / "tables" / before.digest)
        bank.lay_in(before.entries)
    threat_model = _seen(threat_model_of(folder, archive, device), before)
    opened = {one.scenario: _opened(one, folder, archive, tested, threat_model) for one in request.scenarios}
    if not opened:
        raise ThreatsimError(f"none of these scenarios attacks images of {card.modality}")
    with progress.stage("Attacks", sum(one.missing(bank) for one in opened.values()), "attacks") as advance:
        for one in opened.values():
            one.fill(bank, advance)
    return _written(request, folder, bank, opened, len(archive.test), before)


def _to_extend(folder: ClassifierFolder, tested: CaseSet) -> KeptTable:
    """Read the table beside a classifier's weights, if it is of these photographs.

    Raises:
        ThreatsimError: it is absent or damaged, or of other photographs.
    """
    table = read_table(folder.path / TABLE_NAME)
    if table.cases.fingerprints != tuple(tested.fingerprints):
        raise ThreatsimError(
            f"the table is of other photographs: {table.record.images} of {table.record.source}, not "
            f"{len(tested)} of {tested.source}",
            location=str(table.path),
            hint="Make it anew, without --extend.",
        )
    return table


def _seen(threat_model: ThreatModel, before: KeptTable | None) -> ThreatModel:
    """Return attacker and victim as the keys of the table to extend have them; a column's own key names its weights."""
    return before.seen_by(threat_model, same=("victim",)) if before else threat_model


def _at_most(cases: CaseSet, counts: tuple[int | None, int | None]) -> CaseSet:
    """At most so many cases of label 0 and of label 1, drawn at random, always the same, in the order of the set."""
    order = np.random.default_rng(0).permutation(len(cases))
    rows = [order[cases.labels[order] == label][:count] for label, count in enumerate(counts)]
    return cases.subset(np.sort(np.concatenate(rows)))


def _opened(
    how: ScenarioAttacks, folder: ClassifierFolder, archive: Archive, tested: CaseSet, threat_model: ThreatModel
) -> OpenedImages:
    """Return the classifier and the photographs as one scenario attacks them."""
    attacks = {
        tactic: spec
        for tactic, spec in how.attacks.items()
        if on_image(spec) and spec.named_surrogate is None  # those surrogates are of synthetic images
    }
    opened = OpenedImages(
        modality=folder.card.modality,
        cases=tested,
        victims=(ImageVictim(folder, threat_model),),
        attacks=attacks,
        absence=how.absence,
        make_reference=partial(reference_of, folder, archive),
    )
    return opened.at_highest_threshold(how.points).with_controls(how.controls)


def _written(
    request: OutcomeTableRequest,
    folder: ClassifierFolder,
    bank: OutcomeBank,
    scenarios: Mapping[str, OpenedImages],
    tested: int,
    before: KeptTable | None,
) -> KeptTable:
    card, opened = folder.card, list(scenarios.values())
    device = opened[0].victims[0].threat_model.victim.device
    threat_model = _seen(threat_model_of(folder, None, device), before)
    cases = opened[0].cases
    values: Columns = {
        "image": np.array(cases.fingerprints),
        "case": np.array(cases.case_ids),
        "patient": np.array(cases.patient_ids),
        "label": cases.labels,
    }
    columns: dict[str, TableColumn] = {}
    calibrations: dict[str, Calibration] = {}
    for one in opened:
        (victim,) = one.victims
        for spec in (None, *one.attacks.values()):
            column, found = _column(one, victim, spec, bank, threat_model.threshold)
            other = columns.get(column.name)
            controls = {**(other.controls if other else {}), **column.controls}
            rounded = _rounded(column.inputs, controls, before, device)
            columns[column.name] = column.model_copy(update={"controls": controls, "rounded": rounded})
            values |= found
        for name, control in victim.controls.items():
            assert one.reference is not None
            found_there = calibration_statistics(bank, control, one.reference, victim.threat_model.numerics)
            calibrations[name] = Calibration(
                reference=one.reference.fingerprint,
                control=control.fingerprint,
                statistics=tuple(found_there.tolist()),
            )
    assert card.photographs is not None
    record = TableRecord(
        classifier=card.name,
        modality=card.modality,
        card=hashlib.sha256((folder.path / "card.yaml").read_bytes()).hexdigest()[:16],
        photographs=card.photographs.archive,
        source=cases.source,
        images=len(cases),
        tested=tested,
        pixels=cases.with_pictures().size,
        threshold=threat_model.threshold,
        weights={name: threat_model.fingerprints[name] for name in ("victim", "surrogate", "patches")},
        network=threat_model.fingerprints["network"],
        engine=ENGINE_VERSION,
        numerics=tuple(threat_model.numerics),
        versions=dict(request.versions),
        computed=datetime.now(UTC).isoformat(timespec="seconds"),
        command=request.command,
        earlier=(*before.record.earlier, f"{before.record.computed}: {before.record.command}") if before else (),
        scenarios=tuple(scenarios),
        columns=tuple(columns.values()),
        calibrations=tuple(calibrations.values()),
    )
    return write_table(record, values, (request.out or folder.path) / TABLE_NAME)


def _rounded(
    inputs: str, controls: Mapping[str, str], before: KeptTable | None, device: torch.device
) -> tuple[str, ...] | None:
    """Return how a column was rounded, where that is not how the first of an extended table were."""
    if before is None:
        return None
    kept = next((column for column in before.record.columns if column.inputs == inputs), None)
    if kept and set(controls) <= set(kept.controls):
        return kept.rounded
    here = tuple(signature(device))
    return None if here == before.record.numerics else here


def _column(
    opened: OpenedImages, victim: ImageVictim, spec: ImageAttack | None, bank: OutcomeBank, threshold: float
) -> tuple[TableColumn, Columns]:
    """One attack's column, and the values of all that goes with it."""
    cases, threat_model = opened.cases, victim.threat_model
    inputs = outcome_inputs(threat_model, cases, spec, 0)
    keys = outcome_keys(threat_model, cases, spec, 0)
    name = (
        "clean" if spec is None else f"{spec.row_name}_{spec.access}_{hashlib.sha256(inputs.encode()).hexdigest()[:6]}"
    )
    scores = compute_outcomes(bank, threat_model, cases, spec)
    values: Columns = {name: scores, f"{name}_wrong": (scores >= threshold) != (cases.labels == 1)}
    costs = {}
    for cost in () if spec is None else ("steps", "queries"):
        known = bank.get([cost_key(key, cost) for key in keys])
        if known:
            costs[cost] = f"{name}_{cost}"
            values[costs[cost]] = np.array([known.get(cost_key(key, cost), np.nan) for key in keys], np.float32)
    controls = {}
    for called, control in victim.controls.items():
        controls[control.fingerprint] = f"{name}_{called}"
        values[f"{name}_{called}"] = picture_statistics(bank, control, keys)
    column = TableColumn(
        name=name,
        attack="untouched" if spec is None else spec.describe(),
        inputs=inputs,
        wrong=f"{name}_wrong",
        costs=costs,
        controls=controls,
    )
    return column, values
