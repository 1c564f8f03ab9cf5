"""Firms that review for a share of what they save, appeals and exemptions: what is refused, and in which place."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from threatsim.scenario.problems import ScenarioError
from threatsim.scenario.reading.loaded import LoadedScenario

Load = Callable[[str], LoadedScenario]
APPEALS = "appeals: {filed: 0.1, overturned_supported: 0.8, overturned_unsupported: 0.2, cost: 40}"
PLAIN = "{capacity: 100, overflow: pay, sensitivity: 0.9, specificity: 0.8, patch_seen: 0.9, cost: 20}"


@pytest.fixture
def text_with(small_text: str) -> Callable[..., str]:
    """The small scenario with some lines more about the readers of its first payer, whose machine does not deny."""

    def make(*lines: str, **changes: str) -> str:
        text = small_text.replace("readers: *readers", f"readers: {PLAIN}")
        for key, value in changes.items():
            before, _, after = text.partition(f"      {key}: ")
            text = f"{before}      {key}: {value}\n{after.partition(chr(10))[2]}"
        added = "".join(f"      {line}\n" for line in lines)
        return text.replace("readers: &readers\n", f"readers: &readers\n{added}")

    return make


FIRM = "contractor: {share: 0.15}"


@pytest.mark.parametrize(
    ("lines", "column", "words"),
    [
        (("contractor: {share: 1.5}", APPEALS), 27, ("readers.contractor.share", "1.5", "from 0 to 1")),
        (("contractor: {share: 0, clawback: 0}",), 27, ("leave the contractor out",)),
        ((FIRM,), 7, ("give the readers 'appeals', or write a clawback of 0",)),
        (("contractor: {share: 0.15, clawbak: 1}", APPEALS), 33, ("clawbak", "Did you mean 'clawback'?")),
        (("contractor: {clawback: 1}", APPEALS), 7, ("lacks 'share'",)),
        ((APPEALS.replace("0.1,", "1.2,"),), 24, ("readers.appeals.filed", "1.2", "from 0 to 1")),
    ],
)
def test_a_mistake_is_told_in_its_place(
    lines: tuple[str, ...], column: int, words: tuple[str, ...], text_with: Callable[..., str], load_text: Load
) -> None:
    text = text_with(*lines)
    with pytest.raises(ScenarioError) as raised:
        load_text(text)
    row = text.splitlines().index("    readers: &readers") + 2
    assert len(raised.value.problems) == 1
    assert f"s.yaml:{row}:{column}: " in str(raised.value)
    for word in words:
        assert word in str(raised.value)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"capacity": "0"}, "capacity: at 0 nothing is read"),
        ({"sensitivity": "1", "specificity": "0"}, "specificity: at a sensitivity of 1 and a specificity of 0"),
    ],
)
def test_a_firm_that_averts_nothing_is_refused(
    changes: dict[str, str], why: str, text_with: Callable[..., str], load_text: Load
) -> None:
    load_text(text_with(FIRM, APPEALS))
    with pytest.raises(ScenarioError, match=rf"payers\.public\.readers\.{why}.*averts no spending and is never paid"):
        load_text(text_with(FIRM, APPEALS, **changes))


def test_a_firm_behind_a_machine_that_denies_alone_needs_something_to_read(small_text: str, load_text: Load) -> None:
    """The second payer's machine denies; a second look at approvals, or a control that holds claims, is a reading."""

    def private(more: str = "", held: str = "") -> str:
        readers = f"{PLAIN[:-1]}, contractor: {{share: 0.15, clawback: 0}}{more}}}"
        return small_text.replace("readers: *readers", f"readers: {readers}").replace(
            "integrity: {hash_at_capture: false, false_alarm: 0.01}\n    readers: {",
            f"integrity: {{hash_at_capture: {held or 'false'}, false_alarm: 0.01}}\n    readers: {{",
        )

    with pytest.raises(
        ScenarioError, match=r"payers\.private\.triage\.below: the machine denies alone and no approval is read"
    ):
        load_text(private())
    load_text(private(", second_look: 0.1"))
    load_text(private(held="true"))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("{affirmed: 0, least_claims: 10, period: 26, spot_check: 0.1}", "at 0 everybody is exempt"),
        ("{affirmed: 0.9, least_claims: 10, period: 26, spot_check: 1}", "exempt from nothing"),
        ("{affirmed: 0.9, least_claims: 0, period: 26, spot_check: 0}", "least_claims is 0"),
    ],
)
def test_an_exemption_of_everybody_or_of_nobody_is_refused(
    rule: str, words: str, small_text: str, load_text: Load
) -> None:
    with pytest.raises(ScenarioError, match=words):
        load_text(small_text.replace("below: pend}", f"below: pend, exemption: {rule}}}", 1))


def test_the_command_says_one_thing_and_writes_nothing(text_with: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(text_with(FIRM), encoding="utf-8")
    command = [sys.executable, "-m", "threatsim", "run", str(path), "--out", str(tmp_path / "out")]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert answer.stderr.count("readers.contractor") == 1
    assert "Traceback" not in answer.stderr
    assert not (tmp_path / "out").exists()


def test_an_arm_that_leaves_a_firm_nothing_to_avert_is_told_of_in_the_arm(
    text_with: Callable[..., str], load_text: Load
) -> None:
    text = text_with(FIRM, APPEALS).replace("capacity: 200", "capacity: 0")
    with pytest.raises(
        ScenarioError, match=r"s\.yaml:\d+:39: arm 'more_audits': payers\.public\.readers\.capacity: at 0"
    ):
        load_text(text)
