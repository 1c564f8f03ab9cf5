"""The page of a comparison: what stands open, what is folded, weeks over each other and pictures side by side."""

from __future__ import annotations

import re
from pathlib import Path

from threatsim.experiment.figures.comparison import Side, compare
from threatsim.experiment.record.record import RunRecord
from threatsim.outcomes.preparation.gallery_item import GalleryItem
from threatsim.report.page.compared_report import ComparedReport, case_rows, weekly_panels
from threatsim.report.page.comparison_page import comparison_page
from threatsim.report.page.kept_gallery import kept_gallery
from threatsim.report.page.page import Contents, page


def changed(record: RunRecord, arms: set[str], by: float = 1e6) -> RunRecord:
    """Return another run, in which payers lose more in some arms and nothing else differs."""
    made = [
        arm.model_copy(update={"replicates": {**arm.replicates, "payer_loss": [(x or 0) + by for x in loss]}})
        if arm.name in arms
        else arm
        for arm in record.arms
        if (loss := arm.replicates["payer_loss"])
    ]
    return record.model_copy(update={"arms": tuple(made), "run_id": "b" * 12})


def test_arms_without_any_difference_are_named_and_take_no_room(record: RunRecord) -> None:
    other = changed(record, {"audits_doubled"})
    found, reports = compare([Side(record), Side(other)]), [ComparedReport(record), ComparedReport(other)]
    html = comparison_page(found, reports)
    assert "B, identical in all figures: Baseline, Hash at capture and Hardened operating point." in html
    heads = re.findall(r'<th scope="col" dir="auto">(.*?)</th>', html)
    assert set(heads) == {"B&ensp;Audits doubled"}
    assert (
        len(weekly_panels(compare([Side(record), Side(other)]), [ComparedReport(record), ComparedReport(other)])) == 1
    )
    assert "The same in every arm." in html  # of the figures beside payer loss


def test_inputs_that_both_have_stand_before_those_of_one(record: RunRecord) -> None:
    scenario = {**record.scenario, "weeks": 26, "only_here": {"x": 1}, "expect": {"a": "below 0"}}
    other = changed(record, {"baseline"}).model_copy(update={"scenario": scenario})
    html = comparison_page(compare([Side(record), Side(other)]))
    inputs = html[html.index('id="inputs"') : html.index('id="outcomes"')]
    shown, _, folded = inputs.partition("<details>")
    assert re.findall("<code>(.*?)</code>", shown) == ["weeks"]
    assert "only here" in folded.replace("_", " ")
    assert "expect" in folded


def test_inputs_of_several_runs_stand_in_one_table_with_a_column_a_run(record: RunRecord) -> None:
    by = [{"weeks": 26}, {"weeks": 13, "burn_in": 4}, {}]
    others = [record.model_copy(update={"scenario": {**record.scenario, **changes}}) for changes in by]
    html = comparison_page(compare([Side(record), *map(Side, others)]))
    inputs = html[html.index('id="inputs"') : html.index('id="outcomes"')]
    assert inputs.count("<table") == 1 + inputs.count("<h4>")
    row = inputs[inputs.index("<code>weeks</code>") :].partition("</tr>")[0]
    cells = [re.sub("<.*?>", "", cell) for cell in re.findall(r"<td.*?>(.*?)</td>", row)]
    assert cells == [str(record.scenario["weeks"]), "26", "13", "as A"]
    row = inputs[inputs.index("<code>burn_in</code>") :].partition("</tr>")[0]
    assert [re.sub("<.*?>", "", cell) for cell in re.findall(r"<td.*?>(.*?)</td>", row)][1:] == ["as A", "4", "as A"]
    assert "D: the same inputs as A." in inputs


def test_many_sentences_leave_one_open_for_each_run(record: RunRecord) -> None:
    others = [changed(record, {arm.name for arm in record.arms}, by) for by in (1e6, 2e6, 3e6)]
    html = comparison_page(compare([Side(record), *map(Side, others)]))
    head = html[: html.index("<nav")]
    assert re.findall(r"<p>([B-D]): \d+ of", head.partition("<details>")[0]) == ["B", "C", "D"]
    assert "12 more on payer loss" in head


def test_pictures_of_both_pages_stand_side_by_side(
    record: RunRecord, gallery: list[GalleryItem], tmp_path: Path
) -> None:
    (tmp_path / "report.html").write_text(page(Contents(record, gallery, (), ())), encoding="utf-8")
    other = changed(record, {"baseline"})
    reports = [ComparedReport.of(one, tmp_path) for one in (record, other)]
    assert len(reports[0].gallery) == len(gallery)
    rows = case_rows(compare([Side(record), Side(other)]), reports)
    assert rows
    assert all(set(row.cases) == {"A", "B"} for row in rows)
    case = rows[0].cases["A"]
    assert case.told.startswith("p(finding)")
    assert "; truly with" in case.case
    arms = [Side(record, "baseline"), Side(record, "hash_at_capture")]
    assert case_rows(compare(arms), [reports[0], reports[0]]) == []  # arms of one run have the same pictures


def test_of_a_foreign_page_only_texts_and_pictures_are_taken(record: RunRecord) -> None:
    picture = "data:image/webp;base64,UklGRg=="
    bad = ("data:image/svg+xml;base64,UklGRg==", "https://evil.example/x", "data:image/webp;base64,<")
    figure = (
        '<figure class="case"><figcaption><b>{0}</b></figcaption><div class="pair" data-name="{0}">'
        '<img src="{1}"><img src="{2}"></div><div class="note">{0}</div></figure>'
    )
    hostile = "<script>alert(1)</script>x"
    assert kept_gallery("".join(figure.format("a", one, picture) for one in bad)) == []
    assert kept_gallery("<figure class=case><b>" * 200 + "x" * 10_000) == []
    found = kept_gallery(figure.format(hostile.replace("<", "&lt;"), picture, picture))
    other = changed(record, {"baseline"})
    html = comparison_page(
        compare([Side(record), Side(other)]), [ComparedReport(record, found), ComparedReport(other, found)]
    )
    assert html.count(picture) == 4
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
