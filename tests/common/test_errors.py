"""The tree of errors: what each carries beside its text, and that it survives the way from a worker process."""

from __future__ import annotations

import inspect
import pickle
import re
from pathlib import Path

import pytest

from threatsim.attacks.search.target import LogitsError
from threatsim.cases.layouts.picture_files import AbsentImageError
from threatsim.common import errors
from threatsim.common.errors import FailedReplicatesError, InputError, PluginError, RecordError, ThreatsimError
from threatsim.common.suggest import nearest
from threatsim.common.yaml_text.mistakes import Mistake, Place, TextError
from threatsim.experiment.record.record_reading import read_record
from threatsim.scenario.problems import ScenarioError
from threatsim.scenario.reading.scenario_library import find_scenario

ALL = [
    ThreatsimError("wrong", hint="try", location="a.yaml:1:2", excerpt="1 | a"),
    InputError("no 'b'", given="b", allowed=["a", "c"], location="a"),
    AbsentImageError("image 'b' is not there", given="b", location="labels.csv:2:1"),
    TextError([Mistake("wrong", Place(1, 1))], Path("card.yaml"), "name: a\n"),
    ScenarioError([Mistake("wrong", Place(1, 1))], Path("a.yaml"), "name: a\n"),
    RecordError("damaged", path=Path("r"), fault="damaged", location="r:1:2"),
    PluginError("wrong", package="bitewings"),
    LogitsError("wrong", row=3),
    FailedReplicatesError("2 of 8 replicates failed", failed=2, hint="again"),
]


def test_the_tree_that_is_drawn_is_the_tree() -> None:
    drawn = re.findall(r"^(.*?)(\w+Error)  ", inspect.getdoc(errors) or "", re.M)
    above: list[str] = []
    for branch, name in drawn:
        depth = len(branch) // 4
        above[depth:] = [name]
        kind = next(type(error) for error in ALL if type(error).__name__ == name)
        assert kind.__mro__[1].__name__ == (above[depth - 1] if depth else "Exception")
    assert {name for _, name in drawn} == {kind.__name__ for kind in subclasses(ThreatsimError)}


def subclasses(kind: type[ThreatsimError]) -> set[type[ThreatsimError]]:
    """A class and those below it, of the package itself."""
    below = [one for one in kind.__subclasses__() if one.__module__.startswith("threatsim.")]
    return {kind}.union(*map(subclasses, below))


@pytest.mark.parametrize("error", ALL, ids=lambda error: type(error).__name__)
def test_an_error_is_the_same_in_another_process(error: ThreatsimError) -> None:
    found = pickle.loads(pickle.dumps(error))
    assert type(found) is type(error)
    assert (str(found), vars(found), found.args) == (str(error), vars(error), error.args)


def test_the_nearest_name_is_offered_unless_there_is_a_better_hint() -> None:
    assert InputError("no", given="Insurance-Upcodign", allowed=["a", "insurance_upcoding"]).hint == (
        "Did you mean 'insurance_upcoding'?"
    )
    assert InputError("no", given="x", allowed=["insurance_upcoding"]).hint is None
    assert InputError("no", given="fgms", allowed=["fgsm"], hint="Write one.").hint == "Write one."


def test_the_nearest_name_is_that_of_a_name_as_it_is_written() -> None:
    assert nearest("aml.t0043", ["AML.T0043", "AML.T0015"]) == "AML.T0043"
    assert nearest("chest-xray", ["chest_xray", "fundoscopy"]) == "chest_xray"
    assert nearest(3, ["chest_xray"]) is None


def test_a_name_of_no_scenario_says_what_was_given_and_what_there_is() -> None:
    with pytest.raises(InputError) as raised:
        find_scenario("insurance_upcodign")
    assert raised.value.given == "insurance_upcodign"
    assert "insurance_upcoding" in raised.value.allowed


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "missing"),
        (b"\xff\xfe", "foreign"),
        (b"[1]", "foreign"),
        (b'{"record_version": 1, "run', "damaged"),
        (b'{"record_version": 1}', "damaged"),
        (b'{"record_version": 99}', "newer"),
    ],
)
def test_a_record_that_cannot_be_read_says_why(tmp_path: Path, content: bytes | None, fault: str) -> None:
    if content is not None:
        (tmp_path / "record.json").write_bytes(content)
    with pytest.raises(RecordError) as raised:
        read_record(tmp_path)
    assert raised.value.fault == fault
    assert raised.value.path.is_relative_to(tmp_path)
