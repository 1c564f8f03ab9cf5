"""A plan as files that any machine can simulate from: scenarios, outcome tables, and what a machine must have."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from threatsim.common.errors import ThreatsimError
from threatsim.common.files import read_foreign
from threatsim.experiment.execution.cells import MOST_CELLS, Cell, Plan, numbers_in, ranges_of
from threatsim.experiment.execution.durable import keep, sound
from threatsim.experiment.execution.figures_run import TableSets
from threatsim.experiment.execution.handshake import handshake
from threatsim.experiment.execution.sharding.plan_file import PlanFile, PlannedPlace, formed, read_json
from threatsim.experiment.execution.sharding.scenario_changes import Change, changed, changes
from threatsim.experiment.execution.sharding.tables_file import read_tables, write_tables
from threatsim.experiment.record.fingerprint import tables_fingerprint
from threatsim.scenario.schema import Scenario

PLAN_NAME: Final = "plan.json"
TABLES_NAME: Final = "outcomes.arrow"
_FORMAT: Final = 2
_REMEMBERED: Final = 64
"""Scenarios that a process keeps ready: to make one takes 10 ms."""

Place = tuple[int, str]
"""A point and an arm."""


@dataclass(frozen=True)
class ListedPlan:
    """A plan with every scenario written out, as what differs from the first.

    Attributes:
        hash, seed: as of any plan.
        base: the first scenario, as plain data.
        changes: point and arm -> what its scenario has otherwise.
        tables: point and arm -> key of the outcome tables that it reads.
    """

    hash: str
    seed: int
    base: Mapping[str, Any]
    changes: Mapping[Place, list[Change]]
    tables: Mapping[Place, str]
    _ready: dict[Place, Scenario] = field(default_factory=dict, compare=False, repr=False)

    def scenario_of(self, cell: Cell) -> Scenario:
        """Return the scenario that a cell is simulated on.

        Raises:
            ThreatsimError: what the plan holds makes no scenario.
        """
        place = cell.point, cell.arm
        if place not in self._ready:
            if len(self._ready) >= _REMEMBERED:
                self._ready.clear()
            self._ready[place] = formed(
                lambda: Scenario.model_validate(changed(self.base, self.changes[place])),
                Path(f"{PLAN_NAME}, {cell.arm} at point {cell.point}"),
                "scenario",
            )
        return self._ready[place]

    def tables_of(self, cell: Cell) -> str:
        """Return the key of the outcome tables that it reads."""
        return self.tables[cell.point, cell.arm]


@dataclass(frozen=True)
class PreparedPlan:
    """What `prepare` wrote.

    Attributes:
        folder: where it is.
        identity: hash of all of it.
        question: what it answers: the key of who can put its shards together.
        title: of the scenario.
        plan, tables, cells: what is to be simulated, on what.
        expected: what a machine must have (`handshake`).
        hashes: name of a file that the answer needs beside figures -> its SHA-256.
    """

    folder: Path
    identity: str
    question: str
    title: str
    plan: ListedPlan
    tables: TableSets
    cells: Sequence[Cell]
    expected: Mapping[str, str]
    hashes: Mapping[str, str]

    def file(self, name: str) -> bytes:
        """Return what the answer needs beside figures.

        Raises:
            ThreatsimError: the file is absent or damaged.
        """
        path = self.folder / name
        content = read_foreign(path, "file of a plan") if path.is_file() else b""
        if hashlib.sha256(content).hexdigest() != self.hashes.get(name):
            raise ThreatsimError("is absent, or not what its plan says", location=str(path))
        return content


def write_prepared(
    folder: Path,
    plan: Plan,
    tables: TableSets,
    cells: Sequence[Cell],
    *,
    title: str,
    question: str = "figures",
    files: Mapping[str, bytes] | None = None,
) -> str:
    """Write a plan for machines that share nothing with this one.

    Args:
        folder: to write to.
        plan, tables, cells: what is to be simulated, on what.
        title: of the scenario.
        question: what it answers.
        files: name -> what the answer needs beside figures.

    Returns:
        The plan's identity: the hash of all that was written, and of this source.

    Raises:
        ThreatsimError: the folder holds another plan, or cannot be written to.
    """
    wanted: dict[Place, list[int]] = {}
    for cell in sorted(cells):
        wanted.setdefault((cell.point, cell.arm), []).append(cell.replicate)
    scenarios = {place: plan.scenario_of(Cell(*place, 0)).model_dump(mode="json") for place in wanted}
    base = next(iter(scenarios.values()))
    content: dict[str, Any] = {
        "question": question,
        "figures": plan.hash,
        "seed": plan.seed,
        "tables": {key: tables_fingerprint(one) for key, one in sorted(tables.items())},
        "files": {name: hashlib.sha256(one).hexdigest() for name, one in sorted((files or {}).items())},
        "base": base,
        "points": [
            {
                "point": point,
                "arm": arm,
                "tables": plan.tables_of(Cell(point, arm, 0)),
                "replicates": ranges_of(replicates),
                "changes": changes(base, scenarios[point, arm]),
            }
            for (point, arm), replicates in wanted.items()
        ],
        "machine": handshake(),
    }
    # Keys stay in their order: providers, tactics and modalities stand in it, and markets depend on it.
    identity = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    if (folder / PLAN_NAME).exists() and _content(folder)["identity"] != identity:
        raise ThreatsimError(
            "holds another plan, or one of another threatsim", location=str(folder), hint="Name another folder."
        )
    whole = {"format": _FORMAT, "identity": identity, "title": title, **content}
    write_tables(folder / TABLES_NAME, tables)
    for name, one in (files or {}).items():
        keep(folder / name, one)
    keep(folder / PLAN_NAME, json.dumps(whole, ensure_ascii=False).encode())
    return identity


def read_prepared(folder: Path) -> PreparedPlan:
    """Read what `write_prepared` wrote.

    Raises:
        ThreatsimError: it is absent, damaged, or of another format, or its tables are not those of the plan.
    """
    path = folder / PLAN_NAME
    content = _content(folder)
    plan = formed(lambda: PlanFile.model_validate(content), path, "plan")
    identified = {key: value for key, value in content.items() if key not in ("format", "identity", "title")}
    if hashlib.sha256(json.dumps(identified).encode()).hexdigest() != plan.identity:
        raise ThreatsimError("is not what its identity says", location=str(path), hint="Prepare the plan again.")
    tables = read_tables(folder / TABLES_NAME)
    found = {key: tables_fingerprint(one) for key, one in sorted(tables.items())}
    if found != plan.tables or not {one.tables for one in plan.points} <= found.keys():
        raise ThreatsimError("holds outcome tables of another plan", location=str(folder / TABLES_NAME))
    places = {(one.point, one.arm): one for one in plan.points}
    prepared = PreparedPlan(
        folder,
        plan.identity,
        plan.question,
        plan.title,
        ListedPlan(
            plan.figures,
            plan.seed,
            plan.base,
            {place: one.changes for place, one in places.items()},
            {place: one.tables for place, one in places.items()},
        ),
        tables,
        formed(lambda: _cells(places), path, "plan"),
        plan.machine,
        plan.files,
    )
    prepared.plan.scenario_of(prepared.cells[0])  # one of a form that is none is told before all of them fail
    return prepared


def _cells(places: Mapping[Place, PlannedPlace]) -> list[Cell]:
    cells: list[Cell] = []
    for place, one in places.items():
        cells += [Cell(*place, number) for number in numbers_in(one.replicates)]
        if len(cells) > MOST_CELLS:
            raise ValueError(f"more than {MOST_CELLS:,} replicates")
    if not cells:
        raise ValueError("nothing is to be simulated")
    return cells


def _content(folder: Path) -> dict[str, Any]:
    path = folder / PLAN_NAME
    if not sound(path):
        raise ThreatsimError(
            "is absent, or not what its checksum says", location=str(path), hint="Make it by `threatsim prepare`."
        )
    content = read_json(path, "plan")
    if not isinstance(content, dict) or "identity" not in content:
        raise ThreatsimError("is no plan of this threatsim", location=str(path))
    if content.get("format") != _FORMAT:
        found = str(content.get("format"))[:40]
        raise ThreatsimError(f"has format {found}; this threatsim reads {_FORMAT}", location=str(path))
    return content
