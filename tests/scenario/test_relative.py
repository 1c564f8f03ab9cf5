"""Numbers that an arm or `--set` says by the one that stands there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from threatsim.catalogue.distributions import Beta, Distribution, Lognormal, Normal, Triangular, Uniform
from threatsim.common.errors import ThreatsimError
from threatsim.scenario.evidence import tally, weighed_numbers
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.origins import origins
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.remarks import arm_remarks
from threatsim.scenario.schema import Scenario
from threatsim.scenario.uncertain import draws, uncertain_numbers

Load = Callable[[str], LoadedScenario]
RANDOM = "payers.*.audit.random"


def with_set(text: str, *entries: str) -> str:
    head, _, _ = text.partition("      payers.*.audit.random: 0.02")
    return head + "".join(f"      {entry}\n" for entry in entries)


def arm_of(load_text: Load, text: str, *entries: str) -> Scenario:
    return resolve_arm(load_text(with_set(text, *entries)), "more_audits")


def test_each_target_goes_by_its_own_number(load_text: Load, small_text: str) -> None:
    base = load_text(small_text).scenario
    entries = (
        "payers.public.readers.capacity: 200",
        "payers.*.readers.capacity: {times: 2}",
        "law.damages: {plus: -0.5}",
    )
    arm = arm_of(load_text, small_text, *entries)
    assert [float(payer.readers.capacity) for payer in base.payers] == [100, 100]
    assert [float(payer.readers.capacity) for payer in arm.payers] == [400, 200]
    assert float(arm.law.damages) == float(base.law.damages) - 0.5


def test_a_relative_number_keeps_its_unit_and_says_what_it_was_made_of(load_text: Load, small_text: str) -> None:
    former = load_text(small_text).scenario.modalities["fundoscopy"].fee_positive
    fee = arm_of(load_text, small_text, "modalities.*.fee_positive: {times: 2, note: Of 2027.}")
    found = fee.modalities["fundoscopy"].fee_positive
    assert (found.value, found.unit) == (2 * former.value, former.unit)
    assert (found.kind, found.source) == ("assumed", "")
    assert found.note == f"2 times {former.value:g}, which is {former.kind}. Of 2027."


def test_whole_numbers_stay_whole(load_text: Load, small_text: str) -> None:
    weeks = load_text(small_text).scenario.conduct.decision_interval
    arm = arm_of(load_text, small_text, "conduct.decision_interval: {times: 2}")
    assert (arm.conduct.decision_interval, type(arm.conduct.decision_interval)) == (2 * weeks, int)


def test_entries_go_by_those_above_them(load_text: Load, small_text: str) -> None:
    arm = arm_of(load_text, small_text, f"{RANDOM}: 0.03", "payers.private.audit.random: {times: 2}")
    assert [float(payer.audit.random) for payer in arm.payers] == [0.03, 0.06]


def test_what_is_left_out_goes_by_its_default(load_text: Load, small_text: str) -> None:
    arm = arm_of(load_text, small_text, "payers.*.integrity.price.per_claim: {plus: 2}")
    assert [float(payer.integrity.price.per_claim) for payer in arm.payers] == [2, 2]


def test_an_arm_goes_by_what_set_says(small_text: str, load_text: Load) -> None:
    loaded = load_scenario("insurance_upcoding", overrides={RANDOM: 0.02})
    assert [float(payer.audit.random) for payer in resolve_arm(loaded, "audits_doubled").payers] == [0.04, 0.04]
    twice = load_scenario("insurance_upcoding", overrides={RANDOM: {"times": 3}})
    numbers = [payer.audit.random for payer in resolve_arm(twice, "audits_doubled").payers]
    assert [number.value for number in numbers] == pytest.approx([6 * 0.0041] * 2)
    written = origins(twice)["payers.public_payer.audit.random"].label
    assert written == '--set payers.*.audit.random={"times": 3}'
    assert origins(twice, "audits_doubled")["payers.public_payer.audit.random"].label.startswith("arm audits_doubled, ")


def test_evidence_counts_it_as_assumed_and_with_a_range() -> None:
    loaded = load_scenario("insurance_upcoding")
    base, arm = (
        tally(weighed_numbers(one), distinct=False) for one in (loaded.scenario, resolve_arm(loaded, "audits_doubled"))
    )
    assert arm.kinds["assumed"] == base.kinds["assumed"] + 2  # random audits of both payers were estimated
    assert arm.without_range == base.without_range


FAMILIES: list[Distribution] = [
    Normal(mean=0.2, sd=0.05),
    Lognormal(median=0.02, sigma=0.7),
    Triangular(low=0.1, mode=0.2, high=0.4),
    Uniform(low=0.1, high=0.3),
]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: type(family).__name__)
def test_distributions_move_with_their_numbers(family: Distribution) -> None:
    for by in (0.5, -0.3):
        moved = family.shifted(by)
        assert moved is not None
        assert moved.centre == pytest.approx(family.centre + by)
        for p in (0.01, 0.3, 0.9):
            assert moved.inverse(p) == pytest.approx(family.inverse(p) + by)
            assert moved.cdf(family.inverse(p) + by) == pytest.approx(p)
    assert type(family).model_validate(family.model_dump()) == family
    assert "shift" not in family.model_dump()


def test_a_moved_lognormal_is_scaled_with_its_shift() -> None:
    moved = Lognormal(median=0.02, sigma=0.7).shifted(0.1)
    assert moved is not None
    twice = moved.scaled(2)
    assert twice is not None
    assert twice.inverse(0.3) == pytest.approx(2 * moved.inverse(0.3))
    assert Lognormal.model_validate(twice.model_dump()) == twice
    assert Beta(alpha=2, beta=3).shifted(0.1) is None


def test_in_every_draw_it_is_that_much_of_what_was_drawn() -> None:
    base = load_scenario("insurance_upcoding").scenario
    for given, meant in (({"times": 2}, lambda one: 2 * one), ({"plus": 0.01}, lambda one: one + 0.01)):
        other = load_scenario("insurance_upcoding", overrides={RANDOM: given}).scenario
        path = "payers.public_payer.audit.random"
        uniforms = {number: [0.01, 0.2, 0.5, 0.99] for number in draws_of(base)}
        assert draws(other, uniforms)[path] == pytest.approx([meant(one) for one in draws(base, uniforms)[path]])


def draws_of(scenario: Scenario) -> list[str]:
    return [path for number in uncertain_numbers(scenario) for path in number.paths]


@pytest.mark.parametrize(
    ("entry", "column", "words"),
    [
        (f"{RANDOM}: {{times: 1000}}", 38, ("1000 times", "from 0 to 1 (share)")),
        (f"{RANDOM}: {{plus: -0.5}}", 37, ("0.5 less is -0.", "from 0 to 1 (share)")),
        (f"{RANDOM}: {{times: -1}}", 38, ("times is -1", "at least 0")),
        (f"{RANDOM}: {{times: twice}}", 38, ("times is 'twice'", "a number")),
        (f"{RANDOM}: {{times: 2, plus: 1}}", 7, ("either times or plus",)),
        (f"{RANDOM}: {{times: 2, tims: 1}}", 41, ("no 'tims'", "times, plus, note")),
        ("payers.*.integrity.hash_at_capture: {times: 2}", 7, ("not a number",)),
        ("payers.*.integrity.detector.false_alarm: {plus: 0.1}", 7, ("nothing stands there",)),
        ("conduct.rule: {times: 2}", 7, ("not a number",)),
        ("conduct.decision_interval: {times: 1.1}", 7, ("whole number",)),
    ],
)
def test_what_means_no_number_is_refused(
    load_text: Load, small_text: str, entry: str, column: int, words: tuple[str, ...]
) -> None:
    with pytest.raises(ThreatsimError) as caught:
        load_text(with_set(small_text, entry))
    text = str(caught.value)
    assert all(word in text for word in words), text
    assert f":{column}: " in text or column == 7, text


def test_a_distribution_that_cannot_go_along_is_refused(load_text: Load, small_text: str) -> None:
    text = small_text.replace("      payers.*.audit.random: 0.02", "      law.damages: {times: 2}")
    ranged = text.replace("extrapolate: false", "extrapolate: false\n  exclusion: {beta: {alpha: 2, beta: 8}}")
    with pytest.raises(ThreatsimError, match="cannot be kept with times"):
        load_text(ranged.replace("law.damages", "law.exclusion"))


def test_a_wrong_relative_setting_is_told_with_its_path() -> None:
    with pytest.raises(ThreatsimError, match=r"override payers.*500 times 0.0041 is 2.05; allowed is from 0 to 1"):
        load_scenario("insurance_upcoding", overrides={RANDOM: {"times": 500}})


def test_what_set_and_an_arm_both_name_is_told_with_what_the_arm_then_has() -> None:
    def told(**overrides: object) -> list[str]:
        given = {path.replace("__", "."): value for path, value in overrides.items()}
        return list(arm_remarks(load_scenario("insurance_upcoding", overrides=given)))

    assert not told()
    (relative,) = told(payers__public_payer__audit__random=0.02)
    assert "insurance_upcoding.yaml:" in relative
    assert "'audits_doubled'" in relative
    assert "2 times what that says: 0.04, 0.0082" in relative
    absolute = told(payers__public_payer__triage__operating_point={"specificity": 0.9})
    assert 'the arm has {"specificity": 0.95} all the same' in absolute[0]
    both = told(
        payers__0__triage__operating_point={"specificity": 0.95},
        payers__1__triage__operating_point={"specificity": 0.95},
    )
    assert "'hardened_operating_point' changes nothing" in both[-1]


def test_an_arm_that_changes_nothing_is_told(load_text: Load, small_text: str) -> None:
    random = [float(payer.audit.random) for payer in load_text(small_text).scenario.payers]
    same = with_set(small_text, *(f"payers.{row}.audit.random: {value}" for row, value in enumerate(random)))
    assert ["changes nothing" in remark for remark in arm_remarks(load_text(same))] == [True]
    assert not list(arm_remarks(load_text(small_text)))
