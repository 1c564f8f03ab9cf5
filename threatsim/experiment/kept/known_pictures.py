"""All that a run needs of its pictures, kept once it is known: a run that finds it opens no classifier, draws no case.

It is what the outcome bank, the classifiers and the cases come to: scores as the market sees them, where they come
from, and the figures of the classifiers. Real archives are not kept here: a run reads them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from threatsim.catalogue.attacks import ATTACKS
from threatsim.catalogue.controls import CONTROLS
from threatsim.catalogue.modalities import MODALITIES
from threatsim.common.outcome_table import ControlStatistics, OutcomeTable
from threatsim.experiment.controls_used import controls_used
from threatsim.experiment.kept import environment, kept_file
from threatsim.experiment.preparation import hardens, points_of
from threatsim.experiment.record.assembly import ModalityInputs
from threatsim.experiment.record.fingerprint import fingerprint
from threatsim.experiment.record.record import ClassifierFigures
from threatsim.experiment.tactics import given_of
from threatsim.scenario.schema import Scenario

_KIND = "pictures"


@dataclass(frozen=True)
class KnownPictures:
    """What a run needs of its pictures.

    Attributes:
        tables: modality -> scores.
        inputs: modality -> where they come from.
        libraries: other libraries that compute attacks: name -> version.
        figures: of the classifiers, a modality each, without curves.
        aimed: the tactics whose attack is computed against the threshold.
    """

    tables: Mapping[str, OutcomeTable]
    inputs: Mapping[str, ModalityInputs]
    libraries: Mapping[str, str]
    figures: Sequence[ClassifierFigures]
    aimed: Sequence[str]


def pictures_key(scenario: Scenario, arms: Sequence[Scenario], device: str) -> str:
    """Return a hash of all that the pictures of a scenario depend on: what it says of them, and where it is run.

    Args:
        scenario: as it is written.
        arms: the scenario as each arm sets it, the baseline first.
        device: where attacks run.
    """
    every = [scenario, *arms]
    tactics = [tactic for one in every for tactic in one.tactics.values()]
    return fingerprint(
        {
            "scenario": said_of_pictures(scenario),
            # Most arms say the same of pictures, and how many do is nothing to these.
            "arms": list(dict.fromkeys(json.dumps(said_of_pictures(arm)) for arm in arms)),
            "device": device,
            "rows": [
                environment.rows(ATTACKS.find(name) for name in dict.fromkeys(tactic.attack for tactic in tactics)),
                environment.rows(CONTROLS.find(use.name) for use in controls_used(every)),
                environment.rows(MODALITIES.find(name) for name in scenario.modalities),
            ],
            "weights": environment.weights(surrogates=any(tactic.surrogate for tactic in tactics)),
            "code": environment.code(),
        }
    )


def said_of_pictures(scenario: Scenario) -> dict[str, Any]:
    """Return all that a scenario says of pictures: cases, attacks, operating points and controls; nothing of money."""
    return {
        "cases": scenario.cases.model_dump(mode="json"),
        "modalities": [[name, one.finding, one.claim_for, one.classifier] for name, one in scenario.modalities.items()],
        "tactics": [[name, tactic.attack, given_of(tactic)] for name, tactic in scenario.tactics.items()],
        "points": [point.model_dump(mode="json") for point in points_of([scenario])],
        "controls": [[use.name, use.false_alarm] for use in controls_used([scenario])],
        "hardened": hardens([scenario]),
    }


def same_attacks(arms: Sequence[Scenario]) -> bool:
    """Return whether the arms say the same of what tactics do, to the letter."""
    return len({json.dumps(said_of_pictures(arm)["tactics"]) for arm in arms}) == 1


def save(key: str, known: KnownPictures) -> None:
    """Keep what is known of pictures.

    Args:
        key: of `pictures_key`.
        known: it.
    """
    kept_file.save(_KIND, key, *_as_kept(known))


def packed(known: KnownPictures) -> bytes:
    """Return what is known of pictures as the content of a file."""
    return kept_file.packed(_KIND, "", *_as_kept(known))


def unpacked(content: bytes) -> KnownPictures | None:
    """Return what was `packed`; None if it is damaged."""
    return _known(kept_file.unpacked(_KIND, "", content))


def _as_kept(known: KnownPictures) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    arrays: dict[str, NDArray[Any]] = {}
    text = {
        "tables": {name: _laid_down(table, f"{name}/", arrays) for name, table in known.tables.items()},
        "inputs": {
            name: vars(inputs) | {"surrogates": dict(inputs.surrogates)} for name, inputs in known.inputs.items()
        },
        "libraries": dict(known.libraries),
        "figures": [figures.model_dump(mode="json") for figures in known.figures],
        "aimed": list(known.aimed),
    }
    return text, arrays


def load(key: str) -> KnownPictures | None:
    """Return what is known under a key; None if nothing is."""
    return _known(kept_file.load(_KIND, key))


def _known(found: tuple[Any, dict[str, NDArray[Any]]] | None) -> KnownPictures | None:
    if found is None:
        return None
    text, arrays = found
    return KnownPictures(
        tables={name: _taken_up(one, f"{name}/", arrays) for name, one in text["tables"].items()},
        inputs={name: ModalityInputs(**inputs) for name, inputs in text["inputs"].items()},
        libraries=text["libraries"],
        figures=[ClassifierFigures.model_validate(figures) for figures in text["figures"]],
        aimed=text["aimed"],
    )


_COLUMNS = ("labels", "patients", "clean", "calibration_scores", "calibration_labels")


def _laid_down(table: OutcomeTable, place: str, arrays: dict[str, NDArray[Any]]) -> dict[str, Any]:
    """Put the arrays of a table among the others, and return its names in their order."""
    arrays |= {f"{place}{name}": getattr(table, name) for name in _COLUMNS}
    arrays |= {f"{place}attacked/{name}": scores for name, scores in table.attacked.items()}
    arrays |= {f"{place}queries/{name}": counts for name, counts in table.queries.items()}
    for name, found in table.control_statistics.items():
        start = f"{place}control/{name}/"
        arrays |= {f"{start}clean": found.clean, f"{start}calibration": found.calibration}
        arrays |= {f"{start}attacked/{tactic}": values for tactic, values in found.attacked.items()}
    return {
        "modality": table.modality,
        "attacked": list(table.attacked),
        "queries": list(table.queries),
        "controls": {name: list(found.attacked) for name, found in table.control_statistics.items()},
        "hardened": _laid_down(table.hardened, f"{place}hardened/", arrays) if table.hardened else None,
    }


def _taken_up(text: Mapping[str, Any], place: str, arrays: Mapping[str, NDArray[Any]]) -> OutcomeTable:
    return OutcomeTable(
        modality=text["modality"],
        **{name: arrays[f"{place}{name}"] for name in _COLUMNS},
        attacked={name: arrays[f"{place}attacked/{name}"] for name in text["attacked"]},
        queries={name: arrays[f"{place}queries/{name}"] for name in text["queries"]},
        control_statistics={
            name: ControlStatistics(
                clean=arrays[f"{place}control/{name}/clean"],
                attacked={tactic: arrays[f"{place}control/{name}/attacked/{tactic}"] for tactic in tactics},
                calibration=arrays[f"{place}control/{name}/calibration"],
            )
            for name, tactics in text["controls"].items()
        },
        hardened=_taken_up(text["hardened"], f"{place}hardened/", arrays) if text["hardened"] else None,
    )
