"""Patterns in words: three verdicts, inputs apart, and a table that fits 80 columns."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from threatsim.experiment.patterns.published_patterns import PATTERNS
from threatsim.experiment.record.record import PatternCheck
from threatsim.report.terminal.pattern_table import print_patterns
from threatsim.report.words.pattern_words import (
    expected_in_words,
    found_in_words,
    pattern_rows,
    summary,
    verdict,
)
from threatsim.statistics.estimate import Estimate


def check(key: str, value: float | None, low: float | None, high: float | None) -> PatternCheck:
    pattern = next(pattern for pattern in PATTERNS if pattern.key == key)
    kept = {name: getattr(pattern, name) for name in ("key", "role", "check", "measured", "unit", "source")}
    found = Estimate(value=value, low=low, high=high, n=8)
    return PatternCheck(**kept, low=pattern.low, high=pattern.high, found=found, ok=None)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-0.40, -0.12, "held"),
        (-0.44, -0.11, "held"),  # both ends belong to the range
        (-0.44, -0.10, "undecided"),
        (-0.50, -0.05, "undecided"),
        (-0.60, -0.44, "undecided"),  # the interval reaches the range's own end
        (-0.60, -0.45, "failed"),
        (-0.10, 0.10, "failed"),
        (None, None, "undecided"),
    ],
)
def test_the_interval_decides_and_not_the_figure(low: float | None, high: float | None, expected: str) -> None:
    assert check("audits_with_fines", -0.2, low, high).verdict == expected


def test_open_ranges_of_older_records_are_still_judged() -> None:
    old = check("audits_with_fines", -0.5, -0.6, -0.4).model_copy(update={"low": None, "high": -0.2})
    assert old.verdict == "held"
    assert expected_in_words(old) == "at most \N{MINUS SIGN}20.0%"
    assert old.model_copy(update={"low": 0.05, "high": None}).verdict == "failed"


def test_ranges_and_figures_carry_their_unit() -> None:
    assert expected_in_words(check("audits_with_fines", 0, 0, 0)) == "\N{MINUS SIGN}44.0 to \N{MINUS SIGN}11.0%"
    assert expected_in_words(check("deterrence", 1, 0.3, 1.5)) == "4.50 to 18.0 times"
    assert expected_in_words(check("price_response", 0, 0, 0)) == "+0.15 to +0.80 pp"
    assert found_in_words(check("price_response", 0.004, 0.003, 0.005)) == "+0.40 pp (+0.30 to +0.50 pp)"
    assert found_in_words(check("deterrence", 1, 0.3, 1.5)) == "1.00 (0.300 to 1.50) times"
    assert "nothing to measure" in found_in_words(check("spillover", None, None, None))
    assert "no ends" in found_in_words(check("spillover", 0.3, None, None))


def test_inputs_are_no_tests() -> None:
    listed = [
        check("audits_with_fines", -0.3, -0.4, -0.2),
        check("deterrence", 1, 0.3, 1.5),
        check("outliers", 0.06, 0.04, 0.08),
        check("volume_skew", 0.6, 0.59, 0.61),
    ]
    assert summary(listed) == (
        "1 of 3 published patterns hold in this market, 1 failed, 1 undecided; of the 2 that need people to respond, 1."
    )
    assert summary(listed[:1]) == "1 of 1 published patterns hold in this market."
    assert [verdict(one) for one in listed] == ["held", "failed", "undecided", "input, outside"]
    assert [row["verdict"] for row in pattern_rows(listed)] == ["held", "failed", "undecided", "failed"]


def test_the_table_says_everything_in_80_columns() -> None:
    stream = io.StringIO()
    listed = [check(pattern.key, -0.123456, -123.4567, 0.0987) for pattern in PATTERNS]
    print_patterns(listed, ["an input"], Console(file=stream, width=80))
    text = stream.getvalue()
    assert max(map(len, text.splitlines())) <= 80
    for one in listed:
        for part in (verdict(one), *one.source.split(), *one.check.split()):
            assert part in text
