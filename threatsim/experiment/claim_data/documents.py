"""What lies beside kept claims: their schema, the split of each provider, and a datasheet.

The datasheet has the sections of Gebru et al., Datasheets for Datasets, arXiv:1803.09010.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from threatsim.catalogue.figures.claim_columns import CLAIM_COLUMNS
from threatsim.common.files import write_text
from threatsim.experiment.claim_data.splits import SPLITS, split_of
from threatsim.experiment.record.record import RunRecord

SCHEMA_NAME: Final = "schema.json"
SPLITS_NAME: Final = "splits.csv"
DATASHEET_NAME: Final = "datasheet.md"
_ROLES: Final = {
    "key": "names the claim",
    "feature": "known to the payer when it decides: a detector may read it",
    "later": "known only afterwards: a detector that reads it sees the future",
    "truth": "known to nobody in the market: the label, never a feature",
}


def write_documents(folder: Path, record: RunRecord) -> None:
    """Write schema, splits and datasheet into a folder of claims.

    Args:
        folder: with the files of claims.
        record: of the run that they are from.
    """
    counts = {name: int(group["count"]) for name, group in record.scenario["providers"].items()}
    write_text(folder / SCHEMA_NAME, json.dumps(schema(), indent=1, ensure_ascii=False) + "\n")
    lines = [f"{provider},{split_of(provider)}\n" for provider in range(sum(counts.values()))]
    write_text(folder / SPLITS_NAME, "provider,split\n" + "".join(lines))
    write_text(folder / DATASHEET_NAME, _datasheet(record, counts))


def schema() -> dict[str, Any]:
    """Return the columns of a file of claims: name, type, unit, role and what it is."""
    columns = [
        {"name": one.name, "type": one.type, "unit": one.unit, "role": one.role, "what": one.text}
        for one in CLAIM_COLUMNS.values()
    ]
    return {"label": "tactic is not empty", "roles": _ROLES, "splits": dict(SPLITS), "columns": columns}


def _datasheet(record: RunRecord, counts: dict[str, int]) -> str:
    scenario = record.scenario
    arms = ", ".join(f"`{arm.name}`" for arm in record.arms)
    groups = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    shares = ", ".join(f"{name} {share:.0%}" for name, share in SPLITS.items())
    rows = "\n".join(
        f"| `{one.name}` | {one.type} | {one.unit} | {one.role} | {one.text} |" for one in CLAIM_COLUMNS.values()
    )
    roles = "; ".join(f"*{role}*, {what}" for role, what in _ROLES.items())
    source = "a file of real practices" if scenario.get("population") else "drawn from the scenario's numbers"
    return f"""# Datasheet: claims of run {record.run_id}

After Gebru et al., Datasheets for Datasets, arXiv:1803.09010.

## Motivation

Claims of which it is known who billed falsely, when and by which attack on the picture, so that
detectors of fraud can be compared where real claims have no such label. Scenario `{
        scenario.get("name", "")
    }`, made by threatsim {record.versions.get("threatsim", "")}.

## Composition

One file an arm and replicate ({arms}; {record.replicates} replicates of {scenario.get("weeks")} weeks):
`ARM-REPLICATE.parquet`, a row a claim. Providers: {groups}, {source}. The label is a `tactic` that is
not empty; errors of honest coders, `billed` without `truth` and without a `tactic`, are no fraud and
look like it.

| column | type | unit | role | what it is |
|---|---|---|---|---|
{rows}

Roles: {roles}. No row is of a real patient,
and no real practice cheats in it.

## Collection process

Simulated: providers decide by expected utility whether to bill falsely, real attacks are run on a real
classifier, and the payers' triage, readers and audits act as the scenario says. Seed {record.seed}; the
same scenario, seed and versions give the same bytes.

## Preprocessing and splits

None. `splits.csv` has a split for every provider ({shares}), by a hash of its number: all claims of a
provider, in all arms and replicates, are in one split. Replicates 2k and 2k + 1 share their random
numbers, so they are no independent samples.

## Uses

To compare detectors with one another, and with the payers' own audits: `threatsim claims baseline
REPORT` measures two on the test split. Fraud answers the payers of the scenario and not the detector
that is tried: a detector in use would change what it sees. Not for training a detector that judges real
practices.

## Distribution and maintenance

Whoever ran it distributes it; `manifest.json` of the report has the hash of every file. It is not
maintained: run it again.
"""
