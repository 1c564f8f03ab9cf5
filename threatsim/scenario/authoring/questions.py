"""The few questions that `threatsim new` asks at a terminal, where options have not answered them."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import typer

from threatsim.catalogue.conduct_rules import CONDUCT_RULES
from threatsim.common.suggest import did_you_mean
from threatsim.scenario.authoring.new import FLAGSHIP, Wishes
from threatsim.scenario.authoring.policies import DEFAULT_POLICIES, policies
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.scenario_library import scenario_names

_NARROWEST = 80


def with_answers(wishes: Wishes) -> Wishes:
    """Return the wishes, with answers in place of what was not given; as they are where nobody can answer."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return wishes
    if wishes.out is None:
        wishes = replace(wishes, out=Path(typer.prompt("File to write", default="mine.yaml")))
    if wishes.base is None:
        names = scenario_names()
        _listed("Scenarios to start from:", {name: load_scenario(name).scenario.title for name in names})
        wishes = replace(wishes, base=_one_of("Start from", names, FLAGSHIP, or_file=True))
    base = load_scenario(wishes.base or FLAGSHIP).scenario
    if wishes.title is None:
        wishes = replace(wishes, title=typer.prompt("Title, in a line", default=f"{base.title}, changed"))
    if wishes.question is None:
        wishes = replace(wishes, question=typer.prompt("Question that it answers", default=base.question.strip()))
    if wishes.modalities is None and len(base.modalities) > 1:
        kept = _some_of("Kinds of image to keep", list(base.modalities), list(base.modalities))
        wishes = replace(wishes, modalities=kept)
    if wishes.arms is None:
        offered = policies()
        _listed("Policies to compare with the baseline:", {name: policy.title for name, policy in offered.items()})
        wishes = replace(wishes, arms=_some_of("Policies", list(offered), list(DEFAULT_POLICIES)))
    if wishes.rule is None:
        _listed("How providers decide:", {name: row.text for name, row in CONDUCT_RULES.items()})
        rule = _one_of("Conduct rule", list(CONDUCT_RULES), base.conduct.rule)
        wishes = replace(wishes, rule=None if rule == base.conduct.rule else rule)
    return wishes


def _listed(question: str, texts: Mapping[str, str]) -> None:
    """Print what can be chosen, each with a text that goes on beneath itself."""
    print(question)
    room = max(map(len, texts))
    width = max(_NARROWEST, shutil.get_terminal_size().columns)
    for name, text in texts.items():
        head = f"  {name:{room}}  "
        lines = textwrap.wrap(text, width - len(head), break_on_hyphens=False) or [""]
        print("\n".join([head + lines[0], *(" " * len(head) + line for line in lines[1:])]))


def _one_of(question: str, names: Sequence[str], default: str, *, or_file: bool = False) -> str:
    while True:
        answer = str(typer.prompt(question, default=default)).strip()
        if answer in names or (or_file and Path(answer).is_file()):
            return answer
        print(f"There is no '{answer}'. {did_you_mean(answer, names)}".rstrip())


def _some_of(question: str, names: Sequence[str], default: Sequence[str]) -> list[str]:
    while True:
        answer = str(typer.prompt(f"{question} (with commas between)", default=", ".join(default)))
        chosen = [part.strip() for part in answer.split(",") if part.strip()]
        unknown = [name for name in chosen if name not in names]
        if chosen and not unknown:
            return chosen
        print(f"There is no '{unknown[0]}'. {did_you_mean(unknown[0], names)}".rstrip() if unknown else "Name one.")
