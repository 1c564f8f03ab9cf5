"""What a public function cannot use is refused as on the command line: typed, with what was given, in silence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import threatsim as ts
from tests.api.conftest import small_data
from threatsim.attacks import PGD, PixelBudget

Case = tuple[Callable[[], object], str, str | None]
AUDITS = "payers.*.audit.random=0.01:0.2"
NAME: Any = "dermatology_excisions"
NETWORK: Any = nn.Sequential(nn.Flatten(), nn.Linear(3 * 64, 2))
IMAGES, LABELS = torch.linspace(0, 1, 4 * 3 * 64).reshape(4, 3, 8, 8), torch.tensor([0, 1, 0, 1])
SPEC: Any = PGD(budget=PixelBudget.grey_levels(8))


def attack(**options: Any) -> Callable[[], object]:
    given = {"labels": LABELS, **options}
    return lambda: ts.attack_model(NETWORK, IMAGES, spec=SPEC, **given)


def on(function: Callable[..., object], *given: Any, **options: Any) -> Callable[[], object]:
    return lambda: function(*given, **options)


CASES: dict[str, Case] = {
    "no scenario": (on(ts.run, None), "wanted is a Scenario, a file, a name or a mapping", "scenario"),
    "a number": (on(ts.outcomes_of, 3), "not a int", "scenario"),
    "a name that is not there": (on(ts.sweep, "wizer", AUDITS), "Did you mean 'wiser'", "wizer"),
    "a plug-in that is not there": (on(ts.run, "no_plugin/dental"), "no_plugin", "no_plugin/dental"),
    "a misspelt key": (on(ts.prepare, small_data() | {"weekz": 1}, "plan"), "Did you mean 'weeks'", None),
    "overrides as a list": (on(ts.run, NAME, overrides=["weeks=4"]), "wanted is a mapping", "overrides"),
    "overrides of a question": (on(ts.sweep, NAME, AUDITS, overrides=3), "wanted is a mapping", "overrides"),
    "a key that is no text": (on(ts.Scenario.load(NAME).with_values, {3: 4}), "the key 3 is not text", "values"),
    "workers as text": (on(ts.run, NAME, workers="two"), "workers is 'two'", "two"),
    "a number to vary": (on(ts.sweep, NAME, 3), "wanted is text, or several", "vary"),
    "numbers as arms": (on(ts.sensitivity, NAME, arms=[1]), "wanted is text, or several", "arms"),
    "a metric": (on(ts.sweep, NAME, AUDITS, metrics=["payer_los"]), "Did you mean 'payer_loss'", "payer_los"),
    "a design": (on(ts.sweep, NAME, AUDITS, design="sobbol"), "sobol", "sobbol"),
    "a figure to reach": (on(ts.break_even, NAME, AUDITS, "paidd = 0"), "paidd", "paidd"),
    "who chooses": (on(ts.optimise, NAME, [AUDITS], chooser="payers"), "Did you mean 'payer'", "payers"),
    "a file of moments": (on(ts.calibrate, NAME, moments="no.yaml"), "there is no .* no.yaml", "no.yaml"),
    "no outcomes": (on(ts.simulate, small_data(), None), "not a NoneType", "outcomes"),
    "no report": (on(ts.load, "nothing"), "nothing", None),
    "no plan": (on(ts.run_shard, "plan", "shards"), "plan", None),
    "no archive": (on(ts.check_images, "nowhere"), "nowhere", "nowhere"),
    "a device": (attack(device="gpu"), "there is no device 'gpu'", "gpu"),
    "a device to audit on": (on(ts.audit_model, NETWORK, IMAGES, LABELS, device="gpu"), "no device 'gpu'", "gpu"),
    "a precision": (attack(precision="bfloat"), "Did you mean 'bfloat16'", "bfloat"),
    "a batch": (attack(batch=0), "allowed is at least 1", "0"),
    "a threshold": (attack(threshold=2), "allowed is from 0 to 1", "2"),
    "too few classes to reach": (attack(towards=LABELS[:2]), r"have shape \(2,\); wanted is one class", "(2,)"),
    "classes as a list": (attack(towards=[1, 0, 1, 0]), "wanted is a torch Tensor, not a list", "towards"),
    "labels that are no whole numbers": (attack(labels=LABELS.float()), "wanted are whole numbers", "labels"),
    "a surrogate by name": (attack(surrogate="resnet"), "wanted is a torch Module, not a str", "surrogate"),
}


@pytest.mark.parametrize(("call", "said", "given"), list(CASES.values()), ids=list(CASES))
def test_it_is_refused_typed_and_in_silence(
    call: Callable[[], object],
    said: str,
    given: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ts.ThreatsimError, match=said) as found:
        call()
    if given is not None:
        assert isinstance(found.value, ts.InputError)
        assert found.value.given == given
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("ask", "words"),
    [("run", []), ("sweep", [AUDITS]), ("break_even", [AUDITS, "payer_loss = 0"])],
)
def test_a_folder_that_is_a_file_is_refused_before_anything_runs(ask: str, words: list[str], tmp_path: Path) -> None:
    (file := tmp_path / "file").write_text("mine")
    with pytest.raises(ts.InputError, match="is a file") as found:
        getattr(ts, ask)(NAME, *words, out=file)
    assert str(file) in found.value.given
    assert file.read_text() == "mine"
