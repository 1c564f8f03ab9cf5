"""Every mistake in a question gets one message that says what is allowed, before anything is attacked or written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command

AUDIT = "payers.*.audit.random"
VARY = ["--vary", f"{AUDIT}=0.1:0.2"]
UNTIL = ["break-even", *VARY, "--replicates", "6", "--until"]
CHOOSE = ["optimise", "--choose", f"{AUDIT}=0.1:0.2", "--minimise", "payer_loss"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sweep", "--vary", f"{AUDIT}=0.1,many"], "audit.random needs a number, but this is the text 'many'"),
        (["sweep", *VARY, "--metric", "payer_loss", "--metric", "payer_loss"], "--metric payer_loss is given twice"),
        (["sweep", *VARY, "--executor", "tcp://127.0.0.1"], "allowed is local, dask, tcp://HOST:PORT"),
        ([*UNTIL, "fraud_payoff = "], "it needs a figure, '=' and a number"),
        ([*CHOOSE, "--minimise", "payer_loss@nobody"], "there is no payer or tactic 'nobody'"),
        (["optimise", "--choose", f"{AUDIT}=0,many,1", "--maximise", "net_benefit"], "this is the text 'many'"),
        (["prepare", "--out", "plan", *VARY, "--doubt", "3"], "a sweep has no draws of the uncertain numbers"),
    ],
)
def test_bad_input_of_a_question(threatsim: Command, tmp_path: Path, words: list[str], message: str) -> None:
    command, *options = words
    done = threatsim(command, "wiser", *options)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert "Attacks" not in done.stderr
    assert not any(tmp_path.iterdir())
