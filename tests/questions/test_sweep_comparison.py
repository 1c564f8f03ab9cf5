"""Two sweeps held against each other, through the command, on figures that are made up and known."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from threatsim.cli.main import app
from threatsim.common.errors import InputError, RecordError
from threatsim.questions.answer_record import identity_of
from threatsim.questions.sweep.findings import PointFigure, SweepFindings, VariedPath
from threatsim.questions.sweep.question import MarketFigure, Sweep, SweepRecord, content_hash
from threatsim.report.questions.publish_sweep import publish_sweep
from threatsim.statistics.estimate import Estimate

RATES = (0.1, 0.2)
REPLICATES = 8
Make = Callable[..., Path]


def market(shift: float, point: int, arm: str, replicate: int) -> list[MarketFigure]:
    """Two figures of one market, a sum of money and a quotient; replicates come in equal pairs."""
    rng = np.random.default_rng([point, len(arm), replicate // 2])
    loss = 1000.0 * rng.normal(10, 1) + shift * (1 + 0.1 * rng.normal())
    cheats = float(rng.integers(1, 9))
    payoff = rng.normal(5, 1) + shift / 1000
    key = (point, arm, replicate)
    return [MarketFigure(*key, "fraud_payoff", payoff, cheats), MarketFigure(*key, "payer_loss", loss)]


@pytest.fixture
def sweep(tmp_path: Path) -> Make:
    """Write a sweep whose figures are shifted by so much."""

    def make(name: str, shift: float, **changes: Any) -> Path:
        arms = {"baseline": "As it is", "audits": "Twice the audits"}
        rates = changes.pop("rates", RATES)
        cells = [(point, arm, one) for point in range(len(rates)) for arm in sorted(arms) for one in range(REPLICATES)]
        rows = [row for cell in cells for row in market(shift, *cell)]
        none = Estimate(value=None, low=None, high=None, n=0)
        record = SweepRecord(
            question="sweep",
            scenario=name,
            title=name,
            seed=changes.pop("seed", 1),
            arms=arms,
            options={"of": name, **changes},
            inputs="ab",
            versions={},
            findings=SweepFindings(
                design="grid",
                replicates=REPLICATES,
                varied=(VariedPath(path="a.b", unit="share", stands=0.1, values=rates, log=False),),
                points=tuple({"a.b": rate} for rate in rates),
                figures=("payer_loss", "fraud_payoff"),
                found=tuple(
                    PointFigure(point=point, arm=arm, figure=figure, level=none, difference=None)
                    for point in range(len(rates))
                    for arm in arms
                    for figure in ("payer_loss", "fraud_payoff")
                ),
                failures=(),
                metrics_hash=content_hash(rows),
            ),
        )
        folder = publish_sweep(Sweep(record, rows), tmp_path).folder
        assert folder.name.endswith(identity_of("sweep", "ab", record.options))
        return folder

    return make


def compared(*words: str | Path) -> None:
    app(["compare", *map(str, words)], standalone_mode=False)


def test_differences_are_paired_point_by_point(sweep: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = sweep("one", 0.0), sweep("other", 500.0)
    files = tmp_path / "c.html", tmp_path / "c.csv"
    compared(one, other, "--json", "--html", files[0], "--csv", files[1])
    found = json.loads(capsys.readouterr().out)["found"]
    assert len(found) == 2 * 2 * 2
    for row in found:
        cells = [
            [market(shift, row["point"], row["arm"], replicate) for replicate in range(0, REPLICATES, 2)]
            for shift in (0.0, 500.0)
        ]
        if row["figure"] == "payer_loss":
            losses = np.array([[figures[1].value for figures in side] for side in cells])
            expected = stats.ttest_rel(losses[1], losses[0]).confidence_interval(0.95)
            assert row["difference"]["value"] == pytest.approx((losses[1] - losses[0]).mean())
            assert (row["difference"]["low"], row["difference"]["high"]) == pytest.approx(tuple(expected))
        else:  # the sum of what cheats gained over the number of cheats, which is the same in both
            assert row["difference"]["value"] == pytest.approx(0.5)
            gained = [sum(figures[0].value * (figures[0].whole or 0) for figures in side) for side in cells]
            cheats = sum(figures[0].whole or 0 for figures in cells[0])
            assert row["second"]["value"] == pytest.approx(gained[1] / cheats)
    page = files[0].read_text(encoding="utf-8")
    assert "B less A" in page
    assert all(f'data-chart="curve-{figure}"' in page for figure in ("payer_loss", "fraud_payoff"))
    assert "B, Twice the audits, a.b 0.200" in page
    assert len(files[1].read_text(encoding="utf-8").splitlines()) == 1 + len(found)

    compared(one, other)
    said = capsys.readouterr().out
    assert "differences in payer loss, 4 are told from chance one by one" in " ".join(said.split())
    assert "4 of 4 rows of 1 of 2 figures" in said
    compared(one, one)
    assert "0 are told from chance" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rates": (0.1, 0.3)}, "not of one design: 2 points at other values"),
        ({"rates": (0.1,)}, "not of one design: 2 points and 1 points"),
        ({"seed": 2}, "not of one seed: 1 and 2"),
    ],
)
def test_sweeps_of_other_designs_are_refused(sweep: Make, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        compared(sweep("one", 0.0), sweep("other", 500.0, **changes))


def test_what_is_no_sweep_is_refused(sweep: Make, tmp_path: Path) -> None:
    one = sweep("one", 0.0)
    with pytest.raises(InputError, match="it is the report of a run, or nothing, and not a sweep"):
        compared(one, tmp_path / "nowhere")
    with pytest.raises(InputError, match="there are 3 sweeps"):
        compared(one, one, one)
    with pytest.raises(InputError, match="all arms are compared"):
        compared(one, f"{one}:audits")
    with pytest.raises(InputError, match="--detect is for reports"):
        compared(one, one, "--detect", "0.1")
    (one / "metrics.parquet").write_bytes(b"")
    with pytest.raises(RecordError, match=r"metrics\.parquet cannot be read"):
        compared(one, one)


def test_figures_of_another_sweep_are_refused(sweep: Make) -> None:
    one, other = sweep("one", 0.0), sweep("other", 500.0)
    (one / "metrics.parquet").write_bytes((other / "metrics.parquet").read_bytes())
    with pytest.raises(RecordError, match=r"the record does not agree with metrics\.parquet"):
        compared(one, other)
