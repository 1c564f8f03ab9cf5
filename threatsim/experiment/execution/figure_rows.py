"""A replicate's figures as one row of a wide table, and back.

Columns are `outcome/METRIC`, `tactic/NAME/METRIC`, `payer/NAME/METRIC`, `account/NAME`, and what a quotient was divided
by: the same name with `/whole` behind it, and `/clusters` where its units do not stand alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from threatsim.experiment.execution.cells import Cell
from threatsim.market.result import Denominator, ReplicateResult

KEYS = ("point", "arm", "replicate")
_WHOLE, _CLUSTERS = "whole", "clusters"


def figures_of(result: ReplicateResult) -> dict[str, float]:
    """Return column -> figure of a replicate; NaN stands for undefined."""
    row: dict[str, float] = {}
    for place, values, denominators in _groups(result):
        row |= {f"{place}/{name}": float(value) for name, value in values.items()}
        for name, denominator in denominators.items():
            row[f"{place}/{name}/{_WHOLE}"] = float(denominator.size)
            if denominator.clusters is not None:
                row[f"{place}/{name}/{_CLUSTERS}"] = float(denominator.clusters)
    return row | {f"account/{name}": float(value) for name, value in result.accounts.items()}


def _groups(
    result: ReplicateResult,
) -> Iterator[tuple[str, Mapping[str, float], Mapping[str, Denominator]]]:
    yield "outcome", result.outcomes, result.denominators
    for tactic, values in result.tactics.items():
        yield f"tactic/{tactic}", values, result.tactic_denominators.get(tactic, {})
    for payer, values in result.payers.items():
        yield f"payer/{payer}", values, result.payer_denominators.get(payer, {})


def result_of(row: Mapping[str, Any]) -> ReplicateResult:
    """Return a replicate with the figures of a row, and no columns.

    Args:
        row: column -> value, `KEYS` among them; None for a column that this replicate lacks.
    """
    cell = Cell(*(row[key] for key in KEYS))
    found: dict[str, dict[str, float]] = {}
    parts: dict[tuple[str, str], dict[str, float]] = {}
    for column, value in row.items():
        if column in KEYS or value is None:
            continue
        place, _, name = column.rpartition("/")
        if name in {_WHOLE, _CLUSTERS} and place.count("/") > (0 if place.startswith("outcome/") else 1):
            group, _, metric = place.rpartition("/")
            parts.setdefault((group, metric), {})[name] = value
        else:
            found.setdefault(place, {})[name] = value

    def denominators(group: str) -> dict[str, Denominator]:
        return {
            metric: Denominator(part[_WHOLE], part.get(_CLUSTERS))
            for (of, metric), part in parts.items()
            if of == group
        }

    def named(kind: str) -> list[str]:
        return [place.removeprefix(f"{kind}/") for place in found if place.startswith(f"{kind}/")]

    return ReplicateResult(
        arm=cell.arm,
        replicate=cell.replicate,
        outcomes=found.get("outcome", {}),
        tactics={name: found[f"tactic/{name}"] for name in named("tactic")},
        accounts=found.get("account", {}),
        weekly={},
        providers={},
        sample={},
        denominators=denominators("outcome"),
        tactic_denominators={name: denominators(f"tactic/{name}") for name in named("tactic")},
        payers={name: found[f"payer/{name}"] for name in named("payer")},
        payer_denominators={name: denominators(f"payer/{name}") for name in named("payer")},
    )
