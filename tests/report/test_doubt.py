"""What a report says of two doubts: in the answer, in its own section, in the tornado, and in older records."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from threatsim.experiment.figures.comparison import Side, compare
from threatsim.experiment.record.doubt import Doubt, DrawnNumber, Driver, FigureDoubt, RankingDoubt
from threatsim.experiment.record.record import RunRecord, UncertainInput
from threatsim.report.charts.doubt_chart import has_drivers
from threatsim.report.frame_columns import COLUMNS
from threatsim.report.frames import Report
from threatsim.report.page.page import Contents, page
from threatsim.report.terminal.summary import print_summary
from threatsim.report.words.answer import answer
from threatsim.report.words.comparison_words import summary
from threatsim.report.words.doubt.doubt_words import answered, held, lines
from threatsim.report.words.doubt.section import doubt_section
from threatsim.report.words.limits import limits
from threatsim.statistics.estimate import Estimate


def estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=value, low=low, high=high, n=100)


def driver(number: str, r: float) -> Driver:
    return Driver(
        number=number, correlation=estimate(r, r - 0.15, r + 0.15), share=None, lowest=1e6, highest=1e6 * (3 + r)
    )


@pytest.fixture
def doubtful(record: RunRecord) -> RunRecord:
    """The record with draws of two numbers, of which one drives the loss."""
    drivers = (driver("conduct.belief_detected", -0.49), driver("payers.*.audit.lag", 0.31))
    figures = [
        FigureDoubt(
            arm="baseline",
            figure="payer_loss",
            both=estimate(1.33e6, 45_000.0, 5_851_000.0),
            of_numbers=estimate(0.86, 0.8, 0.9),
            drivers=drivers,
        ),
        FigureDoubt(
            arm="baseline",
            figure="paid_rate",
            both=Estimate(value=None, low=None, high=None, n=0),
            of_numbers=Estimate(value=None, low=None, high=None, n=0),
            drivers=(),
        ),
    ]
    figures += [
        FigureDoubt(
            arm=arm.name,
            figure="net_benefit",
            both=estimate(1e6, 44_000.0, 5_515_000.0),
            of_numbers=estimate(0.7, 0.6, 0.8),
            drivers=drivers[:1],
        )
        for arm in record.arms[1:]
    ]
    numbers = [
        DrawnNumber(
            label=one.number,
            places=(one.number,),
            unit="share",
            value=0.02,
            distribution="uniform (low 0.01, high 0.03)",
            kind="assumed",
            source="",
            draws=[0.02] * 100,
        )
        for one in drivers
    ]
    order = ("hash_at_capture", "audits_doubled", "baseline", "hardened_operating_point")
    ranking = RankingDoubt(
        order=order,
        kept=63,
        first=dict.fromkeys(order, 0) | {"hash_at_capture": 98, "baseline": 2},
        chance_pairs=10,
        chance_kept=7,
        chance_first=10,
    )
    doubt = Doubt(draws=100, replicates=2, numbers=tuple(numbers), figures=tuple(figures), ranking=ranking)
    return record.model_copy(update={"doubt": doubt})


def test_the_answer_says_both_intervals_what_drives_the_loss_and_the_order(doubtful: RunRecord) -> None:
    told = answer(doubtful)[-1]
    assert "With the doubt about 2 uncertain numbers as well, payers lose USD 45.0k to 5.85M a year" in told
    assert re.search(r"\(by chance alone \d\.\d\dM to \d\.\d\dM\)", told)
    assert "“Hash at capture” is USD +44.0k to +5.52M" in told
    assert "hangs most on conduct.belief_detected (−0.49, −0.64 to −0.34) and payers.*.audit.lag (+0.31" in told
    assert "first by net benefit in 98 of 100 draws, and the order of all arms stays in 63" in told


def test_the_section_has_a_line_a_figure_that_varies_and_the_ranking(doubtful: RunRecord) -> None:
    section = doubt_section(doubtful)
    assert section is not None
    assert section.title == "What the numbers' doubt does"
    assert "100 draws of 2 uncertain numbers" in section.summary
    assert [row.label for row in section.numbers] == ["conduct.belief_detected", "payers.*.audit.lag"]
    loss, *rest, ranking = section.lines
    assert loss.startswith("Payer loss: by chance alone")
    assert "The numbers make 86.0% (80.0 to 90.0%) of the variance" in loss
    assert len(rest) == 3, "a net benefit of each other arm; a rate that is undefined is left out"
    assert all("with the numbers' doubt +44.0k to +5.52M USD per year" in line for line in rest)
    assert "stays in 63 of 100 draws" in ranking
    assert "7 of 10 such pairs" in ranking


def test_few_draws_are_said_to_be_few(doubtful: RunRecord) -> None:
    assert doubtful.doubt is not None
    few = doubtful.model_copy(update={"doubt": doubtful.doubt.model_copy(update={"draws": 12})})
    assert "12 draws are few" in lines(few)[-1]


def test_terminal_and_page_hold_the_section_and_the_tornado(doubtful: RunRecord) -> None:
    console = Console(width=80, record=True, file=io.StringIO())
    print_summary(doubtful, console, report_path="reports/x", in_full=True)
    text = console.export_text()
    assert "What the numbers' doubt does" in text
    assert max(map(len, text.splitlines())) <= 80
    html = page(Contents.of(doubtful))
    assert 'id="uncertain"' in html
    assert "Which uncertain numbers a figure hangs on" in html
    assert has_drivers(doubtful)


def test_a_record_without_draws_says_nothing_of_them(record: RunRecord) -> None:
    assert doubt_section(record) is None
    assert not answered(record)
    assert not has_drivers(record)
    assert 'id="uncertain"' not in page(Contents.of(record))


def test_numbers_that_are_held_are_said_to_be(record: RunRecord) -> None:
    assert not held(record)
    number = {"value": 2.0, "unit": "times", "kind": "assumed", "uniform": {"low": 1, "high": 3}}
    uncertain = record.model_copy(update={"scenario": record.scenario | {"law": {"damages": number}}})
    assert any("held at their values, and --doubt 100 draws them" in line for line in limits(uncertain))


def test_an_older_record_keeps_its_section(record: RunRecord) -> None:
    drawn = UncertainInput(
        path="law.damages",
        unit="times",
        distribution="uniform (low 1, high 3)",
        kind="assumed",
        source="",
        draws=[1.5] * 10,
        shares=(),
    )
    section = doubt_section(record.model_copy(update={"uncertain": (drawn,)}))
    assert section is not None
    assert section.title == "Uncertain numbers"
    assert "drawn 10 times" in section.summary
    assert [row.label for row in section.numbers] == ["law.damages"]


def test_frames_hold_what_the_draws_showed(doubtful: RunRecord, tmp_path: Path) -> None:
    report = Report(tmp_path, doubtful)
    assert doubtful.doubt is not None
    loss = report.doubt.set_index(["arm", "metric"]).loc[("baseline", "payer_loss")]
    assert (loss["low"], loss["high"], loss["numbers_share"]) == (45_000.0, 5_851_000.0, 0.86)
    first = report.drivers.iloc[0]
    assert (first["number"], first["correlation"], first["where_least"]) == ("conduct.belief_detected", -0.49, 1e6)
    assert len(report.draws) == 2 * 100
    for name in ("doubt", "drivers", "draws"):
        types = getattr(report, name).dtypes.astype(str).to_dict()
        assert types == {column: what.dtype for column, what in COLUMNS[name].items()}


def test_a_comparison_says_what_its_intervals_do_not_hold(doubtful: RunRecord, record: RunRecord) -> None:
    compared = compare([Side(doubtful, label="drawn"), Side(record, label="not drawn")])
    assert [one.key for one in compared.doubts] == ["A"]
    told = summary(compared)[-1]
    assert "payers of the baseline of A lose USD 45.0k to 5.85M a year (100 draws)" in told
    assert not compare([Side(record), Side(record, label="again")]).doubts
