"""From a calibration to its folder, and to what the terminal prints of it."""

from __future__ import annotations

from pathlib import Path

from threatsim.calibration.question import FinishedCalibration
from threatsim.experiment.record.report_finder import answer_folder
from threatsim.report.calibration import calibration_parts
from threatsim.report.calibration.calibration_words import sentences
from threatsim.report.questions.answer_files import write_answer
from threatsim.report.questions.publish_answer import Published

SCENARIO_FILE = "fitted.yaml"


def publish_calibration(found: FinishedCalibration, out: Path) -> Published:
    """Write the folder of a calibration, with the fitted scenario in it if there is one."""
    record = found.record
    said = sentences(record)
    folder = write_answer(
        record,
        answer_folder(out, record.scenario, "calibrate", record.identity),
        title=f"Fitted to what is known: {record.title}",
        sentences=said,
        parts=calibration_parts.parts(record),
        tables=calibration_parts.tables(record),
        more={SCENARIO_FILE: found.scenario.encode()} if found.scenario else {},
    )
    if found.scenario:
        said = [*said, f"The scenario with the posterior as ranges is {folder / SCENARIO_FILE}."]
    return Published(folder, said, [calibration_parts.posterior(record), calibration_parts.moments(record)])
