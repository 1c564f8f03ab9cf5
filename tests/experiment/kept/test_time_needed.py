"""What is told of a run before it: from nothing kept, and in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from threatsim.experiment.kept.time_needed import TimeNeeded, time_needed
from threatsim.report.terminal.time_line import duration, time_line
from threatsim.scenario.reading.reader import load_scenario


def test_where_nothing_is_kept_attacks_are_counted_and_no_time_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THREATSIM_CACHE", str(tmp_path))
    (tmp_path / "a.yaml").write_text(
        "extends: insurance_upcoding\nname: a\nweeks: 26\nburn_in: 13\nreplicates: 3\ndoubt: 5\n"
        "cases: {per_modality: 60}\nwithout: [modalities.fundoscopy, providers.ophthalmology]\n"
    )
    loaded = load_scenario(tmp_path / "a.yaml")
    needed = time_needed(loaded)
    altering = sum(tactic.attack != "none" for tactic in loaded.scenario.tactics.values())
    assert needed.attacks == 60 * 2 * altering
    assert (needed.markets, needed.weeks, needed.seconds) == (len(loaded.scenario.arms) * 8, 39, None)
    assert "attacks first" in time_line(needed)


def test_it_is_told_in_a_line() -> None:
    needed = TimeNeeded(attacks=0, markets=140, weeks=208, processes=2, seconds=200.0)
    assert "140 markets of 208 weeks take about 3 min on 2 processors" in time_line(needed)


@pytest.mark.parametrize(("seconds", "told"), [(0.2, "1 s"), (54, "54 s"), (55, "1 min"), (7800, "2 h 10 min")])
def test_durations(seconds: float, told: str) -> None:
    assert duration(seconds) == told
