"""The `atlas` section and its table of ids: what it takes, what it refuses and how it says so."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from threatsim.catalogue.atlas_ids import ATLAS_VERSION, MITIGATIONS, TACTICS, TECHNIQUES
from threatsim.common.errors import ThreatsimError
from threatsim.scenario.reading.loaded import LoadedScenario

Load = Callable[[str], LoadedScenario]
DATA = os.environ.get("THREATSIM_ATLAS_DATA")


def test_the_table_is_whole() -> None:
    for identifier, technique in TECHNIQUES.items():
        assert re.fullmatch(r"AML\.T\d{4}(\.\d{3})?", identifier)
        assert set(technique.tactics) <= set(TACTICS)
        if technique.parent is not None:
            assert technique.tactics == TECHNIQUES[technique.parent].tactics
    assert len({technique.name for technique in TECHNIQUES.values()}) == len(TECHNIQUES)
    assert all(re.fullmatch(r"AML\.M\d{4}", identifier) for identifier in MITIGATIONS)


@pytest.mark.skipif(DATA is None, reason="THREATSIM_ATLAS_DATA names no copy of dist/ATLAS.yaml of atlas-data")
def test_the_table_is_that_of_atlas() -> None:
    data = YAML(typ="safe").load(Path(str(DATA)))
    assert str(data["version"]) == ATLAS_VERSION
    matrix = data["matrices"][0]
    techniques = {technique["id"]: technique for technique in matrix["techniques"]}
    mitigations = {mitigation["id"]: mitigation["name"] for mitigation in matrix["mitigations"]}
    assert list(TACTICS.items()) == [(tactic["id"], tactic["name"]) for tactic in matrix["tactics"]]
    assert MITIGATIONS.items() <= mitigations.items()
    for identifier, technique in TECHNIQUES.items():
        found = techniques[identifier]
        assert technique.name == found["name"]
        assert technique.parent == found.get("subtechnique-of")
        assert set(technique.tactics) == set(techniques[technique.parent or identifier]["tactics"])


def test_a_scenario_needs_no_such_section(small: LoadedScenario) -> None:
    assert small.scenario.atlas is None


def test_what_the_author_says_is_read(load_text: Load, small_text: str) -> None:
    section = (
        "atlas:\n  actor: A clinic\n  chain:\n    - {technique: AML.T0015, tactic: AML.TA0007, does: It slips by.}\n"
        "  references: [{title: A source, url: https://example.org/a}]\n"
    )
    atlas = load_text(small_text + section).scenario.atlas
    assert atlas is not None
    assert (atlas.actor, atlas.target) == ("A clinic", None)
    assert atlas.chain[0].tactic == "AML.TA0007"


@pytest.mark.parametrize(
    ("written", "sentences"),
    [
        ("{technique: AML.T0443.000, does: x}", ("AML.T0443.000", ATLAS_VERSION, "the nearest is AML.T0043.000")),
        ("{technique: T0043, does: x}", ("'T0043'", "the nearest is AML.T0043")),
        ("{technique: AML.T0051, does: x}", ("against models that predict",)),  # a prompt injection
        ("{technique: aml.t0015, does: x}", ("the nearest is AML.T0015",)),
        ("{technique: zzz, does: x}", ("'zzz' is no technique of MITRE ATLAS",)),
        (
            "{technique: AML.T0015, tactic: AML.TA011, does: x}",
            ("is no tactic of MITRE ATLAS", "the nearest is AML.TA0011"),
        ),
        (
            "{technique: AML.T0043, tactic: AML.TA0011, does: x}",
            ("does not serve AML.TA0011 (Impact)", "AML.TA0001 (AI Attack Staging)"),
        ),
        ("{technique: AML.T0043, does: ''}", ("does",)),
        ("{technique: 43, does: x}", ("needs text",)),
        ("{technique: AML.T0043, doe: x}", ("doe", "does")),
    ],
)
def test_a_wrong_step_is_one_error_in_its_place(
    load_text: Load, small_text: str, written: str, sentences: tuple[str, ...]
) -> None:
    with pytest.raises(ThreatsimError) as raised:
        load_text(f"{small_text}atlas:\n  chain:\n    - {written}\n")
    message = str(raised.value)
    line = small_text.count("\n") + 3
    assert re.search(rf"s\.yaml:{line}:\d+: ", message), message
    for text in sentences:
        assert text in message


def test_an_arm_cannot_change_it(load_text: Load, small_text: str) -> None:
    with pytest.raises(ThreatsimError, match="the same in all arms"):
        load_text(small_text + "      atlas.actor: Somebody\natlas: {actor: A clinic}\n")
