"""Running a recorded scenario again, and what comes out differently: byte by byte, else figure by figure."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from threatsim.common.cache import cache_folder
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.progress import Progress
from threatsim.common.yaml_text.document import Document
from threatsim.experiment.figures.input_differences import input_differences
from threatsim.experiment.record.manifest import file_states, read_manifest
from threatsim.experiment.record.order import recorded_scenario
from threatsim.experiment.record.record import RECORD_NAME, RunRecord
from threatsim.experiment.record.record_reading import read_record, record_file
from threatsim.experiment.record.verification import Check
from threatsim.experiment.run import Run
from threatsim.experiment.run_request import RunRequest
from threatsim.experiment.whole_run import run_loaded
from threatsim.experiment.written import Provenance
from threatsim.outcomes.bank.recomputing import RecomputingBank
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.schema import Scenario

_RESULTS: Final = {"number_kinds", "classifiers", "arms", "patterns", "uncertain", "stopping", "doubt", "expectations"}
_NAMES: Final = ("name", "modality", "tactic", "key", "path", "outcome", "expected")  # what parts of results go by
_TABLES: Final = ("weekly", "providers", "claims_sample", "decisions")
_SHOWN: Final = 10
_FEW_INPUTS: Final = 4
_RECOMPUTED: Final = 0.05
"""Share of the kept outcomes that are computed again: of 100 forged ones, all are missed once in 170 times."""

Publish = Callable[[Run, Progress], None]


def rerun(
    report: Path,
    publish: Publish,
    *,
    images: Path | None,
    workers: int,
    progress: Progress,
    finding: str | None = None,
) -> list[Check]:
    """Run the scenario of a record again, into a folder that is then removed, and compare.

    Nothing but the report is needed: the record holds the scenario with its arms, and the order of its names.

    Args:
        report: the report's folder, or its record.json.
        publish: writes the report of a run into its folder.
        images: the real images, if the run had any.
        workers: processes for the market.
        finding: what label 1 stood for in them, of a run whose record does not say so; else what the record says.

    Raises:
        InputError: the record says another finding.
        ThreatsimError: the report cannot be read, or what it ran on is not here.
    """
    record = read_record(report)
    folder = record_file(report).parent
    if images is None and (real := [one.images for one in record.classifiers if one.real and not one.kept]):
        raise ThreatsimError(
            f"the run was on real images ({', '.join(real)}), which the report does not hold",
            location=str(report),
            hint="Name their folder with --images.",
        )
    finding = _finding(record, finding, report)
    device = _device(record.device)
    checks = []
    if device != record.device:
        detail = f"it ran on {record.device}, which is not here, and again on {device}: attacks round differently there"
        checks.append(Check(artefact="device", state="note", detail=detail))
    with tempfile.TemporaryDirectory(prefix="threatsim-") as scratch:
        request = RunRequest(
            scenario="",
            images=images,
            finding=finding,
            replicates=None,
            seed=None,
            workers=workers,
            device=device,
            out=Path(scratch),
            patterns=bool(record.patterns),
            keep_claims=(folder / "claims").is_dir(),
            kept=False,
            page="report.html" in (read_manifest(folder) or {"report.html"}),
            until_interval=record.stopping.text if record.stopping else "",
            max_replicates=record.stopping.most if record.stopping else None,
        )
        bank = RecomputingBank(cache_folder(), share=_RECOMPUTED)
        again = run_loaded(loaded_from(record, folder), request, progress, written=Provenance.of(record), bank=bank)
        publish(again, progress)
        checks.append(_outcomes(bank))
        return checks + list(held_against(folder, record, again.folder, again.record))


def _finding(record: RunRecord, finding: str | None, report: Path) -> str | None:
    """Return what label 1 stood for, as the record says it; where it does not, as the user does.

    Raises:
        InputError: the user says another than the record.
    """
    said = record.finding
    if finding is not None and said is not None and finding != said:
        raise InputError(
            f"the run was of --finding {said}, and with --finding {finding} it would be another run",
            given=finding,
            allowed=(said,),
            location=str(report),
            hint="Leave --finding out.",
        )
    return said or finding


def _outcomes(bank: RecomputingBank) -> Check:
    """Return what the sample showed of the outcomes that were kept."""
    if not bank.recomputed:
        return Check(artefact="rerun: kept outcomes", state="note", detail="none were kept that are computed here")
    detail = f"{bank.recomputed:,} of them computed again"
    if bank.differing:
        detail += f"; {bank.differing:,} were kept otherwise, by up to {bank.largest:.3g}"
        return Check(artefact="rerun: kept outcomes", state="differs", detail=detail)
    return Check(artefact="rerun: kept outcomes", state="ok", detail=f"{detail}, with the same result")


def loaded_from(record: RunRecord, folder: Path | None = None) -> LoadedScenario:
    """Return the scenario of a record as if it had been read from its file.

    Raises:
        ThreatsimError: this threatsim has another schema, which the scenario does not fit.
    """
    data = recorded_scenario(record, folder)
    try:
        scenario = Scenario.model_validate(data)
    except ValueError as error:
        reason = str(error).splitlines()
        raise ThreatsimError(
            f"the recorded scenario does not fit the schema of this threatsim: {' '.join(reason[1:3]).strip()}",
            hint=f"Run it with threatsim {record.versions.get('threatsim', '')}, which wrote it.",
        ) from None
    return LoadedScenario(scenario, (folder or Path()) / RECORD_NAME, Document(text="", data=data))


def _device(recorded: str) -> str:
    import torch

    return recorded if recorded != "cuda" or torch.cuda.is_available() else "cpu"


def held_against(folder: Path, record: RunRecord, new_folder: Path, new: RunRecord) -> Iterator[Check]:
    """Yield a report held against one of the same scenario: bytes where all inputs are the same, else rows and figures.

    Args:
        folder: of the older report.
        record: its record.
        new_folder: of the newer report.
        new: its record.
    """
    inputs = [item.path for item in input_differences(record, new)]
    if record.outcomes_fingerprint != new.outcomes_fingerprint:
        inputs.append("the scores of the attacks")
    listed = read_manifest(new_folder)
    if record.inputs_fingerprint == new.inputs_fingerprint and listed is not None:
        yield Check(artefact="rerun: inputs", state="ok", detail=record.run_id)
        for name, state in file_states(folder, listed):
            if state != "added":  # what is no file of a report is none of the rerun's either
                yield Check(
                    artefact=f"rerun: {name}",
                    state="ok" if state == "ok" else "differs",
                    detail={"ok": "the same bytes", "missing": "is missing"}.get(state, "other bytes"),
                )
    else:
        more = f" and {len(inputs) - _FEW_INPUTS} more" if len(inputs) > _FEW_INPUTS else ""
        detail = f"other than when it ran: {', '.join(inputs[:_FEW_INPUTS])}{more}" if inputs else "another fingerprint"
        yield Check(artefact="rerun: inputs", state="note", detail=detail)
        for name in _TABLES:
            yield from _table(f"{name}.parquet", folder, new_folder)
    yield from _results(record, new)


def _results(record: RunRecord, new: RunRecord) -> Iterator[Check]:
    left, right = (dict(_figures(one.model_dump(mode="json", include=_RESULTS))) for one in (record, new))
    places = [place for place in dict.fromkeys((*left, *right)) if _absent(left, place) != _absent(right, place)]
    total = len(left.keys() | right.keys())
    if not places:
        yield Check(artefact="rerun: results", state="ok", detail=f"all {total:,} figures are the same")
        return
    sizes = [size for place in places if (size := _relative(left.get(place), right.get(place))) is not None]
    most = f", by {max(sizes):.3g} of their size at most" if sizes else ""
    yield Check(artefact="rerun: results", state="differs", detail=f"{len(places):,} of {total:,} figures differ{most}")
    for place in places[:_SHOWN]:
        detail = f"{_absent(left, place)} recorded, {_absent(right, place)} now"
        yield Check(artefact=f"rerun: {place}", state="differs", detail=detail)
    if len(places) > _SHOWN:
        yield Check(artefact="rerun: figures", state="differs", detail=f"and {len(places) - _SHOWN:,} more")


def _table(name: str, folder: Path, new_folder: Path) -> Iterator[Check]:
    """Yield whether a table has the same rows, whatever bytes another version of the library writes them in."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = [folder / name, new_folder / name]
    there = [file.is_file() for file in files]
    if there == [False, False]:
        return
    detail = ""
    if not all(there):
        detail = "is missing" if there[1] else "is not written any more"
    else:
        try:
            left, right = (pq.read_table(file).unify_dictionaries() for file in files)
        except (OSError, pa.ArrowInvalid):
            detail = "cannot be read"
        else:
            if left.num_rows != right.num_rows:
                detail = f"{left.num_rows:,} rows recorded, {right.num_rows:,} now"
            else:
                names = list(dict.fromkeys((*left.column_names, *right.column_names)))
                differing = [one for one in names if not _same_column(left, right, one)]
                detail = f"other values in {', '.join(differing)}" if differing else ""
    yield Check(artefact=f"rerun: {name}", state="differs" if detail else "ok", detail=detail or "the same rows")


def _same_column(left: Any, right: Any, name: str) -> bool:
    """Return whether a column holds the same values; NaN equals NaN."""
    if name not in left.column_names or name not in right.column_names:
        return False
    one, other = (table.column(name).to_pylist() for table in (left, right))
    return all(a == b or (a != a and b != b) for a, b in zip(one, other, strict=True))


def _figures(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every single figure of the results with its place; parts with names go by them."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _figures(part, f"{place}.{key}" if place else key)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            names = [part[key] for key in _NAMES if key in part] if isinstance(part, Mapping) else []
            yield from _figures(part, f"{place}.{names[0] if names else index}")
    else:
        yield place, value


def _absent(figures: Mapping[str, Any], place: str) -> Any:
    return figures.get(place, "absent")


def _relative(left: Any, right: Any) -> float | None:
    """Return how far two numbers lie apart, as a share of the larger; None for what is no number."""
    if not all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in (left, right)):
        return None
    size = max(abs(left), abs(right))
    return math.fabs(left - right) / size if size else 0.0
