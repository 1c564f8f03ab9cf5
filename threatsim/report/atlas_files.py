"""A scenario's MITRE ATLAS case study as YAML, and its layer for the ATLAS Navigator as JSON.

Layouts: the case study is a website submission of ATLAS data 5.x, `study` beside `meta` (mitre-atlas/atlas-data,
dist/schemas/atlas_contribution_schema.json, version 1.0.0 of 2026-05-01), which tools/import_case_study_file.py reads.
The layer is one of mitre-atlas/atlas-navigator-data 5.5.0: domain atlas-atlas, layer format 4.3 of the MITRE ATT&CK
Navigator (layers/LAYERFORMATv4_3.md in mitre-attack/attack-navigator). Format 6 of ATLAS data, since release 2026.05,
keeps relationships apart and is not written.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import textwrap
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import FoldedScalarString

from threatsim.catalogue.atlas_ids import ATLAS_VERSION, MITIGATIONS, TACTICS, TECHNIQUES
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.files import write_text
from threatsim.common.version import __version__
from threatsim.experiment.atlas.exercise import Exercise, Step

LAYOUT: Final = "1.0.0"
"""Version of ATLAS's website submission."""
DOMAIN: Final = "atlas-atlas"
LAYER: Final = {"layer": "4.3", "navigator": "4.6.4"}
COLOUR: Final = "#C8E6C9"
"""The colour of ATLAS's own layers of case studies."""
_LINE: Final = 90
_UNSEALED: Final = "0" * 64
_SEAL: Final = re.compile(r"(?<=sha256:)[0-9a-f]{64}(?![0-9a-f])")


@dataclass(frozen=True)
class IncidentDate:
    """The date that the layout asks for.

    Attributes:
        day: the day; the first of the month or year where only those are meant.
        granularity: what of it is meant.
        given: whether the user gave it; else it is the day of writing.
    """

    day: date
    granularity: Literal["YEAR", "MONTH", "DATE"]
    given: bool

    @classmethod
    def read(cls, text: str | None, today: date) -> IncidentDate:
        """Read YYYY, YYYY-MM or YYYY-MM-DD, or take the day of writing for None.

        Raises:
            ThreatsimError: it is none of them, or no such day.
        """
        if text is None:
            return cls(today, "DATE", given=False)
        found = re.fullmatch(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", text)
        try:
            year, month, day = (int(part or 1) for part in found.groups()) if found else (0, 0, 0)
            meant = date(year, month, day)
        except ValueError:
            raise InputError(
                f"'{text[:40]}' is not a date; a date is YYYY, YYYY-MM or YYYY-MM-DD", given=text, location="--date"
            ) from None
        granularity: Literal["YEAR", "MONTH", "DATE"] = (
            "DATE" if len(text) == 10 else "MONTH" if len(text) == 7 else "YEAR"
        )
        return cls(meant, granularity, given=True)

    def describe(self) -> str:
        """Return where the date comes from."""
        return "as given" if self.given else "the day of writing, since the layout asks for one and nothing happened"


def write_files(exercise: Exercise, when: IncidentDate, folder: Path, *, force: bool = False) -> list[Path]:
    """Write `NAME.case-study.yaml` and `NAME.layer.json` into a folder, in place of earlier ones of its own.

    Args:
        exercise: the scenario as a chain of ATLAS techniques.
        when: the date of the incident.
        folder: to write to.
        force: replace files that this program did not write, or that were edited.

    Raises:
        ThreatsimError: a file is there that this program did not write, or that was edited since; or the folder cannot
            be written to.
    """
    texts = {
        folder / f"{exercise.name}.case-study.yaml": case_study(exercise, when),
        folder / f"{exercise.name}.layer.json": layer(exercise),
    }
    try:
        for path, text in texts.items():
            if not force:
                _refuse_others(path, text)
        for path, text in texts.items():
            write_text(path, text)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ThreatsimError(f"the files cannot be written: {reason}", location=str(folder)) from None
    return list(texts)


def case_study(exercise: Exercise, when: IncidentDate) -> str:
    """Return the case study as YAML; the same for the same exercise and date."""
    study: dict[str, Any] = {
        "name": exercise.title,
        "summary": _folded(exercise.summary),
        "incident-date": when.day,
        "incident-date-granularity": when.granularity,
        "procedure": [
            {"tactic": step.tactic, "technique": step.technique, "description": _folded(step.does)}
            for step in exercise.steps
        ],
        "target": _folded(exercise.target),
        "actor": _folded(exercise.actor),
        "case-study-type": "exercise",
    }
    if exercise.reporter is not None:
        study["reporter"] = exercise.reporter
    if exercise.references:
        study["references"] = [{"title": source.title, "url": source.url} for source in exercise.references]
    meta = {
        "version": LAYOUT,
        "generator": f"threatsim {__version__}",
        "scenario": exercise.name,
        "hypothetical": True,
        "incident-date-is": _folded(when.describe()),
        "atlas-data-version": ATLAS_VERSION,
        "mitigations": [
            {"id": control.mitigation, "name": MITIGATIONS[control.mitigation], "description": _folded(control.does)}
            for control in exercise.controls
        ],
        "outside-atlas": [_folded(sentence) for sentence in exercise.outside],
        "content": f"sha256:{_UNSEALED}",
    }
    yaml = YAML()
    yaml.width, yaml.explicit_start = 4096, True
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    yaml.dump({"meta": meta, "study": study}, text)
    return _sealed(text.getvalue())


def _folded(text: str) -> str:
    """Return a long text as a folded block, so that no line is long and none ends in a space."""
    text = " ".join(text.split())
    if len(text) <= _LINE or not text.isprintable():
        return text
    folded, end = FoldedScalarString(text), 0
    folded.fold_pos = []
    for line in textwrap.wrap(text, _LINE, break_long_words=False, break_on_hyphens=False)[:-1]:
        end += len(line)
        folded.fold_pos.append(end)
        end += 1
    shown: str = folded
    return shown


def layer(exercise: Exercise) -> str:
    """Return the layer as JSON: the techniques of the chain, each with what the scenario does there."""
    metadata = [
        {"name": "atlas_data_version", "value": ATLAS_VERSION},
        {"name": "generator", "value": f"threatsim {__version__}"},
        {"name": "scenario", "value": exercise.name},
        *(
            {"name": f"mitigation {c.mitigation}", "value": f"{MITIGATIONS[c.mitigation]}: {c.does}"}
            for c in exercise.controls
        ),
        {"name": "content", "value": f"sha256:{_UNSEALED}"},
    ]
    data = {
        "versions": LAYER,
        "domain": DOMAIN,
        "metadata": metadata,
        "name": exercise.title,
        "description": exercise.summary,
        "techniques": _layer_techniques(exercise.steps),
        "legendItems": [{"label": "Used in the scenario", "color": COLOUR}],
    }
    return _sealed(json.dumps(data, indent=4, ensure_ascii=False) + "\n")


def _layer_techniques(steps: tuple[Step, ...]) -> list[dict[str, Any]]:
    """Return a cell a technique under its tactic; the parent of a sub-technique is opened, and coloured if used."""
    comments: dict[tuple[str, str], list[str]] = {}
    for step in steps:
        comments.setdefault((step.technique, step.tactic), []).append(step.does)
    opened = {(parent, tactic) for technique, tactic in comments if (parent := TECHNIQUES[technique].parent)}
    cells = []
    for technique, tactic in dict.fromkeys([*comments, *sorted(opened)]):
        cell: dict[str, Any] = {"techniqueID": technique, "tactic": TACTICS[tactic].lower().replace(" ", "-")}
        if TECHNIQUES[technique].parent is None:
            cell["showSubtechniques"] = (technique, tactic) in opened
        if (technique, tactic) in comments:
            url = f"https://atlas.mitre.org/techniques/{technique}"
            cell |= {"color": COLOUR, "comment": " ".join(comments[technique, tactic])}
            cell["links"] = [{"label": TECHNIQUES[technique].name, "url": url}]
        cells.append(cell)
    return cells


def _sealed(text: str) -> str:
    """Return the text with its own digest in place of the zeros, by which a file can be told from an edited one."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return text.replace(f"sha256:{_UNSEALED}", f"sha256:{digest}")


def _unedited(text: str) -> bool:
    return bool(_SEAL.search(text)) and _sealed(_SEAL.sub(_UNSEALED, text)) == text


def _refuse_others(path: Path, text: str) -> None:
    if not path.exists():
        return
    there = path.read_bytes().decode(errors="replace")
    if there != text and not _unedited(there):
        raise ThreatsimError(
            "there is such a file already, which threatsim did not write or which was edited since",
            hint="Choose another folder with --out, or replace it with --force.",
            location=str(path),
        )
