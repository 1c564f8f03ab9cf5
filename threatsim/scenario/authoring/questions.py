"""The few questions that `threatsim new` asks at a terminal, where options have not answered them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import typer

from threatsim.common.suggest import did_you_mean
from threatsim.scenario.authoring.new import DEFAULT_POLICIES, FLAGSHIP, POLICIES, Wishes
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.scenario_library import scenario_names


def with_answers(wishes: Wishes) -> Wishes:
    """Return the wishes, with answers in place of what was not given; as they are where nobody can answer."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return wishes
    if wishes.out is None:
        wishes = replace(wishes, out=Path(typer.prompt("File to write", default="mine.yaml")))
    if wishes.base is None:
        names = scenario_names()
        print("Scenarios to start from:")
        for name in names:
            print(f"  {name:{max(map(len, names))}}  {load_scenario(name).scenario.title}")
        wishes = replace(wishes, base=_one_of("Start from", names, FLAGSHIP))
    base = load_scenario(wishes.base or FLAGSHIP).scenario
    if wishes.title is None:
        wishes = replace(wishes, title=typer.prompt("Title, in a line", default=f"{base.title}, changed"))
    if wishes.question is None:
        wishes = replace(wishes, question=typer.prompt("Question that it answers", default=base.question.strip()))
    if wishes.modalities is None and len(base.modalities) > 1:
        kept = _some_of("Kinds of image to keep", list(base.modalities), list(base.modalities))
        wishes = replace(wishes, modalities=kept)
    if wishes.arms is None:
        print("Policies to compare with the baseline:")
        for name, policy in POLICIES.items():
            print(f"  {name:{max(map(len, POLICIES))}}  {policy.title}")
        wishes = replace(wishes, arms=_some_of("Policies", list(POLICIES), list(DEFAULT_POLICIES)))
    return wishes


def _one_of(question: str, names: Sequence[str], default: str) -> str:
    while True:
        answer = str(typer.prompt(question, default=default)).strip()
        if answer in names or Path(answer).is_file():
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
