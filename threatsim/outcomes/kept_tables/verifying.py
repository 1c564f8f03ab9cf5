"""Holding a table of outcomes against the photographs: some of its rows are computed anew, column by column."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.engine import attack, clean_scores
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.image_set import CaseSet
from threatsim.catalogue.attacks import ATTACKS
from threatsim.classifiers.production import archive_for
from threatsim.classifiers.store import shipped
from threatsim.common.numerics import signature
from threatsim.common.progress import Progress
from threatsim.outcomes.bank.kept_table import TABLE_NAME, KeptTable, TableColumn, read_table
from threatsim.outcomes.making.attacker import threat_model_of

EQUAL = 1e-6
"""Greatest difference of a score where the numerics are those of the table."""
TURNED = 0.1
"""Greatest share of rows with another decision where they are not: steps along signs of gradients carry a difference
in the last bit into all later ones, and a score in the middle of the scale may come out elsewhere on it."""


@dataclass(frozen=True)
class TableCheck:
    """What was found of one part of a table.

    Attributes:
        artefact: the part: a column, the photographs, ...
        state: ok; differs; or note, for what makes no table wrong.
        detail: what differs, or what there is to say.
    """

    artefact: str
    state: Literal["ok", "differs", "note"]
    detail: str


def verify_table(name: str, images: Path, *, rows: int, device: torch.device, progress: Progress) -> list[TableCheck]:
    """Compute some rows of a classifier's table anew, and hold every column against them.

    Args:
        name: a classifier of photographs, or its folder.
        images: folder of real archives.
        rows: how many of the table's pictures to attack.
        device: where attacks run.
        progress: told of each column.

    Raises:
        ThreatsimError: there is no table or no archive of this kind, or the table is of other weights, of another
            network or of another engine.
    """
    folder = shipped(name)
    table = read_table(folder.path / TABLE_NAME)
    archive = archive_for(folder.card, images, progress=progress)
    threat_model = threat_model_of(folder, archive, device)
    table.seen_by(threat_model)  # refuses a table of other weights or another engine
    cases, record = table.cases, table.record
    there = {image: row for row, image in enumerate(archive.test.fingerprints)}
    found = np.array([row for row, image in enumerate(cases.fingerprints) if image in there], np.int64)
    sample = np.sort(np.random.default_rng(0).permutation(found)[:rows])
    here = archive.test.subset([there[cases.fingerprints[row]] for row in sample])
    checks = [
        TableCheck(artefact="weights, network and engine", state="ok", detail=f"computed {record.computed}"),
        _photographs(table, len(found), len(sample)),
        _labels(cases.labels[sample], here.labels),
    ]
    numerics = tuple(signature(device))
    elsewhere = [column for column in record.columns if (column.rounded or record.numerics) != numerics]
    checks.append(_numerics(len(elsewhere), len(record.columns)))
    pool = archive.test.subset([there[image] for image in cases.fingerprints]) if len(found) == len(cases) else None
    with progress.stage(f"Rows of {folder.card.name}", len(record.columns)) as advance:
        for column in record.columns if len(sample) else ():
            again = _again(column, threat_model, here, pool)
            kept = table.columns[column.name][sample].astype(np.float32)
            checks.append(_column(column, kept, again, record.threshold if column in elsewhere else None))
            advance(1)
    return checks


def _photographs(table: KeptTable, found: int, sampled: int) -> TableCheck:
    record = table.record
    detail = f"{found} of the {record.images} in the table are in the archive; {sampled} are attacked again"
    if record.tested > record.images:
        detail += f" (the whole test part has {record.tested})"
    return TableCheck(artefact="photographs", state="ok" if found == record.images else "note", detail=detail)


def _labels(kept: NDArray[np.int8], here: NDArray[np.int8]) -> TableCheck:
    differing = int((kept != here).sum())
    return TableCheck(
        artefact="labels",
        state="differs" if differing else "ok",
        detail=f"{differing} of {len(kept)} are others in the archive" if differing else "",
    )


def _again(
    column: TableColumn, threat_model: ThreatModel, cases: CaseSet, pool: CaseSet | None
) -> NDArray[np.float32] | None:
    """Return (n,) the scores, computed now; None where the attack needs pictures that are not here."""
    inputs = json.loads(column.inputs)
    if inputs["attack"] is None:
        return clean_scores(threat_model, cases).numpy()
    spec: ImageAttack = ATTACKS.find(inputs["attack"]["family"]).resolve().model_validate(inputs["attack"])
    if "other_patients" in spec.row.needs and pool is None:
        return None
    threshold = inputs["weights"].get("threshold")
    aimed = threat_model if threshold is None else threat_model.at(float(threshold))
    done = attack(aimed, cases, spec, seed=inputs["seed"], pool=pool, keep_images=False)
    scores: NDArray[np.float32] = done.scores.numpy()
    return scores


def _numerics(elsewhere: int, columns: int) -> TableCheck:
    """Say how many columns were computed with another processor or torch than are here."""
    if not elsewhere:
        return TableCheck(artefact="numerics", state="ok", detail="those of the table: scores are to be equal")
    whose = "the table" if elsewhere == columns else f"{elsewhere} of the table's {columns} columns"
    detail = f"processor or torch are not those of {whose}: {TURNED:.0%} of the decisions may differ there"
    return TableCheck(artefact="numerics", state="note", detail=detail)


def _column(
    column: TableColumn, kept: NDArray[np.float32], again: NDArray[np.float32] | None, threshold: float | None
) -> TableCheck:
    """Hold one column against what was computed now: by scores, or by decisions if a threshold is given."""
    artefact = f"{column.name}: {column.attack}"
    if again is None:
        return TableCheck(artefact=artefact, state="note", detail="not computed: it sends pictures that are not here")
    apart = np.abs(kept - again)
    other = apart > EQUAL if threshold is None else (kept >= threshold) != (again >= threshold)
    allowed, noun = (0.0, "rows") if threshold is None else (TURNED, "decisions")
    detail = f"{len(kept) - int(other.sum())} of {len(kept)} {noun} are equal; greatest difference {apart.max():.2g}"
    return TableCheck(artefact=artefact, state="differs" if other.mean() > allowed else "ok", detail=detail)
