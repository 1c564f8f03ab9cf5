"""`threatsim sensitivity` and `optimise` through the real command: a whole search, and bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command

AUDIT = "payers.*.audit.random"


def test_a_search_from_command_to_page(threatsim: Command, small_scenario: str, tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(small_scenario)
    words = ["optimise", "small.yaml", "--choose", f"{AUDIT}=0.001:0.3:log", "--minimise", "payer_loss+control_cost"]
    words += ["--subject-to", "honest_denied <= 0.9", "--trials", "8", "--replicates", "2", "--fresh", "3", "--json"]
    done = threatsim(*words)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found["record"]["findings"]["trials"]) <= 8
    folder = tmp_path / found["folder"]
    assert (folder / "page.html").is_file()
    first = (folder / "record.json").read_bytes()
    again = threatsim(*words, "--workers", "1")
    assert again.returncode == 0, again.stderr
    assert (folder / "record.json").read_bytes() == first
    whole = threatsim("verify", str(folder), "--json")
    assert whole.returncode == 0, whole.stdout
    assert {check["state"] for check in json.loads(whole.stdout)} == {"ok"}
    page = folder / "page.html"
    page.write_bytes(page.read_bytes().replace(b"<", b"<!---->", 1))
    edited = threatsim("verify", str(folder), "--json")
    assert edited.returncode == 1
    assert [one["artefact"] for one in json.loads(edited.stdout) if one["state"] == "differs"] == ["page.html"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["optimise", "--choose", f"{AUDIT}=0.9:0.1", "--maximise", "net_benefit"], "the first must be below"),
        (["optimise", "--choose", f"{AUDIT}=0:0.1"], "nothing is wanted"),
        (["optimise", "--choose", "payers.*.audit.rondom=0:1", "--maximise", "net_benefit"], "Did you mean 'random'"),
        (["optimise", "--choose", f"{AUDIT}=0:0.1", "--maximise", "net_benefit", "--both"], "a lever of either side"),
        (["sensitivity", "--evaluations", "20"], "need at least"),
        (["sensitivity", "--arm", "nobody"], "no arm 'nobody'"),
        (["sensitivity", "--spread", "1.5"], "allowed is 0 to below 1"),
        (["sensitivity", "--executor", "spark"], "allowed is local, dask, tcp://HOST:PORT"),
    ],
)
def test_bad_input_is_one_message_and_writes_nothing(
    threatsim: Command, tmp_path: Path, words: list[str], message: str
) -> None:
    command, *options = words
    done = threatsim(command, "insurance_upcoding", *options)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not any(tmp_path.iterdir())
