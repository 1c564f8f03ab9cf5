"""`threatsim compare` in the terminal."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from threatsim.experiment.comparison import Comparison, compare
from threatsim.experiment.record import RunRecord
from threatsim.report import words
from threatsim.report.comparison import print_comparison
from threatsim.scenario.metrics import ARM_METRICS


def printed(comparison: Comparison, width: int = 80) -> str:
    file = io.StringIO()
    print_comparison(comparison, Console(file=file, width=width))
    return file.getvalue()


@pytest.fixture(scope="module")
def arms(record: RunRecord) -> Comparison:
    return compare(record, record, left_arm="baseline", right_arm="hash_at_capture")


@pytest.mark.parametrize("width", [80, 120])
def test_every_number_is_whole_and_fits(arms: Comparison, record: RunRecord, width: int) -> None:
    for comparison in (arms, compare(record, record)):
        text = printed(comparison, width)
        assert "…" not in text
        assert "\x1b" not in text
        assert max(cell_len(line) for line in text.splitlines()) <= width
        for row in comparison.rows:
            unit = ARM_METRICS[row.metric].unit
            assert words.change_interval(row.difference, unit) in text
            assert words.interval(row.left, unit) in text


def test_inputs_that_differ_are_listed(record: RunRecord) -> None:
    other = record.model_copy(
        update={"seed": 5, "scenario": {**record.scenario, "weeks": 26, "title": "[bold]x[/]\x1b[0m"}}
    )
    text = printed(compare(record, other))
    assert any(line.split() == ["weeks", "52", "26"] for line in text.splitlines())
    assert any(line.split() == ["seed", "20190204", "5"] for line in text.splitlines())
    assert "Not paired" in text
    assert "\x1b" not in text


def test_equal_runs_show_no_difference(record: RunRecord) -> None:
    text = printed(compare(record, record))
    assert "Nothing: the inputs are the same." in text
    assert "No detectable difference" in text


def test_summary_counts_what_differs(arms: Comparison) -> None:
    seen = sum(words.excludes_zero(row.difference) for row in arms.rows)
    text = printed(arms)
    assert f"{seen} of {len(arms.rows)} figures differ detectably." in text
    loss = next(row for row in arms.rows if row.metric == "payer_loss")
    assert words.change_in_words(loss.difference, "USD") in " ".join(text.split())


def test_many_inputs_are_cut_to_a_count(arms: Comparison) -> None:
    many = [arms.inputs[0].model_copy(update={"path": f"a.b{i}"}) for i in range(40)]
    text = printed(arms.model_copy(update={"inputs": many}))
    assert "a.b24 " in text
    assert "a.b25 " not in text
    assert "and 15 more" in text
