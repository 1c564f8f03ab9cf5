"""The table of a classifier of photographs, kept beside its weights and shown where no photograph is at hand."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import ENGINE_VERSION
from threatsim.classifiers.store import ClassifierFolder
from threatsim.classifiers.weights import load_tensors
from threatsim.common.errors import ThreatsimError
from threatsim.common.files import write_text
from threatsim.outcomes.lab.paper_table import ClassifierTable, TableRow, TableSubject
from threatsim.outcomes.lab.pgd_curve import CurveOfPGD
from threatsim.outcomes.making.attacker import AttackedClassifier

NAME = "paper_table.json"


class KeptPaperTable(BaseModel):
    """A table with what it was computed from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: str = Field(description="The command that computed it.")
    weights: dict[str, str] = Field(description="victim, surrogate and patches -> hash.")
    engine: int = Field(description="Version of the attack engine.")
    versions: dict[str, str] = Field(description="Versions of the libraries that the figures depend on.")
    budget: PixelBudget = Field(description="Budget of PGD.")
    table: ClassifierTable = Field(description="Every input of the classifier.")
    curve: CurveOfPGD = Field(description="White-box PGD by budget.")


def keep_table(
    subject: AttackedClassifier, table: ClassifierTable, curve: CurveOfPGD, budget: PixelBudget, command: str
) -> Path:
    """Write a table into the classifier's folder, and return its path.

    Args:
        subject: the classifier with its test cases.
        table: every input of it.
        curve: white-box PGD by budget.
        budget: of PGD.
        command: the command that made them.
    """
    path = subject.folder.path / NAME
    kept = KeptPaperTable(
        command=command,
        weights={name: subject.threat_model.fingerprints[name] for name in ("victim", "surrogate", "patches")},
        engine=ENGINE_VERSION,
        versions={name: version(name) for name in ("torch", "numpy")},
        budget=budget,
        table=table,
        curve=curve,
    )
    write_text(path, kept.model_dump_json(indent=1) + "\n")
    return path


def unchanged(
    kept: KeptPaperTable, subject: AttackedClassifier, attacks: Mapping[str, ImageAttack]
) -> dict[str, TableRow]:
    """Return input -> its row in a kept table, of the attacks that depend on no weights that have changed since.

    Args:
        kept: the table.
        subject: the classifier with its test cases as they are now.
        attacks: name -> attack.
    """
    if kept.engine != ENGINE_VERSION or kept.table.subject != TableSubject.of(subject):
        return {}
    rows = {row.input: row for row in kept.table.rows}
    depends = {name: subject.threat_model.depends_on(spec) for name, spec in attacks.items() if name in rows}
    return {name: rows[name] for name, weights in depends.items() if weights.items() <= kept.weights.items()}


def has_paper_table(folder: ClassifierFolder) -> bool:
    """Return whether a table lies beside the weights."""
    return (folder.path / NAME).is_file()


def kept_table(folder: ClassifierFolder) -> KeptPaperTable | None:
    """Read the table in a classifier's folder; None if there is none.

    Raises:
        ThreatsimError: it is damaged, or was computed with other weights.
    """
    if not has_paper_table(folder):
        return None
    path = folder.path / NAME
    try:
        kept = KeptPaperTable.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ThreatsimError(f"the table is damaged: {error.errors()[0]['msg']}", location=str(path)) from error
    if any(_weights(folder, role) != {kept.weights[role]} for role in ("victim", "surrogate")):
        raise ThreatsimError(
            "the table was computed with other weights than those beside it",
            location=str(path),
            hint="Compute it anew: `threatsim attack table --images PATH --keep`.",
        )
    return kept


def _weights(folder: ClassifierFolder, role: str) -> set[str]:
    """Return the hash of a network's weights, as its figures have it and as its file does: one, if they agree."""
    recorded, file = getattr(folder.figures, role).weights, folder.path / f"{role}.safetensors"
    return {recorded, load_tensors(file)[1]} if file.is_file() else {recorded}
