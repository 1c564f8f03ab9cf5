"""The papers of the project say what is so: files that are named are there, versions agree."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from threatsim.common.version import __version__

ROOT = Path(__file__).parents[2]
PLACES = ("", "threatsim", "tests")


def test_every_file_that_contributing_names_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:[a-z_-]+/)+(?:[\w.-]+)?)(?: NAME)?`", text)) - {"docs/_build/html"}
    paths = {re.sub(r"\.(?:ImageAttack|Ground|check_\w+)$", ".py", name) for name in named} - {
        "docs/reference/generated/"
    }
    missing = sorted(path for path in paths if not any((ROOT / place / path).exists() for place in PLACES))
    assert len(paths) > 25
    assert missing == []


def test_the_citation_is_of_this_version() -> None:
    citation = YAML(typ="safe").load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == __version__
    assert citation["cff-version"] == "1.2.0"
    # What the format requires; an author without a first and last name is an entity.
    assert {"message", "title", "authors"} <= set(citation)
    assert all("name" in author or "family-names" in author for author in citation["authors"])


@pytest.mark.parametrize("path", sorted((ROOT / "changes").glob("+*")), ids=lambda path: path.name)
def test_a_fragment_is_a_sentence_of_a_known_kind(path: Path) -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]
    _, kind, ending = path.name.split(".")
    assert kind in {one["directory"] for one in settings["type"]}
    assert ending == "md"
    text = path.read_text(encoding="utf-8").strip()
    assert text.endswith(".")
    assert "\n" not in text


def test_hooks_run_what_make_lint_runs() -> None:
    hooks = YAML(typ="safe").load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    entries = {hook["entry"].removeprefix(".venv/bin/") for repo in hooks["repos"] for hook in repo["hooks"]}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").partition("lint:")[2].partition("\n\n")[0]
    commands = {line.strip().removeprefix("$(BIN)/") for line in makefile.splitlines()[1:]}
    assert entries == {re.sub(r" \.$", "", command) for command in commands}
