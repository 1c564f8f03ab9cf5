"""The outcome bank of a classifier of photographs, kept as a table that ships where the photographs may not.

`outcomes.arrow` in the classifier's folder (an Arrow IPC file) has a row for each picture of the official test part,
which is named by the hash of its pixels: its label and patient, the clean score, and for every attack the score after
it, its costs, and the statistic of each control. A column carries what its outcomes depend on as the very text that
keys of the bank are made of (`filling.outcome_inputs`), the numerics of the computer that ran it among them. So the
table is the bank, kept: `KeptTable.entries` are its keys and scores, which a run lays into its own bank
(`OutcomeBank.lay_in`), and everything above the bank goes on as if the attacks had been run here. What the table lacks
is missing as it is from an empty bank, and cannot be computed without the pictures.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from threatsim.attacks.engine import ENGINE_VERSION
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.known_cases import KnownCases
from threatsim.common.errors import ThreatsimError
from threatsim.common.files import write_bytes
from threatsim.common.shell import quoted
from threatsim.defences.reference import Reference
from threatsim.outcomes.bank.control_statistics import calibration_keys, statistic_keys
from threatsim.outcomes.bank.filling import cost_key, outcome_key

if TYPE_CHECKING:
    import pyarrow as pa

TABLE_NAME = "outcomes.arrow"
"""The file in a classifier's folder."""
_METADATA = b"threatsim"
_CASES = ("image", "case", "patient", "label")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TableColumn(_Part):
    """The outcomes of one attack, or of none: a column of scores and those that go with it."""

    name: str = Field(description="Column of the scores, p(what the classifier looks for).")
    attack: str = Field(description="The attack in words; `untouched` for none.")
    inputs: str = Field(description="What the outcomes depend on beside the case, as keys of the bank have it (JSON).")
    wrong: str = Field(description="Column of whether the decision at the card's operating point is wrong.")
    costs: dict[str, str] = Field(description="`steps` or `queries` -> its column.")
    controls: dict[str, str] = Field(description="What the statistic of a control depends on -> its column.")
    rounded: tuple[str, ...] | None = Field(
        default=None,
        exclude_if=lambda rounded: rounded is None,
        description="How its outcomes were rounded, if they were computed elsewhere than the table's first.",
    )


class Calibration(_Part):
    """The statistics of one control on clean calibration pictures."""

    reference: str = Field(description="What the control was fitted and calibrated on, by content.")
    control: str = Field(description="What its statistic depends on.")
    statistics: tuple[float, ...] = Field(description="Of each calibration picture, in float32.")


class TableRecord(_Part):
    """What a table is of, and by what and when it was computed."""

    table_version: Literal[1] = Field(default=1, description="Version of this layout.")
    classifier: str = Field(description="Name of the classifier.")
    modality: str = Field(description="Kind of image.")
    card: str = Field(description="Hash of the classifier's card.yaml when it was computed.")
    photographs: str = Field(description="The data set, as the card names it.")
    source: str = Field(description="The archive, by content.")
    images: int = Field(description="Number of pictures.")
    tested: int = Field(description="Number of pictures of the whole test part.")
    threshold: float = Field(description="The card's operating point on p(what the classifier looks for).")
    pixels: tuple[int, int] = Field(description="Height and width of a picture.")
    weights: dict[str, str] = Field(description="victim, surrogate and patches -> hash.")
    network: str = Field(description="The networks as keys have them.")
    engine: int = Field(description="Version of the attack engine.")
    numerics: tuple[str, ...] = Field(
        description="How outcomes were rounded: torch, device, processor. Keys have it of every column."
    )
    versions: dict[str, str] = Field(description="Library -> version.")
    computed: str = Field(description="When, UTC.")
    command: str = Field(description="The command that computed it.")
    earlier: tuple[str, ...] = Field(
        default=(),
        exclude_if=lambda earlier: not earlier,
        description="When and by what command columns that were kept had been computed, the first at first.",
    )
    scenarios: tuple[str, ...] = Field(description="The scenarios whose attacks it holds.")
    columns: tuple[TableColumn, ...] = Field(description="The columns, the untouched pictures first.")
    calibrations: tuple[Calibration, ...] = Field(description="Controls on clean calibration pictures.")


@dataclass(frozen=True)
class KeptTable:
    """A table of outcomes.

    Attributes:
        record: what it is of.
        path: the file.
        digest: hash of the file's bytes, 16 hex digits.
        columns: name -> values, a row a picture.
    """

    record: TableRecord
    path: Path
    digest: str
    columns: Mapping[str, NDArray[np.generic]]

    @cached_property
    def cases(self) -> KnownCases:
        """The pictures of the test part, but for the pixels."""
        image, case, patient = (tuple(self.columns[name].tolist()) for name in _CASES[:3])
        return KnownCases(
            modality=self.record.modality,
            labels=self.columns["label"].astype(np.int8),
            case_ids=case,
            patient_ids=patient,
            fingerprints=image,
            source=self.record.source,
            size=self.record.pixels,
        )

    @property
    def reference(self) -> Reference:
        """What controls were fitted and calibrated on: its content is known, its pictures are not here."""
        first = next(iter(self.record.calibrations), None)
        pictures = self.cases.with_pictures
        return Reference(first.reference if first else "", pictures, pictures, len(first.statistics) if first else 0)

    @cached_property
    def entries(self) -> dict[bytes, float]:
        """Key of the bank -> score, count or statistic, for all that the table holds."""
        found: dict[bytes, float] = {}
        for column in self.record.columns:
            keys = self._keys(column)
            found |= self._scores(keys, column.name)
            for cost, name in column.costs.items():
                found |= self._scores([cost_key(key, cost) for key in keys], name)
            for control, name in column.controls.items():
                found |= self._scores(statistic_keys(control, keys), name)
        for one in self.record.calibrations:
            keys = calibration_keys(one.control, one.reference, len(one.statistics), self.record.numerics)
            found |= dict(zip(keys, one.statistics, strict=True))
        return found

    def seen_by(
        self, threat_model: ThreatModel, *, same: Sequence[str] = ("victim", "surrogate", "patches")
    ) -> ThreatModel:
        """Return the attacker and victim as keys of this table have them.

        Args:
            threat_model: as loaded from the classifier's folder.
            same: of which of the weights the table must be.

        Raises:
            ThreatsimError: the table is of other weights, of another network or of another engine.
        """
        prints, record = threat_model.fingerprints, self.record
        for name, digest in record.weights.items():
            if name in same and prints.get(name) != digest:
                raise self._unfit(
                    f"it is of other weights: its {name} has the hash {digest}, that beside it {prints[name]}"
                )
        # The version of MONAI is part of the key, though none of its networks need be here: only the cards are compared
        # with each other.
        if prints["network"].rpartition(" monai ")[0] != record.network.rpartition(" monai ")[0]:
            raise self._unfit("it is of another network than the card beside it names")
        if record.engine != ENGINE_VERSION:
            raise self._unfit(
                f"it was computed by version {record.engine} of the attack engine, and this is {ENGINE_VERSION}"
            )
        return replace(threat_model, fingerprints={**prints, "network": record.network}, rounded=record.numerics)

    def _keys(self, column: TableColumn) -> list[bytes]:
        cases = self.cases
        return [
            outcome_key(column.inputs, label, image)
            for label, image in zip(cases.labels, cases.fingerprints, strict=True)
        ]

    def _scores(self, keys: list[bytes], name: str) -> dict[bytes, float]:
        """Return the scores of a column that are known: an unknown count is NaN."""
        values = self.columns[name].astype(float).tolist()
        return {key: value for key, value in zip(keys, values, strict=True) if value == value}

    def _unfit(self, reason: str) -> ThreatsimError:
        return ThreatsimError(
            f"the table of outcomes cannot be used: {reason}",
            location=str(self.path),
            hint="Install the package that it comes with again, or run the attacks on your own copy of the photographs "
            "with --images.",
        )


def write_table(record: TableRecord, columns: Mapping[str, NDArray[np.generic]], path: Path) -> KeptTable:
    """Write a table; an existing file is replaced in one step.

    Args:
        record: what it is of; its columns are among `columns`.
        columns: name -> values (N,), a row a picture, `image`, `case`, `patient` and `label` among them.
        path: the file.
    """
    import pyarrow as pa

    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    table = table.replace_schema_metadata({_METADATA: record.model_dump_json().encode()})
    stream = io.BytesIO()
    with pa.ipc.new_file(stream, table.schema) as file:
        file.write_table(table)
    write_bytes(path, stream.getvalue())
    return read_table(path)


def read_table(path: Path) -> KeptTable:
    """Read a table.

    Raises:
        ThreatsimError: the file is absent or damaged, or lacks a column that it names.
    """
    import pyarrow as pa

    damaged = ThreatsimError(
        "the table of outcomes is damaged", location=str(path), hint="Install the package that it comes with again."
    )
    try:
        data = path.read_bytes()
        with pa.ipc.open_file(pa.BufferReader(data)) as file:
            table = file.read_all()
        record = TableRecord.model_validate_json((table.schema.metadata or {}).get(_METADATA, b""))
    except FileNotFoundError:
        raise ThreatsimError(
            "there is no table of outcomes here",
            location=str(path),
            hint=f"threatsim classifiers outcomes {quoted(path.parent)} --images FOLDER makes it, of photographs.",
        ) from None
    except (OSError, ValidationError, pa.ArrowInvalid) as error:
        raise damaged from error
    named = {*_CASES, *(name for column in record.columns for name in _names(column))}
    if named - set(table.column_names) or table.num_rows != record.images:
        raise damaged
    return KeptTable(record, path, hashlib.sha256(data).hexdigest()[:16], _arrays(table))


def has_table(folder: Path) -> bool:
    """Return whether a table of outcomes lies in a classifier's folder."""
    return (folder / TABLE_NAME).is_file()


def _names(column: TableColumn) -> tuple[str, ...]:
    return (column.name, column.wrong, *column.costs.values(), *column.controls.values())


def _arrays(table: pa.Table) -> dict[str, NDArray[np.generic]]:
    return {name: np.asarray(table.column(name).to_numpy(zero_copy_only=False)) for name in table.column_names}
