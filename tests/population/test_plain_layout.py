"""The plain layout: what is read of it, and what is wrong with hostile files, each told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from threatsim.common.errors import InputError
from threatsim.population.columns_text import column_text, numbers_in
from threatsim.population.plain_layout import PlainRow, population_text, read_population

HEAD = "id,specialty,state,fee_factor,excluded_week,reinstated_week,services_92250,services_71046\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


def refused(
    file: Path, data: str | bytes, specialties: tuple[str, ...] = ("eye", "chest"), **services: list[str]
) -> str:
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    with pytest.raises(InputError) as caught:
        read_population(file, specialties, services)
    return str(caught.value).removeprefix(f"{file}:")


def test_services_that_count_make_the_volume_and_who_has_none_is_left_out_and_counted(file: Path) -> None:
    file.write_text(HEAD + "a,eye,OH,0.95,,,10,3\nb,chest,TX,1.1,4,9,0,7.5\nc,eye,OH,1,,,0,12\n", encoding="utf-8-sig")
    found = read_population(file, ["eye", "chest"], {"eye": ["92250"]})
    assert found.rows == 3
    assert dict(found.left_out) == {"provided no service that counts": 1}
    assert found.practices["eye"].services == [10]
    assert found.practices["eye"].fee_factors == [0.95]
    assert found.practices["eye"].states == {"OH": 1}
    assert found.practices["chest"].services == [7.5]
    assert found.practices["chest"].excluded == [(0, 4, 9)]
    assert read_population(file, ["eye", "chest"]).practices["eye"].services == [13, 12]


def test_what_is_written_is_read_again(file: Path) -> None:
    rows = [
        PlainRow("p1", "eye", "OH", 0.954321, None, None, {"92250": 310}),
        PlainRow("p2", "eye", "CA", 1.0, 17, 20, {"71046": 2.5, "92250": 1}),
    ]
    file.write_text(population_text(rows, ["71046", "92250"]))
    eye = read_population(file, ["eye"]).practices["eye"]
    assert (eye.services, eye.fee_factors, eye.excluded) == ([310, 3.5], [0.954321, 1], [(1, 17, 20)])


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("a,eye,OH,1,,,1,1\na,eye,OH,1,,,2,2\n", "3: the id 'a' is in line 2 already; each provider has one row"),
        ("a,eye,OH,1,,,-5,1\n", "2: services_92250 is '-5'; it is at least 0"),
        ("a,eye,OH,1,,,nan,1\n", "2: services_92250 is 'nan', which is no number"),
        ("a,eye,OH,1,,,1e999,1\n", "2: services_92250 is '1e999', which is no number"),
        ('a,eye,OH,1,,,"1,234",1\n', "written without commas"),
        ("a,eye,OH,1,,,=B1*2,1\n", "2: services_92250 is '=B1*2', a spreadsheet's formula and no value"),
        ("=cmd(),eye,OH,1,,,1,1\n", "2: id is '=cmd()', a spreadsheet's formula"),
        ("a,+eye,OH,1,,,1,1\n", "2: specialty is '+eye', a spreadsheet's formula"),
        ("a,eys,OH,1,,,1,1\n", "2: the scenario has no providers 'eys'; it has eye, chest\nDid you mean 'eye'?"),
        ("a,eye,Ohio,1,,,1,1\n", "2: state is 'Ohio'; it is two capital letters"),
        ("a,eye,OH,0,,,1,1\n", "2: fee_factor is 0; it is above 0, up to 10"),
        ("a,eye,OH,1,9,4,1,1\n", "2: reinstated_week comes after excluded_week"),
        ("a,eye,OH,1,soon,,1,1\n", "2: excluded_week is 'soon'; it is a whole number of weeks"),
        ("a,eye,OH,1,,,1\n", "2: the row has 7 cells, and the header 8"),
        ("a,eye,OH,1,,,1,1,1\n", "2: the row has 9 cells, and the header 8\nA text with a comma in it"),
        ("a,eye,OH,1,,,1,1\nb\0,eye,OH,1,,,1,1\n", "3: the row has a NUL byte"),
        ('"a,eye,OH,1,,,1,1\n' + "x" * 140_000 + "\n", "a quote that was opened is not closed"),
        ("x" * 1_000_001, "2: the row is longer than 1,000,000 characters"),
        ("", "1: the file has no provider"),
    ],
)
def test_one_message_with_the_line_of_what_is_wrong(file: Path, rows: str, told: str) -> None:
    message = refused(file, HEAD + rows)
    assert told in message
    assert "Traceback" not in message


def test_a_layout_that_is_not_recognised_says_what_was_looked_for(file: Path) -> None:
    assert "1: the file is empty" in refused(file, "")
    message = refused(file, "ident,speciality,services_92250\n")
    assert "a plain population (columns id, specialty and services_CODE) has id, specialty" in message
    assert "this file lacks id, specialty and has ident, speciality, services_92250" in message
    assert "looks like" in message
    assert "has a column of services, and this file none" in refused(file, "id,specialty\na,eye\n")
    assert "there is no column 'stat'" in refused(file, "id,specialty,stat,services_1\n")
    assert "the column 'id' is there twice" in refused(file, "id,specialty,ID,services_1\n")
    assert "no column services_92228, which counts for eye" in refused(file, HEAD, eye=["92228"])


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.csv"):
        with pytest.raises(InputError):
            read_population(path, ["eye"])


def test_bytes_that_are_no_text_matter_only_where_they_are_read(file: Path) -> None:
    assert "2: id is" in refused(file, HEAD.encode() + b"\xff\xfe,eye,OH,1,,,1,1\n")


def test_columns_are_short_texts_that_say_the_same() -> None:
    numbers = (3.0, 3.0, 0.1, 12.0, 1e-7, 1e16)
    assert column_text(numbers) == "3*2 0.1 12 1e-07 10000000000000000"
    assert numbers_in(column_text(numbers)) == numbers
    for text in ("three", "3*", "-1", "3*9999999"):
        with pytest.raises(ValueError, match="no number"):
            numbers_in(text)
    with pytest.raises(ValueError, match="more than"):
        numbers_in("1*200001")
