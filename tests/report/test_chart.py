"""The charts' data: loss exceedance, payoffs by party, success against epsilon."""

from __future__ import annotations

import csv
import io
import math

import pytest

from threatsim.experiment.record.record import RunRecord
from threatsim.outcomes.published.finlayson import TABLE_1
from threatsim.report.charts.chart import Drawn
from threatsim.report.charts.chart_list import all_figures, figures_of
from threatsim.report.charts.market_charts import exceedance
from threatsim.report.charts.marks import ChartData, tooltip
from threatsim.report.lab import beside_paper
from threatsim.report.words.parties import parties, total
from threatsim.report.words.reader_words import reader_sees


def drawn(record: RunRecord, key: str) -> Drawn:
    return next(figure for figure in all_figures() if figure.key == key).of(record)


def rows_of(figure: Drawn) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(figure.csv)))


def test_exceedance_is_the_share_of_replicates_with_this_loss_or_more(record: RunRecord) -> None:
    arm = record.arms[0]
    arm = arm.model_copy(update={"replicates": {**arm.replicates, "payer_loss": [30.0, 10.0, 20.0, 10.0, None]}})
    tables = ChartData()
    exceedance(record.model_copy(update={"arms": (arm,)}), tables, False)
    (name,) = tables.figures
    assert [(row["loss"], row["share"]) for row in tables.rows[name]] == [(10, 100), (10, 75), (20, 50), (30, 25)]


def test_exceedance_says_how_many_replicates_it_rests_on(record: RunRecord) -> None:
    assert "20 replicates, 10 draws of the market" in drawn(record, "exceedance").note
    one = record.model_copy(update={"replicates": 1})
    assert "exceedance" not in [figure.key for figure in figures_of(one)]


def test_payoffs_are_those_of_every_party_and_sum_to_zero(record: RunRecord) -> None:
    shown = parties(record)
    assert [party.title for party in shown[:4]] == ["Providers", "Payers", "Patients", "Enforcement"]
    for arm in record.arms:
        assert math.isclose(sum(party.net(arm) for party in shown), 0, abs_tol=0.01)
        assert total(arm) == 0
    drawn_rows = rows_of(drawn(record, "accounts"))
    greatest = max(abs(float(row["usd"])) for row in drawn_rows)
    hidden = {party.title for party in shown} - {row["party"] for row in drawn_rows}
    for arm in record.arms[1:]:
        moved = {party.title: party.net(arm) - party.net(record.arms[0]) for party in shown}
        told = {row["party"]: float(row["usd"]) for row in drawn_rows if row["arm"] == arm.title}
        assert told == {title: usd for title, usd in moved.items() if title not in hidden}
        assert all(abs(moved[title]) < greatest / 100 for title in hidden)


def test_a_single_arm_has_the_net_of_each_party(record: RunRecord) -> None:
    alone = record.model_copy(update={"arms": record.arms[:1]})
    assert {row["figure"] for row in rows_of(drawn(alone, "accounts"))} == {"over the run"}


def test_an_account_that_nobody_foresaw_is_a_party(record: RunRecord) -> None:
    arms = tuple(arm.model_copy(update={"accounts": {**arm.accounts, "insurers_abroad": 5.0}}) for arm in record.arms)
    assert parties(record.model_copy(update={"arms": arms}))[-1].title == "Insurers abroad"


def test_the_csv_of_a_chart_has_every_point_of_every_series(record: RunRecord) -> None:
    rows = rows_of(drawn(record, "tactics"))
    assert len(rows) == 4 * 6 * 52
    arm = record.arms[2]
    found = [float(row["value"]) for row in rows if row["arm"] == arm.title and row["tactic"] == "PGD, white box"]
    assert found == arm.weekly["false_claims_pgd_white_box"]
    assert "tooltip" not in rows[0]


def test_text_that_a_spreadsheet_would_run_stays_text(record: RunRecord) -> None:
    arms = (record.arms[0].model_copy(update={"title": '=HYPERLINK("x"),"'}), *record.arms[1:])
    rows = rows_of(drawn(record.model_copy(update={"arms": arms}), "replicates"))
    assert rows[0]["arm"] == """'=HYPERLINK("x"),\""""
    assert float(rows[0]["value"]) == record.arms[0].replicates["payer_loss"][0]


def test_the_curve_of_success_is_the_record_s(record: RunRecord) -> None:
    rows = rows_of(drawn(record, "epsilon"))
    curve = record.classifiers[0].curves[0]
    of_curve = [row for row in rows if row["modality"] == "Fundoscopy" and row["tactic"] == "PGD, black box"]
    assert [float(row["epsilon"]) for row in of_curve] == list(curve.budgets)
    assert [float(row["value"]) for row in of_curve] == pytest.approx([100 * (e.value or 0) for e in curve.success])
    bare = tuple(c.model_copy(update={"curves": ()}) for c in record.classifiers)
    assert "epsilon" not in [figure.key for figure in figures_of(record.model_copy(update={"classifiers": bare}))]


def test_a_series_is_switched_by_the_name_that_its_rows_have(record: RunRecord) -> None:
    for figure in (figure.of(record) for figure in figures_of(record)):
        names = {switch.name for switch in figure.switches}
        live = {name: figure.tables.live.get(name, rows) for name, rows in figure.tables.rows.items()}
        used = {row[figure.series] for rows in live.values() for row in rows if figure.series in row}
        assert used - names <= {"Clean"}, figure.key
        assert len(names) > 1


def test_templates_fill_in_numbers_as_the_rest_of_the_report_has_them() -> None:
    row = {"arm": "A", "week": 3, "value": 0.1234, "many": 12345.6}
    assert tooltip("{arm}, week {week}: {value|%}, {many|#}", row) == "A, week 3: 0.12%, 12.3k"


def test_the_paper_s_figures_stand_beside_the_attacks_of_their_kind(record: RunRecord) -> None:
    rows = {row.title: row for row in beside_paper.rows(record, record.classifiers[1])}
    assert rows["Clean"].paper == TABLE_1["chest_xray"]["clean"]
    assert rows["PGD, black box"].paper == TABLE_1["chest_xray"]["pgd_black_box"]
    # What counts is what a tactic does, not what it is called.
    tactics = {**record.scenario["tactics"]}
    tactics["pgd_black_box"] = {**tactics["pgd_black_box"], "attack": "square", "access": "queries"}
    other = record.model_copy(update={"scenario": {**record.scenario, "tactics": tactics}})
    rows = {row.title: row for row in beside_paper.rows(other, record.classifiers[1])}
    assert rows["PGD, black box"].paper is None


def test_what_a_reader_sees_follows_the_attack_and_the_payers_readers(record: RunRecord) -> None:
    readers = [{"readers": {"patch_seen": {"value": v}, "specificity": {"value": 0.8}}} for v in (0.9, 0.6)]
    known = record.model_copy(update={"scenario": {**record.scenario, "payers": readers}})
    assert "60.0% to 90.0%" in reader_sees(known, "patch_white_box")
    assert "turns down 80.0%" in reader_sees(known, "pgd_white_box")
    assert reader_sees(known, "nothing_known") == ""
