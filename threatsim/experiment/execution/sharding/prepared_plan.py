"""A plan as files that any machine can simulate from: scenarios, outcome tables, and what a machine must have."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from threatsim.common.errors import ThreatsimError
from threatsim.experiment.execution.cells import Cell, Plan
from threatsim.experiment.execution.durable import keep, sound
from threatsim.experiment.execution.figures_run import TableSets
from threatsim.experiment.execution.handshake import handshake
from threatsim.experiment.execution.sharding.tables_file import read_tables, write_tables
from threatsim.experiment.record.fingerprint import canonical_json, fingerprint, tables_fingerprint
from threatsim.scenario.schema import Scenario

PLAN_NAME: Final = "plan.json"
TABLES_NAME: Final = "outcomes.arrow"
_FORMAT: Final = 1


@dataclass(frozen=True)
class ListedPlan:
    """A plan with every scenario written out.

    Attributes:
        hash, seed: as of any plan.
        scenarios: point and arm -> the scenario there.
        tables: point and arm -> key of the outcome tables that it reads.
    """

    hash: str
    seed: int
    scenarios: Mapping[tuple[int, str], Scenario]
    tables: Mapping[tuple[int, str], str]

    def scenario_of(self, cell: Cell) -> Scenario:
        """Return the scenario that a cell is simulated on."""
        return self.scenarios[cell.point, cell.arm]

    def tables_of(self, cell: Cell) -> str:
        """Return the key of the outcome tables that it reads."""
        return self.tables[cell.point, cell.arm]


@dataclass(frozen=True)
class PreparedPlan:
    """What `prepare` wrote.

    Attributes:
        plan, tables, cells: what is to be simulated, on what.
        expected: what a machine must have (`handshake`).
        title: of the scenario.
    """

    plan: ListedPlan
    tables: TableSets
    cells: Sequence[Cell]
    expected: Mapping[str, str]
    title: str


def write_prepared(folder: Path, plan: Plan, tables: TableSets, cells: Sequence[Cell], *, title: str) -> ListedPlan:
    """Write a plan for machines that share nothing with this one.

    Args:
        folder: to write to.
        plan, tables, cells: what is to be simulated, on what.
        title: of the scenario.

    Returns:
        The plan as it was written; its hash is that of what was written, and of this source.

    Raises:
        ThreatsimError: the folder holds another plan, or cannot be written to.
    """
    places = sorted({(cell.point, cell.arm) for cell in cells})
    content: dict[str, Any] = {
        "seed": plan.seed,
        "tables": {key: tables_fingerprint(one) for key, one in sorted(tables.items())},
        "points": [
            {
                "point": point,
                "arm": arm,
                "tables": plan.tables_of(Cell(point, arm, 0)),
                "scenario": plan.scenario_of(Cell(point, arm, 0)).model_dump(mode="json"),
            }
            for point, arm in places
        ],
        "machine": handshake(),
    }
    identity = fingerprint(content)
    if (folder / PLAN_NAME).exists() and _content(folder).get("hash") != identity:
        raise ThreatsimError(
            "holds another plan, or one of another threatsim", location=str(folder), hint="Name another folder."
        )
    listed = sorted(cells)
    whole = {"format": _FORMAT, "hash": identity, "title": title, **content, "cells": [list(cell) for cell in listed]}
    write_tables(folder / TABLES_NAME, tables)
    keep(folder / PLAN_NAME, canonical_json(whole, indent=1).encode())
    return _plan(whole)


def read_prepared(folder: Path) -> PreparedPlan:
    """Read what `write_prepared` wrote.

    Raises:
        ThreatsimError: it is absent, damaged, or of another format, or its tables are not those of the plan.
    """
    content = _content(folder)
    tables = read_tables(folder / TABLES_NAME)
    found = {key: tables_fingerprint(one) for key, one in sorted(tables.items())}
    if found != content["tables"]:
        raise ThreatsimError("holds outcome tables of another plan", location=str(folder / TABLES_NAME))
    cells = [Cell(*cell) for cell in content["cells"]]
    return PreparedPlan(_plan(content), tables, cells, content["machine"], content["title"])


def _content(folder: Path) -> dict[str, Any]:
    path = folder / PLAN_NAME
    if not sound(path):
        raise ThreatsimError(
            "is absent, or not what its checksum says", location=str(path), hint="Make it by `threatsim prepare`."
        )
    content: dict[str, Any] = json.loads(path.read_bytes())
    if content.get("format") != _FORMAT:
        raise ThreatsimError(f"has format {content.get('format')}; this threatsim reads {_FORMAT}", location=str(path))
    return content


def _plan(content: Mapping[str, Any]) -> ListedPlan:
    points = content["points"]
    return ListedPlan(
        content["hash"],
        content["seed"],
        {(one["point"], one["arm"]): Scenario.model_validate(one["scenario"]) for one in points},
        {(one["point"], one["arm"]): one["tables"] for one in points},
    )
