"""Generated claims, and the policy that decides them."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import pytest

from threatsim.cases.codes.claim_set import FEATURES, features, generate
from threatsim.cases.codes.policy import EDITS, SERVICES, Line, denied_by, payable
from threatsim.outcomes.preparation.swap_examples import FINLAYSON

VISIT = Line("99214", 125.0, 56)


def test_a_claim_does_not_depend_on_how_many_are_drawn() -> None:
    few, many = (generate(n, seed=3, split="test", payable_share=0.5) for n in (20, 50))
    assert few.fingerprints == many.fingerprints[:20]
    assert few.fingerprints != generate(20, seed=4, split="test", payable_share=0.5).fingerprints
    assert few.fingerprints != generate(20, seed=3, split="train", payable_share=0.5).fingerprints


def test_careful_claims_are_truthful_labelled_by_the_policy_and_decided_without_mistakes() -> None:
    claims = generate(300, seed=3, split="test", payable_share=0.3)
    assert all(c.chart.is_truthful(c.codes) and c.chart.codes(c.chart.careful) == c.codes for c in claims.claims)
    assert [payable(c.codes, c.line) for c in claims.claims] == claims.labels.tolist()
    assert np.array_equal(claims.labels, claims.past)
    assert claims.labels.mean() == pytest.approx(0.3, abs=0.08)


def test_varied_claims_are_truthful_too_and_past_decisions_are_wrong_as_often_as_asked() -> None:
    claims = generate(1500, seed=3, split="train", varied=0.3, mistaken=0.1)
    assert all(claim.chart.is_truthful(claim.codes) for claim in claims.claims)
    assert np.mean([c.chart.codes(c.chart.careful) != c.codes for c in claims.claims]) > 0.4
    assert (claims.labels != claims.past).mean() == pytest.approx(0.1, abs=0.03)


def test_the_components_of_the_syndrome_keep_their_shares_and_gather() -> None:
    charts = [claim.chart for claim in generate(3000, seed=5, split="shares").claims]
    pressed = np.array([any("pressure" in n or "hypertension" in n for n in chart.conditions) for chart in charts])
    weighty = np.array([bool({"overweight", "obesity", "morbid obesity"} & set(c.conditions)) for c in charts])
    assert 0.24 < pressed.mean() < 0.36  # more than in the survey: those with fewer than two conditions do not come
    assert pressed[weighty].mean() > pressed[~weighty].mean() + 0.05


def test_many_claims_have_hundreds_of_truthful_alternatives() -> None:
    choices = [claim.chart.choices for claim in generate(500, seed=5, split="choices").claims]
    assert np.mean(np.array(choices) > 200) > 0.1


def test_the_policy_denies_the_first_set_of_the_published_example_and_pays_the_second() -> None:
    denied, approved = FINLAYSON
    assert denied_by(denied, VISIT) == ["syndrome_with_obesity"]
    assert denied_by(approved, VISIT) == []


@pytest.mark.parametrize(
    ("codes", "line", "edit"),
    [
        ({"278.00", "401.1"}, Line("97802", 35.0, 50), "nutrition_without_cover"),
        ({"278.01", "V85.41"}, Line("99213", 90.0, 50), "obesity_alone"),
        ({"357.2", "401.1"}, VISIT, "manifestation_without_cause"),
        ({"401.1", "585.3"}, VISIT, "hypertension_beside_kidney_disease"),
        ({"429.9", "401.1", "272.0"}, Line("93306", 195.0, 50), "echocardiography_unsupported"),
        ({"780.57", "401.1"}, Line("95810", 600.0, 50), "sleep_study_unsupported"),
        ({"724.2", "401.1"}, Line("97110", 29.0, 50), "exercise_unsupported"),
        ({"530.81", "244.9"}, Line("80061", 13.0, 50), "lipid_panel_unsupported"),
        ({"296.22", "300.02", "401.1"}, VISIT, "mental_disorder_at_a_medical_visit"),
        ({"429.9", "272.9", "401.1"}, VISIT, "mostly_unspecified"),
        ({"401.1", "272.0", "530.81"}, Line("99215", 175.0, 50), "level_unsupported"),
        ({"401.1", "272.0"}, Line("99214", 300.0, 50), "charge_too_high"),
    ],
)
def test_each_edit_denies_what_it_is_for(codes: set[str], line: Line, edit: str) -> None:
    assert denied_by(frozenset(codes), line) == [edit]
    assert edit in {one.name for one in EDITS}


def test_what_a_classifier_reads_are_the_codes_the_service_the_charge_and_the_age() -> None:
    row = features([(frozenset({"401.1", "272.0"}), VISIT)])[0]
    assert row.shape == (FEATURES,)
    assert row[:-2].sum() == 3  # two codes and the service
    assert row[-2:] == pytest.approx([0.5, 0.56])
    assert all(np.isfinite(features([(frozenset(), Line(s, 1.0, 18)) for s in SERVICES])).ravel())
    lines = [Line("99214", amount, 50) for amount in (0.01, 80.0, 124.99, 417.3)]
    charge = np.log([line.amount / SERVICES["99214"][1] for line in lines]) + 0.5
    np.testing.assert_array_equal(features([(frozenset(), line) for line in lines])[:, -2], charge.astype(np.float32))
    assert features([]).shape == (0, FEATURES)


def test_claims_are_those_that_they_were_when_the_shipped_classifier_was_measured() -> None:
    claims = generate(200, seed=3, split="test", payable_share=0.5)
    assert blake2b("".join(claims.fingerprints).encode(), digest_size=8).hexdigest() == "48e9d4d3ea713d5d"
