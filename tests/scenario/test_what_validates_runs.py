"""Numbers and text that would only fail in the run are refused when the scenario is read, at their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from threatsim.common.errors import ThreatsimError
from threatsim.scenario.reading.reader import load_scenario


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"payers: [{{name: public_payer, share: {'9' * 400}}}]", "3:38: the number is too large"),
        ("payers: [{name: public_payer, readers: {capacity: 1e308}}]", "the most is 1e+07 (per week)"),
        ("conduct: {reluctance_spread: 1000000}", "the most is 10 (times)"),
        ("conduct: {reluctance_median: {lognormal: {median: 5, sigma: 300}, unit: USD}}", "sigma is 300"),
        ('title: "\\ud800"', "3:8: the character U+D800 is half of one"),
        ('conduct: {belief_weight: {value: 5, kind: measured, source: "\\udc00"}}', "3:61: the character U+DC00"),
        ('title: "Up\\0coding"', "3:8: the text holds a character U+0000"),
    ],
)
def test_it_is_refused_at_its_place(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"extends: insurance_upcoding\nname: mine\n{text}\n")
    with pytest.raises(ThreatsimError) as refused:
        load_scenario(path)
    assert told in str(refused.value)
    assert "mine.yaml:3:" in str(refused.value)


@pytest.mark.parametrize("name", ["con", "lpt9", "aux"])
def test_a_name_that_windows_keeps_for_a_device_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"extends: insurance_upcoding\nname: {name}\n")
    with pytest.raises(ThreatsimError, match=f"mine.yaml:2:7: name is '{name}': a folder of this name cannot be made"):
        load_scenario(path)
