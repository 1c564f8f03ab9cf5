"""`threatsim.load`: a report as data frames, on a report of a real small run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import threatsim
from threatsim.common.errors import ThreatsimError
from threatsim.report.comparison_file import COLUMNS as FILE_COLUMNS
from threatsim.report.frame_columns import COLUMNS, COMPARISON
from threatsim.report.frames import Report
from threatsim.statistics.over_replicates import paired_mean_difference

LATER = {"payers", "doubt", "drivers", "draws"}  # what the report is too old to have
OLD = Path(__file__).parents[1] / "experiment" / "old_report"


@pytest.fixture(scope="module")
def report() -> Report:
    return threatsim.load(OLD)


def undocumented(report: Report) -> dict[str, list[str]]:
    """Frame -> columns that `COLUMNS` does not tell of; those named after a tactic may be there."""
    named = {f"false_claims_{tactic}" for tactic in report.record.scenario["tactics"]}
    found = {name: [c for c in getattr(report, name) if c not in {*COLUMNS[name], *named}] for name in COLUMNS}
    return {name: columns for name, columns in found.items() if columns}


def test_importing_threatsim_stays_light() -> None:
    code = "import sys, threatsim; print({'pandas', 'pydantic', 'numpy'} & set(sys.modules)); threatsim.load"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        threatsim.lod  # noqa: B018


@pytest.mark.parametrize("name", COLUMNS)
def test_every_column_is_documented_and_of_its_type(report: Report, name: str) -> None:
    frame: pd.DataFrame = getattr(report, name)
    assert len(frame) or name in LATER
    for column, what in COLUMNS[name].items():
        assert frame[column].dtype == what.dtype, column
    assert undocumented(report) == {}
    told = Report.columns(name)
    assert told["column"].tolist() == list(COLUMNS[name])
    assert told["meaning"].str.len().min() > 4
    assert getattr(Report, name).__doc__


def test_frames_without_rows_have_the_same_types(report: Report) -> None:
    arm = report.record.arms[0]
    bare = report.record.model_copy(
        update={
            "arms": (arm.model_copy(update={"tactics": (), "accounts": {}, "outcomes": {}, "replicates": {}}),),
            "classifiers": (),
            "patterns": (),
            "scenario": {},
        }
    )
    empty = Report(OLD / "absent", bare)
    for name in set(COLUMNS) - {"weekly", "providers", "claims"}:
        frame = getattr(empty, name)
        assert len(frame) == 0
        assert frame.dtypes.astype(str).to_dict() == {c: what.dtype for c, what in COLUMNS[name].items()}, name


def test_a_table_that_is_missing_or_another_is_told(report: Report, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(OLD, tmp_path / "report"))
    (copy / "weekly.parquet").unlink()
    (copy / "providers.parquet").write_bytes(b"PAR1")
    shutil.copy(copy / "decisions.parquet", copy / "claims_sample.parquet")
    loaded = threatsim.load(copy)
    for name, message in (("weekly", "has no weekly"), ("providers", "cannot be read"), ("claims", "no column case")):
        with pytest.raises(ThreatsimError, match=message):
            getattr(loaded, name)


def test_a_table_from_before_a_column_has_what_was_true_then(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(OLD, tmp_path / "report"))
    table = pq.read_table(copy / "providers.parquet")
    pq.write_table(table.drop_columns(["entered_week"]), copy / "providers.parquet")
    assert set(threatsim.load(copy).providers["entered_week"]) == {0}


def test_the_frames_hold_the_records_figures(report: Report) -> None:
    record = report.record
    arms = report.arms.set_index(["arm", "metric"])
    for arm in record.arms:
        for metric, estimate in arm.outcomes.items():
            row = arms.loc[(arm.name, metric)]
            expected = [np.nan if x is None else x for x in (estimate.value, estimate.low, estimate.high)]
            np.testing.assert_equal(row[["value", "low", "high"]].to_numpy(float), expected)
    assert report.arms["arm"].drop_duplicates().tolist() == [arm.name for arm in record.arms]
    assert len(report.differences) == sum(len(arm.differences) for arm in record.arms)
    assert record.arms[0].name not in set(report.differences["arm"])
    assert report.accounts.groupby("arm")["net_usd"].sum().abs().max() < 0.01
    assert len(report.parameters) == sum(record.number_kinds.values())
    assert report.parameters["kind"].value_counts().to_dict() == {k: n for k, n in record.number_kinds.items() if n}


def test_a_difference_follows_from_the_replicates(report: Report) -> None:
    loss = report.replicates.query("metric == 'payer_loss'").pivot(index="replicate", columns="arm", values="value")
    found = paired_mean_difference(loss["baseline"], loss["hash_at_capture"], design=report.record.design)
    row = report.differences.query("arm == 'hash_at_capture' and metric == 'payer_loss'").iloc[0]
    assert row["value"] == found.value
    assert (found.low, found.high) == (None, None)  # of two pairs, which had an interval when the record was written
    assert row["low"] < row["value"] < row["high"]


def test_the_weekly_rows_average_to_the_records_series(report: Report) -> None:
    baseline = report.weekly.query("arm == 'baseline'").groupby("week")["claims"].mean()
    np.testing.assert_allclose(baseline, report.record.arms[0].weekly["claims"])
    by_tactic = report.weekly.filter(like="false_claims_")
    np.testing.assert_array_equal(by_tactic.sum(axis=1), report.weekly["false_claims"])


def test_what_is_no_report_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ThreatsimError, match="no such report"):
        threatsim.load("nothing", home=tmp_path)
    with pytest.raises(ThreatsimError, match="no frame 'arm'"):
        Report.columns("arm")
    assert repr(threatsim.load(OLD / "record.json")) == "Report(small_world/ec4485508e7d: 4 arms, 4 replicates)"


def test_a_comparison_is_a_frame(report: Report) -> None:
    found = threatsim.compare(f"{OLD}:baseline", f"{OLD}:hash_at_capture", f"{OLD}:audits_doubled")
    assert found.dtypes.astype(str).to_dict() == {name: what.dtype for name, what in COMPARISON.items()}
    assert tuple(COMPARISON) == FILE_COLUMNS
    merged = found.query("arm == 'hash_at_capture'").merge(report.differences, on=["arm", "metric"])
    reached = merged["metric"] != "weeks_to_detection"
    np.testing.assert_allclose(merged["difference_value"][reached], merged["value"][reached], rtol=1e-12)
    assert not merged["detected_x"].any()  # four replicates are too few
