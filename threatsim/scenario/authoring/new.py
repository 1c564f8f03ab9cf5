"""`threatsim new`: a short scenario of one's own, with comments, that extends another and runs as it is."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.suggest import did_you_mean
from threatsim.scenario.authoring.schema_json import MODELINE, SCHEMA_FILE, schema_text
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.scenario_library import scenario_names
from threatsim.scenario.schema import Scenario
from threatsim.scenario.sections.quantity import Quantity

FLAGSHIP = "insurance_upcoding"


@dataclass(frozen=True)
class Wishes:
    """What somebody wants in a new scenario; None where it was not given.

    Attributes:
        out: file to write.
        base: the scenario to start from.
        title, question: of the new one.
        modalities: kinds of image to keep; None for all.
        arms: names of `POLICIES` to compare with the baseline.
        weeks, replicates: in place of the base's own.
    """

    out: Path | None = None
    base: str | None = None
    title: str | None = None
    question: str | None = None
    modalities: Sequence[str] | None = None
    arms: Sequence[str] | None = None
    weeks: int | None = None
    replicates: int | None = None


@dataclass(frozen=True)
class Policy:
    """A policy that `new` offers as an arm: its title, and what it sets in a given scenario."""

    title: str
    sets: Callable[[Scenario], Mapping[str, Any]]


def _short(value: float) -> float | int:
    """Return a number as somebody would write it."""
    rounded = float(f"{value:.6g}")
    return int(rounded) if rounded.is_integer() else rounded


def _doubled(part: str, name: str) -> Callable[[Scenario], Mapping[str, Any]]:
    def sets(scenario: Scenario) -> Mapping[str, Any]:
        now = {payer.name: getattr(getattr(payer, part), name) for payer in scenario.payers}
        return {f"payers.{payer}.{part}.{name}": _twice(number) for payer, number in now.items()}

    return sets


def _twice(number: Quantity) -> Any:
    """Return a number doubled, and its range too, so that it is twice as much in every draw."""
    value, scaled = _short(2 * number.value), number.distribution.scaled(2) if number.distribution else None
    return {"value": value, type(scaled).__name__.lower(): scaled.model_dump()} if scaled else value


POLICIES: Mapping[str, Policy] = {
    "audits_doubled": Policy("Twice the random audits", _doubled("audit", "random")),
    "readers_doubled": Policy("Twice the readers", _doubled("readers", "capacity")),
    "hash_at_capture": Policy(
        "Images signed at capture", lambda scenario: {"payers.*.integrity.hash_at_capture": True}
    ),
    "strict_threshold": Policy(
        "Threshold at 95 % specificity",
        lambda scenario: {"payers.*.triage.operating_point": {"specificity": 0.95}},
    ),
    "no_penalties": Policy(
        "Money back, but no penalties",
        lambda scenario: {"law.damages": 1, "law.settlement": None, "law.per_claim_penalty": 0},
    ),
}
DEFAULT_POLICIES = ("audits_doubled", "hash_at_capture")


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
        return [*told, f"Check it: threatsim validate {self.scenario}", f"Run it:   threatsim run {self.scenario}"]


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
    text = scenario_text(wishes, base, _base_as_written(wishes.base or FLAGSHIP, out), name_of(out))
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


def scenario_text(wishes: Wishes, base: LoadedScenario, extends: str, name: str) -> str:
    """Return the new scenario as YAML with comments.

    Args:
        wishes: what the analyst wants.
        base: the scenario that it extends.
        extends: how the file names that one.
        name: of the new scenario.
    """
    scenario = base.scenario
    kept = _kept(wishes.modalities, scenario)
    dropped = [f"modalities.{modality}" for modality in scenario.modalities if modality not in kept]
    dropped += [f"providers.{group}" for group, spec in scenario.providers.items() if spec.modality not in kept]
    lines = [
        MODELINE,
        f"# {_one_line(wishes.title or 'A scenario of my own')}",
        "#",
        f"# Check it:   threatsim validate {name}.yaml",
        f"# Run it:     threatsim run {name}.yaml",
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
        "# The policies compared; the first is the baseline and sets nothing. `set` names a value by its path: a payer",
        "# goes by its name, * means every one.",
        "arms:",
        "  - name: baseline",
        "    title: As it is",
    ]
    policies = _policies(wishes.arms)
    for policy_name in policies:
        policy = POLICIES[policy_name]
        lines += [f"  - name: {policy_name}", f"    title: {_text(policy.title)}", "    set:"]
        lines += [f"      {path}: {json.dumps(value)}" for path, value in policy.sets(scenario).items()]
    lines += ["", "# What a run should find; `threatsim test` checks it. Write your own."]
    lines += ["expect:", "  detection_rate: between 0 and 1"]
    if policies:
        lines += [f"  # change of payer_loss in arm {policies[0]}: below 0"]
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


def _policies(requested: Sequence[str] | None) -> list[str]:
    names = list(DEFAULT_POLICIES if requested is None else dict.fromkeys(requested))
    for name in names:
        if name not in POLICIES:
            raise InputError(
                f"there is no policy '{name}'; there are {', '.join(POLICIES)}",
                given=name,
                allowed=POLICIES,
                hint=did_you_mean(name, POLICIES) or "An arm of your own is written into the file by hand.",
            )
    return names


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
