"""`threatsim new`: a short scenario of one's own, with comments, that extends another and runs as it is."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from threatsim.catalogue.conduct_rules import CONDUCT_RULES
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.shell import quoted
from threatsim.common.suggest import did_you_mean
from threatsim.scenario.authoring.policies import DEFAULT_POLICIES, Policy, policies
from threatsim.scenario.authoring.schema_json import MODELINE, SCHEMA_FILE, schema_text
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.scenario_library import scenario_names
from threatsim.scenario.schema import Scenario

_ALIKE: Final = 4
"""Letters that a name has in common with a word of a title, so that the policy may be the one that is meant."""

FLAGSHIP = "insurance_upcoding"


@dataclass(frozen=True)
class Wishes:
    """What somebody wants in a new scenario; None where it was not given.

    Attributes:
        out: file to write.
        base: the scenario to start from.
        title, question: of the new one.
        modalities: kinds of image to keep; None for all.
        arms: names of `policies()` to compare with the baseline.
        rule: of the catalogue, by which providers decide, in place of the base's own.
        weeks, replicates: in place of the base's own.
    """

    out: Path | None = None
    base: str | None = None
    title: str | None = None
    question: str | None = None
    modalities: Sequence[str] | None = None
    arms: Sequence[str] | None = None
    rule: str | None = None
    weeks: int | None = None
    replicates: int | None = None


@dataclass(frozen=True)
class Written:
    """What was written: the scenario, and the schema for the editor if it was not there."""

    scenario: Path
    schema: Path | None

    def lines(self) -> list[str]:
        """Return what to tell about it."""
        told = [f"{self.scenario}: written."]
        if self.schema:
            told.append(f"{self.schema}: written, by which an editor completes and checks it.")
        file = quoted(self.scenario)
        return [*told, f"Check it: threatsim validate {file}", f"Run it:   threatsim run {file}"]


def write_new(wishes: Wishes, *, force: bool = False) -> Written:
    """Write the scenario, once it is known to be right.

    Raises:
        ThreatsimError: a wish cannot be met, or the file is there and `force` is not given; nothing is written.
    """
    if wishes.out is None:
        raise InputError("it needs a file to write", given="", hint="For instance: threatsim new mine.yaml")
    out = wishes.out if wishes.out.suffix in (".yaml", ".yml") else wishes.out.with_name(wishes.out.name + ".yaml")
    if out.exists() and not force:
        hint = "Name another, or overwrite it with --force."
        raise InputError("the file is there already", given=str(out), hint=hint, location=str(out))
    base = load_scenario(wishes.base or FLAGSHIP)
    text = scenario_text(wishes, base, _base_as_written(wishes.base or FLAGSHIP, out), out.name)
    schema = out.parent / SCHEMA_FILE
    draft = out.with_name(f".{out.name}.{os.getpid()}.yaml")
    try:
        draft.write_text(text, encoding="utf-8")
        try:
            load_scenario(draft, include=[base.path.parent])
            draft.replace(out)
        finally:
            draft.unlink(missing_ok=True)
        fresh = not schema.exists()
        if fresh:
            schema.write_text(schema_text(), encoding="utf-8")
    except OSError as error:
        raise ThreatsimError(f"it cannot be written: {error.strerror or error}", location=str(out)) from None
    return Written(out, schema if fresh else None)


def name_of(out: Path) -> str:
    """Return a name that a scenario may have, from that of its file."""
    name = re.sub(r"[^a-z0-9]+", "_", out.stem.lower()).strip("_")
    return name if name[:1].isalpha() else f"scenario_{name}".rstrip("_")


def scenario_text(wishes: Wishes, base: LoadedScenario, extends: str, file: str) -> str:
    """Return the new scenario as YAML with comments.

    Args:
        wishes: what the analyst wants.
        base: the scenario that it extends.
        extends: how the file names that one.
        file: name of the file that it is written to, from which the scenario has its own.
    """
    scenario = base.scenario
    name = name_of(Path(file))
    kept = _kept(wishes.modalities, scenario)
    dropped = [f"modalities.{modality}" for modality in scenario.modalities if modality not in kept]
    dropped += [f"providers.{group}" for group, spec in scenario.providers.items() if spec.modality not in kept]
    lines = [
        MODELINE,
        f"# {_one_line(wishes.title or 'A scenario of my own')}",
        "#",
        f"# Check it:   threatsim validate {quoted(file)}",
        f"# Run it:     threatsim run {quoted(file)}",
        f"# It says only what differs from {extends}. To change a number, write it here at its place, for instance",
        "#     law:",
        '#       damages: {value: 3, unit: times, source: "False Claims Act, 31 USC 3729", kind: measured}',
        "# `threatsim describe payers.audit.random` says what a place is; `threatsim evidence` lists all numbers.",
        "",
        "schema_version: 1",
        f"extends: {_text(extends)}",
        f"name: {name}",
        f"title: {_text(wishes.title or f'{scenario.title}, changed')}",
        f"question: {_text(wishes.question or scenario.question.strip())}",
        "realism: # how real it is, and what is left out, in your own words",
        f"  {_text('Not described yet. It extends ' + scenario.name + ', whose own limits hold here too.')}",
        "",
    ]
    if dropped:
        lines += ["# What the scenario does without.", "without:", *(f"  - {path}" for path in dropped), ""]
    lines += [
        f"weeks: {wishes.weeks or scenario.weeks}",
        f"replicates: {wishes.replicates or scenario.replicates} # repetitions of every arm; more narrow the intervals",
        f"seed: {scenario.seed} # the same seed gives the same run, to the last digit",
        "",
        *_conduct(wishes.rule),
        "# The policies compared; the first is the baseline and sets nothing. `set` names a value by its path: a payer",
        "# goes by its name, * means every one.",
        "arms:",
        "  - name: baseline",
        "    title: As it is",
    ]
    chosen, offered = _policies(wishes.arms), policies()
    for policy_name in chosen:
        policy = offered[policy_name]
        if policy.sets is None:
            lines.append(f"  - {policy_name} # an arm that every scenario may name without writing it out")
            continue
        lines += [f"  - name: {policy_name}", f"    title: {_text(policy.title)}", "    set:"]
        lines += [f"      {path}: {json.dumps(value)}" for path, value in policy.sets(scenario).items()]
    lines += ["", "# What a run should find; `threatsim test` checks it. Write your own."]
    lines += ["expect:", "  detection_rate: between 0 and 1"]
    if chosen:
        lines += [f"  # change of payer_loss in arm {chosen[0]}: below 0"]
    return "\n".join(lines) + "\n"


def _kept(modalities: Sequence[str] | None, scenario: Scenario) -> list[str]:
    if not modalities:
        return list(scenario.modalities)
    for modality in modalities:
        if modality not in scenario.modalities:
            has = ", ".join(scenario.modalities)
            text = f"{scenario.name} has no modality '{modality}'; it has {has}"
            raise InputError(text, given=modality, allowed=scenario.modalities)
    return list(modalities)


def _conduct(rule: str | None) -> list[str]:
    """Return the lines on the rule by which providers decide; none if it is the base's own."""
    if rule is None:
        return []
    if rule not in CONDUCT_RULES:
        text = f"there is no conduct rule '{rule}'; there are {', '.join(CONDUCT_RULES)}"
        raise InputError(text, given=rule, allowed=CONDUCT_RULES, hint=did_you_mean(rule, CONDUCT_RULES))
    row = CONDUCT_RULES[rule]
    return [
        "# How providers decide to bill above the truth.",
        "conduct:",
        f"  rule: {rule} # {_one_line(row.text)}",
        "",
    ]


def _policies(requested: Sequence[str] | None) -> list[str]:
    names = list(DEFAULT_POLICIES if requested is None else dict.fromkeys(requested))
    offered = policies()
    for name in names:
        if name not in offered:
            raise InputError(
                f"there is no policy '{name}'; there are {', '.join(offered)}",
                given=name,
                allowed=offered,
                hint=did_you_mean(name, offered) or _titled_alike(name, offered),
            )
    return names


def _titled_alike(name: str, offered: Mapping[str, Policy]) -> str:
    """Return which policies have a word in their title that begins as the name does, else where others are written."""
    start = name[:_ALIKE].lower()
    alike = [
        f"{one} ({policy.title})"
        for one, policy in offered.items()
        if len(start) == _ALIKE
        and (start in one or any(word.lower().startswith(start) for word in policy.title.split()))
    ]
    if alike:
        return f"Perhaps {' or '.join(alike)}."
    return "An arm of your own is written into the file by hand."


def _base_as_written(base: str, out: Path) -> str:
    """Return how the new file names the scenario that it extends."""
    path = Path(base)
    if base in scenario_names() or not path.is_file():
        return base
    try:
        return str(path.resolve().relative_to(out.resolve().parent))
    except ValueError:
        raise InputError(
            "a scenario extends files of its own folder, or of the library",
            given=base,
            hint=f"Write the new one beside it: {path.parent / out.name}",
            location=base,
        ) from None


def _text(text: str) -> str:
    """Return a text as YAML, in quotes that survive whatever it holds."""
    return json.dumps(_one_line(text), ensure_ascii=False)


def _one_line(text: str) -> str:
    return " ".join(character for character in text.split() if character.isprintable())
