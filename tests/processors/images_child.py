"""The shipped cases, and the fixed small attacks. Run by `test_images.py` in a child, with an empty cache."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from tests.processors.switches import print_report
from threatsim.catalogue.modalities import CLAIM_CODES
from threatsim.classifiers.production import synthetic_cases
from threatsim.classifiers.store import shipped, shipped_names
from threatsim.experiment.doctor.processor import mkl_mode
from threatsim.outcomes.attack_probe import depending_on_company, probed_attacks
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.scenario_library import scenario_names


def main() -> None:
    """Compute and print."""
    values = dict([*_cases(), *((f"attacks.{name}", found) for name, found in probed_attacks().items())])
    values |= {"company": ", ".join(depending_on_company())}
    print_report(values, torch=torch.backends.cpu.get_cpu_capability(), mkl=mkl_mode())


def _cases() -> Iterator[tuple[str, str]]:
    """The content addresses of as many test pictures as the library attacks, once for a classifier and its twin."""
    library = [load_scenario(name).scenario for name in scenario_names()]
    most = max(one.cases.per_modality for one in library if not one.modalities.keys() <= {CLAIM_CODES})
    cards = {card.modality: card for card in (shipped(name).card for name in shipped_names())}
    for modality, card in cards.items():
        cases = synthetic_cases(card, "test", most)
        rows = zip(cases.case_ids, cases.labels, cases.patient_ids, cases.fingerprints, strict=True)
        for name, label, patient, fingerprint in rows:
            yield f"cases.{modality}.{name}", f"{label} {patient} {fingerprint}"


if __name__ == "__main__":
    main()
