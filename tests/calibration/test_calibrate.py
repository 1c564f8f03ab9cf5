"""A calibration of a small market: its answer, its files, its bytes, what it refuses, and what it takes up again."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import threatsim
from tests.calibration.conftest import MOMENTS
from threatsim.calibration.findings import CalibrationRecord
from threatsim.calibration.kept_markets import gone_if_refused
from threatsim.calibration.question import calibrate
from threatsim.calibration.request import CalibrationRequest
from threatsim.cli.main import app
from threatsim.common.errors import InputError
from threatsim.common.progress import Progress
from threatsim.experiment.execution.cells import Cell
from threatsim.experiment.execution.executor import Outcome, Work
from threatsim.experiment.execution.local import LocalExecutor
from threatsim.experiment.run_request import RunRequest
from threatsim.report.calibration.publish_calibration import publish_calibration
from threatsim.scenario.reading.reader import load_scenario

FREE = """conduct.reluctance_median: {lognormal: {median: 100, sigma: 1}}
  conduct.belief_detected: {beta: {alpha: 2, beta: 18}}"""
SETTINGS = {"cases.per_modality": 60, "weeks": 8}
SIZE = {"particles": 10, "populations": 2, "draws": 10}


class Quiet(Progress):
    def stage(self, title: str, total: int, unit: str = "steps"):  # type: ignore[no-untyped-def]
        from contextlib import nullcontext

        return nullcontext(lambda n: None)

    def note(self, text: str) -> None:
        pass


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("moments") / "m.yaml"
    file.write_text(MOMENTS.replace("conduct.reluctance_median:", FREE))
    return file


@pytest.fixture(scope="module")
def answer(
    scenario: Path, moments: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> threatsim.api.answers.QuestionAnswer:  # type: ignore[name-defined]
    out = tmp_path_factory.mktemp("out")
    return threatsim.calibrate(scenario, moments=moments, overrides=SETTINGS, out=out, workers=1, **SIZE)


def record_of(answer) -> CalibrationRecord:  # type: ignore[no-untyped-def]
    assert isinstance(answer.record, CalibrationRecord)
    return answer.record


def test_the_record_holds_posterior_and_predictions(answer) -> None:  # type: ignore[no-untyped-def]
    found = record_of(answer).findings
    assert [one.path for one in found.free] == ["conduct.reluctance_median", "conduct.belief_detected"]
    for place, one in enumerate(found.free):
        values = np.array([particle.values[place] for particle in found.particles])
        assert one.low <= one.median <= one.high
        assert values.min() <= one.low
        assert one.high <= values.max()
    assert sum(particle.weight for particle in found.particles) == pytest.approx(1)
    assert [one.use for one in found.moments] == ["fit", "predict"]
    assert found.moments[0].prior_low is not None
    assert found.moments[1].prior_low is None
    # 20 and 10 particles and 2 ends of 2 numbers on 4 streams, in one arm; 10 draws in two.
    assert found.markets == 20 + 10 + 16 + 10 * 2


def test_its_folder_is_whole(answer) -> None:  # type: ignore[no-untyped-def]
    names = {path.name for path in answer.path.iterdir()}
    assert {"page.html", "record.json", "fitted.yaml", "posterior.parquet", "moments.csv", "moves.parquet"} <= names
    assert pq.read_table(answer.path / "posterior.parquet").num_rows == len(record_of(answer).findings.particles)
    page = (answer.path / "page.html").read_text()
    assert page.count('<figure class="chart"') == 2
    assert "held out" in page
    app(["verify", str(answer.path)], standalone_mode=False)


def test_the_fitted_scenario_draws_from_the_posterior(answer, scenario: Path) -> None:  # type: ignore[no-untyped-def]
    beside = scenario.parent / "fitted.yaml"
    beside.write_bytes((answer.path / "fitted.yaml").read_bytes())
    fitted = load_scenario(beside).scenario
    found = record_of(answer).findings
    assert fitted.name == "small_fitted"
    reluctance, detected = fitted.conduct.reluctance_median, fitted.conduct.belief_detected
    assert reluctance.lognormal is not None
    assert detected.beta is not None
    assert reluctance.kind == "fitted"
    assert "false_share of m.yaml" in reluctance.source
    assert found.free[0].low < reluctance.value < found.free[0].high
    assert detected.value == pytest.approx(found.free[1].mean, rel=1e-3)


def test_a_stop_and_the_order_of_markets_change_no_byte(
    answer, scenario: Path, moments: Path, cache: Path, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    class Stops(LocalExecutor):
        def run(self, work: Work, cells: Sequence[Cell]) -> Generator[Outcome, None, None]:
            for number, outcome in enumerate(super().run(work, cells)):
                yield outcome
                if number == 9:
                    raise KeyboardInterrupt

    class Backwards(LocalExecutor):
        def run(self, work: Work, cells: Sequence[Cell]) -> Generator[Outcome, None, None]:
            yield from super().run(work, cells[::-1])

    run = RunRequest(str(scenario), None, 1, None, 1, "cpu", tmp_path, overrides=SETTINGS)
    request = CalibrationRequest(run, moments, **SIZE)  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        calibrate(request, Quiet(), Stops(1))
    kept = list((tmp_path / "small" / ".moments").glob("*.parquet"))
    assert kept
    again = calibrate(request, Quiet(), Backwards(1))
    folder = publish_calibration(again, tmp_path).folder
    assert again.record.model_dump() == answer.record.model_dump()
    for name in ("record.json", "page.html", "fitted.yaml", "posterior.csv"):
        assert (folder / name).read_bytes() == (answer.path / name).read_bytes(), name


def test_an_earlier_posterior_predicts_other_moments(  # type: ignore[no-untyped-def]
    answer, scenario: Path, cache: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(MOMENTS.replace("conduct.reluctance_median:", FREE).replace("doubled:", "twice:"))
    asked = {"moments": other, "posterior": answer.path, "out": tmp_path, "workers": 1, "draws": 10}
    found = record_of(threatsim.calibrate(scenario, overrides=SETTINGS, **asked)).findings  # type: ignore[arg-type]
    assert found.posterior_of == record_of(answer).identity
    assert found.particles == record_of(answer).findings.particles
    assert [(one.name, one.use) for one in found.moments] == [("false_share", "fit"), ("twice", "predict")]
    assert found.moments[0].predicted == record_of(answer).findings.moments[0].predicted
    with pytest.raises(InputError, match="with other numbers, settings or pictures"):
        threatsim.calibrate(scenario, overrides={**SETTINGS, "conduct.belief_weight": 30}, **asked)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="is of scenario 'small', not of 'other'"):
        threatsim.calibrate(scenario, overrides={**SETTINGS, "name": "other"}, **asked)  # type: ignore[arg-type]
    record = tmp_path / "record.json"
    record.write_text(json.dumps({"question": "sweep"}))
    with pytest.raises(InputError, match="is not the record of a calibration"):
        threatsim.calibrate(scenario, overrides=SETTINGS, **{**asked, "posterior": tmp_path})  # type: ignore[arg-type]


def test_a_number_that_moves_nothing_is_refused(scenario: Path, cache: Path, tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    still = "payers.*.audit.cost: {uniform: {low: 50, high: 200}}"
    file.write_text(MOMENTS.replace("conduct.reluctance_median:", f"{FREE}\n  {still}"))
    with pytest.raises(InputError, match=r"m.yaml:4:3: 'payers.\*.audit.cost' moves none of the moments: from 65"):
        threatsim.calibrate(scenario, moments=file, overrides=SETTINGS, out=tmp_path / "new" / "out", workers=1, **SIZE)
    assert list(tmp_path.iterdir()) == [file]


def test_a_refusal_takes_what_it_has_begun_and_no_more(tmp_path: Path) -> None:
    def ended_by(error: BaseException, kept: Path, *besides: Path) -> None:
        with contextlib.suppress(KeyboardInterrupt, InputError), gone_if_refused(kept):
            for folder in (kept, *besides):
                folder.mkdir(parents=True, exist_ok=True)
            raise error

    kept, other = (tmp_path / name / ".moments" for name in ("stopped", "other"))
    ended_by(KeyboardInterrupt(), kept)  # the same command goes on from there
    ended_by(InputError("no", given=""), kept)
    assert kept.is_dir()
    ended_by(InputError("no", given=""), other, other.with_name("report"))
    assert [one.name for one in other.parent.iterdir()] == ["report"]


def test_a_moment_that_no_market_defines_is_refused(scenario: Path, moments: Path, cache: Path, tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(
        moments.read_text().replace("figure: fraud_share", "figure: suppression_gain, arm: audits_doubled, how: change")
    )
    with pytest.raises(InputError, match="'false_share' is undefined wherever it was tried"):
        threatsim.calibrate(scenario, moments=file, overrides=SETTINGS, out=tmp_path, workers=1, **SIZE)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"particles": 3}, "--particles is 3; allowed is 10 to 100,000"),
        ({"populations": 0}, "--populations is 0"),
        ({"least_acceptance": 2.0}, "--least-acceptance is 2"),
        ({"draws": 1}, "--draws is 1"),
        ({"least_acceptance": float("nan")}, "--least-acceptance is nan"),
        ({"moments": "nowhere.yaml"}, "there is no file of moments nowhere.yaml"),
        ({"posterior": "nowhere"}, "there is no record.json in nowhere"),
    ],
)
def test_options_that_cannot_be_are_refused_before_anything_is_run(
    given: dict[str, object], said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=said):
        threatsim.calibrate("insurance_upcoding", out=tmp_path, **given)  # type: ignore[arg-type]
    assert not any(tmp_path.iterdir())
