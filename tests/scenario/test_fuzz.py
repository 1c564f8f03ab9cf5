"""Whatever is written in a file, the answer is a scenario or one clear error."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threatsim.errors import ThreatsimError
from threatsim.library import library_folder
from threatsim.scenario.arms import resolve_arm
from threatsim.scenario.loading import load_scenario

FLAGSHIP = (library_folder("scenarios") / "insurance_upcoding.yaml").read_text(encoding="utf-8")
SMALL = (Path(__file__).parent / "small.yaml").read_text(encoding="utf-8")
RELAXED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)

pieces = st.sampled_from(
    [
        "",
        " ",
        "\n",
        "\t",
        ":",
        ": ",
        "- ",
        "#",
        "'",
        '"',
        "{",
        "}",
        "[",
        "]",
        "&a ",
        "*a",
        "*readers",
        "!!int ",
        "|",
        ">-",
        "---",
        "<<: *audit",
        "null",
        "~",
        "true",
        "yes",
        "-1",
        "1e999",
        ".nan",
        "0x1F",
        "9" * 400,
        "1:30",
        "2025-01-01",
        "value: 3",
        "x: 1",
        "payers.*.share: 2",
        "\x00",
        "\x85",
        "é",
        "😀",
        "? ",
        "%YAML 1.1",
    ]
)
loose = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
paths = st.sampled_from(
    [
        "weeks",
        "seed",
        "cases",
        "cases.positive_share",
        "modalities",
        "modalities.fundoscopy",
        "providers.*.count",
        "tactics",
        "tactics.*.epsilon",
        "tactics.*.pixel_range",
        "conduct.shares",
        "payers",
        "payers.*",
        "payers.*.name",
        "payers.*.integrity",
        "payers.*.triage.operating_point",
        "law.damages",
        "referral_network",
        "arms",
        "arms.*.set",
    ]
)


def answer(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")
    try:
        loaded = load_scenario(path)
    except ThreatsimError as error:
        message = str(error)
        assert message
        assert len(message.splitlines()) < 60
        return
    for arm in loaded.scenario.arms:
        resolve_arm(loaded, arm.name)


@RELAXED
@given(places=st.lists(st.tuples(st.integers(0, len(SMALL)), st.integers(0, 12), pieces), min_size=1, max_size=3))
def test_edits_of_a_text(tmp_path: Path, places: list[tuple[int, int, str]]) -> None:
    text = SMALL
    for start, length, piece in places:
        text = text[:start] + piece + text[start + length :]
    answer(tmp_path / "s.yaml", text)


@settings(RELAXED, max_examples=25)
@given(start=st.integers(0, len(FLAGSHIP)), length=st.integers(0, 200), piece=pieces)
def test_edits_of_the_flagship(tmp_path: Path, start: int, length: int, piece: str) -> None:
    answer(tmp_path / "s.yaml", FLAGSHIP[:start] + piece + FLAGSHIP[start + length :])


@RELAXED
@given(data=st.data())
def test_lines_lost_doubled_and_moved(tmp_path: Path, data: st.DataObject) -> None:
    lines = SMALL.split("\n")
    for _ in range(data.draw(st.integers(1, 3))):
        source, target = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        line = lines[source]
        if data.draw(st.booleans()):
            del lines[source]
        lines.insert(target, data.draw(st.sampled_from(["", "  "])) + line)
    answer(tmp_path / "s.yaml", "\n".join(lines))


@RELAXED
@given(content=st.binary(max_size=200))
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(content)
    with pytest.raises(ThreatsimError):
        load_scenario(path)


@RELAXED
@given(path=paths, value=loose)
def test_any_value_anywhere(path: str, value: object) -> None:
    with contextlib.suppress(ThreatsimError):
        loaded = load_scenario(Path(__file__).parent / "small.yaml", overrides={path: value})
        assert loaded.scenario.name == "small"


@RELAXED
@given(pattern=st.lists(st.sampled_from(["payers", "*", "0", "public", "audit", "random", "value", "law", "", "set"])))
def test_any_path(pattern: list[str]) -> None:
    with contextlib.suppress(ThreatsimError):
        load_scenario(Path(__file__).parent / "small.yaml", overrides={".".join(pattern): 0.5})
