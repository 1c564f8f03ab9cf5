"""The terminal summary: what it says, and that no number is cut or wrapped at any width."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from threatsim.catalogue.metrics import ARM_METRICS, TACTIC_METRICS, shown_in
from threatsim.experiment.record.record import ArmOutcome, RunRecord
from threatsim.experiment.record.record_reading import read_record
from threatsim.report.terminal.interval_line import interval_line
from threatsim.report.terminal.summary import print_summary
from threatsim.report.words import numbers
from threatsim.report.words.answer import answer
from threatsim.report.words.answer_parts.brief import brief_answer
from threatsim.report.words.arm_words import having
from threatsim.report.words.limits import limits
from threatsim.statistics.estimate import Difference, Estimate

PATH = "reports/insurance_upcoding/3fa94c01d7be/report.html"


def summary(record: RunRecord, width: int = 80, *, terminal: bool = False, in_full: bool = True) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=terminal)
    print_summary(record, console, report_path=PATH, in_full=in_full)
    return file.getvalue()


def with_arms(record: RunRecord, *arms: ArmOutcome) -> RunRecord:
    return record.model_copy(update={"arms": arms})


def with_differences(record: RunRecord, name: str, *ends: tuple[float, float]) -> RunRecord:
    arms = [record.arms[0]]
    for arm, (low, high) in zip(record.arms[1:], ends, strict=True):
        change = Difference(value=(low + high) / 2, low=low, high=high, n=20)
        arms.append(arm.model_copy(update={"differences": {**arm.differences, name: change}}))
    return with_arms(record, *arms)


def without(record: RunRecord, *names: str) -> RunRecord:
    """The record as an earlier threatsim would have written it, which lacked some figures."""

    def left(part: Any) -> dict[str, Any]:
        return {
            group: {name: one for name, one in getattr(part, group).items() if name not in names}
            for group in ("outcomes", "differences")
        }

    arms = [
        arm.model_copy(update={**left(arm), "tactics": tuple(one.model_copy(update=left(one)) for one in arm.tactics)})
        for arm in record.arms
    ]
    return with_arms(record, *arms)


LIBRARY = sorted(Path("reports/reference").glob("*/record.json"))


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.parent.name)
def test_every_scenario_of_the_library_fits_a_screen_with_its_answer_first(path: Path) -> None:
    record = read_record(path.parent)
    lines = summary(record, in_full=False).splitlines()
    assert len(lines) <= 45
    assert max(map(cell_len, lines)) <= 80
    headings = [line.split(" ─")[0] for line in lines if line.endswith("──")]
    assert headings[0] == "Answer"
    table = lines[lines.index("", lines.index("")) :]
    benefits = [arm.differences["net_benefit"] for arm in record.arms[1:]]
    for benefit in benefits:
        assert any(numbers.change(benefit.value, "USD") in line for line in table)
    assert f"threatsim show {record.run_id} --details" in lines[-2]


def test_the_short_answer_names_each_policy_once(record: RunRecord) -> None:
    told = " ".join(brief_answer(with_differences(record, "net_benefit", (1e5, 3e5), (7e5, 9e5), (-5e6, -4.9e6))))
    assert "Worth most after its price: “Hash at capture”, USD 800k (700k to 900k) a year" in told
    assert "“Audits doubled” gains as well" in told
    assert "“Hardened operating point” costs more than it saves" in told
    unseen = " ".join(brief_answer(with_differences(record, "net_benefit", (-1e5, 3e5), (-7e5, 9e5), (-5e6, -4.9e6))))
    assert "no net benefit was found of “Audits doubled” and “Hash at capture”" in unseen
    assert "Worth most" not in unseen


@pytest.mark.parametrize("width", [80, 100, 110, 120, 200])
def test_no_line_is_wider_than_the_console(record: RunRecord, width: int) -> None:
    assert max(cell_len(line) for line in summary(record, width).splitlines()) <= width


@pytest.mark.parametrize("width", [40, 80, 109, 110, 120])
def test_every_number_is_whole(record: RunRecord, width: int) -> None:
    text = summary(record, width)
    assert "…" not in text
    lines = text.splitlines()
    for arm in record.arms:
        for name in shown_in("summary", record.arms[0].outcomes):
            if arm not in having(record, name):
                continue
            unit = ARM_METRICS[name].unit
            shown = [numbers.in_words(arm.outcomes[name], unit)]
            if name in arm.differences and arm.differences[name].value is not None:
                shown += [
                    numbers.change(arm.differences[name].value, unit),
                    numbers.change_interval(arm.differences[name], unit),
                ]
            for number in shown:
                assert any(number in line for line in lines), number
        for outcome in arm.tactics:
            for name in ("fraud_payoff", "payer_loss", "stopped_rate", "found_rate"):
                span = numbers.interval(outcome.outcomes[name], TACTIC_METRICS[name].unit)
                assert any(span in line for line in lines), span
        for name in shown_in("balance"):
            known = arm.differences[name] if arm.differences else arm.outcomes[name]
            cell = (numbers.change if arm.differences else numbers.value)(known.value, ARM_METRICS[name].unit)
            assert any(cell in line for line in lines), cell


def test_a_record_from_before_a_figure_was_there_is_shown_without_it(record: RunRecord) -> None:
    text = summary(without(record, "accepted_rate", "true_rate"))
    assert "False accusations" in text
    assert "Accepted with the finding" not in text
    truly = numbers.point(record.arms[0].outcomes["true_rate"], "share")
    assert f"truly {truly} in the baseline" in summary(record)


def test_extreme_numbers_still_fit(record: RunRecord) -> None:
    huge = Difference(value=-9.87e11, low=-9.99e12, high=-1.11e12, n=20)
    arms = [
        arm.model_copy(
            update={
                "outcomes": dict.fromkeys(arm.outcomes, huge),
                "differences": dict.fromkeys(arm.differences, huge),
                "title": "A policy with a very long title that needs several lines of its own",
                "tactics": tuple(
                    t.model_copy(
                        update={
                            "outcomes": dict.fromkeys(t.outcomes, huge),
                            "differences": dict.fromkeys(t.differences, huge),
                        }
                    )
                    for t in arm.tactics
                ),
            }
        )
        for arm in record.arms
    ]
    text = summary(with_arms(record, *arms))
    assert "…" not in text
    assert max(cell_len(line) for line in text.splitlines()) <= 80
    assert "(−9.99T to −1.11T)" in text


def test_plain_in_a_pipe_and_coloured_in_a_terminal(record: RunRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    piped = summary(record)
    assert "\x1b" not in piped
    assert "\x1b[" in summary(record, terminal=True)
    monkeypatch.setenv("NO_COLOR", "1")
    coloured = [
        code for code in ("\x1b[36m", "\x1b[1;36m", "\x1b[31m", "\x1b[32m") if code in summary(record, terminal=True)
    ]
    assert coloured == []


def test_escape_sequences_in_a_title_do_not_reach_the_terminal(record: RunRecord) -> None:
    scenario = {**record.scenario, "title": "\x1b]0;owned\x07 [red]Title[/red] \u202eabc"}
    text = summary(record.model_copy(update={"scenario": scenario}))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert "[red]Title[/red]" in text  # markup of the scenario is text, not style


def test_not_reached_and_its_open_interval_are_said(record: RunRecord) -> None:
    assert "not reached (45.0 or more)" in summary(without(record, "accused_share"))


def test_a_console_without_unicode_gets_ascii(record: RunRecord) -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="cp1252", write_through=True)
    print_summary(record, Console(file=file, width=80), report_path=PATH, in_full=True)
    text = raw.getvalue().decode("cp1252")
    change = record.arms[1].differences["fraud_payoff"]
    told = f"{numbers.change(change.value, 'USD')} v ({numbers.change_interval(change, 'USD')})"
    assert told.replace(numbers.MINUS, "-") in text
    assert text.isascii()


def test_a_long_path_is_not_broken(record: RunRecord) -> None:
    file = io.StringIO()
    path = "/a/" + "long/" * 40 + "report.html"
    print_summary(record, Console(file=file, width=80), report_path=path)
    assert f"Report: {path}" in file.getvalue().splitlines()


def test_unused_tactics_are_named_in_a_line(record: RunRecord) -> None:
    base = record.arms[0]
    none = Estimate(value=0.0, low=0.0, high=0.0, n=20)
    idle = base.tactics[0].model_copy(update={"outcomes": {**base.tactics[0].outcomes, "claims": none}})
    text = summary(with_arms(record, base.model_copy(update={"tactics": (idle, *base.tactics[1:])})))
    assert any("Code only" in line and "not used" in line for line in text.splitlines())


def test_many_unused_tactics_stand_in_a_line(record: RunRecord) -> None:
    base = record.arms[0]
    none = Estimate(value=0.0, low=0.0, high=0.0, n=20)
    idle = [one.model_copy(update={"outcomes": {**one.outcomes, "claims": none}}) for one in base.tactics[:4]]
    text = summary(with_arms(record, base.model_copy(update={"tactics": (*idle, *base.tactics[4:])})))
    (start,) = [number for number, line in enumerate(text.splitlines()) if line.startswith(" not used: Code only; ")]
    assert "Patch, white box" in " ".join(text.splitlines()[start : start + 2])
    assert text.count("not used") == 1


def test_one_arm_alone_can_be_printed(record: RunRecord) -> None:
    assert "nothing is compared" in summary(with_arms(record, record.arms[0]))


def test_answer_ranks_arms_by_net_benefit_and_says_its_price(record: RunRecord) -> None:
    sentence = answer(with_differences(record, "net_benefit", (1e5, 3e5), (7e5, 9e5), (-5e6, -4.9e6)))[1]
    assert sentence.startswith("Worth most, by net benefit: “Hash at capture” gains USD 800k (700k to 900k) a year: ")
    assert "USD of payer loss" in sentence
    assert "USD of control" in sentence
    assert "USD of true claims left unpaid" in sentence
    assert sentence.index("“Audits doubled” gains USD 200k") < sentence.index("“Hardened operating point” loses USD")
    assert sentence.count("(control ") == 2  # the price of the others, in the same sentence


def test_what_closes_tactics_is_no_policy_and_is_told_apart(record: RunRecord) -> None:
    closed = {"tactics.pgd_white_box.available": False}
    arms = list(with_differences(record, "net_benefit", (1e5, 3e5), (7e5, 9e5), (-5e6, -4.9e6)).arms)
    arms[2] = arms[2].model_copy(update={"changes": closed})
    told = answer(with_arms(record, *arms))
    assert told[1].startswith("Worth most, by net benefit: “Audits doubled”")
    assert "Hash at capture" not in told[1]
    last = "What is no policy, but tells what tactics cost: “Hash at capture” would be worth USD +800k (+700k to +900k)"
    assert told[-1] == f"{last} a year."
    only = [arm.model_copy(update={"changes": closed}) for arm in arms[1:]]
    assert "“Hash at capture” gains" in answer(with_arms(record, arms[0], *only))[1]


def test_a_control_that_nobody_is_told_of_is_no_policy_to_keep_to(record: RunRecord) -> None:
    arms = list(with_differences(record, "net_benefit", (1e5, 3e5), (7e5, 9e5), (-5e6, -4.9e6)).arms)
    secret = {"payers.*.integrity.hash_at_capture": True, "payers.*.integrity.announced": False}
    arms[2] = arms[2].model_copy(update={"changes": secret})
    told = answer(with_arms(record, *arms))
    assert told[1].startswith("Worth most, by net benefit: “Audits doubled”")
    assert told[-1].startswith("What works once, as nobody is told of it: “Hash at capture” would be worth USD +800k")


def test_answer_says_whose_a_benefit_is_and_what_it_is_per_million(record: RunRecord) -> None:
    text = " ".join(answer(record))
    for payer in record.arms[2].payers:
        change = numbers.change_in_words(payer.differences["net_benefit"], "USD")
        assert f"{numbers.title(payer.payer)} has USD {change}" in text
    per_million = record.arms[2].differences["net_benefit_per_million"]
    assert f"USD {numbers.change_in_words(per_million, 'USD')} per 1 million USD of claims" in text
    assert "per 1 million" not in " ".join(answer(without(record, "net_benefit_per_million")))


def test_answer_tells_who_loses_and_what_is_stopped_found_and_deterred(record: RunRecord) -> None:
    figures, text = record.arms[0].outcomes, " ".join(answer(record))
    assert f"and their patients {numbers.money(figures['beneficiary_loss'])}" in text
    median = numbers.in_words(figures["fraud_payoff_median"], "USD")
    assert f"in the mean and USD {median} in the median" in text
    assert f"{numbers.value(figures['payoff_less_income_losing'].value, 'share')} lose." in text
    assert f"of those paid, audits find {numbers.in_words(figures['found_rate'], 'share')}" in text
    assert f"it deters {numbers.in_words(record.arms[2].outcomes['deterred_rate'], 'share')}" in text
    earlier = " ".join(answer(without(record, "stopped_rate", "beneficiary_loss", "fraud_payoff_median")))
    assert "of false billing" not in earlier
    assert f"Of false claims {numbers.in_words(figures['detection_rate'], 'share')} are detected." in earlier
    assert "patients" not in earlier


def test_innocents_are_told_year_by_year_where_there_are_several(record: RunRecord) -> None:
    base = record.arms[0]
    assert "year by year" not in answer(record)[0]
    weekly = {
        **base.weekly,
        "accused": [2.0] * 52 + [0.0] * 52 + [1.0] * 60,
        "accused_honest": [0.5] * 52 + [0.0] * 112,
    }
    told = answer(with_arms(record, base.model_copy(update={"weekly": weekly}), *record.arms[1:]))[0]
    assert "are innocent, year by year 25.0%, nobody accused, 0%." in told


def test_answer_says_that_no_arm_has_a_detectable_benefit(record: RunRecord) -> None:
    sentence = answer(with_differences(record, "net_benefit", (-3e5, 1e5), (-9e5, 9.2e5), (-5e4, 4e4)))[1]
    assert sentence.startswith("No arm has a detectable net benefit")
    assert "“Hash at capture”, the largest," in sentence
    assert "includes zero" in sentence


def test_answer_says_when_no_arm_is_worth_its_price(record: RunRecord) -> None:
    sentence = answer(with_differences(record, "net_benefit", (-3e5, -1e5), (-9e5, -8e5), (-5e5, -4e5)))[1]
    assert sentence.startswith("No arm is worth its price: “Audits doubled” loses USD 200k (100k to 300k) a year")


def test_answer_of_an_earlier_record_names_the_arm_that_changes_payer_loss_most(record: RunRecord) -> None:
    earlier = without(record, "net_benefit")
    sentence = answer(with_differences(earlier, "payer_loss", (-3e5, -1e5), (-9e5, -7e5), (-5e6, 4.9e6)))[1]
    assert sentence.startswith("“Hash at capture” changes payer loss most: it lowers it by USD 800k (700k to 900k)")
    assert "no detectable difference for “Hardened operating point”" in sentence


def test_answer_of_an_earlier_record_says_no_detectable_difference(record: RunRecord) -> None:
    earlier = without(record, "net_benefit")
    sentence = answer(with_differences(earlier, "payer_loss", (-3e5, 1e5), (-9e5, 7e5), (-5e4, 4e4)))[1]
    assert "no detectable difference" in sentence
    assert "excludes" not in sentence


def test_answer_without_any_fraud(record: RunRecord) -> None:
    base = record.arms[0]
    none = Estimate(value=None, low=None, high=None, n=0)
    outcomes = {**base.outcomes, "fraud_payoff": none, "detection_rate": none}
    sentence = answer(with_arms(record, base.model_copy(update={"outcomes": outcomes})))[0]
    assert "no provider bills falsely" in sentence


def test_limits_follow_the_record(record: RunRecord) -> None:
    assert "synthetic" in limits(record)[0]
    real = tuple(c.model_copy(update={"real": True}) for c in record.classifiers)
    sourced = record.model_copy(
        update={"classifiers": real, "number_kinds": {"measured": 43, "estimated": 0, "assumed": 0}}
    )
    assert not any("synthetic" in limit for limit in limits(sourced))
    assert not any("assumed" in limit for limit in limits(sourced))


def test_limits_end_with_what_a_critic_could_say_and_the_page_of_validity(record: RunRecord) -> None:
    said = limits(record)
    assert "docs/explanation/validity.md" in said[-1]
    assert "federal law" in said[-2]
    commercial = record.model_copy(update={"scenario": {**record.scenario, "law": {"kind": "commercial"}}})
    assert not any("federal law" in limit for limit in limits(commercial))
    assert sum("critic" in limit for limit in limits(commercial)) == 1


def test_the_scenario_s_own_limits_are_quoted_by_whole_sentences(record: RunRecord) -> None:
    realism = "First sentence. " + "Second sentence, rather long. " * 9 + "Last."
    long = record.model_copy(update={"scenario": {**record.scenario, "realism": realism}})
    quoted = limits(long, brief=True)[1]
    assert quoted.endswith("long. (More in the report.)")
    assert realism.startswith(quoted.removesuffix(" (More in the report.)"))
    assert limits(long)[1] == realism.strip()


def test_interval_line_marks_zero_and_the_interval() -> None:
    inside = Estimate(value=0.5, low=0.25, high=1.0, n=2)
    assert interval_line(inside, 1.0, 9) == "    │├●─┤"
    assert interval_line(Estimate(value=None, low=None, high=None, n=0), 1.0, 9) == ""
    assert len(interval_line(Estimate(value=-5.0, low=-9.0, high=9.0, n=2), 1.0, 9)) == 9


def test_attacked_figures_say_whether_they_are_audited(record: RunRecord) -> None:
    assert "Attack figures: not audited." in summary(record)
    first, *rest = record.classifiers
    audited = first.model_copy(update={"audit": "audited (26 checks passed)"})
    text = " ".join(summary(record.model_copy(update={"classifiers": (audited, *rest)})).split())
    assert f"Attack figures: {numbers.title(first.modality)} audited (26 checks passed)" in text
    assert not rest or f"{numbers.title(rest[0].modality)} not audited" in text


def test_the_summary_does_not_import_the_plotting_library() -> None:
    code = (
        "import sys, threatsim.report.terminal.summary, threatsim.report.words.numbers; "
        "print({'altair', 'jinja2', 'torch', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_what_controls_flag_is_shown_where_any_is_in_use(record: RunRecord) -> None:
    assert "Flagged:" not in summary(record)
    control, share = "Duplicate search, budget 0.5 %", Estimate(value=0.123, low=0.1, high=0.15, n=200)
    seen = [
        c.model_copy(
            update={
                "false_alarms": {control: share.model_copy(update={"value": 0.004})},
                "attacks": tuple(attack.model_copy(update={"flagged": {control: share}}) for attack in c.attacks),
            }
        )
        for c in record.classifiers
    ]
    text = summary(record.model_copy(update={"classifiers": tuple(seen)}))
    block = text[text.index(f"Flagged: {control}") : text.index("Attack figures")]
    assert block.count("12.3%") == sum(len(c.attacks) for c in seen)
    assert block.count("0.40%") == len(seen)
    assert "billed before" in " ".join(text.split())
