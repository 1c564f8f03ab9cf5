"""Whatever is written in a file, the answer is a scenario that runs or one clear error.

Some hundred files in the tests, the same each time; `make fuzz` tries FUZZ times as many, other ones each time.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threatsim.common.errors import ThreatsimError
from threatsim.common.library import library_folder
from threatsim.common.outcome_table import OutcomeTable
from threatsim.experiment.outer_loop import outer_loop
from threatsim.market.simulation import simulate
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.schema import Scenario

FLAGSHIP = (library_folder("scenarios") / "insurance_upcoding.yaml").read_text(encoding="utf-8")
SMALL = (Path(__file__).parent / "small.yaml").read_text(encoding="utf-8")
TIMES = int(os.environ.get("FUZZ", "1"))
RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=TIMES == 1)

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
NUMBERS = [line.strip() for line in SMALL.split("\n") if re.fullmatch(r" *[a-z_]+: [0-9.]+", line)]
numbers = st.one_of(
    st.sampled_from(["0", "1", "0.5", "-1", "1e-300", "1e300", "3", "2.5", "1000000"]),
    st.floats(allow_nan=False).map(repr),
    st.sampled_from(
        [
            "{value: 1, unit: share}",
            "{uniform: {low: 0, high: 1}}",
            "{normal: {mean: 1, sd: 0.1}, unit: USD}",
            "{lognormal: {median: 2, sigma: 1}}",
            "{triangular: {low: 0, mode: 0, high: 1}}",
            "{beta: {alpha: 1, beta: 1}}",
            "{parameter: fees.cpt_92250}",
            "{parameter: reviews.audit_specificity, year: 2012}",
        ]
    ),
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
    """A scenario that runs, or one clear error."""
    path.write_text(text, encoding="utf-8", newline="")
    try:
        loaded = load_scenario(path)
    except ThreatsimError as error:
        message = str(error)
        assert message
        assert len(message.splitlines()) < 60
        assert "pydantic" not in message
        return
    for arm in loaded.scenario.arms:
        runs(resolve_arm(loaded, arm.name))


def runs(scenario: Scenario) -> None:
    """A replicate of a scenario that is small enough comes to its end, or its numbers are refused with a reason."""
    claims = scenario.weeks * sum(group.count * float(group.weekly_volume) for group in scenario.providers.values())
    if claims > 20_000 or set(scenario.modalities) != {"fundoscopy"}:
        return
    tables = {"fundoscopy": scores(list(scenario.tactics))}
    with contextlib.suppress(ThreatsimError):
        loop = outer_loop({"a": scenario}, draws=2, seed=1)
        one = loop.scenario_of("a", scenario, loop.replicates[0])
        result = simulate(one, tables, arm="a", replicate=0, seed=1)
        assert abs(sum(result.accounts.values())) <= 1e-6 * max(1.0, *map(abs, result.accounts.values()))


def scores(tactics: list[str]) -> OutcomeTable:
    """Forty cases that the classifier tells apart, and that every tactic lifts."""
    generator = np.random.default_rng(0)
    labels = np.arange(40, dtype=np.int8) % 2
    clean = np.clip(0.3 + 0.4 * labels + generator.normal(scale=0.1, size=40), 0, 1).astype(np.float32)
    return OutcomeTable(
        modality="fundoscopy",
        labels=labels,
        patients=np.arange(40),
        clean=clean,
        attacked=dict.fromkeys(tactics, np.float32(1) - clean),
        calibration_scores=clean,
        calibration_labels=labels,
        queries=dict.fromkeys(tactics, np.full(40, 3)),
    )


@settings(RELAXED, max_examples=150 * TIMES)
@given(places=st.lists(st.tuples(st.integers(0, len(SMALL)), st.integers(0, 12), pieces), min_size=1, max_size=3))
def test_edits_of_a_text(tmp_path: Path, places: list[tuple[int, int, str]]) -> None:
    text = SMALL
    for start, length, piece in places:
        text = text[:start] + piece + text[start + length :]
    answer(tmp_path / "s.yaml", text)


@settings(RELAXED, max_examples=6 * TIMES)
@given(start=st.integers(0, len(FLAGSHIP)), length=st.integers(0, 200), piece=pieces)
def test_edits_of_the_flagship(tmp_path: Path, start: int, length: int, piece: str) -> None:
    answer(tmp_path / "s.yaml", FLAGSHIP[:start] + piece + FLAGSHIP[start + length :])


@settings(RELAXED, max_examples=50 * TIMES)
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


@settings(RELAXED, max_examples=50 * TIMES)
@given(written=st.sampled_from(NUMBERS), number=numbers)
def test_any_number_in_place_of_another(tmp_path: Path, written: str, number: str) -> None:
    key, _, _ = written.partition(":")
    answer(tmp_path / "s.yaml", SMALL.replace(written, f"{key}: {number}"))


@settings(RELAXED, max_examples=40 * TIMES)
@given(
    extends=st.sampled_from(["base.yaml", "s.yaml", "insurance_upcoding", "../x", "", "[]"]), body=loose, data=st.data()
)
def test_files_that_extend(tmp_path: Path, extends: str, body: object, data: st.DataObject) -> None:
    (tmp_path / "base.yaml").write_text(SMALL, encoding="utf-8")
    lines = SMALL.split("\n")
    start = data.draw(st.integers(0, len(lines) - 1))
    part = "\n".join(lines[start : start + data.draw(st.integers(0, 6))])
    without = data.draw(st.sampled_from(["", "without: [tactics.noise]", "without: [payers.*]", f"without: {body!r}"]))
    answer(tmp_path / "s.yaml", f"extends: {extends}\n{without}\n{part}\n")


@settings(RELAXED, max_examples=100 * TIMES)
@given(content=st.binary(max_size=200))
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(content)
    with pytest.raises(ThreatsimError):
        load_scenario(path)


@settings(RELAXED, max_examples=60 * TIMES)
@given(path=paths, value=loose)
def test_any_value_anywhere(path: str, value: object) -> None:
    with contextlib.suppress(ThreatsimError):
        loaded = load_scenario(Path(__file__).parent / "small.yaml", overrides={path: value})
        assert loaded.scenario.name == "small"


@settings(RELAXED, max_examples=50 * TIMES)
@given(pattern=st.lists(st.sampled_from(["payers", "*", "0", "public", "audit", "random", "value", "law", "", "set"])))
def test_any_path(pattern: list[str]) -> None:
    with contextlib.suppress(ThreatsimError):
        load_scenario(Path(__file__).parent / "small.yaml", overrides={".".join(pattern): 0.5})


SETS = st.dictionaries(paths, loose | numbers | st.sampled_from([0, 0.5, 3, "all", [], {}]), max_size=3)
ARMS = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["baseline", "more_audits", "a", "a b", "", "con"])},
        optional={
            "title": st.text(max_size=8),
            "set": SETS,
            "without": st.lists(paths, max_size=2),
            "like": st.sampled_from(["baseline", "a", "x"]),
            "notes": loose,
        },
    ),
    max_size=4,
)
"""Arms of names that are there, absent, doubled and unfit, with changes that are right and wrong."""
DISTRIBUTIONS = st.fixed_dictionaries(
    {},
    optional={
        "value": st.sampled_from([1, 0, -1, "a", None]),
        "unit": st.sampled_from(["share", "USD", ""]),
        "source": st.text(max_size=5),
        "kind": st.sampled_from(["measured", "assumed", "guessed"]),
        "uniform": st.fixed_dictionaries({"low": st.floats(), "high": st.floats()}),
        "normal": st.fixed_dictionaries({"mean": st.floats(), "sd": st.floats()}),
        "lognormal": st.fixed_dictionaries({"median": st.floats(), "sigma": st.floats()}),
        "beta": st.fixed_dictionaries({"alpha": st.floats(), "beta": st.floats()}),
        "triangular": st.fixed_dictionaries({"low": st.floats(), "mode": st.floats(), "high": st.floats()}),
    },
)
"""None of them, one, or several that exclude each other, with any floats."""


def as_yaml(value: object) -> str:
    """The same as text; JSON's infinities and NaN as YAML has them."""
    text = json.dumps(value)
    return re.sub(r"\bNaN\b", ".nan", re.sub(r"\bInfinity\b", ".inf", text))


@settings(RELAXED, max_examples=40 * TIMES)
@given(arms=ARMS)
def test_any_arms(tmp_path: Path, arms: list[dict[str, object]]) -> None:
    answer(tmp_path / "s.yaml", SMALL[: SMALL.index("\narms:")] + f"\narms: {as_yaml(arms)}\n")


@settings(RELAXED, max_examples=40 * TIMES)
@given(written=st.sampled_from(NUMBERS), distribution=DISTRIBUTIONS)
def test_any_distribution(tmp_path: Path, written: str, distribution: dict[str, object]) -> None:
    key, _, _ = written.partition(":")
    answer(tmp_path / "s.yaml", SMALL.replace(written, f"{key}: {as_yaml(distribution)}"))


@settings(RELAXED, max_examples=15 * TIMES)
@given(chain=st.lists(st.tuples(st.integers(0, 5), paths, loose), min_size=1, max_size=5))
def test_chains_of_files(tmp_path: Path, chain: list[tuple[int, str, object]]) -> None:
    """Each file extends one of the others, itself or one that is absent, and changes a path."""
    (tmp_path / "0.yaml").write_text(SMALL, encoding="utf-8")
    for number, (base, path, value) in enumerate(chain, start=1):
        keys = path.split(".")
        inner: object = value
        for key in reversed(keys):
            inner = {key: inner}
        text = f"extends: {base}.yaml\n" + as_yaml(inner)[1:-1] + "\n"
        (tmp_path / f"{number}.yaml").write_text(text, encoding="utf-8")
    last = tmp_path / f"{len(chain)}.yaml"
    answer(last, last.read_text(encoding="utf-8"))


LIBRARY = sorted(library_folder("scenarios").glob("*.yaml"))


@settings(RELAXED, max_examples=6 * TIMES)
@given(file=st.sampled_from(LIBRARY), data=st.data())
def test_edits_of_the_library(tmp_path: Path, file: Path, data: st.DataObject) -> None:
    text = file.read_text(encoding="utf-8")
    for _ in range(data.draw(st.integers(1, 3))):
        start, length = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 60))
        text = text[:start] + data.draw(pieces) + text[start + length :]
    answer(tmp_path / "s.yaml", text)
