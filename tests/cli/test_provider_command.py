"""`threatsim providers import`, as it is typed: what it writes, and that a mistake writes nothing."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Command

HEAD = (
    "Rndrng_NPI,Rndrng_Prvdr_Type,Rndrng_Prvdr_State_Abrvtn,HCPCS_Cd,Place_Of_Srvc,Tot_Srvcs,"
    "Avg_Mdcr_Pymt_Amt,Avg_Mdcr_Stdzd_Amt\n"
)
ROWS = "1111111111,Ophthalmology,OH,92250,O,40,19,20\n1111111112,Ophthalmology,OH,92250,O,{},19,20\n"


def test_a_population_is_imported_and_a_mistake_writes_nothing(threatsim: Command, tmp_path: Path) -> None:
    services, out = tmp_path / "services.csv", tmp_path / "people.csv"
    words = ("providers", "import", str(services), "--specialty", "Ophthalmology=eye", "--out", str(out))
    services.write_text(HEAD + ROWS.format("-3"))
    refused = threatsim(*words)
    assert refused.returncode == 2
    assert "services.csv:3: Tot_Srvcs is '-3'; it is at least 0" in " ".join(refused.stderr.split())
    assert "Traceback" not in refused.stderr
    assert not out.exists()
    services.write_text(HEAD + ROWS.format("30"))
    found = threatsim(*words, "--json")
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["providers"] == {"eye": 2}
    assert out.read_text().splitlines()[1:] == ["p000001,eye,OH,0.95,,,40", "p000002,eye,OH,0.95,,,30"]
