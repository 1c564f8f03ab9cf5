"""The posterior of an earlier calibration, taken up to predict other moments with it."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from threatsim.calibration.findings import CalibrationRecord
from threatsim.common.errors import InputError
from threatsim.common.files import read_foreign
from threatsim.experiment.record.fingerprint import fingerprint, tables_fingerprint
from threatsim.experiment.record.record import RECORD_NAME
from threatsim.experiment.run import Run
from threatsim.scenario.schema import HELD_AGAINST, REPEATED, TOLD

QUESTION = "calibrate"


def market_fingerprint(run: Run) -> str:
    """Return the fingerprint of what a posterior belongs to: the scenario without its arms, and its pictures."""
    scenario = run.loaded.scenario.model_dump(mode="json")
    market = {key: value for key, value in scenario.items() if key not in TOLD | HELD_AGAINST | REPEATED}
    return fingerprint({"market": market, "outcomes": tables_fingerprint(run.tables)})


def read_posterior(folder: Path) -> CalibrationRecord:
    """Return the record of a calibration.

    Raises:
        InputError: the folder holds none.
    """
    try:
        record = CalibrationRecord.model_validate_json(read_foreign(folder / RECORD_NAME, "run record"))
    except (FileNotFoundError, NotADirectoryError):
        raise _refused(folder, f"there is no {RECORD_NAME} in {folder}") from None
    except ValidationError:
        raise _refused(folder, f"{folder / RECORD_NAME} is not the record of a calibration") from None
    if record.question != QUESTION:
        raise _refused(folder, f"{folder / RECORD_NAME} is of {record.question}, not of a calibration")
    return record


def check_posterior(record: CalibrationRecord, run: Run, folder: Path) -> None:
    """Refuse a posterior of another market.

    Raises:
        InputError: it was fitted to another scenario, or to this one with other numbers or pictures.
    """
    scenario = run.loaded.scenario.name
    if record.scenario != scenario:
        raise _refused(folder, f"the posterior is of scenario '{record.scenario}', not of '{scenario}'")
    if record.findings.fitted_to != market_fingerprint(run):
        raise _refused(
            folder,
            f"the posterior is of '{scenario}' with other numbers, settings or pictures",
            "Repeat --set as it was when it was fitted (the options in its record), or fit anew.",
        )


def _refused(folder: Path, text: str, hint: str | None = None) -> InputError:
    return InputError(text, given=str(folder), location=f"--posterior {folder}", hint=hint)
