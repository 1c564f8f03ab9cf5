"""`threatsim new`: what it writes runs as it is, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from threatsim.catalogue.conduct_rules import CONDUCT_RULES
from threatsim.catalogue.controls import CONTROLS
from threatsim.common.errors import ThreatsimError
from threatsim.scenario.authoring.new import Wishes, name_of, write_new
from threatsim.scenario.authoring.policies import policies
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.scenario_library import scenario_names
from threatsim.scenario.sections.picture_controls import controls_in


@pytest.mark.parametrize("base", scenario_names())
def test_a_new_one_of_every_library_scenario_is_right(base: str, tmp_path: Path) -> None:
    written = write_new(Wishes(out=tmp_path / "My Own-1.yaml", base=base))
    loaded = load_scenario(written.scenario)
    assert loaded.scenario.name == "my_own_1"
    assert loaded.scenario.modalities == load_scenario(base).scenario.modalities
    assert (tmp_path / "scenario.schema.json").is_file()


def test_every_policy_can_be_an_arm(tmp_path: Path) -> None:
    written = write_new(Wishes(out=tmp_path / "mine", arms=list(policies()), weeks=8, replicates=4))
    loaded = load_scenario(tmp_path / "mine.yaml")
    assert written.scenario == tmp_path / "mine.yaml"
    assert (loaded.scenario.weeks, loaded.scenario.replicates) == (8, 4)
    arms = {arm.name: resolve_arm(loaded, arm.name) for arm in loaded.scenario.arms}
    base = arms["baseline"]
    assert [float(p.audit.random) for p in arms["audits_doubled"].payers] == [
        2 * float(p.audit.random) for p in base.payers
    ]
    before, after = (arms[name].payers[0].audit.random.distribution for name in ("baseline", "audits_doubled"))
    assert before is not None
    assert after == before.scaled(2)
    assert float(arms["no_penalties"].law.per_claim_penalty) == 0
    assert all(payer.integrity.hash_at_capture for payer in arms["hash_at_capture"].payers)


def test_every_control_of_the_catalogue_is_offered_and_in_force_in_its_arm(tmp_path: Path) -> None:
    write_new(Wishes(out=tmp_path / "mine", arms=list(policies())))
    loaded = load_scenario(tmp_path / "mine.yaml")
    in_force = set()
    for arm in loaded.scenario.arms:
        payer = resolve_arm(loaded, arm.name).payers[0]
        in_force |= {control.name for control in controls_in(payer.integrity)}
    assert in_force == set(CONTROLS)
    assert {"no_attack", "no_classifier"} <= {arm.name for arm in loaded.scenario.arms}


def test_a_conduct_rule_can_be_chosen(tmp_path: Path) -> None:
    rule = list(CONDUCT_RULES)[-1]
    write_new(Wishes(out=tmp_path / "mine", rule=rule))
    assert load_scenario(tmp_path / "mine.yaml").scenario.conduct.rule == rule


def test_kinds_of_image_that_are_not_kept_are_gone_with_their_providers(tmp_path: Path) -> None:
    write_new(Wishes(out=tmp_path / "s.yaml", modalities=["dermoscopy"]))
    scenario = load_scenario(tmp_path / "s.yaml").scenario
    assert list(scenario.modalities) == ["dermoscopy"]
    assert list(scenario.providers) == ["dermatology"]


def test_text_of_any_kind_survives(tmp_path: Path) -> None:
    title = 'He said: "5 % # of <b>it</b>", שלום 😀\n\tand \\ more'
    write_new(Wishes(out=tmp_path / "s.yaml", title=title, question="- why?"))
    scenario = load_scenario(tmp_path / "s.yaml").scenario
    assert scenario.title == 'He said: "5 % # of <b>it</b>", שלום 😀 and \\ more'
    assert scenario.question == "- why?"


def test_it_may_start_from_a_file_beside_it(tmp_path: Path, small_text: str) -> None:
    (tmp_path / "small.yaml").write_text(small_text)
    write_new(Wishes(out=tmp_path / "s.yaml", base=str(tmp_path / "small.yaml")))
    assert 'extends: "small.yaml"' in (tmp_path / "s.yaml").read_text()
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(ThreatsimError, match="own folder"):
        write_new(Wishes(out=tmp_path / "elsewhere" / "s.yaml", base=str(tmp_path / "small.yaml")))


def test_a_file_that_is_there_stays_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("precious")
    with pytest.raises(ThreatsimError, match="there already"):
        write_new(Wishes(out=path))
    assert path.read_text() == "precious"
    write_new(Wishes(out=path), force=True)
    assert load_scenario(path).scenario.name == "s"


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        (Wishes(), "needs a file"),
        (Wishes(out=Path("s.yaml"), base="insurance_upcodin"), "Did you mean 'insurance_upcoding'?"),
        (Wishes(out=Path("s.yaml"), modalities=["dermascopy"]), "Did you mean 'dermoscopy'?"),
        (Wishes(out=Path("s.yaml"), arms=["hash"]), "there is no policy 'hash'"),
        (
            Wishes(out=Path("s.yaml"), arms=["signature"]),
            "Perhaps hash_at_capture (Images signed at capture) or signed",
        ),
        (Wishes(out=Path("s.yaml"), arms=["detector_gausian"]), "Did you mean 'detector_gaussian'?"),
        (Wishes(out=Path("s.yaml"), rule="logitt"), "Did you mean 'logit'?"),
        (Wishes(out=Path("no/such/folder/s.yaml")), "cannot be written"),
    ],
)
def test_wishes_that_cannot_be_met_write_nothing(
    wishes: Wishes, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ThreatsimError) as raised:
        write_new(wishes)
    assert expected in str(raised.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("file", "name"), [("A b.yaml", "a_b"), ("1.yaml", "scenario_1"), ("é.yaml", "scenario"), ("x-Y_z.yml", "x_y_z")]
)
def test_names(file: str, name: str) -> None:
    assert name_of(Path(file)) == name


def test_it_says_its_commands_as_a_shell_takes_them(tmp_path: Path) -> None:
    written = write_new(Wishes(out=tmp_path / "my file.yaml", modalities=["dermoscopy"]))
    assert "# Run it:     threatsim run 'my file.yaml'" in written.scenario.read_text(encoding="utf-8").splitlines()
    assert written.lines()[-1] == f"Run it:   threatsim run '{written.scenario}'"
