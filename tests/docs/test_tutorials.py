"""The tutorials of an attack and a classifier of one's own, followed word for word in an empty folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.typed_pages import blocks, commands, type_command

TUTORIALS = Path(__file__).parents[2] / "docs" / "tutorials"


@pytest.mark.parametrize("name", ["attack-of-your-own", "classifier-of-your-own"])
def test_a_tutorial_is_followed_to_its_end(name: str, desk: dict[str, str], tmp_path: Path) -> None:
    typed = written = 0
    for block in blocks(TUTORIALS / f"{name}.md"):
        if block.file:
            path = tmp_path / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
            written += 1
        for command, shown in commands(block.text) if block.kind == "console" else ():
            type_command(command, shown, tmp_path, desk)
            typed += 1
    assert typed >= 2
    assert written >= 2
