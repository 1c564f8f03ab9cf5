"""Sweeps and break-evens from Python, on real attacks and a small market: what is kept, and that nothing runs twice."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import threatsim
from tests.api.conftest import small_data
from threatsim.api.answers import QuestionAnswer, request_of
from threatsim.common.errors import ThreatsimError
from threatsim.experiment.execution.cells import Tables
from threatsim.experiment.run_request import loaded_for
from threatsim.market.result import ReplicateResult
from threatsim.market.simulation import simulate
from threatsim.questions.break_even.findings import BreakEvenFindings
from threatsim.scenario.schema import Scenario

AUDIT = "payers.*.audit.random"


class Told:
    """Keeps what it is told of stages."""

    def __init__(self) -> None:
        self.titles: list[str] = []

    @contextmanager
    def stage(self, title: str, total: int, unit: str = "steps") -> Iterator[object]:
        self.titles.append(title)
        yield lambda steps: None

    def note(self, text: str) -> None:
        self.titles.append(text)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    path = tmp_path_factory.mktemp("scenario") / "small.yaml"
    path.write_text(json.dumps(small_data()))
    return path


def test_a_sweep_is_tidy_the_same_for_any_workers_and_goes_on(file: Path, tmp_path: Path) -> None:
    few = threatsim.sweep(file, f"{AUDIT}=0.01:0.9:3", replicates=4, workers=2, out=tmp_path / "a")
    same = threatsim.sweep(file, f"{AUDIT}=0.01:0.9:3", replicates=4, workers=1, out=tmp_path / "b")
    for path in sorted(few.path.iterdir()):
        assert path.read_bytes() == (same.path / path.name).read_bytes(), path.name
    metrics = pd.read_parquet(few.path / "metrics.parquet")
    keys = metrics[["point", "arm", "replicate", "metric"]]
    assert not keys.duplicated().any()
    assert keys.equals(keys.sort_values(list(keys)).reset_index(drop=True))
    loss = metrics[(metrics.metric == "payer_loss") & (metrics.arm == "baseline")].groupby("point").value.mean()
    told = few.frame[(few.frame.figure == "payer_loss") & (few.frame.arm == "baseline")]
    assert list(told.value) == pytest.approx(list(loss))
    with (few.path / "points.csv").open() as lines:
        assert [row[AUDIT] for row in csv.DictReader(lines)] == ["0.01", "0.455", "0.9"]
    assert "<table>" in few._repr_html_()
    with pytest.raises(threatsim.InputError, match="Did you mean 'estimates'") as found:
        few.table("estimatez")
    assert "points" in found.value.allowed
    progress = Told()
    wide = threatsim.sweep(
        file, f"{AUDIT}=0.01,0.455,0.9,0.2", replicates=4, workers=1, out=tmp_path / "a", progress=progress
    )
    assert len(pd.read_parquet(wide.path / "points.parquet")) == 4
    more = wide.frame[wide.frame.point < 3].drop(columns="point").reset_index(drop=True)
    assert more.equals(few.frame.drop(columns="point").reset_index(drop=True))


def test_a_scenario_may_be_given_as_to_run(file: Path, tmp_path: Path) -> None:
    changed = threatsim.Scenario.from_dict(small_data()).with_values({"law.damages": 2})
    rest: dict[str, Any] = {"images": None, "finding": None, "seed": 3, "workers": 1, "device": "cpu", "out": tmp_path}
    given = loaded_for(request_of(changed, overrides={"weeks": 4}, **rest))
    by_file = loaded_for(request_of(file, overrides={"law.damages": 2, "weeks": 4}, **rest))
    assert given.scenario == by_file.scenario == changed.with_values({"weeks": 4, "seed": 3}).sections
    with pytest.raises(threatsim.InputError, match="one or the other"):
        threatsim.sweep(changed, "law.damages=1:3", out=tmp_path / "out")
    with pytest.raises(threatsim.ScenarioError, match="weekz"):
        threatsim.break_even(small_data() | {"weekz": 1}, f"{AUDIT}=0:1", "paid = 0", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_break_even_is_where_a_sweep_changes_sign(file: Path, tmp_path: Path) -> None:
    """What audits cost rises with their rate."""
    found = threatsim.break_even(
        file, f"{AUDIT}=0.01:0.9", "control_cost = 23000", replicates=6, workers=1, out=tmp_path
    )
    findings = found.record.findings
    assert isinstance(findings, BreakEvenFindings)
    (crossing,) = findings.crossings
    assert crossing.rises
    curve = found.frame
    below, above = (curve[side].distance for side in (curve.iloc[:, 0] < crossing.at, curve.iloc[:, 0] > crossing.at))
    assert (below < 0).all()
    assert (above > 0).all()
    never = threatsim.break_even(file, f"{AUDIT}=0.01:0.9", "control_cost = -1", replicates=6, workers=1, out=tmp_path)
    assert "never reaches" in never.sentences[0]


def test_shards_from_python_are_the_sweep_of_one_machine(file: Path, tmp_path: Path) -> None:
    """The scenario's arms are not in the order of their names, and no file may put them into it."""
    vary = [f"{AUDIT}=0.01,0.9", "law.damages=1,3"]
    plan = threatsim.prepare(file, tmp_path / "plan", vary=vary, replicates=2)
    done = [threatsim.run_shard(plan, tmp_path / "shards", shard=f"{one}/2", workers=1) for one in (1, 2)]
    assert [one.failures for one in done] == [{}, {}]
    assert sum(one.cells for one in done) == plan.replicates == 16
    merged = threatsim.merge(plan, tmp_path / "shards", out=tmp_path / "merged")
    assert isinstance(merged, QuestionAnswer)
    whole = threatsim.sweep(file, vary, replicates=2, workers=1, out=tmp_path / "whole", fail_fast=True)
    assert merged.sentences == whole.sentences
    assert merged.frame["low"].isna().all()  # two replicates have no interval
    assert merged.frame["low"].dtype == merged.frame["value"].dtype == "float64"
    for path in sorted(whole.path.iterdir()):
        assert path.read_bytes() == (merged.path / path.name).read_bytes(), path.name
    with pytest.raises(ThreatsimError, match="shards are missing"):
        threatsim.merge(plan, done[0].folder, out=tmp_path / "other")
    with pytest.raises(threatsim.InputError, match="3/2"):
        threatsim.run_shard(plan, tmp_path / "shards", shard="3/2")


@pytest.mark.parametrize(
    ("vary", "said"),
    [
        ("payers.x.audit.random=0:1", "there is no 'x'"),
        ("seed=1:2", "cannot vary"),
        ("name=a,b", "cannot vary"),
        ("weeks=10:20", "cannot vary"),
        (f"{AUDIT}=0.5:2", "1.25 is out of range; allowed is from 0 to 1"),
        ("payers.*.triage.below=0:1", "is no number"),
        ("payers=0:1", "is no number"),
    ],
)
def test_what_cannot_vary_is_refused_before_anything_is_written(
    file: Path, tmp_path: Path, vary: str, said: str
) -> None:
    with pytest.raises(ThreatsimError, match=said):
        threatsim.sweep(file, vary, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_path_is_varied_or_set(file: Path, tmp_path: Path) -> None:
    with pytest.raises(threatsim.InputError, match="one or the other"):
        threatsim.sweep(file, f"{AUDIT}=0.01:0.9", overrides={AUDIT: 0.2}, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


class FailsAt:
    """The market, but for a replicate that fails, as by a fault of a plug-in's rule; it counts what it is asked for."""

    def __init__(self, replicate: int) -> None:
        self.replicate, self.asked = replicate, 0

    def __call__(self, scenario: Scenario, tables: Tables, *, arm: str, replicate: int, **rest: Any) -> ReplicateResult:
        self.asked += 1
        if (arm, replicate) == ("baseline", self.replicate):
            raise ZeroDivisionError("a rule divides by nothing")
        return simulate(scenario, tables, arm=arm, replicate=replicate, **rest)


def test_a_market_that_fails_is_left_out_or_ends_it(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vary, out = f"{AUDIT}=0.02,0.8", tmp_path / "reports"

    def asked_until(question: Callable[..., QuestionAnswer[Any]], *words: str, fail_fast: bool, failed: str) -> int:
        """Ask a question that ends by an error, and return how many markets it began."""
        monkeypatch.setattr("threatsim.market.simulation.simulate", market := FailsAt(1))
        with pytest.raises(ThreatsimError, match=failed):
            question(file, *words, replicates=6, workers=1, out=tmp_path / f"{fail_fast}", fail_fast=fail_fast)
        return market.asked

    one = r"replicate 1 of arm 'baseline' at point \d+ failed: ZeroDivisionError: a rule divides by nothing"
    assert asked_until(threatsim.sweep, vary, fail_fast=True, failed=f"^{one}") < 24
    monkeypatch.setattr("threatsim.market.simulation.simulate", market := FailsAt(1))
    found = threatsim.sweep(file, vary, replicates=6, workers=1, out=out)
    assert market.asked == 24
    failures = found.record.findings.failures
    assert [(one.point, one.arm, one.replicate) for one in failures] == [(0, "baseline", 1), (1, "baseline", 1)]
    metrics = pd.read_parquet(found.path / "metrics.parquet")
    assert sorted(metrics[metrics.arm == "baseline"].replicate.unique()) == [0, 2, 3, 4, 5]

    several = r"^9 of 54 markets failed: replicate 1 of arm 'baseline'"
    words = (f"{AUDIT}=0.02:0.8", "control_cost = 23000")
    assert asked_until(threatsim.break_even, *words, fail_fast=False, failed=several) == 54
    assert asked_until(threatsim.break_even, *words, fail_fast=True, failed=f"^{one}") < 54
