"""What a record says was asked for in place of the scenario's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from threatsim.experiment.record.record import Override, RunRecord
from threatsim.experiment.run_request import RunRequest, loaded_for
from threatsim.experiment.written import Provenance, overridden_in, written_in

ASKED = RunRequest("insurance_upcoding", None, None, None, 1, "cpu", Path("reports"))


def told(request: RunRequest, *without: str) -> list[str]:
    return [one.text for one in overridden_in(loaded_for(request), request, without=without)]


def test_a_plain_run_was_asked_for_nothing_else() -> None:
    assert told(ASKED) == []


def test_all_that_is_asked_for_is_told_once_in_its_order(tmp_path: Path) -> None:
    images = tmp_path / "hers" / "skin"
    images.mkdir(parents=True)
    settings = {"payers.*.audit.random": 0.1, "weeks": 26, "cases.source": "auto"}
    request = replace(ASKED, overrides=settings, replicates=4, seed=3, doubt=2, images=images, finding="Pneumonia")
    # A name that reaches two payers is one line; what the file says too is none; the folder's place is nobody's matter.
    assert told(request) == [
        "--set payers.*.audit.random=0.1",
        "--set weeks=26",
        "--replicates 4",
        "--seed 3",
        "--doubt 2",
        "--images skin",
        "--finding Pneumonia",
    ]
    assert told(request, "replicates", "doubt", "payers") == [
        "--set weeks=26",
        "--seed 3",
        "--images skin",
        "--finding Pneumonia",
    ]


def test_a_value_that_is_as_it_was_is_not_told() -> None:
    scenario = loaded_for(ASKED).scenario
    asked = replace(ASKED, overrides={"weeks": scenario.weeks}, seed=scenario.seed, replicates=scenario.replicates)
    assert told(asked) == []


def test_a_relative_value_is_told_as_it_was_typed() -> None:
    assert told(replace(ASKED, overrides={"payers.*.audit.random": {"times": 1.0}})) == [
        '--set payers.*.audit.random={"times": 1.0}'
    ]


def test_a_run_from_its_record_says_what_the_record_says(record: RunRecord) -> None:
    asked = (Override(option="--seed", value="3"),)
    assert Provenance.of(record.model_copy(update={"overridden": asked})).overridden == asked
    assert written_in(loaded_for(ASKED), ASKED).origins
