"""The page for newcomers, followed word for word: what it says to type is typed, what it says to write is written."""

from __future__ import annotations

from pathlib import Path

from tests.docs.typed_pages import blocks, commands, type_command

PAGE = Path(__file__).parents[2] / "docs" / "tutorials" / "first-scenario.md"
REPLACED = "  detection_rate: between 0 and 1\n"


def test_the_page_is_followed_to_its_end(desk: dict[str, str], tmp_path: Path) -> None:
    scenario = tmp_path / "skin.yaml"
    typed = 0
    for kind, block, _ in blocks(PAGE):
        if kind == "yaml" and block.startswith("  "):  # the lines that replace the one named in the page
            text = scenario.read_text(encoding="utf-8")
            assert text.count(REPLACED) == 1
            scenario.write_text(text.replace(REPLACED, block), encoding="utf-8")
        elif kind == "yaml":
            scenario.write_text(scenario.read_text(encoding="utf-8") + block, encoding="utf-8")
        else:
            for command, shown in commands(block):
                type_command(command, shown, tmp_path, desk)
                typed += 1
    assert typed >= 8
    assert list((tmp_path / "reports" / "skin").glob("*/report.html"))
