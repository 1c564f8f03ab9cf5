"""Commands that pages show are commands.

Those of the tutorials are typed to their end (`test_tutorials`, `test_first_scenario`). Those of other pages would take
hours, so they are read and not run: bash splits them into words, and the command line reads these as it does before it
runs a command: its arguments, its options, the types of their values. Paths, ranges, goals and figures are read as
the command does, on the scenario that it names. A stand-in such as PATH or REPORT is read as any other word. Of
commands in a sentence, which may leave arguments out, the names of commands and options are looked up.
"""

from __future__ import annotations

import itertools
import re
import shutil
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer.main

from tests.docs.shown import PAGES, ROOT, RUN, Shown, inline, pieces, typed, words
from threatsim.cli.main import app
from threatsim.questions.break_even.until import read_until
from threatsim.questions.optimise.goals import read_constraint, read_sum
from threatsim.questions.optimise.levers import read_levers
from threatsim.questions.variation import read_variations
from threatsim.questions.varied_paths import fitted
from threatsim.scenario.reading.overrides import read_settings
from threatsim.scenario.reading.reader import load_scenario

PROGRAM: Any = typer.main.get_command(app)
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
PIP = {"pip": {"install"}, "pipx": {"install", "inject", "ensurepath"}, "uv": {"tool"}}
SCENARIOS = {path.stem for path in (ROOT / "scenarios").glob("*.yaml")}


@pytest.fixture(scope="module")
def lines() -> list[Shown]:
    found = typed()
    assert len(found) > 80
    return found


@pytest.fixture(scope="module")
def told(lines: list[Shown], tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    return words(["bash"], [line.text for line in lines], tmp_path_factory.mktemp("bash"))


def read(arguments: Sequence[str]) -> tuple[Any, dict[str, Any]]:
    """Read a command as the program does before it runs it; return the command and its values."""
    command = PROGRAM
    context = command.make_context("threatsim", list(arguments))
    while hasattr(command, "resolve_command"):
        _, command, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        context = command.make_context(command.name, rest, parent=context)
    return command, context.params


def test_every_command_that_is_shown_is_read(lines: list[Shown], told: list[list[str]]) -> None:
    wrong = []
    for line, given in zip(lines, told, strict=True):
        if given[0] == "threatsim":
            try:
                read(given[1:])
            except Exception as error:
                wrong.append(f"{line.place}: {line.text}: {error!r}")
    assert wrong == []


def test_a_command_that_is_none_is_refused() -> None:
    for arguments in (["runn", "x"], ["run"], ["run", "x", "--replicatez", "2"], ["run", "x", "--replicates", "two"]):
        with pytest.raises(Exception, match=r"No such|Missing|valid integer"):
            read(arguments)


def test_what_commands_vary_and_ask_for_is_there(lines: list[Shown], told: list[list[str]]) -> None:
    given = [read(one[1:])[1] for one in told if one[0] == "threatsim"]
    named = {one["scenario"] for one in given if isinstance(one.get("scenario"), str)}
    assert {name for name in named if not name.endswith(".yaml")} - SCENARIOS - {"dental_fillings"} == set()
    for name in ("insurance_upcoding", "approve_alone"):
        loaded = load_scenario(name)
        asked = [one for one in given if one.get("scenario") == name]

        def each(option: str, asked: list[dict[str, Any]] = asked) -> list[str]:
            return [text for one in asked for text in one.get(option) or ()]

        # All paths at once, since each look costs a scenario's reading; ranges are read one by one.
        varied = [read_variations([text])[0] for text in each("vary")]
        levers = [read_levers([text])[0] for text in each("choose")]
        paths = {one.path: one for one in [*varied, *(lever.of for lever in levers)]}
        assert len(paths) >= (6 if name == "insurance_upcoding" else 1)
        assert len(fitted(loaded, list(paths.values()))) == len(paths)
        load_scenario(name, overrides=read_settings(list(dict.fromkeys(each("settings")))))
        for text in [*each("minimise"), *each("maximise")]:
            read_sum(text, "--minimise")
        for text in each("subject_to"):
            read_constraint(text)
        for text in (one["until"] for one in asked if one.get("until")):
            assert read_until(text, loaded.scenario).text == text


def test_other_programs_are_told_what_there_is(lines: list[Shown], told: list[list[str]]) -> None:
    targets = set(re.findall(r"^(\w+):", MAKEFILE, re.MULTILINE))
    extras = {"threatsim", ""}
    for line, (program, *given) in zip(lines, told, strict=True):
        if program == "make":
            assert targets >= {one for one in given if "=" not in one}, line
        if program in PIP:
            assert given[0] in PIP[program], line
        for name, extra in re.findall(r"^(\w*|\.)\[(\w+)\]$", "\n".join(given), re.MULTILINE):
            assert name.strip(".") in extras, line
            assert extra in EXTRAS, line
        for folder in (one for one in given if one.startswith("./") and program != "threatsim"):
            assert (ROOT / folder).is_dir() or line.place.startswith("docs/tutorials/"), line


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_hands_over_the_same_words_as_bash(lines: list[Shown], told: list[list[str]], tmp_path: Path) -> None:
    assert words(["zsh", "-f"], [line.text for line in lines], tmp_path) == told


def alternatives(text: str) -> Iterator[list[str]]:
    """Yield the words of a command in a sentence, once for each of what it gives as alternatives: `list|show`."""
    split = [word.replace("\\|", "|").split("|") for word in text.split()]
    return map(list, itertools.product(*split))


def named(given: Sequence[str]) -> tuple[Any, list[str]]:
    """Return the command that words name, and those of its options among them."""
    command, rest = PROGRAM, [word for word in given[1:] if word != "--trust"]
    while hasattr(command, "commands") and rest and not rest[0].startswith("-") and rest[0] != "COMMAND":
        assert rest[0] in command.commands, f"{' '.join(given)}: there is no command {rest[0]}"
        command, rest = command.commands[rest[0]], rest[1:]
    return command, [word.split("=")[0] for word in rest if word.startswith("-")]


def options_of(command: Any) -> set[str]:
    """Return what a command's options may be called."""
    return {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {"--help"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_in_sentences_are_commands(page: Path) -> None:
    for shown in inline(page):
        for given in alternatives(shown.text):
            command, options = named(given)
            assert set(options) - options_of(command) == set(), f"{shown.place}: {shown.text}"


def test_options_in_the_readme_s_tables_are_those_of_the_row_s_command() -> None:
    rows = re.findall(r"^\| `(threatsim [^`]+)`(.*)\|$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) > 40
    for first, text in rows:
        given = [first, *re.findall(r"`(threatsim [^`]+)`", text)]
        commands = [named(one)[0] for shown in given for one in alternatives(shown)]
        known = set().union(*map(options_of, commands))
        assert set(re.findall(r"`(--[\w-]+)", text)) - known == set(), first


def test_every_block_is_of_a_kind_that_is_checked() -> None:
    kinds = {"python", "yaml", "toml", "console", "bash", "indented", "text", "mermaid", "{toctree}", ""}
    blocks = [piece for page in PAGES for piece in pieces(page)]
    assert [piece.place for piece in blocks if piece.kind not in kinds] == []
    # Python stands in blocks of its own, where it is run or held against the types.
    assert [piece.place for piece in blocks if piece.kind != "python" and "import threatsim" in piece.text] == []
    assert {str(page.relative_to(ROOT)) for page in PAGES} >= RUN
