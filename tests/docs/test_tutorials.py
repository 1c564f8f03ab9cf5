"""The tutorials of an attack and a classifier of one's own, followed word for word in an empty folder."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs.typed_pages import blocks, commands, type_command

ROOT = Path(__file__).parents[2]
TUTORIALS = ROOT / "docs" / "tutorials"
TYPED = [ROOT / "README.md", ROOT / "scenarios" / "README.md", *sorted((ROOT / "docs").glob("*/*.md"))]
TAKES_WORDS = "#!/bin/sh\nprintf '<%s>' \"$0\" \"$@\" | sed 's:<[^>]*/:<:'\necho\n"
"""A program that prints its name and the words that it is given."""


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


def typed_on(page: Path) -> list[str]:
    """Return every command of threatsim that a page shows, in a block of a console or an indented one."""
    lines = page.read_text(encoding="utf-8").splitlines()
    found = [line.removeprefix("$ ").strip() for line in lines if line.startswith(("$ threatsim ", "    threatsim "))]
    return [line.split("  #")[0].strip() for line in found]


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_hands_over_the_same_words_as_bash(tmp_path: Path) -> None:
    program = tmp_path / "threatsim"
    program.write_text(TAKES_WORDS)
    program.chmod(0o755)
    script = tmp_path / "typed"
    script.write_text("\n".join(line for page in TYPED for line in typed_on(page)) + "\n")
    assert len(script.read_text().splitlines()) > 20
    told = [
        subprocess.run(
            [shell, *options, str(script)], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True
        )
        for shell, *options in (("bash",), ("zsh", "-f"))
    ]
    assert [ran.stderr for ran in told] == ["", ""]
    assert told[0].stdout == told[1].stdout
