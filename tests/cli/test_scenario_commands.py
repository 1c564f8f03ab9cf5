"""The commands on scenarios, as a user types them."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from threatsim.report.terminal.scenario_tables import print_differences
from threatsim.scenario.reading.reader import load_scenario

from .conftest import Command


def test_validate_takes_folders_and_settings(threatsim: Command, tmp_path: Path) -> None:
    assert threatsim("new", "mine.yaml").returncode == 0
    (tmp_path / "other.yaml").write_text("extends: mine.yaml\nname: other\nweeks: 4\n")
    one = json.loads(threatsim("validate", "mine.yaml", "--json").stdout)[0]["uncertain"] + 1
    ran = threatsim("validate", ".", "--set", "law.damages={uniform: {low: 1, high: 3}}", "--json")
    rows = json.loads(ran.stdout)
    assert [(row["scenario"], row["ok"], row["uncertain"]) for row in rows] == [
        ("mine.yaml", True, one),
        ("other.yaml", True, one),
    ]


def test_validate_goes_on_after_a_mistake(threatsim: Command, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("extends: insurance_upcoding\nname: a\nweeks: 0\n")
    (tmp_path / "b.yaml").write_text("extends: insurance_upcoding\nname: b\n")
    ran = threatsim("validate", "a.yaml", "b.yaml")
    assert ran.returncode == 2
    assert "a.yaml:3:8: weeks is 0" in ran.stderr
    assert "b.yaml: valid" in ran.stdout


def test_describe_a_field_a_parameter_and_nothing(threatsim: Command) -> None:
    field = json.loads(threatsim("describe", "payers.audit.random", "--json").stdout)
    assert (field["unit"], field["allowed"]) == ("share", "from 0 to 1")
    assert field["numbers"][0]["path"] == "payers.public_payer.audit.random"
    shared = json.loads(threatsim("describe", "fees.cpt_67228_office", "--json").stdout)
    assert [value["year"] for value in shared["values"]] == [2022, 2024, 2025]
    ran = threatsim("describe", "payers.audit.rndom")
    assert ran.returncode == 2
    assert "Did you mean 'random'?" in ran.stderr
    assert "Traceback" not in ran.stderr
    foreign = threatsim("describe", "ultrasound")  # nothing of threatsim's, nor a misspelling of anything
    assert foreign.returncode == 2
    assert "nothing in threatsim speaks of 'ultrasound'" in foreign.stderr
    assert "Did you mean" not in foreign.stderr
    slip = threatsim("describe", "triagee")
    assert slip.returncode == 2
    assert "Did you mean 'triage'?" in slip.stderr
    family = threatsim("describe", "fees")  # no key, but the beginning of shared parameters
    assert family.returncode == 2
    assert "'fees' is not a place in a scenario\nthreatsim describe --search fees finds fees." in family.stderr
    assert "Did you mean" not in family.stderr


def test_describe_market_tells_a_week_in_the_order_of_its_steps(threatsim: Command) -> None:
    from threatsim.market.model import Market

    steps = json.loads(threatsim("describe", "market", "--json").stdout)
    assert [step["name"] for step in steps] == list(Market.week_steps)
    ran = threatsim("describe", "market")
    names = re.findall(r"^ *\d+ +(\w+) ", ran.stdout, re.MULTILINE)
    assert names == [step["name"] for step in steps]
    assert all(step["what"].split(": ")[0] in ran.stdout for step in steps)


@pytest.mark.parametrize("width", [80, 120])
def test_lists_fit_the_terminal(threatsim: Command, width: int) -> None:
    for arguments in (
        ("describe", "payers.audit.random"),
        ("describe", "market"),
        ("evidence", "insurance_upcoding"),
        ("diff", "insurance_upcoding", "national_year"),
        ("describe", "penalties.fca_per_claim_least"),
    ):
        ran = threatsim(*arguments, columns=width)
        assert ran.returncode == 0, ran.stderr
        assert max(map(len, ran.stdout.splitlines())) <= width, arguments


def test_evidence_by_kind_says_where(threatsim: Command, tmp_path: Path) -> None:
    damages = '{value: 3, unit: times, source: "31 USC 3729", kind: measured}'
    (tmp_path / "a.yaml").write_text(f"extends: insurance_upcoding\nname: a\nlaw: {{damages: {damages}}}\n")
    found = json.loads(threatsim("evidence", "a.yaml", "--kind", "measured", "--json").stdout)
    rows, counts = found["numbers"], found["counts"]
    assert len(rows) == counts["all"]["measured"] > counts["distinct_in_use"]["measured"]
    assert counts["distinct_in_use"]["measured"] == sum(row["in_use"] and not row["same_as"] for row in rows)
    assert {row["kind"] for row in rows} == {"measured"}
    where = {row["path"]: row["where"] for row in rows}
    assert where["law.damages"] == "a.yaml:3"
    assert where["modalities.dermoscopy.prevalence"].startswith("insurance_upcoding.yaml:")
    assert threatsim("evidence", "a.yaml", "--kind", "measurd").returncode == 2


def test_diff_is_what_differs(threatsim: Command, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("extends: insurance_upcoding\nname: a\nlaw: {damages: 2}\n")
    rows = json.loads(threatsim("diff", "insurance_upcoding", "a.yaml", "--json").stdout)
    found = {row["path"]: (row["left"], row["right"]) for row in rows}
    assert found["law.damages"] == (3.0, 2.0)
    assert found["name"] == ("insurance_upcoding", "a")
    assert "weeks" not in found


def _differences(other: str, width: int, *, in_full: bool = False) -> list[str]:
    file = io.StringIO()
    one, two = (load_scenario(name) for name in ("insurance_upcoding", other))
    print_differences(one, two, Console(file=file, width=width), in_full=in_full)
    return file.getvalue().splitlines()


def test_diff_is_folded_to_a_screen_and_says_what_it_leaves_out() -> None:
    lines = _differences("wiser", 80)
    whole = _differences("wiser", 80, in_full=True)
    assert len(lines) <= 60 < len(whole)
    assert lines[-1] == f"{whole[-1].removesuffix('.')}; --details has each of them whole."
    for section in ("modalities", "providers", "tactics", "payers", "arms", "expect"):
        assert section in lines


def test_diff_tells_what_one_scenario_alone_has_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "extends: insurance_upcoding\nname: a\nwithout: [modalities.fundoscopy, providers.ophthalmology]\n"
        "law: {damages: {value: 2, unit: times, source: A law, kind: measured}}\n"
    )
    lines = [line.split() for line in _differences(str(tmp_path / "a.yaml"), 120)]
    assert ["fundoscopy", "has", "it", "(8", "values)"] in lines
    assert [line for line in lines if "damages" in line] == [["damages", "3.00", "2.00"]]


def test_schema_is_json_on_stdout_and_in_a_file(threatsim: Command, tmp_path: Path) -> None:
    printed = threatsim("schema").stdout
    assert json.loads(printed)["title"] == "threatsim scenario"
    assert threatsim("schema", "--out", "x.json").returncode == 0
    assert (tmp_path / "x.json").read_text() == printed
    ran = threatsim("schema", "--out", "no/such/x.json")
    assert ran.returncode == 2
    assert "cannot be written" in ran.stderr


def test_expectations_decide_the_exit_code(threatsim: Command, tmp_path: Path, small_scenario: str) -> None:
    text = small_scenario.partition("\narms:")[0] + "\narms: [{name: baseline, title: As it is}]\n"
    (tmp_path / "holds.yaml").write_text(text + "expect:\n  paid_rate: between 0 and 1\n")
    (tmp_path / "fails.yaml").write_text(text + "expect:\n  detection_rate: above 2\n")
    (tmp_path / "wrong.yaml").write_text(text + "expect:\n  detection_rat: above 2\n")
    (tmp_path / "none.yaml").write_text(text)
    holds = threatsim("test", "holds.yaml", "none.yaml")
    assert holds.returncode == 0, holds.stderr
    assert "1 of 1 expectation holds" in holds.stdout
    assert "expects nothing" in holds.stdout
    assert threatsim("test", "fails.yaml", "holds.yaml", "--quiet").returncode == 1
    ran = threatsim("test", "wrong.yaml", "holds.yaml", "--json")
    assert ran.returncode == 2
    rows = json.loads(ran.stdout)
    assert "did you mean 'detection_rate'?" in rows[0]["error"]
    assert rows[1]["checks"][0]["ok"] is True
    assert not (tmp_path / "reports").exists(), "a test writes no report"


@pytest.mark.skipif(os.name != "posix", reason="a terminal is made as POSIX has it")
def test_new_asks_at_a_terminal_until_an_answer_will_do(tmp_path: Path) -> None:
    answers = [
        "skin.yaml",
        "insurance_upcodin",
        "insurance_upcoding",
        "A title",
        "",
        "dermascopy",
        "dermoscopy",
        "",
        "",
    ]
    terminal, end = os.openpty()
    program = subprocess.Popen(
        [sys.executable, "-m", "threatsim", "new"], cwd=tmp_path, stdin=end, stdout=end, stderr=end, close_fds=True
    )
    os.close(end)
    shown = b""
    for answer in answers:
        while not shown.rstrip(b" ").endswith(b"]:"):  # the next question, with its default in brackets
            shown += os.read(terminal, 4096)
        os.write(terminal, answer.encode() + b"\n")
        shown += b"\n"
    assert program.wait(timeout=120) == 0
    os.close(terminal)
    assert b"Did you mean 'insurance_upcoding'?" in shown
    assert b"Did you mean 'dermoscopy'?" in shown
    text = (tmp_path / "skin.yaml").read_text(encoding="utf-8")
    assert 'title: "A title"' in text
    assert "- modalities.fundoscopy" in text
    assert "- name: hash_at_capture" in text


def test_new_asks_nothing_where_nobody_can_answer(threatsim: Command, tmp_path: Path) -> None:
    ran = threatsim("new")
    assert ran.returncode == 2
    assert "needs a file" in ran.stderr
    assert list(tmp_path.iterdir()) == []
