"""A scenario as a case study of MITRE ATLAS: the chain of techniques, derived from what the scenario says.

Who attacks is in `atlas_uses`, what the scenario does at each technique in `atlas_steps`. What the scenario's `atlas`
section says goes before what is derived.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from threatsim.catalogue.atlas_ids import TACTICS, TECHNIQUES
from threatsim.catalogue.controls import CONTROLS
from threatsim.experiment.atlas.steps import in_arms, sentences, suppressing_payers
from threatsim.experiment.atlas.uses import TacticUse, arms_of, uses_of
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.schema import Scenario
from threatsim.scenario.sections.atlas_section import Atlas, AtlasReference
from threatsim.scenario.sections.payer import Payer
from threatsim.scenario.sections.picture_controls import controls_in


@dataclass(frozen=True)
class Step:
    """A step of the chain.

    Attributes:
        technique, tactic: ATLAS ids.
        does: what the scenario does there.
        origin: derived from the scenario, or worded by its author.
    """

    technique: str
    tactic: str
    does: str
    origin: Literal["derived", "author"]


@dataclass(frozen=True)
class Control:
    """A control of the scenario, and the id of the ATLAS mitigation that comes nearest to it."""

    mitigation: str
    does: str


@dataclass(frozen=True)
class Exercise:
    """A scenario as an ATLAS case study of the type exercise.

    Attributes:
        name: the scenario's.
        title, summary, actor, target, reporter, references: what a case study says beside its procedure; the summary
            begins by saying that nothing of it happened.
        steps: the procedure, by tactic in the order of the ATLAS matrix.
        controls: mitigations in force, in all arms or in some.
        outside: what the scenario has and ATLAS has no id for, in sentences.
    """

    name: str
    title: str
    summary: str
    actor: str
    target: str
    reporter: str | None
    references: tuple[AtlasReference, ...]
    steps: tuple[Step, ...]
    controls: tuple[Control, ...]
    outside: tuple[str, ...]


def exercise_of(loaded: LoadedScenario) -> Exercise:
    """Return the case study of a scenario, with all that any of its arms does."""
    scenario, arms = loaded.scenario, arms_of(loaded)
    section = scenario.atlas or Atlas()
    uses = uses_of(arms)
    return Exercise(
        name=scenario.name,
        title=scenario.title,
        summary=f"Hypothetical, simulated with threatsim. {section.summary or _question(scenario)}",
        actor=section.actor or _actor(scenario, uses),
        target=section.target or _target(scenario),
        reporter=section.reporter,
        references=section.references,
        steps=_chain(section, scenario, uses),
        controls=tuple(_controls(arms)),
        outside=tuple(_outside(scenario)),
    )


def _chain(section: Atlas, scenario: Scenario, uses: Sequence[TacticUse]) -> tuple[Step, ...]:
    """Return the derived steps, those of a technique that the author words in the author's words, by tactic."""
    derived = dict(sentences(scenario, uses))
    worded: dict[str, list[Step]] = {}
    for step in section.chain:
        tactic = step.tactic or TECHNIQUES[step.technique].tactics[0]
        worded.setdefault(step.technique, []).append(Step(step.technique, tactic, step.does, "author"))
    steps = []
    for technique, does in derived.items():
        own = worded.pop(technique, None)
        steps += own or [Step(technique, TECHNIQUES[technique].tactics[0], does, "derived")]
    steps += [step for own in worded.values() for step in own]
    order = list(TACTICS)
    return tuple(sorted(steps, key=lambda step: order.index(step.tactic)))


Mitigation = tuple[str, str, Callable[[Payer], bool]]
"""Id of the mitigation, what is done, and whether a payer does it."""


def _audits(payer: Payer) -> bool:
    audit = payer.audit
    return any(float(share) > 0 for share in (audit.random, audit.targeted, audit.network, audit.flagged or 0))


def _pictures_looked_at(*, by_detector: bool) -> Iterator[Mitigation]:
    """Yield controls on the picture from the first week on; those that do the same are one mitigation."""
    rows = [row for row in CONTROLS.values() if row.is_detector == by_detector]
    for mitigation, does in dict.fromkeys((row.mitigation, row.does) for row in rows):
        same = {row.name for row in rows if row.does == does}
        yield mitigation, does, partial(_has_one_of, same)


def _has_one_of(names: Collection[str], payer: Payer) -> bool:
    return any(control.name in names for control in controls_in(payer.integrity))


def _mitigations() -> tuple[Mitigation, ...]:
    return (
        ("AML.M0003", "The hardened classifier after findings", lambda payer: payer.adaptation.harden is not None),
        ("AML.M0015", "Images signed at capture", lambda payer: payer.integrity.hash_at_capture),
        (
            "AML.M0015",
            "Images signed at capture after findings",
            lambda payer: payer.adaptation.sign_images is not None,
        ),
        *_pictures_looked_at(by_detector=False),
        ("AML.M0015", "Pictures matched after findings", lambda payer: payer.adaptation.match_images is not None),
        *_pictures_looked_at(by_detector=True),
        ("AML.M0015", "A detector after findings", lambda payer: payer.adaptation.detect is not None),
        ("AML.M0024", "Audits of claims and images that were kept", _audits),
    )


def _controls(arms: Sequence[tuple[str, Scenario]]) -> Iterator[Control]:
    """Yield the mitigations in force, each with the payers that have it, and the arms if they have it in some only."""
    for mitigation, does, has in _mitigations():
        having: dict[str, list[str]] = {}
        for arm, scenario in arms:
            for payer in scenario.payers:
                if has(payer):
                    having.setdefault(payer.name, []).append(arm)
        same: dict[tuple[str, ...], list[str]] = {}
        for name, among in having.items():
            same.setdefault(tuple(among), []).append(name)
        where = [
            ", ".join(names) + ("" if len(among) == len(arms) else f" in {in_arms(among)}")
            for among, names in same.items()
        ]
        if where:
            yield Control(mitigation, f"{does}: {'; '.join(where)}.")


def _outside(scenario: Scenario) -> Iterator[str]:
    for name, tactic in scenario.tactics.items():
        if tactic.attack == "none":
            yield f"{name} leaves the image as it is: a false code is fraud, but no attack on a model."
    yield "People who read claims that are held up: no mitigation of ATLAS."


def _question(scenario: Scenario) -> str:
    return " ".join(f"{scenario.question} {scenario.realism}".split())


def _actor(scenario: Scenario, uses: Sequence[TacticUse]) -> str:
    payers = suppressing_payers(uses)
    found = [f"the payer {payer}, which suppresses findings" for payer in payers]
    if not payers or any(use.payer is None for use in uses):
        found.insert(0, f"providers who bill falsely ({', '.join(scenario.providers)})")
    text = " and ".join(found)
    return f"{text[:1].upper()}{text[1:]}"


def _target(scenario: Scenario) -> str:
    payers = " and ".join(payer.name for payer in scenario.payers)
    findings = ", ".join(modality.finding for modality in scenario.modalities.values())
    return f"Image classifiers in the claim review of {payers}, for {findings}"
