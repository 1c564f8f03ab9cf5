"""A report in a notebook: its HTML holds the answer and the arms and no script; its charts are whole Altair charts."""

from __future__ import annotations

from pathlib import Path

import pytest

import threatsim
from tests.api.test_attacking import Cells
from threatsim.report.charts.chart_list import figures_of
from threatsim.report.charts.drawing import _VARIABLES
from threatsim.report.frame_columns import COLUMNS
from threatsim.report.words.answer import answer
from threatsim.report.words.numbers import point

OLD = Path(__file__).parents[1] / "experiment" / "old_report"


@pytest.fixture(scope="module")
def old() -> threatsim.Report:
    return threatsim.load(OLD)


def test_the_answer_and_every_arm_are_shown_without_a_script(old: threatsim.Report) -> None:
    html = old._repr_html_()
    cells = Cells(html)
    assert len(html) < 30_000
    assert not cells.tags & {"script", "style", "img", "link", "iframe"}
    for sentence in answer(old.record):
        assert sentence in cells.texts
    for arm in old.record.arms:
        assert arm.title in cells.texts
        assert point(arm.outcomes["payer_loss"], "USD") in cells.texts


def test_hostile_text_stays_text(old: threatsim.Report) -> None:
    scenario = {**old.record.scenario, "title": "<script>alert(1)</script>", "question": "<img src=x onerror=alert(1)>"}
    arms = [arm.model_copy(update={"title": "<b onclick=alert(1)>"}) for arm in old.record.arms]
    record = old.record.model_copy(update={"scenario": scenario, "arms": tuple(arms)})
    cells = Cells(threatsim.Report(OLD, record)._repr_html_())
    assert cells.tags <= {"div", "p", "b", "i", "br", "table", "thead", "tbody", "tr", "th", "td"}
    assert "<b onclick=alert(1)>" in cells.texts


def test_every_chart_stands_alone(old: threatsim.Report, tmp_path: Path) -> None:
    names = [figure.key for figure in figures_of(old.record)]
    assert dir(old.plot) == sorted(names)
    for name in names:
        chart = old.plot(name)
        spec = chart.to_dict()  # which Altair validates
        assert spec["background"] == "#ffffff"
        text = chart.to_json()
        assert not [colour for colour in _VARIABLES if colour in text]  # stand-ins mean nothing outside of the page
        named = {part for part in text.split('"') if part.startswith("rows-")}
        assert named == set(spec["datasets"])
        assert getattr(old.plot, name)().to_dict() == spec
    old.plot("accounts").save(tmp_path / "accounts.svg")
    assert "Providers" in (tmp_path / "accounts.svg").read_text(encoding="utf-8")


def test_a_chart_or_a_frame_that_is_not_there(old: threatsim.Report) -> None:
    with pytest.raises(threatsim.InputError, match="Did you mean 'accounts'") as chart:
        old.plot("acounts")
    assert "accounts" in chart.value.allowed
    with pytest.raises(AttributeError, match="Did you mean 'accounts'"):
        old.plot.acounts  # noqa: B018
    with pytest.raises(threatsim.InputError, match="Did you mean 'weekly'") as frame:
        old.to_frame("weekli")
    assert frame.value.allowed == tuple(COLUMNS)


def test_frames_go_by_their_names(old: threatsim.Report) -> None:
    assert old.to_frame() is old.arms
    assert all(old.to_frame(name) is getattr(old, name) for name in COLUMNS)
