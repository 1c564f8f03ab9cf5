"""Medicare's public files in their published layouts, with 60,000 rows and with mistakes."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from threatsim.common.errors import InputError
from threatsim.population.importing import (
    ImportedPopulation,
    ImportRequest,
    import_population,
    read_types,
    read_weights,
)
from threatsim.population.plain_layout import read_population

COLUMNS = (
    "Rndrng_NPI,Rndrng_Prvdr_Last_Org_Name,Rndrng_Prvdr_First_Name,Rndrng_Prvdr_MI,Rndrng_Prvdr_Crdntls,"
    "Rndrng_Prvdr_Ent_Cd,Rndrng_Prvdr_St1,Rndrng_Prvdr_St2,Rndrng_Prvdr_City,Rndrng_Prvdr_State_Abrvtn,"
    "Rndrng_Prvdr_State_FIPS,Rndrng_Prvdr_Zip5,Rndrng_Prvdr_RUCA,Rndrng_Prvdr_RUCA_Desc,Rndrng_Prvdr_Cntry,"
    "Rndrng_Prvdr_Type,Rndrng_Prvdr_Mdcr_Prtcptg_Ind,HCPCS_Cd,HCPCS_Desc,HCPCS_Drug_Ind,Place_Of_Srvc,Tot_Benes,"
    "Tot_Srvcs,Tot_Bene_Day_Srvcs,Avg_Sbmtd_Chrg,Avg_Mdcr_Alowd_Amt,Avg_Mdcr_Pymt_Amt,Avg_Mdcr_Stdzd_Amt"
)
HEADER = COLUMNS.split(",")
LEIE = (
    "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,EXCLTYPE,EXCLDATE,"
    "REINDATE,WAIVERDATE,WVRSTATE\n"
)
GPCI = (
    "ADDENDUM E. 2025 GEOGRAPHIC PRACTICE COST INDICES,,,,,,,\n,,,,,,,\n"
    "Medicare Administrative Contractor (MAC),State,Locality Number,Locality Name,2025 PW GPCI (without 1.0 Floor),"
    "2025 PW GPCI (with 1.0 Floor),2025 PE GPCI,2025 MP GPCI\n"
    "15202,OH,00,OHIO,0.980,1.000,0.900,0.800\n01112,CA,05,SAN FRANCISCO,1.1,1.1,1.4,0.5\n"
    "01112,CA,99,REST,1.0,1.0,1.2,0.7\n* Note: from the rule.,,,,,,,\n"
)


def row(npi: int, kind: str = "Ophthalmology", code: str = "92250", services: Any = 40, **other: Any) -> list[Any]:
    cells = dict.fromkeys(HEADER, "") | {
        "Rndrng_NPI": npi,
        "Rndrng_Prvdr_Last_Org_Name": "Doe, J.",
        "Rndrng_Prvdr_State_Abrvtn": "OH",
        "Rndrng_Prvdr_Type": kind,
        "HCPCS_Cd": code,
        "Place_Of_Srvc": "O",
        "Tot_Srvcs": services,
        "Avg_Mdcr_Pymt_Amt": 19,
        "Avg_Mdcr_Stdzd_Amt": 20,
    }
    return list((cells | other).values())


def written(path: Path, rows: list[list[Any]], header: list[str] = HEADER) -> Path:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([header, *rows])
    return path


class Silent:
    @contextmanager
    def stage(self, title: str, total: int, unit: str = "steps") -> Any:
        yield lambda steps: None

    def note(self, text: str) -> None: ...


def imported(path: Path, **asked: Any) -> tuple[str, ImportedPopulation]:
    return import_population(ImportRequest(path, asked.pop("types", {"Ophthalmology": "eye"}), **asked), Silent())


def told(work: Callable[[], Any]) -> str:
    with pytest.raises(InputError) as caught:
        work()
    return str(caught.value)


def test_sixty_thousand_published_rows_become_a_population_that_scenarios_read(tmp_path: Path) -> None:
    draw = random.Random(3)
    rows = [
        row(
            1_000_000_000 + number,
            ("Ophthalmology", "Optometry", "Diagnostic Radiology")[number % 3],
            code,
            draw.randrange(11, 900),
            Rndrng_Prvdr_State_Abrvtn=("OH", "CA")[number % 2],
            Avg_Mdcr_Pymt_Amt=(19, 22)[number % 2],
        )
        for number in range(20_000)
        for code in ("92250", "92228", "71046")
    ]
    path = written(tmp_path / "services.csv", rows)
    text, found = imported(
        path, types={"ophthalmology": "eye", "Diagnostic Radiology": "chest"}, codes=["92250", "71046"]
    )
    assert (found.rows, found.rows_used) == (60_000, 26_666)
    assert found.rows_left_out == {"of other provider types": 20_001, "of other services": 13_333}
    assert found.providers == {"chest": 6666, "eye": 6667}
    plain = tmp_path / "population.csv"
    plain.write_text(text)
    read = read_population(plain, ["eye", "chest"], {"eye": ["92250"], "chest": ["71046"]})
    assert read.rows == 13_333
    assert not read.left_out
    factors = {round(factor, 6) for one in read.practices.values() for factor in one.fee_factors}
    assert factors == {19 / 20, 22 / 20}
    assert "1000000" not in text


def test_who_is_excluded_when_and_whose_id_is_written(tmp_path: Path) -> None:
    path = written(tmp_path / "services.csv", [row(1_111_111_110 + number) for number in range(5)])
    leie = tmp_path / "leie.csv"
    leie.write_text(
        LEIE
        + "DOE,J,,,,,,1111111110,,,,OH,,1128a1,20220310,00000000,00000000,\n"
        + "DOE,J,,,,,,1111111111,,,,OH,,1128b4,20210310,00000000,00000000,\n"
        + "DOE,J,,,,,,1111111112,,,,OH,,1128b4,20210310,20210910,00000000,\n"
        + "DOE,J,,,,,,1111111113,,,,OH,,1128b4,20220105,20220801,00000000,\n"
        + '"","","","SOBER HOME, INC","","","",0000000000,,,,OH,,1128a1,20200319,00000000,00000000,\n'
    )
    text, found = imported(path, year=2022, exclusions=leie, ids="kept")
    weeks = {
        cells["id"]: (cells["excluded_week"], cells["reinstated_week"]) for cells in csv.DictReader(text.splitlines())
    }
    assert weeks == {
        "1111111110": ("9", ""),
        "1111111112": ("", ""),
        "1111111113": ("0", "30"),
        "1111111114": ("", ""),
    }
    assert found.providers_left_out == {"excluded before 2022": 1}
    assert found.excluded == 2
    assert "1 of them without an NPI" in found.notes[0]
    assert "of another year: its exclusions are from 2020-03-19" in told(
        lambda: imported(path, year=2019, exclusions=leie)
    )
    assert "of another year" in told(lambda: imported(path, year=2023, exclusions=leie))
    assert "Name it with --year" in told(lambda: imported(path, exclusions=leie))
    leie.write_text(LEIE + "DOE,J,,,,,,1111111110,,,,OH,,1128a1,20221301,00000000,00000000,\n")
    assert f"{leie}:2: EXCLDATE is '20221301'; a day is written as YYYYMMDD" in told(
        lambda: imported(path, year=2022, exclusions=leie)
    )


def test_fee_indices_of_a_state_are_the_mean_of_its_localities(tmp_path: Path) -> None:
    path = written(tmp_path / "services.csv", [row(1_111_111_110), row(1_111_111_111, Rndrng_Prvdr_State_Abrvtn="CA")])
    gpci = tmp_path / "gpci.csv"
    gpci.write_text(GPCI)
    text, found = imported(path, gpci=gpci, weights=(0.5, 0.4, 0.1))
    factors = {cells["state"]: float(cells["fee_factor"]) for cells in csv.DictReader(text.splitlines())}
    assert factors == pytest.approx({"OH": 0.94, "CA": (1.16 + 1.05) / 2})
    assert found.fees.endswith("(given)")
    gpci.write_text("State,Locality Number,PW GPCI\nOH,00,1\n")
    assert "none of the first 12 rows names them" in told(lambda: imported(path, gpci=gpci))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row(1_111_111_110), row(1_111_111_110)], "3: 1111111110 has service 92250 in setting 'O' already, in line 2"),
        ([row(1_111_111_110, services=-4)], "2: Tot_Srvcs is '-4'; it is at least 0"),
        ([row(1_111_111_110, services="=1+1")], "2: Tot_Srvcs is '=1+1', a spreadsheet's formula"),
        ([row(1_111_111_110, code="=cmd()")], "2: HCPCS_Cd is '=cmd()', a spreadsheet's formula"),
        ([row(123)], "2: Rndrng_NPI is '123'; an NPI has ten digits"),
        ([row(1_111_111_110, "Opthalmology")], "no row is of the provider type 'Ophthalmology'"),
        (
            [row(1_111_111_110), row(1_111_111_110, code="1", Rndrng_Prvdr_State_Abrvtn="TX")],
            "3: 1111111110 is eye in TX here, and eye in OH in line 2",
        ),
    ],
)
def test_what_is_wrong_in_the_file_is_told_with_its_line(tmp_path: Path, rows: list[list[Any]], message: str) -> None:
    path = written(tmp_path / "services.csv", rows)
    assert message in told(lambda: imported(path))


def test_what_is_asked_wrongly_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    path = written(tmp_path / "services.csv", [row(1_111_111_110)])
    assert "Did you mean 'Ophthalmology'?" in told(lambda: imported(path, types={"Opthalmology": "eye"}))
    assert "has the service '92520'" in told(lambda: imported(path, codes=["92520"]))
    other = written(tmp_path / "other.csv", [], ["NPI", "Provider_Type"])
    assert "the layout is not recognised: Medicare's 'Physician & Other Practitioners" in told(lambda: imported(other))
    assert "is written as TYPE=NAME" in told(lambda: read_types(["Ophthalmology"]))
    assert "named twice" in told(lambda: read_types(["A=a", "a=b"]))
    for weights in ("1,2", "a,b,c", "0.5,0.5,0.5", "nan,0,1"):
        assert "three shares that sum to 1" in told(lambda weights=weights: read_weights(weights))
