"""Fields that came later: a record from before them keeps the fingerprint of its results."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, get_args

import pytest
from pydantic import Field, create_model

from threatsim.experiment.record.assembly import results_fingerprint
from threatsim.experiment.record.part import RecordPart, Since
from threatsim.experiment.record.record import AttackFigures, ClassifierFigures, RunRecord


def parts(part: type[RecordPart]) -> Iterator[type[RecordPart]]:
    """A part of the record and all that it holds."""
    yield part
    for field in part.model_fields.values():
        for inner in get_args(field.annotation):
            if isinstance(inner, type) and issubclass(inner, RecordPart):
                yield from parts(inner)


ALL_FIELDS = [(part, name) for part in parts(RunRecord) for name in part.model_fields]


@pytest.mark.parametrize(("part", "name"), ALL_FIELDS, ids=[f"{part.__name__}.{name}" for part, name in ALL_FIELDS])
def test_a_field_has_a_default_where_it_came_later_and_only_there(part: type[RecordPart], name: str) -> None:
    # With a default and no mark, every record from before the field would count as edited.
    field = part.model_fields[name]
    editions = [marker.edition for marker in field.metadata if isinstance(marker, Since)]
    assert [edition > 1 for edition in editions] == ([] if field.is_required() else [True])


def test_what_older_records_lack_changes_nothing(record: RunRecord) -> None:
    def older(part: RecordPart) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for name, field in type(part).model_fields.items():
            value = getattr(part, name)
            if not field.is_required() and value == field.get_default(call_default_factory=True):
                continue
            inside = isinstance(value, tuple) and all(isinstance(item, RecordPart) for item in value)
            data[name] = [older(item) for item in value] if inside else part.model_dump(mode="json")[name]
        return data

    written = older(record)
    assert "audit" not in written["classifiers"][0]
    assert "flagged" not in written["classifiers"][0]["attacks"][0]
    assert results_fingerprint(RunRecord.model_validate(written)) == record.results_fingerprint


Colour = Annotated[str, Since(99)]


def widened(colour: Any, **values: Any) -> type[RunRecord]:
    """A record whose attacks have one field more."""
    attack = create_model("WiderAttack", __base__=AttackFigures, colour=(colour, Field(**values)))
    classifier = create_model("WiderClassifier", __base__=ClassifierFigures, attacks=(tuple[attack, ...], Field()))
    return create_model("WiderRecord", __base__=RunRecord, classifiers=(tuple[classifier, ...], Field()))


def test_a_field_that_is_added_counts_only_where_it_says_something(record: RunRecord) -> None:
    data = record.model_dump(mode="json")
    wider = widened(Colour, default="none")
    assert results_fingerprint(wider.model_validate(data)) == record.results_fingerprint
    data["classifiers"][0]["attacks"][0]["colour"] = "red"
    assert results_fingerprint(wider.model_validate(data)) != record.results_fingerprint


def test_a_field_that_is_added_without_a_mark_counts_always(record: RunRecord) -> None:
    wider = widened(str, default="none")
    assert results_fingerprint(wider.model_validate(record.model_dump(mode="json"))) != record.results_fingerprint
