"""Ways of paying, links, suppression and adaptation: what they mean, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from threatsim.scenario.problems import ScenarioError
from threatsim.scenario.reading.loaded import LoadedScenario

Load = Callable[[str], LoadedScenario]
FEES = (
    "    fee_negative: 36\n"
    '    fee_positive: {value: 326, unit: USD per claim, source: "B 2025", kind: measured, note: office}\n'
)
DRG = "    drg: {base_rate: 7000, weight_negative: 0.6989, weight_positive: 1.7828}\n"
RISK = (
    "    risk_adjustment: {base_rate: 1100, coefficient_negative: 0.166, coefficient_positive: 0.502, "
    "normalisation: 1.067, coding_cut: 0.059, months: 12}\n"
)
NETWORK = "referral_network: {kind: small_world, neighbours: 4, rewiring: 0.1}"
LAW = "law:\n"
INTEGRITY = "    integrity: {hash_at_capture: false"


def test_a_drg_pays_its_weight(load_text: Load, small_text: str) -> None:
    """MS-DRG 201 and 199, the fiscal year 2019 weights, at a base rate of 7,000 USD."""
    loaded = load_text(small_text.replace(FEES, DRG))
    assert loaded.scenario.modalities["fundoscopy"].fees == pytest.approx((4892.3, 12479.6))


def test_a_risk_score_pays_for_the_year(load_text: Load, small_text: str) -> None:
    """Diabetes without and with proliferative retinopathy or macular oedema, CMS-HCC V28: 0.166, and 0.336 more."""
    without, with_finding = load_text(small_text.replace(FEES, RISK)).scenario.modalities["fundoscopy"].fees
    assert with_finding - without == pytest.approx(0.336 * 1100 * 12 * 0.941 / 1.067)
    assert without == pytest.approx(0.166 * 1100 * 12 * 0.941 / 1.067)


def test_a_service_is_paid_in_place_of_the_image_or_beside_it(load_text: Load, small_text: str) -> None:
    """Laser (326 USD) is billed beside the photograph (36 USD); the excision of a cancer in place of that of a mole."""
    instead = load_text(small_text.replace(FEES, FEES + "    billed: instead\n")).scenario.modalities["fundoscopy"]
    beside = load_text(small_text.replace(FEES, FEES + "    billed: beside\n")).scenario.modalities["fundoscopy"]
    assert instead.fees == load_text(small_text).scenario.modalities["fundoscopy"].fees == (36, 326)
    assert beside.fees == (36, 362)
    cheap = load_text(small_text.replace(FEES, "    fee_negative: 36\n    fee_positive: 10\n    billed: beside\n"))
    assert cheap.scenario.modalities["fundoscopy"].fees == (36, 46)


def test_links_name_providers(load_text: Load, small_text: str) -> None:
    text = small_text.replace(NETWORK, "referral_network: {kind: edge_list, links: [[eye.0, eye.3], [eye.1, eye.2]]}")
    assert load_text(text).scenario.referral_network.links == (("eye.0", "eye.3"), ("eye.1", "eye.2"))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (FEES, "", ("lacks fee_negative and fee_positive", "drg", "risk_adjustment")),
        (FEES, "    fee_negative: 36\n", ("lacks fee_positive",)),
        (FEES, FEES + DRG, ("exclude each other",)),
        (FEES, DRG + RISK, ("drg and risk_adjustment exclude each other",)),
        (FEES, FEES + "    billed: besides\n", ("besides", "beside")),
        (FEES, DRG + "    billed: beside\n", ("a drg pays for the whole",)),
        (FEES, DRG.replace("1.7828", "0.5"), ("nobody would gain", "0.5")),
        (FEES, RISK.replace("normalisation: 1.067", "normalisation: 0"), ("above 0",)),
        (NETWORK, "referral_network: {kind: edge_list}", ("needs links",)),
        (NETWORK, "referral_network: {kind: small_world, links: [[eye.0, eye.1]]}", ("links are for an edge_list",)),
        (NETWORK, "referral_network: {kind: edge_list, links: [[eye.0, eye.5]]}", ("5 providers", "from 0 to 4")),
        (NETWORK, "referral_network: {kind: edge_list, links: [[ear.0, eye.1]]}", ("no providers 'ear'", "eye")),
        (NETWORK, "referral_network: {kind: edge_list, links: [[eye.1, eye.1]]}", ("linked to itself",)),
        (NETWORK, "referral_network: {kind: edge_list, links: [[eye, eye.1]]}", ("'eye'",)),
        (LAW, "law:\n  tips: {fraud: 0.1, honest: 0, probe: 0}\n", ("from 1 to 1,000",)),
        (
            INTEGRITY,
            INTEGRITY.replace("{", "{duplicate_search: {false_alarm: 0}, "),
            ("a budget of 0 lets the control flag nothing",),
        ),
        (
            INTEGRITY,
            INTEGRITY.replace("{", "{detector: {kind: gausian, false_alarm: 0.05}, "),
            ("gausian", "gaussian, density"),
        ),
        (
            INTEGRITY,
            "    adaptation: {match_images: {after_findings: 5}}\n" + INTEGRITY,
            ("name duplicate_search, same_patient or both",),
        ),
        ("      targeted: 0.02\n", "      targeted: 0.02\n      flagged: 0.01\n", ("nothing flags a claim",)),
        ("      targeted: 0.02\n", "      targeted: 0.02\n      flagged: 0.99\n", ("targeted and flagged together",)),
        (LAW, "law:\n  appeals: {filed: 0.3}\n", ("overturned_supported",)),
        (
            INTEGRITY,
            "    suppression: {tactic: patches, share: 1, reviewed: 0, penalty: 0}\n" + INTEGRITY,
            ("no tactic 'patches'",),
        ),
        (
            INTEGRITY,
            "    suppression: {tactic: code_only, share: 1, reviewed: 0, penalty: 0}\n" + INTEGRITY,
            ("suppresses nothing",),
        ),
        (INTEGRITY, "    adaptation: {best_reply: {most: 0}}\n" + INTEGRITY, ("below", "audit.random")),
        (INTEGRITY, "    adaptation: {raise_audit: {above: 0.1}}\n" + INTEGRITY, ("'raise_audit'", "raise_audits")),
        (
            INTEGRITY,
            "    adaptation: {move_threshold: {after_findings: 3, operating_point: {}}}\n" + INTEGRITY,
            ("exactly one of sensitivity and specificity",),
        ),
    ],
)
def test_what_is_refused(load_text: Load, small_text: str, old: str, new: str, expected: tuple[str, ...]) -> None:
    assert small_text.count(old) == 1
    with pytest.raises(ScenarioError) as raised:
        load_text(small_text.replace(old, new))
    for word in expected:
        assert word in str(raised.value)


def test_laws_are_read_as_they_were_written_before(load_text: Load, small_text: str) -> None:
    """One number collected was that of penalties, and exclusion was yes or no."""
    text = small_text.replace("collected: {penalties: 0.25}", "collected: {value: 0.3, unit: share}")
    law = load_text(text.replace("extrapolate: false", "exclusion: true")).scenario.law
    assert (float(law.collected.offsets), float(law.collected.extrapolated), float(law.collected.penalties)) == (
        1,
        1,
        0.3,
    )
    assert float(law.exclusion) == law.bar == 1


def test_a_payer_is_under_its_own_law(load_text: Load, small_text: str) -> None:
    contract = "{kind: commercial, findings_to_accuse: 2, collected: {penalties: 1}, termination: 0.5}"
    text = small_text.replace("law:\n", f"other_laws:\n  contract: {contract}\nlaw:\n")
    scenario = load_text(text.replace("share: 0.4\n", "share: 0.4\n    law: contract\n")).scenario
    public, private = (scenario.law_of(payer) for payer in scenario.payers)
    assert (public.kind, public.findings_to_act, public.statute) == ("federal", 3, (2, 14308))
    assert (private.kind, private.findings_to_act, private.statute, private.bar) == ("commercial", 2, (1, 0), 0.5)


def test_a_commercial_law_may_have_a_states_statute(load_text: Load, small_text: str) -> None:
    """California Ins. Code 1871.7: up to three times the amount, and 5,000 to 10,000 USD a claim."""
    statute = "state_statute: {damages: 3, per_claim_penalty: 5000}"
    text = small_text.replace("  damages: 2\n  per_claim_penalty: 14308\n", f"  kind: commercial\n  {statute}\n")
    assert load_text(text).scenario.law.statute == (3, 5000)
