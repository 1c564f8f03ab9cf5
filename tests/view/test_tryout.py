"""Try: the form, the check as one types, what is saved, what is run and stopped, and who may ask for any of it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.experiment.small_world import scenario_data
from tests.view.conftest import written
from threatsim.catalogue.attacks import ATTACKS
from threatsim.catalogue.plugins import OFF, are_off
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.experiment.execution.durable import while_running
from threatsim.experiment.record.record_reading import read_record
from threatsim.scenario.problems import ScenarioError
from threatsim.scenario.reading.reader import load_scenario
from threatsim.view.app import application
from threatsim.view.guard import FORM_TOKEN, Guard, Keys
from threatsim.view.index import RunIndex
from threatsim.view.runs import row_of
from threatsim.view.tryout.bases import Base, Bases
from threatsim.view.tryout.checking import LastCheck, check
from threatsim.view.tryout.form import fields_of
from threatsim.view.tryout.routes import TryOut
from threatsim.view.tryout.run_lock import alone
from threatsim.view.tryout.runner import Runner
from threatsim.view.tryout.saving import save

PORT = 8124
ORIGIN = f"http://127.0.0.1:{PORT}"
AUDIT = "payers.public.audit.random"


@pytest.fixture
def bases(tmp_path: Path) -> Bases:
    own = tmp_path / "own"
    own.mkdir()
    small = scenario_data() | {"cases": {"per_modality": 60}}
    small["tactics"]["pgd_white_box"]["steps"] = 2
    written(small, own / "small.yaml")
    return Bases(own)


@pytest.fixture
def small(bases: Bases) -> Base:
    found = bases.find("own/small.yaml")
    assert found is not None
    return found


def test_a_field_says_what_the_schema_and_the_scenario_say_of_it(bases: Bases, small: Base) -> None:
    fields = {field.path: field for field in fields_of(bases.load(small))}
    audit = fields[AUDIT]
    assert (audit.value, audit.unit, audit.allowed, audit.evidence) == ("0.001", "share", "from 0 to 1", "estimated")
    assert audit.source == "An Authority, 2020"
    assert audit.written.startswith("small.yaml:")
    assert fields["conduct.rule"].choices[:2] == ("best_response", "logit")
    assert fields["payers.public.integrity.hash_at_capture"].kind == "switch"
    assert fields["weeks"].allowed == "from 1 to 520"
    # Names, texts and files are not to be changed from a browser.
    text = {"name", "title", "question", "payers.public.name", "modalities.dermoscopy.classifier"}
    assert not text & set(fields)
    # What stands there, typed again, changes nothing.
    found = check(bases, small, {path: f" {field.value} " for path, field in fields.items()})
    assert (len(found.values), len(found.wrong)) == (0, 0)


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        (AUDIT, "2", 2),
        ("conduct.rule", "logitt", "logitt"),
        ("weeks", "1.5", 1.5),
        ("law.damages", "often", "often"),
        ("payers.private.share", "0.7", 0.7),
        ("payers.public.integrity.hash_at_capture", "perhaps", "perhaps"),
    ],
)
def test_a_mistake_is_told_as_validate_tells_it_and_at_its_field(
    bases: Bases, small: Base, path: str, text: str, value: object
) -> None:
    found = check(bases, small, {path: text, "replicates": "6"})
    assert found.loaded is None
    with pytest.raises(ScenarioError) as raised:
        load_scenario(small.path, overrides={path: value, "replicates": 6})
    assert [(one.text, one.hint) for one in found.wrong] == [(one.text, one.hint) for one in raised.value.problems]
    assert found.wrong[0].path == path


def test_a_mistake_of_a_whole_section_is_told_at_the_field_that_was_changed(bases: Bases, small: Base) -> None:
    found = check(bases, small, {AUDIT: "0.002", "payers.private.share": "0.7", "weeks": "5"})
    assert [one.path for one in found.wrong] == ["payers.private.share"]


def test_what_is_no_field_or_no_yaml_is_refused(bases: Bases, small: Base) -> None:
    for path in ("name", "arms", "../../etc/passwd", "payers.*.audit.random", "modalities.dermoscopy.finding"):
        with pytest.raises(InputError, match="no field"):
            check(bases, small, {path: "x"})
    (wrong,) = check(bases, small, {AUDIT: "[1,"}).wrong
    assert (wrong.path, wrong.text) == (AUDIT, "the value is not YAML")
    assert check(bases, small, {AUDIT: "{times: 2}"}).loaded is not None


def test_a_saved_scenario_says_what_differs_and_runs_as_what_was_tried(bases: Bases, small: Base) -> None:
    typed = {AUDIT: "0.02", "payers.private.readers.cost": "31", "weeks": "5"}
    typed |= {"conduct.rule": "best_response", "law.damages": "{triangular: {low: 1, mode: 2, high: 3}}"}
    tried = check(bases, small, typed)
    assert tried.loaded is not None
    assert bases.folder is not None
    path = save(bases, small, tried.values, name="mine", title="Mine:  <b>&\nmore")
    again = load_scenario(path)
    named = {"name": "mine", "title": "Mine: <b>& more"}
    assert again.scenario == tried.loaded.scenario.model_copy(update=named)
    text = path.read_text(encoding="utf-8")
    assert "extends: small.yaml" in text
    assert "providers" not in text
    # What was saved may be tried in turn.
    mine = bases.called("mine")
    assert mine is not None
    assert fields_of(bases.load(mine))[0].value == "5"
    for name, said in (("mine", "already"), ("../evil", "not one that"), ("a/b", "not one that"), ("", "not one that")):
        with pytest.raises(InputError, match=said):
            save(bases, small, {"weeks": 7}, name=name, title="x")
    assert path.read_text(encoding="utf-8") == text
    assert sorted(file.name for file in bases.folder.iterdir()) == ["mine.yaml", "small.yaml"]
    with pytest.raises(InputError, match="no folder was named"):
        save(Bases(), small, {}, name="other", title="x")


def test_a_scenario_of_the_library_is_extended_by_name(bases: Bases) -> None:
    base = bases.find("library/insurance_upcoding")
    assert base is not None
    tried = check(bases, base, {"payers.public_payer.audit.random": "0.02"})
    assert tried.loaded is not None
    again = load_scenario(save(bases, base, tried.values, name="more_audits", title="More audits"))
    told = {"name", "title", "expect"}
    assert again.scenario.model_dump(exclude=told) == tried.loaded.scenario.model_dump(exclude=told)
    assert [note for note in tried.notes if "audits_doubled" in note]  # the arm that sets the same path


def test_files_outside_the_folder_and_plug_ins_are_not_there(bases: Bases, tmp_path: Path) -> None:
    assert bases.folder is not None
    written(scenario_data(), tmp_path / "outside.yaml")
    (bases.folder / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    (bases.folder / "broken.yaml").write_text("{", encoding="utf-8")
    keys = [base.key for base in bases.all()]
    assert "own/broken.yaml" in keys
    assert "own/link.yaml" not in keys
    for key in ("own/../outside.yaml", str(tmp_path / "outside.yaml"), "library/../x", "", "own/"):
        assert bases.find(key) is None
    assert bases.called("small") is not None  # a broken one beside it hides nothing
    with bases.trusted():
        assert are_off()
    with Bases(bases.folder, plugins=True).trusted():
        assert not are_off()


def test_what_was_checked_last_need_not_be_checked_again(bases: Bases) -> None:
    base = bases.find("own/small.yaml")
    assert base is not None
    checked = LastCheck()
    found = checked.check(bases, base, {"weeks": "3"})
    assert found.loaded is not None
    assert checked.known(bases, base, {"weeks": "3"}) is found
    other = checked.known(bases, base, {"weeks": "2"})
    assert other is not found
    assert other.values == {"weeks": 2}
    wrong = checked.known(bases, base, {"weeks": "-1"})
    assert wrong.loaded is None
    assert checked.known(bases, base, {"weeks": "-1"}) is not wrong  # what was wrong may have been mended in the file


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    (tmp_path / "reports").mkdir()
    return tmp_path / "reports"


@pytest.fixture
def runner(reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    monkeypatch.setenv("THREATSIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    made = Runner(reports)
    yield made
    made.close()


@pytest.fixture
def client(bases: Bases, runner: Runner, reports: Path, tmp_path: Path, keys: Keys) -> Iterator[TestClient]:
    index = RunIndex([reports], tmp_path / "rows.json")
    app = Guard(application(index, keys, TryOut(bases, runner, index)), keys, ["127.0.0.1"], PORT)
    with TestClient(app, base_url=ORIGIN, follow_redirects=False) as made:
        made.get(f"/?token={keys.token}")
        yield made


SURROGATE = rb'{"base": "own/small.yaml", "values": {"\ud800": "x"}}'
POSTS = ("/try/check", "/try/ready", "/try/run", "/try/stop", "/try/save")


def test_only_these_pages_can_do_anything(client: TestClient, keys: Keys, reports: Path, bases: Bases) -> None:
    good = {"origin": ORIGIN, FORM_TOKEN: keys.form}
    asked = {"base": "own/small.yaml", "values": {"weeks": "5"}, "name": "evil"}
    for address in POSTS:
        for headers in (
            {},
            {"origin": ORIGIN},
            {FORM_TOKEN: keys.form},
            good | {FORM_TOKEN: "guessed"},
            good | {"origin": "https://evil.example"},
            good | {"sec-fetch-site": "cross-site"},
            good | {"host": "evil.example:8124"},
            good | {"cookie": ""},
        ):
            assert client.post(address, headers=headers, json=asked).status_code in (403, 421)
        assert client.get(address).status_code == 405
    assert list(reports.iterdir()) == []
    assert [path.name for path in (bases.folder or reports).iterdir()] == ["small.yaml"]
    for address in ("/try/check", "/try/run", "/try/save"):
        for body in (b"x" * 200_001, b"[]", b"{", b"[" * 100_000, b'{"base": "../x"}', b"\xff\xfe", SURROGATE):
            assert client.post(address, headers=good, content=body).status_code == 400
        for values in ([1], {"weeks": 5}, {"name": "x"}, {"weeks": "x"}):
            sent = asked | {"values": values}
            assert client.post(address, headers=good, json=sent).status_code in (200, 400)
    assert client.get("/try/state.json").json() == {"job": None}
    assert client.get("/try/form.json?base=own/../x").status_code == 404
    assert client.get("/try/form.json?run=nobody").status_code == 404
    page = client.get("/try")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert [path.name for path in (bases.folder or reports).iterdir()] == ["small.yaml"]


def until(found: Callable[[], Any]) -> Any:
    """Return what is found, once it is; a run that never comes to it fails the test."""
    for _ in range(9000):
        if value := found():
            return value
        time.sleep(0.1)
    raise AssertionError("it never came")


def test_a_run_is_stopped_goes_on_and_is_held_beside_the_original(
    client: TestClient, keys: Keys, reports: Path, runner: Runner, tmp_path: Path
) -> None:
    def post(address: str, **body: Any) -> Any:
        return client.post(address, headers={"origin": ORIGIN, FORM_TOKEN: keys.form}, json=body)

    def state() -> dict[str, Any]:
        job = client.get("/try/state.json").json()["job"]
        assert isinstance(job, dict)
        return job

    def ended() -> dict[str, Any] | None:
        job = state()
        return None if job["state"] in ("running", "stopping") else job

    many = {"weeks": "3", "replicates": "3000"}
    assert post("/try/run", base="own/small.yaml", values=many).json() == {"number": 1}
    twice = post("/try/run", base="own/small.yaml", values=many)
    assert twice.status_code == 400
    assert "one runs at a time" in twice.text
    kept = until(lambda: list(reports.rglob("*.replicate")))
    assert state()["stage"]["total"] > 0
    (row,) = client.get("/rows.json").json()["rows"]
    assert row["state"] == "running"
    look = until(lambda: state()["answer"])  # long before the last of them
    assert (look["replicates"], look["of"]) == (2, 3000)
    assert "nothing here is told from chance yet" in " ".join(look["sentences"])
    assert "undefined" not in {cell["text"] for line in look["lines"] for cell in line["cells"]}
    assert post("/try/stop").status_code == 200
    assert until(ended)["state"] == "stopped"
    assert set(kept) <= set(reports.rglob("*.replicate"))
    assert not list(reports.rglob("record.json"))
    shutil.rmtree(reports / "small")

    values = {"weeks": "3", "replicates": "2"}
    post("/try/run", base="own/small.yaml", values=values)
    first = until(ended)
    assert (first["state"], first["there"], first["error"]) == ("finished", False, "")
    assert first["answer"]["replicates"] == 2
    (found,) = reports.rglob("record.json")
    record = read_record(found.parent)
    assert (record.scenario["weeks"], record.replicates) == (3, 2)
    # From its report the form has what was set, and the same numbers are there already.
    form = client.get(f"/try/form.json?run={first['report']}").json()
    assert form["set"] == values
    assert (form["original"], form["before"]) == (first["report"], first["answer"])
    post("/try/run", base="own/small.yaml", values=values)
    assert until(ended)["there"] is True
    # Other numbers beside it; the original is deleted meanwhile.
    post("/try/run", base="own/small.yaml", values=values | {AUDIT: "0.5"}, original=first["report"])
    second = until(ended)
    assert client.get(f"/compare?run={first['report']}&run={second['report']}").status_code == 200
    shutil.rmtree(found.parent)
    assert state()["original_there"] is False
    assert client.get(f"/compare?run={first['report']}&run={second['report']}").status_code == 404
    assert client.get(f"/brief/{second['report']}").status_code == 200


def test_a_process_stands_ready_for_the_next_run(runner: Runner, small: Base) -> None:
    runner.stand_ready()
    first = runner._spare
    assert first is not None
    runner.stand_ready()
    assert runner._spare is first
    first.kill()  # it dies before it is wanted
    first.wait()
    runner.stand_ready()
    second = runner._spare
    assert second is not None
    assert second is not first
    runner.start(small, {"weeks": 0}, title="x")
    assert (runner._process, runner._spare) == (second, None)
    runner.stand_ready()
    assert runner._spare is None  # not beside a run
    job = until(lambda: (told := runner.told()) and told["state"] == "failed" and told)
    assert "weeks" in job["error"]


def test_one_runs_at_a_time_into_a_folder_whoever_started_it(runner: Runner, small: Base, reports: Path) -> None:
    with alone(reports) as free:
        assert free
        runner.start(small, {}, title="x")
        told = until(lambda: (job := runner.told()) and job["state"] == "failed" and job)
    assert "another viewer is running" in told["error"]


def test_code_of_a_plug_in_does_not_run_unless_it_is_trusted(
    runner: Runner, bases: Bases, tmp_path: Path, reports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bases.folder is not None
    marker, site = tmp_path / "ran", tmp_path / "site"
    info = site / "stranger-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "stranger.py").write_text(f"open({str(marker)!r}, 'w').close()\n", encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[{ATTACKS.group}]\nstranger = stranger:ROW\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.delenv(OFF, raising=False)
    data = scenario_data() | {"name": "strange"}
    data["tactics"]["pgd_white_box"]["attack"] = "stranger"
    written(data, bases.folder / "strange.yaml")
    base = bases.find("own/strange.yaml")
    assert base is not None
    with pytest.raises(InputError, match="'stranger'"):
        check(bases, base, {})
    runner.start(base, {}, title="strange")
    told = until(lambda: (job := runner.told()) and job["state"] == "failed" and job)
    assert "'stranger'" in told["error"]
    assert not marker.exists()
    assert [path.name for path in reports.rglob("*") if path.name != ".try.lock"] == []
    with pytest.raises(ThreatsimError):  # the plug-in is there, and broken
        check(Bases(bases.folder, plugins=True), base, {})
    assert marker.exists()


def test_a_run_that_no_longer_goes_on_is_interrupted(tmp_path: Path) -> None:
    kept = tmp_path / "s" / ".aaaa.replicates"
    kept.mkdir(parents=True)
    (kept / "baseline-00000.replicate").touch()
    with while_running(kept):
        assert row_of(tmp_path / "s" / "aaaa").state == "running"
    assert row_of(tmp_path / "s" / "aaaa").state == "interrupted"
