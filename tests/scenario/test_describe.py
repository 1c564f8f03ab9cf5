"""What a place in a scenario is, for whoever writes one."""

from __future__ import annotations

import re

import pytest

from threatsim.common.errors import ThreatsimError
from threatsim.scenario.authoring.describe import all_paths, describe, in_scenario
from threatsim.scenario.authoring.search import search
from threatsim.scenario.reading.reader import load_scenario, parameters_beside


@pytest.mark.parametrize("item", ["", "0.", "*.", "nobody."])
def test_items_may_be_left_out_or_named(item: str) -> None:
    found = describe(f"payers.{item}audit.random")
    assert found.path == "payers.*.audit.random"
    assert (found.kind, found.unit, found.allowed, found.default) == ("number", "share", "from 0 to 1", "required")
    assert "drawn for audit at random" in found.what


@pytest.mark.parametrize(
    ("path", "kind", "allowed", "default"),
    [
        ("weeks", "whole number", "from 1 to 520", "required"),
        ("conduct.rule", "one of a choice", "best_response, logit, fictitious_play, bandit", "required"),
        ("payers.integrity.hash_at_capture", "true or false", "", "false"),
        ("payers.audit.network", "number", "from 0 to 1", "0"),
        ("law.tips", "section", "", "none: left out"),
        ("tactics", "section with names of your own", "", "required"),
        ("arms", "list", "", "required"),
        ("payers.adaptation.best_reply.most", "number", "from 0 to 1", "required"),
    ],
)
def test_kinds_ranges_and_defaults(path: str, kind: str, allowed: str, default: str) -> None:
    found = describe(path)
    assert (found.kind, found.allowed, found.default) == (kind, allowed, default)


def test_every_path_of_the_schema_can_be_described() -> None:
    paths = all_paths()
    assert len(paths) > 120
    for path in paths:
        assert describe(path).what, path


def test_numbers_of_a_scenario_at_a_place() -> None:
    scenario = load_scenario("insurance_upcoding").scenario
    found = in_scenario(scenario, describe("payers.audit.random").path)
    assert [one.path for one in found] == ["payers.public_payer.audit.random", "payers.private_plan.audit.random"]
    assert [float(one.number) for one in found] == [0.0041, 0.0041]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("payers.audit.rndom", "Did you mean 'random'?"),
        ("random", "There is payers.*.audit.random."),
        ("payers.audit.random.value.x", "nothing stands inside it"),
        ("law.", ""),
        ("payer.audit", "Did you mean 'payers'?"),
        ("zzz", "it has schema_version"),
        ("zzz", "threatsim describe --search zzz"),
    ],
)
def test_places_that_there_are_not(path: str, expected: str) -> None:
    if not expected:
        assert describe(path).path == "law"
        return
    with pytest.raises(ThreatsimError) as raised:
        describe(path)
    assert expected in str(raised.value)


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("payers.raders", "readers"),
        ("payers.public_payer.raders", "readers"),
        ("payers.public_pair.audit", "public_payer"),
    ],
)
def test_a_misspelt_key_is_not_taken_for_the_name_of_an_item(path: str, nearest: str) -> None:
    scenario = load_scenario("insurance_upcoding").scenario
    with pytest.raises(ThreatsimError) as raised:
        describe(path, scenario)
    assert f"Did you mean '{nearest}'?" in str(raised.value)
    assert describe("payers.public_payer.audit", scenario).path == "payers.*.audit"
    assert describe("modalities.fundoscopy.fee_positive", scenario).kind == "number"


@pytest.mark.parametrize(
    ("words", "first", "kind"),
    [
        ("net benefit", "net_benefit", "metric"),
        ("signature", "payers.*.integrity.hash_at_capture", "key"),
        ("67228", "fees.cpt_67228_office", "parameter"),
        ("audits random", "payers.*.audit.random", "key"),
        ("PGD", "pgd", "attack"),
        ("signed", "payers.*.integrity.hash_at_capture", "key"),
        ("signatures", "payers.*.adaptation.sign_images", "key"),
        ("fees", "modalities.*.fee_positive", "key"),
        ("audited", "payers.*.audit.random", "key"),
    ],
)
def test_words_are_found_in_names_and_descriptions(words: str, first: str, kind: str) -> None:
    loaded = load_scenario("insurance_upcoding")
    found = search(words, parameters_beside(loaded.path))
    assert (kind, first) in [(hit.kind, hit.name) for hit in found]


@pytest.mark.parametrize("word", ["dental", "CT", "MRI", "ultrasound", "mammography"])
def test_a_word_of_nothing_says_so(word: str) -> None:
    """CT stands in tactic, and ultrasound is no misspelling of a key: neither is an answer to who asks for them."""
    loaded = load_scenario("insurance_upcoding")
    with pytest.raises(ThreatsimError, match=f"nothing in threatsim speaks of '{word}'") as raised:
        search(word, parameters_beside(loaded.path))
    assert "Did you mean" not in str(raised.value)
    assert "The modalities are fundoscopy, " in str(raised.value)


@pytest.mark.parametrize(
    ("word", "meant"), [("triagee", "triage"), ("traige", "triage"), ("integrety", "integrity"), ("audt_rate", "audit")]
)
def test_a_slip_of_the_pen_gets_the_word_that_was_meant(word: str, meant: str) -> None:
    loaded = load_scenario("insurance_upcoding")
    with pytest.raises(ThreatsimError) as raised:
        search(word, parameters_beside(loaded.path))
    assert (f"Did you mean '{meant}'?" in str(raised.value)) == (word != "audt_rate")


def test_words_that_only_begin_alike_are_not_taken_for_one_another() -> None:
    """Signed is signature and signs, but not significant or signal."""
    loaded = load_scenario("insurance_upcoding")
    for hit in search("signature", parameters_beside(loaded.path)):
        assert re.search(r"\bsign(s|ed|atures?|_\w+|\b)", f"{hit.name} {hit.what}".lower().replace(".", " ")), hit
