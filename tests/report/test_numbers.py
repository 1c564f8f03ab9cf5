"""Numbers in words: closed forms, and that no number shows more than three significant digits."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threatsim.report.words import numbers
from threatsim.statistics.estimate import Difference


def estimate(value: float | None, low: float | None = None, high: float | None = None, n: int = 20) -> Difference:
    return Difference(value=value, low=low, high=high, n=n)


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (0, "0"),
        (-0.0, "0"),
        (1, "1.00"),
        (0.1234, "0.123"),
        (12.345, "12.3"),
        (123.4, "123"),
        (999.4, "999"),
        (999.5, "1.00k"),
        (999_600, "1.00M"),
        (1_234, "1.23k"),
        (45_678, "45.7k"),
        (-2_410_000, "−2.41M"),
        (3.2e9, "3.20B"),
        (5e13, "50.0T"),
        (1e15, "1.00e15"),
        (0.000123, "0.000123"),
        (0.0000123, "1.23e−5"),
        (float("inf"), "∞"),
        (float("nan"), "undefined"),
    ],
)
def test_number(x: float, expected: str) -> None:
    assert numbers.number(x) == expected


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (0.0, "0%"),
        (1.0, "100%"),
        (0.5, "50.0%"),
        (0.0123, "1.23%"),
        (0.00123, "0.12%"),
        (0.00001, "<0.01%"),
        (0.99961, "100%"),
    ],
)
def test_share(x: float, expected: str) -> None:
    assert numbers.value(x, "share") == expected


def test_estimate_with_interval() -> None:
    assert numbers.in_words(estimate(1200, 900, 1500), "USD per year") == "1.20k (900 to 1.50k)"
    assert numbers.in_words(estimate(0.123, 0.1, 0.15), "share") == "12.3% (10.0 to 15.0%)"
    assert numbers.in_words(estimate(3.0), "weeks") == "3.00"


def test_not_reached_is_said_and_differs_from_undefined() -> None:
    assert numbers.in_words(estimate(None, 45.0, None), "weeks") == "not reached (45.0 or more)"
    assert numbers.point(estimate(None, n=0), "weeks") == "undefined"
    assert numbers.point(estimate(None), "USD per year") == "undefined"
    assert numbers.change(None, "weeks") == "unknown"
    assert numbers.change(None, "share") == "undefined"


def test_half_open_intervals_say_their_side() -> None:
    assert numbers.change_in_words(estimate(None, None, -4.0), "weeks") == "unknown (−4.00 or less)"
    assert numbers.change_in_words(estimate(9.0, 2.0, None), "weeks") == "+9.00 (+2.00 or more)"


def test_differences_are_signed_and_shares_in_points() -> None:
    assert numbers.change_in_words(estimate(-1200, -1500, -900), "USD") == "−1.20k (−1.50k to −900)"
    assert numbers.change_in_words(estimate(0.0313, 0.0309, 0.0317), "share") == "+3.13 pp (+3.09 to +3.17)"
    assert numbers.change(0.0, "USD") == "0"
    assert numbers.change(0.00001, "share") == "+0.00 pp"
    assert numbers.change(-0.00001, "share") == "−0.00 pp"
    assert numbers.change(-0.0002, "per 100 provider-years") == "−0.000"


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.1, 0.2, "↑"),
        (-0.2, -0.1, "↓"),
        (-0.1, 0.1, ""),
        (0.0, 0.1, ""),
        (None, -1.0, "↓"),
        (None, None, ""),
        (None, 1.0, ""),
    ],
)
def test_arrow_only_where_zero_is_excluded(low: float | None, high: float | None, expected: str) -> None:
    assert numbers.arrow(estimate(0.0, low, high)) == expected


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["share", "USD", "weeks"]))
def test_never_more_than_three_significant_digits(x: float, unit: str) -> None:
    for text in (numbers.number(x), numbers.value(x, unit), numbers.change(x, unit)):
        mantissa = re.sub(r"e.*|[^0-9.]", "", text)
        assert len(mantissa.replace(".", "").lstrip("0")) <= 3, text
        assert len(text) <= 12


@given(st.floats(min_value=1e-3, max_value=1e14))
def test_number_reads_back_within_half_a_unit_of_the_third_digit(x: float) -> None:
    text = numbers.number(x)
    scale = {"k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
    back = float(text.rstrip("kMBT")) * scale.get(text[-1], 1)
    assert back == pytest.approx(x, rel=0.00501)


def test_titles() -> None:
    assert numbers.title("patch_white_box") == "Patch, white box"
    assert numbers.title("pgd_black_box") == "PGD, black box"
    assert numbers.title("code_only") == "Code only"
    assert numbers.title("swap_queries") == "Swap, queries"
    assert numbers.title("patch_natural_black_box") == "Patch natural, black box"
    assert numbers.title("patch_natural") == "Patch, natural"
    assert numbers.title("chest_xray") == "Chest x-ray"
    assert numbers.listed(["a", "b", "c"]) == "a, b and c"
    assert numbers.listed([]) == ""


def test_printable_drops_control_characters_and_overrides_but_keeps_scripts() -> None:
    assert numbers.printable("a\x1b[31mb\u202ec\n d") == "a[31mbc d"
    assert numbers.printable("שלום 🩺") == "שלום 🩺"


def test_settings_read_as_in_the_scenario_file() -> None:
    assert numbers.setting(True) == "true"
    assert numbers.setting({"specificity": 0.95}) == '{"specificity": 0.95}'
