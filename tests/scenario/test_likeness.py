"""`like`: payers and groups of providers that are others, but for what is written; and names that are misspelt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from threatsim.common.errors import ThreatsimError
from threatsim.scenario.problems import ScenarioError
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.origins import origins
from threatsim.scenario.reading.reader import load_scenario

Extend = Callable[[str], LoadedScenario]
ONE_ARM = "arms: [{name: only, title: Only one}]\n"


@pytest.fixture
def extend(tmp_path: Path, small_text: str) -> Extend:
    """Load a text that extends the small scenario, which lies beside it as `base.yaml`."""
    (tmp_path / "base.yaml").write_text(small_text)

    def load(text: str) -> LoadedScenario:
        path = tmp_path / "s.yaml"
        path.write_text(f"schema_version: 1\nextends: base.yaml\nname: child\n{text}")
        return load_scenario(path)

    return load


def mistakes(extend: Extend, text: str) -> tuple[str, ...]:
    with pytest.raises(ScenarioError) as raised:
        extend(text)
    return tuple(f"{problem.text} {problem.hint}" for problem in raised.value.problems)


def test_two_payers_in_the_place_of_the_one_that_they_are_like(extend: Extend, small: LoadedScenario) -> None:
    loaded = extend(
        "without: [payers.public, payers.private]\npayers:\n  - {name: a, like: public, share: 0.7}\n"
        "  - {name: b, like: a, share: 0.3, readers: {capacity: 7}}\n" + ONE_ARM
    )
    first, second = loaded.scenario.payers
    public = small.scenario.payers[0]
    assert first == public.model_copy(update={"name": "a", "share": first.share})
    assert (float(first.share), float(second.share)) == (0.7, 0.3)
    assert float(second.readers.capacity) == 7
    assert second.audit == public.audit
    written = origins(loaded)
    assert written["payers.a.audit.random"].label == "base.yaml:61"
    assert written["payers.b.readers.capacity"].label == "s.yaml:7"


def test_a_payer_of_a_known_name_that_is_like_another_is_that_one_whole(extend: Extend, small: LoadedScenario) -> None:
    private = extend("payers:\n  - {name: private, like: public, share: 0.4}\n").scenario.payers[1]
    public = small.scenario.payers[0]
    assert private == public.model_copy(update={"name": "private", "share": private.share})
    assert private.integrity != small.scenario.payers[1].integrity


def test_a_group_of_providers_like_another(extend: Extend, small: LoadedScenario) -> None:
    groups = extend("providers:\n  ear: {like: eye, count: 9}\n").scenario.providers
    assert groups["ear"] == groups["eye"].model_copy(update={"count": 9})
    assert groups["eye"] == small.scenario.providers["eye"]


def test_what_it_is_like_may_stand_below_and_be_changed_in_the_same_file(extend: Extend) -> None:
    payers = "payers:\n  - {name: a, like: public, share: 0.4}\n  - {name: private, like: a, share: 0}\n"
    loaded = extend(payers + "  - {name: public, readers: {capacity: 7}}\n")
    assert [(payer.name, float(payer.readers.capacity)) for payer in loaded.scenario.payers] == [
        ("public", 7),
        ("private", 7),
        ("a", 7),
    ]


def test_a_mistake_in_what_is_written_over_it_has_its_place(extend: Extend) -> None:
    text = "payers:\n  - {name: a, like: public, share: 0, audit: {random: 2}}\n"
    with pytest.raises(ScenarioError, match=r"s\.yaml:5:55: payers\.a\.audit\.random: 2 is out of range"):
        extend(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("payers: [{name: publik, readers: {capacity: 7}}]\n", ("no 'publik' in payers", "Did you mean 'public'?")),
        ("providers: {eyes: {count: 3}}\n", ("no 'eyes' in providers", "Did you mean 'eye'?")),
        ("tactics: {noize: {epsilon: 0.01}}\n", ("no 'noize' in tactics", "Did you mean 'noise'?")),
        ("payers: {public: {readers: {capacity: 7}}}\n", ("payers needs a list", "- name: public")),
        ("payers: {name: public, share: 0.6}\n", ("payers needs a list", "Write - before")),
        ("payers: [{name: public, like: {a: 1}}]\n", ("no payer '{'a': 1}'", "there are public")),
    ],
)
def test_what_follows_from_a_mistake_is_not_told_beside_it(
    extend: Extend, text: str, expected: tuple[str, str]
) -> None:
    told = mistakes(extend, text)
    assert len(told) == 1, told
    assert all(words in told[0] for words in expected), told


def test_mistakes_inside_what_is_misspelt_are_told_too(extend: Extend) -> None:
    told = mistakes(extend, "payers: [{name: publik, readers: {capacity: -7}}]\n")
    assert len(told) == 2
    assert "-7 is out of range" in told[1]


def test_a_new_payer_that_has_all_it_needs_may_have_nearly_the_name_of_another(extend: Extend, small_text: str) -> None:
    private = small_text[small_text.index("  - name: private") : small_text.index("law:")]
    private = private.replace(
        "*readers", "{capacity: 1, overflow: pay, sensitivity: 1, specificity: 1, patch_seen: 1, cost: 1}"
    )
    audit = small_text[small_text.index("    audit: &audit") : small_text.index("  - name: private")]
    private = private.replace("    audit: *audit\n", audit.replace(" &audit", "")).replace("share: 0.4", "share: 0")
    loaded = extend("payers:\n" + private.replace("name: private", "name: privat"))
    assert [payer.name for payer in loaded.scenario.payers] == ["public", "private", "privat"]


def test_it_is_no_key_once_it_is_loaded(extend: Extend) -> None:
    with pytest.raises(ThreatsimError, match="no 'like'"):
        load_scenario(extend("").path, overrides={"payers.public.like": "private"})
