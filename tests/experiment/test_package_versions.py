"""Versions of plug-ins and of libraries of attacks in a record: those that a run uses, and no others."""

from __future__ import annotations

from importlib.metadata import EntryPoint, version

import pytest

from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.families.external import External
from threatsim.attacks.families.fgsm import FGSM
from threatsim.catalogue import plugins
from threatsim.catalogue.attacks import ATTACKS
from threatsim.catalogue.plugins import Offer
from threatsim.experiment.record.package_versions import libraries_of, versions_here, versions_used

BUDGET = PixelBudget(epsilon=0.02)


def test_a_library_of_attacks_is_told_where_one_of_its_attacks_is_used() -> None:
    ours, theirs = FGSM(budget=BUDGET), External(library="foolbox", name="LinfPGD", budget=BUDGET)
    assert versions_used({}) == libraries_of([ours]) == {}
    assert libraries_of([ours, theirs]) == {"foolbox": version("foolbox")} == versions_here(["foolbox", "numpy"])


def test_a_plug_in_is_told_where_the_scenario_names_what_it_adds(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("pressure", "orchard.rows:PRESSURE", ATTACKS.group)
    offer = Offer(entry, "orchard", "2.1")
    monkeypatch.setattr(plugins, "_offers", lambda group, path: (offer,) if group == ATTACKS.group else ())
    monkeypatch.setattr(plugins, "_source", lambda package, version, path: "beef")
    used = {"tactics": {"squeeze": {"attack": "pressure", "epsilon": 0.1}}}
    assert versions_used(used) == {"orchard": "2.1, source beef"} == versions_here(["orchard", "torch"])
    assert versions_used({"tactics": {"squeeze": {"attack": "pgd"}}}) == {}
    assert versions_used({"arms": [{"set": {"tactics.squeeze.attack": ["pressure"]}}]}) == versions_here(["orchard"])
