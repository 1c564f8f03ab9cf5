"""`extends`: a file that says only what differs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from threatsim.common.errors import ThreatsimError
from threatsim.scenario.problems import ScenarioError
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.origins import origins
from threatsim.scenario.reading.reader import load_scenario

Load = Callable[[str], LoadedScenario]
HEAD = "schema_version: 1\nextends: base.yaml\nname: child\n"


@pytest.fixture
def extend(tmp_path: Path, small_text: str) -> Load:
    """Load a text that extends the small scenario, which lies beside it as `base.yaml`."""
    (tmp_path / "base.yaml").write_text(small_text)

    def load(text: str) -> LoadedScenario:
        path = tmp_path / "s.yaml"
        path.write_text(HEAD + text)
        return load_scenario(path)

    return load


def message(extend: Load, text: str) -> str:
    with pytest.raises(ThreatsimError) as raised:
        extend(text)
    return str(raised.value)


def test_what_is_not_said_stays_as_it_is(extend: Load, small: LoadedScenario) -> None:
    child = extend("").scenario
    assert child == small.scenario.model_copy(update={"name": "child"})


def test_sections_merge_key_by_key_and_numbers_whole(extend: Load, small: LoadedScenario) -> None:
    child = extend("law: {damages: 3}\nmodalities: {fundoscopy: {fee_positive: 400}}\n").scenario
    assert float(child.law.damages) == 3
    assert child.law.model_copy(update={"damages": small.scenario.law.damages}) == small.scenario.law
    fee = child.modalities["fundoscopy"].fee_positive
    assert fee is not None
    # As where an arm sets a bare number: the unit stays, the source is gone.
    assert (fee.value, fee.unit, fee.source, fee.kind, fee.note) == (400, "USD per claim", "", "assumed", "")


def test_one_number_with_its_source_takes_the_place_of_a_section(extend: Load) -> None:
    sourced = "{value: 0.4, unit: share, source: Own, kind: assumed}"
    child = extend(f"law: {{collected: {sourced}}}\n").scenario
    assert (float(child.law.collected.penalties), child.law.collected.penalties.source) == (0.4, "Own")


def test_payers_go_by_their_name(extend: Load) -> None:
    child = extend("payers:\n  - {name: private, readers: {capacity: 7}}\n").scenario
    assert [payer.name for payer in child.payers] == ["public", "private"]
    assert [float(payer.readers.capacity) for payer in child.payers] == [100, 7]


def test_a_payer_of_a_new_name_is_added(extend: Load) -> None:
    # Its share makes three payers' shares exceed 1: so it has been added, and is complete.
    text = message(extend, "payers:\n  - {name: third, share: 0.1}\n")
    assert "payers.third lacks 'triage'" in text
    assert "sum to 1.1" in text


def test_arms_are_replaced_whole(extend: Load) -> None:
    child = extend("arms:\n  - {name: only, title: Only one}\n")
    assert [arm.name for arm in child.scenario.arms] == ["only"]
    assert resolve_arm(child, "only") == child.scenario


def test_without_takes_out(extend: Load) -> None:
    child = extend(
        "without: [tactics.code_only, payers.public]\npayers:\n  - {name: private, share: 1}\n"
        "arms:\n  - {name: only, title: Only one}\n"
    ).scenario
    assert list(child.tactics) == ["noise"]
    assert [payer.name for payer in child.payers] == ["private"]


def test_places_after_something_was_taken_out(extend: Load) -> None:
    text = message(
        extend,
        "without: [payers.public]\npayers:\n  - {name: private, share: 1, readers: {capacity: -1}}\n"
        "arms:\n  - {name: only, title: Only one}\n",
    )
    assert "s.yaml:6:51: payers.private.readers.capacity: -1 is out of range" in text


@pytest.mark.parametrize(
    ("without", "expected"),
    [
        ("[tactics.noize]", ("there is no 'noize'", "Did you mean 'noise'?")),
        ("[law.tips]", ("not set in the scenario extended",)),
        ("tactics.noise", ("needs a list",)),
        ("[{a: 1}]", ("needs paths",)),
        ("[law]", ("the scenario lacks 'law'",)),
    ],
)
def test_without_that_is_wrong(extend: Load, without: str, expected: tuple[str, ...]) -> None:
    text = message(extend, f"without: {without}\n")
    assert all(word in text for word in expected), text


def test_without_needs_extends(load_text: Load, small_text: str) -> None:
    with pytest.raises(ScenarioError, match="this one extends none"):
        load_text(small_text + "without: [tactics.noise]\n")


def test_mistake_in_the_base_is_shown_there(tmp_path: Path, small_text: str) -> None:
    (tmp_path / "base.yaml").write_text(small_text.replace("belief_paid: 0.5", "belief_paid: 5"))
    (tmp_path / "s.yaml").write_text(HEAD + "weeks: 0\n")
    with pytest.raises(ScenarioError) as raised:
        load_scenario(tmp_path / "s.yaml")
    text = str(raised.value)
    assert text.index("s.yaml:4:8: weeks") < text.index("base.yaml:44:16: conduct.belief_paid")
    assert "belief_paid: 5" in text  # the line of the base, under its own number


def test_chain_of_three(tmp_path: Path, small_text: str) -> None:
    (tmp_path / "base.yaml").write_text(small_text)
    (tmp_path / "mid.yaml").write_text(HEAD + "weeks: 9\nseed: 1\n")
    (tmp_path / "top.yaml").write_text("extends: mid.yaml\nseed: 2\n")
    loaded = load_scenario(tmp_path / "top.yaml")
    assert (loaded.scenario.weeks, loaded.scenario.seed, loaded.scenario.name) == (9, 2, "child")


def test_extends_a_library_scenario_by_name(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("extends: insurance_upcoding\nname: mine\n")
    assert load_scenario(tmp_path / "s.yaml").scenario.weeks == load_scenario("insurance_upcoding").scenario.weeks


@pytest.mark.parametrize(
    ("extends", "expected"),
    [
        ("s.yaml", "has an end"),
        ("nowhere.yaml", "there is no 'nowhere.yaml'"),
        ("insurance_upcodign", "Did you mean 'insurance_upcoding'?"),
        ("''", "needs a file"),
        ("[a]", "needs a file"),
        ("../outside/base.yaml", "outside the folder"),
        ("/etc/passwd", "outside the folder"),
    ],
)
def test_extends_that_is_wrong(tmp_path: Path, small_text: str, extends: str, expected: str) -> None:
    for folder in ("inside", "outside"):
        (tmp_path / folder).mkdir()
    (tmp_path / "outside" / "base.yaml").write_text(small_text)
    path = tmp_path / "inside" / "s.yaml"
    path.write_text(f"extends: {extends}\nname: mine\n")
    with pytest.raises(ThreatsimError) as raised:
        load_scenario(path)
    assert expected in str(raised.value)
    assert "s.yaml:1:" in str(raised.value)


def test_a_link_does_not_lead_outside(tmp_path: Path, small_text: str) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret.yaml").write_text(small_text)
    (tmp_path / "inside" / "base.yaml").symlink_to(tmp_path / "secret.yaml")
    (tmp_path / "inside" / "s.yaml").write_text(HEAD)
    with pytest.raises(ThreatsimError, match="outside the folder"):
        load_scenario(tmp_path / "inside" / "s.yaml")
    assert load_scenario(tmp_path / "inside" / "s.yaml", include=[tmp_path]).scenario.name == "child"


def test_files_that_extend_each_other_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("extends: b.yaml\n")
    (tmp_path / "b.yaml").write_text("extends: a.yaml\n")
    with pytest.raises(ThreatsimError, match="has an end"):
        load_scenario(tmp_path / "a.yaml")


def test_numbers_say_where_they_were_written(extend: Load, tmp_path: Path) -> None:
    extend("law: {damages: 3}\n")
    loaded = load_scenario(tmp_path / "s.yaml", overrides={"payers.0.audit.random": 0.02})
    where = {path: origin.label for path, origin in origins(loaded).items()}
    assert where["law.damages"] == "s.yaml:4"
    assert where["law.collected.penalties"] == "base.yaml:81"
    assert where["payers.public.audit.random"] == "--set payers.0.audit.random=0.02"
    assert where["payers.private.audit.random"] == "base.yaml:61"
    assert where["conduct.exploration"] == "the default"


def test_numbers_of_an_arm_say_that_it_set_them(small: LoadedScenario) -> None:
    where = {path: origin.label for path, origin in origins(small, "more_audits").items()}
    assert where["payers.private.audit.random"] == "arm more_audits, s.yaml:90"
    assert where["payers.public.readers.capacity"] == "arm more_audits, s.yaml:91"
    assert where["payers.private.readers.capacity"] == "s.yaml:54"
    with pytest.raises(ThreatsimError, match="Did you mean 'more_audits'"):
        origins(small, "more_audit")


@pytest.mark.parametrize(
    ("text", "told", "not_told"),
    [
        ("payers: [{name: a, like: pubic, share: 0.5}]\n", "no payer 'pubic'", ("lacks", "shares")),
        ("without: [payers.publik]\npayers: [{name: public, share: 0.7}]\n", "'publik'", ("shares",)),
        (
            "payers: [{name: public, audit: {random: 2x}}]\narms:\n  - {name: b, title: B}\n"
            "  - {name: c, title: C, set: {payers.*.audit.random: {times: 2}}}\n",
            "text '2x'",
            ("arm '",),
        ),
    ],
    ids=["like a misspelt one", "without a misspelt one", "by a number that is none"],
)
def test_what_follows_from_a_mistake_is_left_out(extend: Load, text: str, told: str, not_told: tuple[str, ...]) -> None:
    said = message(extend, text)
    assert told in said
    assert "mistakes" not in said
    assert not any(word in said for word in not_told), said


def test_payers_that_stay_from_the_base_are_named_with_the_way_out(extend: Load) -> None:
    said = message(extend, "payers: [{name: own, like: public, share: 1}]\n")
    assert "s.yaml:4:1: payers: the shares of the payers sum to 2, not to 1: public 0.6, private 0.4, own 1" in said
    assert "without: [payers.public]" in said


def test_names_stay_those_of_the_base_while_without_takes_them_out(extend: Load) -> None:
    assert "it has public, private" in message(extend, "without: [payers.public, payers.privat]\n")


def test_an_operating_point_takes_the_place_of_the_other_kind(extend: Load) -> None:
    loaded = extend("payers: [{name: public, triage: {operating_point: {specificity: 0.95}}}]\n")
    point = loaded.scenario.payers[0].triage.operating_point
    assert point.sensitivity is None
    assert float(point.specificity or 0) == 0.95
