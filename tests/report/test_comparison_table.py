"""`threatsim compare`: in the terminal, as a page and as a file."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from tests.report.golden_text import same_as
from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.experiment.figures.comparison import Comparison, Side, compare
from threatsim.experiment.record.record import RunRecord
from threatsim.experiment.record.record_reading import read_record
from threatsim.report.comparison_file import COLUMNS, comparison_csv
from threatsim.report.page.comparison_page import comparison_page
from threatsim.report.terminal.comparison_table import print_comparison
from threatsim.report.words import comparison_words, numbers

OLD = Path(__file__).parents[1] / "experiment" / "old_report"


def printed(comparison: Comparison, width: int = 80, *, in_full: bool = True) -> str:
    file = io.StringIO()
    print_comparison(comparison, Console(file=file, width=width), in_full=in_full)
    return file.getvalue()


def two(left: RunRecord, right: RunRecord) -> Comparison:
    return compare([Side(left), Side(right)])


@pytest.fixture(scope="module")
def other(record: RunRecord) -> RunRecord:
    return record.model_copy(
        update={"seed": 5, "scenario": {**record.scenario, "weeks": 26, "title": "[bold]<b>x[/]\x1b[0m"}}
    )


@pytest.fixture(scope="module")
def arms(record: RunRecord, other: RunRecord) -> Comparison:
    return compare(
        [
            Side(record, "baseline"),
            Side(record, "hash_at_capture"),
            Side(record, "hardened_operating_point"),
            Side(other, "baseline"),
        ]
    )


@pytest.mark.parametrize("width", [80, 120])
def test_every_number_is_whole_and_fits(arms: Comparison, record: RunRecord, other: RunRecord, width: int) -> None:
    for comparison in (arms, two(record, other)):
        text = printed(comparison, width)
        assert "…" not in text
        assert "\x1b" not in text
        assert max(cell_len(line) for line in text.splitlines()) <= width
        for row in (row for other in comparison.others for row in other.rows):
            unit = ARM_METRICS[row.metric].unit
            assert numbers.change_interval(row.difference, unit) in text
            assert numbers.interval(row.reference, unit) in text
            assert numbers.interval(row.value, unit) in text


def test_a_comparison_reads_as_it_did() -> None:
    """Two arms of a real small run and a third run of another seed, as text."""
    record = read_record(OLD)
    reseeded = record.model_copy(update={"seed": 1, "scenario": {**record.scenario, "weeks": 4}})
    sides = [Side(record, "baseline"), Side(record, "hash_at_capture"), Side(reseeded, "baseline")]
    same_as("comparison_80.txt", printed(compare(sides)))


def test_inputs_that_differ_are_listed(record: RunRecord, other: RunRecord) -> None:
    text = printed(two(record, other))
    assert any(line.split() == ["weeks", "52", "26"] for line in text.splitlines())
    assert any(line.split() == ["seed", "20190204", "5"] for line in text.splitlines())
    assert "Not paired" in text
    assert "\x1b" not in text


def test_equal_runs_show_no_difference(record: RunRecord) -> None:
    text = printed(two(record, record))
    assert "Nothing: the inputs are the same." in text
    count = len(two(record, record).others[0].rows)
    assert f"B: identical to A, in all {count} figures. The inputs are the same as well." in " ".join(text.split())
    assert "What came out differently" not in text


@pytest.mark.parametrize("other", ["medicare_advantage_risk_adjustment", "trial_endpoint"])
def test_a_short_comparison_of_unlike_scenarios_fits_a_screen_too(other: str) -> None:
    """Hundreds of inputs differ, some of them sentences, and the arms have no namesakes."""
    sides = (read_record(Path("reports/reference") / name) for name in ("wiser", other))
    comparison = two(*sides)
    text = printed(comparison, in_full=False)
    assert len(text.splitlines()) <= 60
    assert max(map(cell_len, text.splitlines())) <= 80
    assert "; --json and --html list all." in " ".join(text.split())
    told = {item.path for item in comparison.others[0].inputs}
    left_out = int(re.search(r"and ([\d,]+) more \(", text)[1].replace(",", ""))  # type: ignore[index]
    section = text[text.index("What went in differently") : text.index("and ", text.index("What went in differently"))]
    shown = [line for line in section.splitlines() if line.startswith(" ") and line[1] != " "]
    assert len(shown) + left_out == len(told)


def test_a_short_comparison_fits_a_screen(record: RunRecord, arms: Comparison) -> None:
    """Two whole runs of seven arms, and two arms of one run: all that decides, with whole numbers."""
    flagship = read_record(Path("reports/reference/insurance_upcoding"))
    changed = [
        arm.model_copy(update={"replicates": {**arm.replicates, "payer_loss": [(x or 0.0) + 1e5 for x in loss]}})
        for arm in flagship.arms
        if (loss := arm.replicates["payer_loss"])
    ]
    moved = flagship.model_copy(update={"arms": tuple(changed), "scenario": {**flagship.scenario, "weeks": 26}})
    for comparison in (two(flagship, moved), compare([Side(flagship, "baseline"), Side(flagship, "hash_at_capture")])):
        text = printed(comparison, in_full=False)
        assert len(text.splitlines()) <= 60
        assert max(map(cell_len, text.splitlines())) <= 80
        for row in comparison.others[0].rows:
            if row.metric == "payer_loss":
                assert numbers.change(row.difference.value, "USD") in text
    assert "As it is" in printed(two(flagship, moved), in_full=False)


@pytest.mark.parametrize("others", [2, 5])
def test_a_short_comparison_of_three_to_six_fits_a_screen(others: int) -> None:
    """Runs of unlike scenarios and arms: each is told of, and the inputs told and counted are all."""
    record = read_record(OLD)
    sides = [record]
    for number in range(1, others + 1):
        odd = {f"odd_{i}": number for i in range(20 + number)}
        arms = [
            arm.model_copy(
                update={
                    "title": f"An arm of a report with a title of some length, {i}",
                    "replicates": {**arm.replicates, "payer_loss": [x + 1e5 * number for x in losses]},
                }
            )
            for i, arm in enumerate(record.arms)
            if (losses := [x or 0.0 for x in arm.replicates["payer_loss"]])
        ]
        scenario = {**record.scenario, **odd, "weeks": 52 + number, "question": "Why? " * 30}
        more = [arm.model_copy(update={"name": f"b{i}", "changes": {"weeks": i}}) for i, arm in enumerate(arms)]
        sides.append(record.model_copy(update={"seed": number, "scenario": scenario, "arms": (*arms, *more)}))
    comparison = compare([Side(side) for side in sides])
    text = printed(comparison, in_full=False)
    assert len(text.splitlines()) <= 60
    assert max(map(cell_len, text.splitlines())) <= 80
    whole = " ".join(text.split())
    table = text[text.index("=: as in A") : text.index("And more: ")].splitlines()[1:]
    for other in comparison.others:
        assert f"{other.key}: " in whole[whole.index("In short") :]
        assert f"{other.key} less A" in text or f"\n{other.key}  " in text[text.index("Each less A") :]
        left_out = re.search(rf"(\d+) of {other.key}[,; ]", whole[whole.index("And more: ") :])
        assert left_out is not None
        assert int(left_out[1]) + len(table) == len(other.inputs)


def test_three_runs_alike_but_for_a_number_share_a_table_of_it() -> None:
    def with_weeks(weeks: int) -> RunRecord:
        return record.model_copy(update={"scenario": {**record.scenario, "weeks": weeks}})

    record = read_record(OLD)
    comparison = compare([Side(record), Side(with_weeks(26)), Side(record), Side(with_weeks(13))])
    text = printed(comparison, in_full=False)
    assert any(line.split() == ["weeks", str(record.scenario["weeks"]), "26", "13"] for line in text.splitlines())
    assert "C  Nothing: the inputs are the same." in text
    assert "C: identical to A" in text


def test_arms_are_matched_by_what_they_set(record: RunRecord) -> None:
    setting = [arm.model_copy(update={"changes": {"weeks": i} if i else {}}) for i, arm in enumerate(record.arms)]
    record = record.model_copy(update={"arms": tuple(setting)})
    renamed = [arm.model_copy(update={"name": f"a{i}", "title": f"Arm {i}"}) for i, arm in enumerate(setting)]
    other = record.model_copy(update={"arms": (*renamed[:2], renamed[3])})
    found = two(record, other).others[0]
    pairs = dict.fromkeys((row.arm_reference, row.arm) for row in found.rows)
    assert list(pairs) == [(record.arms[i].name, f"a{i}") for i in (0, 1, 3)]
    assert (found.alone_reference, found.alone) == ((record.arms[2].title,), ())
    assert f"Only in A: {record.arms[2].title}." in printed(two(record, other))


def test_summary_counts_what_differs(arms: Comparison) -> None:
    text = " ".join(printed(arms).split())
    for other in arms.others:
        seen = [row for row in other.rows if row.detected]
        loss = next(row for row in other.rows if row.metric == "payer_loss")
        if seen:
            assert f"{other.key}: {len(seen)} of {len(other.rows)} figures differ detectably" in text
        if loss in seen:
            assert numbers.change_in_words(loss.difference, "USD") in text
        else:
            assert (
                f"{other.key}, {comparison_words.arms(loss)}: payer loss shows no detectable difference at 20" in text
            )
    assert "takes more test cases" in text


def test_what_is_needed_depends_on_what_should_be_seen(record: RunRecord) -> None:
    sides = [Side(record, "baseline"), Side(record, "hardened_operating_point")]
    text = " ".join(printed(compare(sides, detect=0.5)).split())
    assert "a difference of 50.0% of A's figure" in text
    assert "at 20 replicates, which were enough to show one of 50.0%" in text


def test_many_inputs_are_cut_to_a_count_by_section(arms: Comparison) -> None:
    first = arms.others[0]
    many = tuple(first.inputs[0].model_copy(update={"path": f"a.b{i}"}) for i in range(40))
    text = printed(arms.model_copy(update={"others": (first.model_copy(update={"inputs": many}),)}))
    assert " b24 " in text
    assert " b25 " not in text
    assert "and 15 more (a 15)" in text
    page = comparison_page(arms.model_copy(update={"others": (first.model_copy(update={"inputs": many}),)}))
    assert "b39" in page
    assert "<summary>40 more: a (40)</summary>" in page


class Outline(HTMLParser):
    """Tags that are open, and what a browser would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "link", "br", "img"}:
            self.open.append(tag)
        self.fetched += [value or "" for name, value in attrs if name in {"src", "href"}]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_fetches_nothing(arms: Comparison) -> None:
    page = comparison_page(arms)
    outline = Outline()
    outline.feed(page)
    assert outline.open == []
    assert all(address.startswith(("#", "data:")) for address in outline.fetched)
    assert "<b>x" not in page  # a title is text
    assert "&lt;b&gt;x" in page
    assert "prefers-color-scheme" in page
    for other in arms.others:
        for row in other.rows:
            assert numbers.change_interval(row.difference, ARM_METRICS[row.metric].unit) in page
    for sentence in comparison_words.summary(arms):
        assert sentence.replace("'", "&#39;") in page
    places = [float(x) for x in re.findall(r"left:([-0-9.]+)%", page)]
    assert places
    assert all(0 <= x <= 100 for x in places)
    assert comparison_page(arms) == page


def test_the_file_holds_every_difference_in_full(arms: Comparison) -> None:
    rows = list(csv.DictReader(io.StringIO(comparison_csv(arms), newline="")))
    assert list(rows[0]) == list(COLUMNS)
    expected = [row for other in arms.others for row in other.rows]
    assert len(rows) == len(expected)
    for line, row in zip(rows, expected, strict=True):
        assert line["metric"] == row.metric
        assert (float(line["difference_low"]) if line["difference_low"] else None) == row.difference.low
        assert (float(line["p_holm"]) if line["p_holm"] else None) == row.difference.p_holm
        assert line["detected"] == str(row.detected).lower()
        assert line["excludes_zero"] == str(row.difference.excludes_zero).lower()


def test_a_name_that_a_spreadsheet_would_run_is_text(record: RunRecord) -> None:
    found = compare([Side(record, "baseline", "=cmd()"), Side(record, "baseline", 'a,"b')])
    (line, *_) = csv.DictReader(io.StringIO(comparison_csv(found), newline=""))
    assert (line["reference"], line["other"]) == ("'=cmd():baseline", 'a,"b:baseline')
