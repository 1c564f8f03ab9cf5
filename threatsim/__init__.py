"""Threat modelling and fraud simulation for medical imaging.

    import threatsim

    report = threatsim.run("insurance_upcoding", overrides={"weeks": 26}, progress=True)
    report.arms

`docs/how-to/python.md` goes through the public names. Each is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from threatsim.common.numerics import hold_still

if TYPE_CHECKING:
    from threatsim import attacks
    from threatsim.api.answers import QuestionAnswer
    from threatsim.api.auditing import audit_model
    from threatsim.api.deciding import optimise, sensitivity
    from threatsim.api.fitting import calibrate
    from threatsim.api.image_checking import check_images
    from threatsim.api.questions import break_even, sweep
    from threatsim.api.running import run
    from threatsim.api.scenario_document import ScenarioDocument as Scenario
    from threatsim.api.scenario_outcomes import ScenarioOutcomes, outcomes_of
    from threatsim.api.sharding import merge, prepare, run_shard
    from threatsim.api.simulating import Simulation, simulate
    from threatsim.attacks.budget import PixelBudget
    from threatsim.attacks.engine import Attacked
    from threatsim.attacks.on_model import attack_model
    from threatsim.attacks.search.target import LogitsError
    from threatsim.common.errors import InputError, PluginError, RecordError, ThreatsimError
    from threatsim.common.outcome_table import OutcomeTable
    from threatsim.common.version import __version__
    from threatsim.outcomes.archive_check import ArchiveCheck
    from threatsim.outcomes.audit.audit_report import AuditReport
    from threatsim.report.frames import Report, compare, load
    from threatsim.scenario.problems import ScenarioError

__all__ = [
    "ArchiveCheck",
    "Attacked",
    "AuditReport",
    "InputError",
    "LogitsError",
    "OutcomeTable",
    "PixelBudget",
    "PluginError",
    "QuestionAnswer",
    "RecordError",
    "Report",
    "Scenario",
    "ScenarioError",
    "ScenarioOutcomes",
    "Simulation",
    "ThreatsimError",
    "__version__",
    "attack_model",
    "attacks",
    "audit_model",
    "break_even",
    "calibrate",
    "check_images",
    "compare",
    "load",
    "merge",
    "optimise",
    "outcomes_of",
    "prepare",
    "run",
    "run_shard",
    "sensitivity",
    "simulate",
    "sweep",
]
hold_still()  # before torch is first used, here and in every child process

_PUBLIC = {
    "__version__": "threatsim.common.version",
    "run": "threatsim.api.running",
    "load": "threatsim.report.frames",
    "compare": "threatsim.report.frames",
    "Report": "threatsim.report.frames",
    "Scenario": "threatsim.api.scenario_document:ScenarioDocument",
    "outcomes_of": "threatsim.api.scenario_outcomes",
    "ScenarioOutcomes": "threatsim.api.scenario_outcomes",
    "OutcomeTable": "threatsim.common.outcome_table",
    "sensitivity": "threatsim.api.deciding",
    "optimise": "threatsim.api.deciding",
    "simulate": "threatsim.api.simulating",
    "Simulation": "threatsim.api.simulating",
    "attack_model": "threatsim.attacks.on_model",
    "Attacked": "threatsim.attacks.engine",
    "PixelBudget": "threatsim.attacks.budget",
    "audit_model": "threatsim.api.auditing",
    "QuestionAnswer": "threatsim.api.answers",
    "break_even": "threatsim.api.questions",
    "sweep": "threatsim.api.questions",
    "calibrate": "threatsim.api.fitting",
    "check_images": "threatsim.api.image_checking",
    "ArchiveCheck": "threatsim.outcomes.archive_check",
    "prepare": "threatsim.api.sharding",
    "run_shard": "threatsim.api.sharding",
    "merge": "threatsim.api.sharding",
    "AuditReport": "threatsim.outcomes.audit.audit_report",
    "ThreatsimError": "threatsim.common.errors",
    "InputError": "threatsim.common.errors",
    "ScenarioError": "threatsim.scenario.problems",
    "RecordError": "threatsim.common.errors",
    "PluginError": "threatsim.common.errors",
    "LogitsError": "threatsim.attacks.search.target",
    "attacks": "threatsim.attacks:",
}
"""Public name -> the module that has it, with its name there after a colon where that is another, or with nothing there
where it is the module itself. It is imported when it is first asked for: importing threatsim stays light."""


if not TYPE_CHECKING:  # who checks types knows the names, and sees that another one is not there

    def __getattr__(name: str) -> Any:
        """Return a public name of threatsim."""
        if name not in _PUBLIC:
            raise AttributeError(f"module 'threatsim' has no attribute '{name}'")
        module, colon, attribute = _PUBLIC[name].partition(":")
        found = import_module(module)
        return found if colon and not attribute else getattr(found, attribute or name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(_PUBLIC)
