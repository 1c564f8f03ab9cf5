"""What a run was asked for in place of the scenario's own is said wherever its answer is."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from threatsim.experiment.figures.comparison import Side, compare
from threatsim.experiment.record.record import Override, RunRecord
from threatsim.report.brief.brief_page import brief_page
from threatsim.report.page.comparison_page import comparison_page
from threatsim.report.page.page import Contents, page
from threatsim.report.terminal.comparison_table import print_comparison
from threatsim.report.terminal.summary import print_answer
from threatsim.report.words.answer_parts.overridden import overridden, overridden_in_words

ASKED = tuple(
    Override(option=option, value=value)
    for option, value in (("--set", "payers.*.audit.random=0.1"), ("--replicates", "4"), ("--set", "weeks=<b>"))
)


@pytest.fixture
def asked(record: RunRecord) -> RunRecord:
    return record.model_copy(update={"overridden": ASKED})


def test_page_brief_and_terminal_say_it(asked: RunRecord, record: RunRecord) -> None:
    html = page(Contents(asked, (), (), ()))
    first_screen = html[: html.index("The answer in full")]
    assert "with <code>--set payers.*.audit.random=0.1</code>, <code>--replicates 4</code>, " in first_screen
    assert "<code>--set weeks=&lt;b&gt;</code>" in first_screen
    assert "<code>--replicates 4</code>" in brief_page(asked)
    text = io.StringIO()
    print_answer(asked, Console(file=text, width=120))
    name = record.scenario["name"]
    assert f"Scenario {name} with --set payers.*.audit.random=0.1, --replicates 4, --set weeks=<b>." in text.getvalue()
    assert "--replicates" not in page(Contents(record, (), (), ()))[: html.index("The answer in full")]


def test_a_comparison_says_it_of_each_side(asked: RunRecord, record: RunRecord) -> None:
    found = compare([Side(record), Side(asked, label="more audits")])
    assert found.overridden == ()
    assert found.others[0].overridden == ASKED
    text = io.StringIO()
    print_comparison(found, Console(file=text, width=100), in_full=False)
    assert text.getvalue().count("with --set payers.*.audit.random=0.1, --replicates 4") == 1
    assert "more audits, with --set payers.*.audit.random=0.1" in comparison_page(found)


def test_many_are_counted_and_an_older_record_says_what_its_numbers_do(asked: RunRecord, record: RunRecord) -> None:
    assert overridden_in_words(asked, 2) == "with --set payers.*.audit.random=0.1, --replicates 4 and 1 more"
    assert overridden_in_words(record, 2) == ""
    older = record.model_copy(update={"origins": {"a": "--set weeks=4", "b": "--set weeks=4", "c": "mine.yaml:4"}})
    assert overridden(older) == ["--set weeks=4"]
