"""Mistakes that people make in scenario files: each has its place and says what is allowed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from threatsim.common.errors import ThreatsimError
from threatsim.scenario.problems import ScenarioError
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.reader import load_scenario

Load = Callable[[str], LoadedScenario]

# what is written -> what somebody writes instead, where the message points, words that it holds
MISTAKES: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "unknown key, misspelt": ("    prevalence:", "    prevalance:", "12:5", ("'prevalance'", "'prevalence'")),
    "unknown key at the top": ("weeks: 4", "duration: 4\nweeks: 4", "5:1", ("'duration'", "the scenario")),
    "key of another section": (
        "law:\n",
        "law:\n  outlier_score: 3\n",
        "78:3",
        ("payers.*.audit", "indentation"),
    ),
    "unknown key in a number": ('unit: share, source: "A', 'units: share, source: "A', "12:30", ("'unit'",)),
    "missing key": ("    count: 5\n", "", "17:3", ("providers.eye lacks 'count'", "Number of providers")),
    "missing section": ("law:\n", "laws:\n", "77:1", ("'laws'", "'law'")),
    "no way to accuse": ("  findings_to_accuse: 3\n", "", "77:1", ("law: it lacks a probe, or findings_to_accuse",)),
    "two ways to accuse": (
        "findings_to_accuse: 3",
        "findings_to_accuse: 3\n  probe: {after_findings: 4, window: 52, claims: 30, tolerated_rate: 0.2}",
        "78:23",
        ("accuses by its sample",),
    ),
    "extrapolation without a sample": (
        "extrapolate: false",
        "extrapolate: true",
        "82:16",
        ("fresh sample", "write a probe in place of findings_to_accuse"),
    ),
    "tolerated rate of 0": (
        "findings_to_accuse: 3",
        "probe: {after_findings: 4, window: 52, claims: 30, tolerated_rate: 0}",
        "78:70",
        ("it must lie between 0 and 1",),
    ),
    "private payer with a federal penalty": (
        "law:\n  findings_to_accuse: 3\n  damages: 2\n",
        "law:\n  kind: commercial\n  findings_to_accuse: 3\n",
        "80:22",
        ("a commercial payer has no per_claim_penalty", "state_statute"),
    ),
    "commercial payer that excludes": (
        "law:\n  findings_to_accuse: 3\n  damages: 2\n  per_claim_penalty: 14308\n",
        "law:\n  kind: commercial\n  findings_to_accuse: 3\n  exclusion: 0.1\n",
        "80:14",
        ("write termination",),
    ),
    "federal law that terminates": (
        "extrapolate: false",
        "termination: 0.1",
        "82:16",
        ("a federal one has exclusion",),
    ),
    "law without a payer": (
        "law:\n",
        "other_laws:\n  contract: {kind: commercial, findings_to_accuse: 1, collected: {penalties: 1}}\nlaw:\n",
        "78:3",
        ("no payer is under this law",),
    ),
    "payer that bears nothing": (
        "share: 0.4\n",
        "share: 0.4\n    share_of_allowed: 0\n",
        "71:23",
        ("it must lie above 0",),
    ),
    "payer that bears more than all": (
        "share: 0.4\n",
        "share: 0.4\n    share_of_allowed: 1.2\n",
        "71:23",
        ("1.2 is out of range", "from 0 to 1"),
    ),
    "payer under no law": ("share: 0.4\n", "share: 0.4\n    law: contract\n", "71:10", ("no law 'contract'",)),
    "tip that opens two probes": (
        "findings_to_accuse: 3",
        "probe: {after_findings: 4, window: 52, claims: 30, tolerated_rate: 0.2}\n"
        "  tips: {fraud: 0.1, honest: 0, probe: 30}",
        "79:40",
        ("opens the probe of this law",),
    ),
    "missing at the top": ("seed: 7\n", "", "1:1", ("the scenario lacks 'seed'",)),
    "share as a percentage": (
        "coding_error_up: 0.02",
        "coding_error_up: 2",
        "22:22",
        ("from 0 to 1", "is 0.02"),
    ),
    "share with a percent sign": (
        "belief_paid: 0.5",
        "belief_paid: 50 %",
        "44:16",
        ("a number", "Write 0.5"),
    ),
    "negative money": ("fee_negative: 36", "fee_negative: -36", "13:19", ("-36", "at least 0", "USD")),
    "money in another currency": ("unit: USD per claim", "unit: EUR per claim", "14:38", ("'EUR", "'USD'")),
    "thousands separator": (
        "per_claim_penalty: 14308",
        "per_claim_penalty: 14,308",
        "80:22",
        ("Write 14308",),
    ),
    "dollar sign": ("care_cost: 30", "care_cost: $30", "15:16", ("Write 30",)),
    "quoted number": ("volume_skew: 0.5", "volume_skew: '0.5'", "21:18", ("text '0.5'", "without quotes")),
    "number written out": ("cost: 20", "cost: twenty", "59:13", ("'twenty'", "Cost of one reading")),
    "no value": ("reluctance_median: 100", "reluctance_median:", "39:3", ("nothing is written",)),
    "not a number": ("damages: 2", "damages: .nan", "79:12", ("finite number",)),
    "infinite": ("damages: 2", "damages: .inf", "79:12", ("finite number",)),
    "too few": ("replicates: 2", "replicates: 1", "6:13", ("from 2 to 10,000",)),
    "too many": ("weeks: 4", "weeks: 5200", "5:8", ("from 1 to 520", "Weeks of the record")),
    "seed too large": ("seed: 7", "seed: 9223372036854775808", "7:7", ("9,223,372,036,854,775,807",)),
    "half a week": ("weeks: 4", "weeks: 4.5", "5:8", ("whole number", "4.5")),
    "yes for true": ("extrapolate: false", "extrapolate: yes", "82:16", ("true or false", "Write true")),
    "no for false": ("hash_at_capture: false", "hash_at_capture: no", "74:34", ("Write false",)),
    "one for true": ("extrapolate: false", "extrapolate: 1", "82:16", ("true or false",)),
    "true for a number": ("greed_penalty: 1", "greed_penalty: true", "41:18", ("a number", "true")),
    "number for text": ("title: A small market", "title: 2025", "3:8", ("text", "quotes")),
    "empty text": ("question: Does it load?", "question: ''", "4:11", ("must not be empty",)),
    "list for a section": ("referral_network: {", "referral_network: [{", "", ("not closed",)),
    "section for a number": ("damages: 2", "damages: {times: 2}", "79:13", ("'times'", "{value: ...")),
    "one value for a list": ("shares: [0, 0.5]", "shares: 0.5", "38:11", ("a list",)),
    "share in a list": ("shares: [0, 0.5]", "shares: [0, 5]", "38:15", ("from 0 to 1",)),
    "shares that fall": ("shares: [0, 0.5]", "shares: [0.5, 0.2]", "38:11", ("must rise",)),
    "wrong choice": ("rule: best_response", "rule: best-response", "35:9", ("logit", "'best_response'")),
    "wrong choice far off": ("overflow: pay", "overflow: queue", "55:17", ("pay, deny",)),
    "wrong kind": ('"A 2020", kind: measured', '"A 2020", kind: known', "12:67", ("measured, estimated",)),
    "source missing": ('source: "A 2020", ', "", "12:49", ("needs a source",)),
    "unknown modality": ("  fundoscopy:", "  fundus:", "9:3", ("'fundus'", "chest_xray")),
    "modality not described": (
        "modality: fundoscopy",
        "modality: dermoscopy",
        "18:15",
        ("does not describe",),
    ),
    "name with a capital": ("name: small", "name: Small", "2:7", ("lower-case",)),
    "name of a tactic": ("  noise:", "  my noise:", "26:3", ("'my noise'", "lower-case")),
    "shares of payers": ("    share: 0.4", "    share: 0.5", "49:1", ("sum to 1.1", "public 0.6, private 0.5")),
    "payers of one name": ("  - name: private", "  - name: public", "69:11", ("'public'", "differ")),
    "no payers": ("rewiring: 0.1}\n", "rewiring: 0.1}\nweeks: 3\n", "84:1", ("second time", "line 5")),
    "two operating points": (
        "{operating_point: {sensitivity: 0.9}",
        "{operating_point: {sensitivity: 0.9, specificity: 0.9}",
        "52:31",
        ("both sensitivity and specificity",),
    ),
    "fees upside down": ("fee_negative: 36", "fee_negative: 3600", "14:19", ("3600", "nobody would gain")),
    "attack unknown": ("attack: pgd", "attack: pdg", "27:13", ("none, substitution", "square", "'pgd'")),
    "attack without its numbers": ("    epsilon: 0.02\n", "", "26:3", ("'pgd' needs epsilon",)),
    "number of another attack": (
        "    steps: 20",
        "    steps: 20\n    scale: 0.4",
        "32:12",
        ("does not use",),
    ),
    "attack without access": ("access: white_box", "access: none", "28:13", ("needs access",)),
    "access that does not fit": ("access: white_box", "access: queries", "28:13", ("white_box or black_box",)),
    "noise of nothing": ("    epsilon: 0.02", "    epsilon: 0", "29:14", ("above 0",)),
    "angle of another attack": ("    steps: 20", "    steps: 20\n    angle: 3", "32:12", ("does not use",)),
    "surrogate without black box": (
        "    steps: 20",
        "    steps: 20\n    surrogate: {architecture: other, data: same, start: random}",
        "32:16",
        ("black_box", "white_box"),
    ),
    "surrogate of a patch": (
        "    attack: pgd\n    access: white_box\n    epsilon: 0.02\n    step: 0.01\n    steps: 20\n",
        "    attack: patch\n    access: black_box\n    scale: 0.4\n"
        "    surrogate: {architecture: other, data: same, start: random}\n",
        "30:16",
        ("'patch'", "fgsm, pgd, apgd, universal"),
    ),
    "surrogate of unknown data": (
        "access: white_box\n",
        "access: black_box\n    surrogate: {architecture: other, data: some, start: random}\n",
        "29:44",
        ("same, disjoint, half",),
    ),
    "availability that is no truth": (
        "    steps: 20",
        "    steps: 20\n    available: yes_it_is",
        "32:16",
        ("true or false",),
    ),
    "access without attack": (
        "{attack: none,",
        "{attack: none, access: black_box,",
        "25:37",
        ("must be none",),
    ),
    "more than everybody": ("black_box_share: 0.2", "black_box_share: 0.95", "43:20", ("1.05",)),
    "baseline that sets": ("title: As it is", "title: As it is\n    set: {weeks: 3}", "87:10", ("baseline",)),
    "arm: misspelt path": ("audit.random: 0.02", "audit.randon: 0.02", "90:7", ("'randon'", "'random'")),
    "arm: misspelt payer": (
        "payers.public.r",
        "payers.publik.r",
        "91:7",
        ("'publik'", "'public'", "private"),
    ),
    "arm: beyond a number": ("audit.random: 0.02", "audit.random.unit: x", "90:7", ("inside it",)),
    "arm: index too large": ("payers.public.r", "payers.2.r", "91:7", ("there is no '2'",)),
    "arm: out of range": ("audit.random: 0.02", "audit.random: 2", "90:30", ("'more_audits'", "from 0 to 1")),
    "arm: wrong type": ("capacity: 200", "capacity: lots", "91:39", ("'lots'",)),
    "arm: clash": ("capacity: 200", "capacity: 200\n      payers.*.share: 0.6", "92:7", ("sum to 1.2",)),
    "arm: what all arms share": ("payers.public.readers.capacity: 200", "weeks: 8", "91:7", ("same in all",)),
    "arm: set is a list": ("    set:\n      payers.*", "    set:\n      - payers.*", "", ("line up",)),
    "tab": ("    count: 5", "\tcount: 5", "19:1", ("tab", "spaces")),
    "colon in text": ("title: A small market", "title: Small: a market", "3:8", ("quotes", 'title: "Small: a market"')),
    "colon forgotten": ("weeks: 4", "weeks 4", "5:1", ("':' is missing", "Write weeks: 4")),
    "indentation": ("  damages: 2", "   damages: 2", "79:4", ("'damages'", "'findings_to_accuse'", "in column 3")),
    "indentation, less": ("  damages: 2", " damages: 2", "79:2", ("line up", "starts in column 2", "in column 1")),
    "no space after ':'": ("weeks: 4\n", "weeks:4\n", "5:1", ("the space after ':'", "Write weeks: 4")),
    "no space after ':', keys below": ("  damages: 2\n", "  damages:2\n", "79:3", ("Write damages: 2",)),
    "= in place of ':'": ("weeks: 4\n", "weeks = 4\n", "5:1", ("the ':' is missing", "Write weeks: 4")),
    "no ':' in braces": ("rewiring: 0.1", "rewiring 0.1", "83:54", ("write rewiring: 0.1",)),
    "no space after '-'": ("  - name: baseline\n", "  -name: baseline\n", "85:3", ("Write - name: baseline",)),
    "decimal comma": ("damages: 2\n", "damages: 2,5\n", "79:12", ("Write 2.5",)),
    "name with capitals": ("name: more_audits", "name: More audits", "87:11", ("Write more_audits.",)),
    "arm: a path from its middle": (
        "payers.*.audit.random",
        "audit.random",
        "90:7",
        ("no 'audit' in the scenario", "payers.*.audit"),
    ),
    "expectation by signs": (
        "rewiring: 0.1}\n",
        "rewiring: 0.1}\nexpect: {payer_loss: < 0}\n",
        "84:22",
        ("write below 0",),
    ),
    "expectation of a range": (
        "rewiring: 0.1}\n",
        "rewiring: 0.1}\nexpect: {fraud_share: 10 % to 20 %}\n",
        "84:23",
        ("write between 10% and 20%",),
    ),
    "expectation by its title": (
        "rewiring: 0.1}\n",
        "rewiring: 0.1}\nexpect: {Detection rate: above 0}\n",
        "84:10",
        ("'detection_rate'",),
    ),
    "quotes never closed": ("question: Does it load?", "question: 'Does it load?", "4:11", ("never ends",)),
    "two documents": ("law:\n", "---\nlaw:\n", "77:1", ("second document",)),
    "unknown alias": ("readers: *readers", "readers: *reader", "75:14", ("not defined",)),
    "anchor twice": ("share: 0.4", "share: &audit 0.4", "70:12", ("&audit", "second time")),
    "alias of itself": ("providers:\n  eye:", "providers: &p\n  eye: *p\n  you:", "16:12", ("contains it",)),
    "code in a tag": (
        "care_cost: 30",
        "care_cost: !!python/name:os.system ''",
        "15:16",
        ("tag", "not allowed"),
    ),
    "duplicate in a section": ("    count: 5", "    count: 5\n    count: 6", "20:5", ("'count'", "line 19")),
    "key that is a number": ("  eye:", "  1:", "17:3", ("not a name",)),
    "more claims than can be": ("weekly_volume: 10", "weekly_volume: 10e9", "20:20", ("5e+10", "10,000,000")),
    "extends nothing known": ("schema_version: 1", "extends: insurance_upcodin", "1:10", ("insurance_upcoding",)),
    "extends a file outside": ("schema_version: 1", "extends: /etc/hosts", "1:10", ("outside", "--include")),
    "without, but extends nothing": ("weeks: 4", "weeks: 4\nwithout: [tactics.noise]", "6:1", ("extends none",)),
    "parameter unknown": ("care_cost: 30", "care_cost: {parameter: fees.cpt_99999}", "15:28", ("fees.yaml has",)),
    "parameter of a file unknown": ("care_cost: 30", "care_cost: {parameter: fee.cpt_92250}", "15:28", ("fees.cpt",)),
    "parameter too early": (
        "care_cost: 30",
        "care_cost: {parameter: fees.cpt_92250, year: 1999}",
        "15:50",
        ("its first is of 2022",),
    ),
    "parameter and a value": (
        "care_cost: 30",
        "care_cost: {parameter: fees.cpt_92250, value: 3}",
        "15:44",
        ("cannot set 'value'",),
    ),
    "distribution unknown": ("damages: 2", "damages: {gamma: {shape: 2}}", "79:13", ("'gamma'",)),
    "distribution lacks a part": ("damages: 2", "damages: {normal: {mean: 2}}", "79:13", ("lacks 'sd'",)),
    "distribution upside down": (
        "damages: 2",
        "damages: {uniform: {low: 3, high: 2}}",
        "79:22",
        ("low must lie below high",),
    ),
    "distribution out of range": (
        "penalties: 0.25",
        "penalties: {normal: {mean: 0.9, sd: 4}}",
        "81:26",
        ("only", "from 0 to 1"),
    ),
    "distribution without its value": (
        "damages: 2",
        "damages: {value: 2, uniform: {low: 2.5, high: 4}}",
        "79:20",
        ("its value 2 is outside", "uniform (low 2.5, high 4)"),
    ),
    "two distributions": (
        "damages: 2",
        "damages: {uniform: {low: 1, high: 2}, normal: {mean: 1, sd: 1}}",
        "79:12",
        ("exclude each other",),
    ),
    "uncertain where nothing may be": (
        "    epsilon: 0.02",
        "    epsilon: {uniform: {low: 0.01, high: 0.03}}",
        "29:14",
        ("cannot be uncertain", "run once for all"),
    ),
    "doubt without anything uncertain": ("seed: 7", "doubt: 50\nseed: 7", "7:8", ("nothing to draw",)),
    "a single draw": ("seed: 7", "doubt: 1\nseed: 7", "7:8", ("at least 2",)),
    "expectation of nothing known": (
        "rewiring: 0.1}\n",
        "rewiring: 0.1}\nexpect: {detection: above 0}\n",
        "84:10",
        ("did you mean 'detection_rate'",),
    ),
    "expectation that is vague": (
        "rewiring: 0.1}\n",
        "rewiring: 0.1}\nexpect: {detection_rate: high}\n",
        "84:26",
        ("at least, at most",),
    ),
    "expectation of an arm misspelt": (
        "rewiring: 0.1}\n",
        "rewiring: 0.1}\nexpect: {detection_rate in arm more_audit: above 0}\n",
        "84:10",
        ("'more_audits'",),
    ),
    "arm: so many times, in words": ("audit.random: 0.02", "audit.random: 2x", "90:7", ("{times: 2}",)),
    "so many times, where nothing stands": ("damages: 2", "damages: 2x", "79:12", ("a number", "Write the number")),
    "arm: payers without their names": (
        "payers.*.audit.random",
        "payers.audit.random",
        "90:7",
        ("payers.*.audit for every one", "payers.public.audit"),
    ),
    "payer that lacks nearly all": (
        "  - name: private\n",
        "  - {name: third, share: 0, audit: {random: 0}}\n  - name: private\n",
        "69:5",
        ("payers.third lacks 'triage', 'readers', 'audit.targeted'", "and 3 more", "like: public"),
    ),
    "payer like nobody": (
        "  - name: private\n    share: 0.4\n",
        "  - name: private\n    share: 0.4\n    like: publik\n",
        "71:11",
        ("no payer 'publik'", "'public'"),
    ),
    "payer like itself": (
        "  - name: private\n    share: 0.4\n",
        "  - name: private\n    share: 0.4\n    like: private\n",
        "71:11",
        ("in turn",),
    ),
    "group like nobody": ("    count: 5\n", "    count: 5\n    like: ear\n", "20:11", ("no group of providers 'ear'",)),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_has_its_place_and_says_what_is_allowed(mistake: str, small_text: str, load_text: Load) -> None:
    written, instead, place, expected = MISTAKES[mistake]
    assert small_text.count(written) == 1, "the mistake must be made in one place"
    with pytest.raises(ScenarioError) as raised:
        load_text(small_text.replace(written, instead))
    message = str(raised.value)
    if place:
        assert f"s.yaml:{place}: " in message
        assert "^" in message
    assert all(word in message for word in expected), message
    assert len(raised.value.problems) <= 2, message
    assert "pydantic" not in message
    assert "validation" not in message


def test_all_mistakes_come_at_once_in_the_order_of_the_file(small_text: str, load_text: Load) -> None:
    text = small_text.replace("weeks: 4", "weeks: 0").replace("below: pend", "below: pand")
    text = text.replace("extrapolate: false", "extrapolate: on").replace("share: 0.6", "share: 0.9")
    with pytest.raises(ScenarioError) as raised:
        load_text(text.replace("audit.random: 0.02", "audit.rand: 0.02"))
    lines = [problem.place.line for problem in raised.value.problems if problem.place]
    assert lines == [5, 49, 52, 82, 90]
    assert str(raised.value).count("^\n") >= 4


def test_a_scenario_that_lacks_most_of_one_is_told_what_to_extend(load_text: Load) -> None:
    with pytest.raises(ScenarioError) as raised:
        load_text("name: mine\nweeks: 26\n")
    assert len(raised.value.problems) == 1
    assert "extends: insurance_upcoding" in str(raised.value)


def test_lines_that_are_told_in_short_keep_the_right_spelling(small_text: str, load_text: Load) -> None:
    text = small_text.replace("weeks: 4", "weeks: 0").replace("below: pend", "below: pand")
    text = text.replace("extrapolate: false", "extrapolate: on").replace("  rule: best", "  roole: best")
    text = text.replace("count: 5", "count: 5.5").replace("findings_to_accuse: 3", "findings_to_acuse: 3")
    with pytest.raises(ScenarioError) as raised:
        load_text(text.replace("audit.random: 0.02", "audit.random: 2%"))
    assert "needs a number, but this is the text '2%'. Write 0.02." in str(raised.value)


def test_caret_stands_under_what_is_wrong(small_text: str, load_text: Load) -> None:
    with pytest.raises(ScenarioError) as raised:
        load_text(small_text.replace("below: pend", "below: pand"))
    source, carets = (raised.value.excerpt or "").split("\n")
    start = carets.index("^")
    assert source[start : start + carets.count("^")] == "pand"


def test_many_mistakes_fill_a_screen_at_most(flagship_text: str, load_text: Load) -> None:
    with pytest.raises(ScenarioError) as raised:
        load_text(flagship_text.replace("value:", "valeu:"))
    assert len(raised.value.problems) > 20
    message = str(raised.value)
    assert len(message.splitlines()) < 50
    assert f"and {len(raised.value.problems) - 15} more" in message


def test_mistake_behind_an_alias_is_told_once(small_text: str, load_text: Load) -> None:
    with pytest.raises(ScenarioError) as raised:
        load_text(small_text.replace("      patch_seen: 0.9", "      patch_seen: 9"))
    assert len(raised.value.problems) == 1


def test_long_line_is_cut_around_the_place(small_text: str, load_text: Load) -> None:
    line = "    care_cost: {note: " + "x" * 500 + ", value: -1, unit: USD}"
    with pytest.raises(ScenarioError) as raised:
        load_text(small_text.replace("    care_cost: 30", line))
    source, carets = (raised.value.excerpt or "").split("\n")
    assert len(source) < 110
    assert source[carets.index("^") :].startswith("-1")


def test_error_is_the_one_that_users_see(small_text: str, load_text: Load) -> None:
    with pytest.raises(ThreatsimError) as raised:
        load_text(small_text.replace("weeks: 4", "weeks: 0"))
    assert raised.value.location is not None
    assert raised.value.location.endswith("s.yaml:5:8")
    assert raised.value.excerpt is not None


MESSAGES = Path(__file__).parent / "messages.txt"
"""Word for word what each mistake is answered with; written anew by `python tests/scenario/test_mistakes.py`."""


def messages(small_text: str, folder: Path) -> str:
    """Every mistake with its message, the place of the file left out."""
    path = folder / "s.yaml"
    parts = []
    for mistake, (written, instead, _, _) in MISTAKES.items():
        path.write_text(small_text.replace(written, instead), encoding="utf-8", newline="")
        with pytest.raises(ThreatsimError) as raised:
            load_scenario(path)
        parts.append(f"=== {mistake}\n{str(raised.value).replace(str(path), 's.yaml')}\n")
    return "\n".join(parts)


def test_messages_word_for_word(small_text: str, tmp_path: Path) -> None:
    assert len(MISTAKES) >= 60
    assert messages(small_text, tmp_path) == MESSAGES.read_text(encoding="utf-8")


if __name__ == "__main__":
    with TemporaryDirectory() as temporary:
        small = (Path(__file__).parent / "small.yaml").read_text(encoding="utf-8")
        MESSAGES.write_text(messages(small, Path(temporary)), encoding="utf-8")
