"""Lengths of time in a scenario that make no sense, and those that are seldom meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from threatsim.cli.main import app
from threatsim.scenario.problems import ScenarioError
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.remarks import remarks

Load = Callable[[str], LoadedScenario]


def test_a_half_life_of_nothing_is_refused_in_its_place(small_text: str, load_text: Load) -> None:
    with pytest.raises(ScenarioError) as raised:
        load_text(small_text.replace("conduct:\n", "conduct:\n  belief_half_life: 0\n"))
    line = small_text.splitlines().index("conduct:") + 2
    assert f"s.yaml:{line}:21: conduct.belief_half_life: with a half-life of 0 weeks nothing" in str(raised.value)
    assert len(raised.value.problems) == 1


@pytest.mark.parametrize("burn_in", [-1, 521, 1.5])
def test_a_burn_in_out_of_range_is_refused(burn_in: float, small_text: str, load_text: Load) -> None:
    with pytest.raises(ScenarioError, match=r"s\.yaml:6:10: burn_in "):
        load_text(small_text.replace("weeks: 4\n", f"weeks: 4\nburn_in: {burn_in}\n"))


def test_a_burn_in_longer_than_the_record_is_told_of_in_its_place(
    small_text: str, load_text: Load, tmp_path: Path
) -> None:
    loaded = load_text(small_text.replace("weeks: 4\n", "weeks: 4\nburn_in: 5\n"))
    (remark,) = remarks(loaded)
    assert remark.startswith(f"{tmp_path / 's.yaml'}:6:10: the burn-in of 5 weeks, which is in no figure, is longer")
    answer = CliRunner().invoke(app, ["validate", str(loaded.path)])
    assert answer.exit_code == 0
    assert "s.yaml:6:10: the burn-in of 5 weeks" in answer.stderr.replace("\n", "")
    assert not list(remarks(load_text(small_text.replace("weeks: 4\n", "weeks: 4\nburn_in: 4\n"))))


def test_the_remark_stands_where_the_file_names_a_length(small_text: str, load_text: Load) -> None:
    path = load_text(small_text).path
    (remark,) = remarks(load_scenario(path, overrides={"burn_in": 104}))
    assert ":5:8: the burn-in of 104 weeks" in remark


def test_what_another_file_says_is_not_told_again(small_text: str, load_text: Load, tmp_path: Path) -> None:
    load_text(small_text.replace("weeks: 4\n", "weeks: 4\nburn_in: 5\n"))
    (tmp_path / "mine.yaml").write_text("extends: s.yaml\nname: mine\n", encoding="utf-8")
    assert not list(remarks(load_scenario(tmp_path / "mine.yaml")))
    (remark,) = remarks(load_scenario(tmp_path / "mine.yaml", overrides={"weeks": 3}))
    assert remark.startswith("--set weeks=3: the burn-in of 5 weeks")
    (tmp_path / "mine.yaml").write_text("extends: s.yaml\nname: mine\nweeks: 4\n", encoding="utf-8")
    assert not list(remarks(load_scenario(tmp_path / "mine.yaml")))
    (tmp_path / "mine.yaml").write_text("extends: s.yaml\nname: mine\nweeks: 2\n", encoding="utf-8")
    (remark,) = remarks(load_scenario(tmp_path / "mine.yaml"))
    assert remark.startswith(f"{tmp_path / 'mine.yaml'}:3:8: the burn-in of 5 weeks")
