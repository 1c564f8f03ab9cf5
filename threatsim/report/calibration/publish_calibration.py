"""From a calibration to its folder, and to what the terminal prints of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from threatsim.calibration.findings import CalibrationRecord
from threatsim.calibration.question import FinishedCalibration
from threatsim.experiment.record.report_finder import answer_folder
from threatsim.report.calibration import calibration_parts
from threatsim.report.calibration.calibration_words import sentences
from threatsim.report.questions.answer_files import write_answer
from threatsim.report.questions.parts import ShownAnswer
from threatsim.report.questions.publish_answer import Published

SCENARIO_FILE = "fitted.yaml"


def publish_calibration(found: FinishedCalibration, out: Path) -> Published:
    """Write the folder of a calibration, with the fitted scenario in it if there is one."""
    record, shown = found.record, calibrate_shown(found.record)
    folder = write_answer(
        record,
        answer_folder(out, record.scenario, record.question, record.identity),
        shown,
        tables=calibration_parts.tables(record),
        more={SCENARIO_FILE: found.scenario.encode()} if found.scenario else {},
    )
    if found.scenario:
        where = f"The scenario with the posterior as ranges is {folder / SCENARIO_FILE}."
        shown = replace(shown, sentences=[*shown.sentences, where])
    return Published.of(folder, shown)


def calibrate_shown(record: CalibrationRecord) -> ShownAnswer:
    """Return what is shown of a calibration."""
    return ShownAnswer(
        f"Fitted to what is known: {record.title}",
        sentences(record),
        calibration_parts.parts(record),
        [calibration_parts.posterior(record), calibration_parts.moments(record)],
    )
