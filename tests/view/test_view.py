"""The viewer: what the list holds, what is compared and labelled, and whom nobody answers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from threatsim.common.errors import InputError
from threatsim.experiment.record.record_reading import read_record
from threatsim.report.labels import label_of, set_label
from threatsim.view import guard
from threatsim.view.bundle import write_bundle
from threatsim.view.guard import COOKIE, FORM_TOKEN, Keys
from threatsim.view.index import RunIndex
from threatsim.view.runs import RunRow, report_folders
from threatsim.view.serving import serve

ORIGIN = "http://127.0.0.1:8123"


def opened(client: TestClient, keys: Keys) -> TestClient:
    answer = client.get(f"/?token={keys.token}")
    assert answer.status_code == 303
    flags = answer.headers["set-cookie"].split("; ")[1:]
    assert {"HttpOnly", "SameSite=Strict"} <= set(flags)
    assert keys.token not in answer.headers["set-cookie"]
    return client


def test_every_report_has_a_row_and_none_hides_the_others(index: RunIndex, home: Path) -> None:
    rows = {row.scenario or row.path: row for row in index.all_rows()}
    assert len(rows) == 4
    good = rows["trial_endpoint"]
    record = read_record(home / "trial_endpoint" / "aaaa00000001")
    assert (good.state, good.run_id, good.replicates) == ("finished", record.run_id, record.replicates)
    benefit = record.arms[1].differences["net_benefit"]
    assert good.arms[1].figures["net_benefit"] == (benefit.value, benefit.low, benefit.high)
    assert rows["stopped"].state == "interrupted"
    assert "1 replicates are kept" in rows["stopped"].problem
    (broken,) = [row for row in rows.values() if row.state == "unreadable"]
    assert broken.problem


def test_rows_are_kept_and_made_again_when_a_report_changes(index: RunIndex, home: Path, tmp_path: Path) -> None:
    index.all_rows()
    again = RunIndex([home], tmp_path / "rows.json")
    assert again.rows()[1] == 0  # nothing left to read
    set_label(home / "trial_endpoint" / "aaaa00000001", " For  the board ", ["q3", "", "q3", "draft"])
    assert again.rows()[1] == 1
    labelled = next(row for row in again.all_rows() if row.scenario == "trial_endpoint")
    assert (labelled.label, labelled.tags) == ("For the board", ("q3", "draft"))
    shutil.rmtree(home / "trial_endpoint")
    assert "trial_endpoint" not in {row.scenario for row in again.all_rows()}
    (tmp_path / "rows.json").write_text("nonsense", encoding="utf-8")
    assert len(RunIndex([home], tmp_path / "rows.json").all_rows()) == 3


def test_text_that_reverses_what_is_read_is_not_in_a_row() -> None:
    row = RunRow(id="a", path="b", written="", state="finished", title="x\u202ey\x9b2J", tags=("a\u2066",))
    assert (row.title, row.tags) == ("xy2J", ("a",))


def test_a_label_leaves_the_report_as_it_was(home: Path) -> None:
    folder = home / "trial_endpoint" / "aaaa00000001"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    set_label(folder, "x", [])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    folder.with_name(f"{folder.name}.label.json").write_text('{"label": 7}', encoding="utf-8")
    assert label_of(folder).label == ""
    with pytest.raises(InputError):
        set_label(folder, "y" * 201, [])


def test_pages_and_rows_come_to_whom_the_token_was_given(client: TestClient, keys: Keys, index: RunIndex) -> None:
    index.all_rows()
    opened(client, keys)
    page = client.get("/")
    assert page.status_code == 200
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert keys.cookie not in page.text
    assert keys.token not in page.text
    rows = client.get("/rows.json").json()
    assert len(rows["rows"]) == 4
    row = next(one for one in rows["rows"] if one["scenario"] == "trial_endpoint")
    own = client.get(f"/report/{row['id']}")
    assert own.text == "<p>its own page</p>"
    assert own.headers["content-security-policy"].startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in own.headers["content-security-policy"]
    other = next(one for one in rows["rows"] if one["scenario"] == "ophthalmology_insurer_denial")
    assert "An insurer that blinds" in client.get(f"/report/{other['id']}").text  # made from its record
    both = client.get(f"/compare?run={row['id']}:baseline&run={row['id']}")
    assert both.status_code == 200
    assert client.get(f"/compare?run={row['id']}").status_code == 400
    assert client.get("/compare?run=nobody&run=none").status_code == 404
    assert client.get("/report/../../etc/passwd").status_code == 404
    assert client.get("/report/%2e%2e%2f%2e%2e%2fetc%2fpasswd").status_code == 404
    assert client.get("/viewer.py").status_code == 404


def test_what_changes_something_needs_the_form_s_token(client: TestClient, keys: Keys, index: RunIndex) -> None:
    opened(client, keys)
    run = next(row.id for row in index.all_rows() if row.scenario == "trial_endpoint")
    wanted: dict[str, Any] = {"data": {"label": "<b>mine", "tags": "a,b"}}
    good = {"origin": ORIGIN, FORM_TOKEN: keys.form}
    for headers in (
        {},
        {"origin": ORIGIN},
        {FORM_TOKEN: keys.form},
        good | {FORM_TOKEN: "x"},
        good | {"origin": "null"},
    ):
        assert client.post(f"/label/{run}", headers=headers, **wanted).status_code == 403
    assert client.post(f"/label/{run}", headers=good, content=b"label=" + b"x" * 20_000).status_code == 400
    assert client.post(f"/label/{run}", headers=good, **wanted).json() == {"label": "<b>mine", "tags": ["a", "b"]}
    assert client.get("/").text.count("<b>mine") == 0
    assert client.post("/label/nobody", headers=good, **wanted).status_code == 404
    assert client.get(f"/label/{run}").status_code == 405


def test_a_body_that_stops_half_way_is_not_waited_for(
    client: TestClient, keys: Keys, index: RunIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "LONGEST_WAIT", 0.05)
    run = next(row.id for row in index.all_rows() if row.scenario == "trial_endpoint")
    names = {"host": ORIGIN[7:], "origin": ORIGIN, FORM_TOKEN: keys.form, "cookie": f"{COOKIE}={keys.cookie}"}
    headers = [(name.encode(), value.encode()) for name, value in names.items()]
    scope = {
        "type": "http", "method": "POST", "path": f"/label/{run}", "query_string": b"", "headers": headers,
        "scheme": "http", "server": None, "client": None, "root_path": "", "http_version": "1.1",
    }  # fmt: skip
    parts = iter([{"type": "http.request", "body": b"label=a", "more_body": True}])
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        for part in parts:
            return part
        await asyncio.sleep(600)
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(client.app(scope, receive, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 408
    assert label_of(index.folder_of(run) or Path()).text == ""


def test_who_is_not_answered_is_not_listened_to(client: TestClient) -> None:
    refused = client.post("/label/x", content=b"x" * 100_000)
    assert (refused.status_code, refused.headers["connection"]) == (403, "close")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example:8123"}, 421),
        ({"host": "127.0.0.1"}, 421),
        ({"host": "127.0.0.1:8123.evil.example"}, 421),
        ({"host": "127.0.0.1:8124"}, 421),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"cookie": f"{COOKIE}=guessed"}, 403),
        ({"cookie": ""}, 403),
    ],
)
def test_nobody_else_is_answered(client: TestClient, keys: Keys, headers: dict[str, str], status: int) -> None:
    opened(client, keys)
    for path in ("/", "/rows.json", "/viewer.js"):
        answer = client.get(path, headers=headers)
        assert answer.status_code == status
        assert "rows" not in answer.text
    assert client.get(f"/?token={keys.token[:-1]}x").status_code == 403
    assert client.request("DELETE", "/").status_code == 405


def test_ten_thousand_reports_are_found_without_reading_their_records(tmp_path: Path) -> None:
    for number in range(10_000):
        folder = tmp_path / f"s{number % 10}" / f"{number:012x}"
        folder.mkdir(parents=True)
        (folder / "record.json").write_bytes(b"{}")
    index = RunIndex([tmp_path], tmp_path / "rows.json")
    index._read = lambda missing, there: None  # type: ignore[method-assign]
    known, reading = index.rows()
    assert (known, reading) == ([], 10_000)
    assert len(list(report_folders(tmp_path))) == 10_000


def test_a_bundle_opens_from_a_disk(home: Path, tmp_path: Path) -> None:
    into = tmp_path / "bundle"
    assert write_bundle([home], into) == 2
    text = (into / "index.html").read_text(encoding="utf-8")
    held = json.loads(text.split('id="held">')[1].split("</script>")[0])
    rows = [RunRow.model_validate(row) for row in held["rows"]]
    assert {row.state for row in rows} == {"finished", "interrupted", "unreadable"}
    assert all((into / "report" / f"{row.id}.html").is_file() for row in rows if row.state == "finished")
    assert str(home) not in text  # where reports lie here is nobody else's business
    assert "src=" not in text.replace('src="data:', "")
    with pytest.raises(InputError, match="something is there already"):
        write_bundle([home], into)


def test_a_page_that_is_a_link_out_of_its_report_is_not_published(home: Path, tmp_path: Path) -> None:
    page = home / "trial_endpoint" / "aaaa00000001" / "report.html"
    (tmp_path / "private").write_text("private")
    page.unlink()
    page.symlink_to(tmp_path / "private")
    with pytest.raises(InputError, match="is a link to a file outside"):
        write_bundle([home], tmp_path / "bundle")
    assert not any("private" in one.read_text() for one in (tmp_path / "bundle").rglob("*.html"))


def test_ports_hosts_and_folders_that_will_not_do(home: Path) -> None:
    def never(address: str) -> None:
        raise AssertionError(address)

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match="cannot be listened on"):
            serve([home], port=taken.getsockname()[1], ready=never)
    with pytest.raises(InputError, match="can be reached from other machines"):
        serve([home], port=0, host="0.0.0.0", ready=never)
    with pytest.raises(InputError, match="16 characters"):
        serve([home], port=0, token="short", ready=never)
    with pytest.raises(InputError, match="no such folder"):
        serve([home / "nowhere"], port=0, ready=never)
    (home / "notes.txt").write_text("no report")
    with pytest.raises(InputError, match="this is a file") as raised:
        serve([home / "notes.txt"], port=0, ready=never)
    assert raised.value.hint == f"threatsim view {shlex.quote(str(home))}"


@pytest.fixture
def served(home: Path) -> Any:
    command = [sys.executable, "-m", "threatsim", "view", str(home), "--no-browser"]
    environment = {**os.environ, "THREATSIM_CACHE": str(home.parent / "cache")}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    yield process, address
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert "Traceback" not in err


def test_raw_and_hostile_requests_get_nothing_and_break_nothing(served: Any) -> None:
    process, address = served
    port = int(address.split(":")[2].split("/")[0])
    secret = address.split("token=")[1]

    def asked(data: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            found = b""
            with contextlib.suppress(OSError):  # it may have hung up before all is sent
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionResetError):
                while part := connection.recv(65536):
                    found += part
            return found

    here = f"127.0.0.1:{port}".encode()
    hand_made = [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: " + here + b"\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: " + here + b"\r\n\r\n",
        b"GET /../../../../etc/passwd HTTP/1.1\r\nHost: " + here + b"\r\n\r\n",
        b"GET /report/..%2f..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: " + here + b"\r\n\r\n",
        b"POST /label/x HTTP/1.1\r\nHost: " + here + b"\r\nContent-Length: 99999999\r\n\r\nlabel=x",
        b"POST /try/run HTTP/1.1\r\nHost: " + here + b"\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /try/save HTTP/1.1\r\nHost: " + here + b"\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n{}",
        b"GET /try/form.json?base=own/..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: " + here + b"\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: " + here + b"\r\n\r\n",
        b"\x00" * 5000,
        b"GET / HTTP/1.1\r\nHost: "
        + here
        + b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: eHh4eHh4eHh4eHh4eHh4eA==\r\n\r\n",
    ]
    rng = np.random.default_rng(11)
    verbs = [b"GET", b"POST", b"PUT", b"TRACE", b"CONNECT", b"XX"]
    drawn = [
        verbs[int(rng.integers(6))]
        + b" /"
        + rng.bytes(int(rng.integers(1, 40)))
        + b" HTTP/1.1\r\nHost: "
        + here
        + b"\r\n\r\n"
        for _ in range(300)
    ]
    for data in (*hand_made, *drawn):
        answer = asked(data)
        assert not answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 303", b"HTTP/1.1 101")), data[:80]
        assert b"root:" not in answer
        assert secret.encode() not in answer
    assert process.poll() is None
    answer = asked(b"GET /?token=" + secret.encode() + b" HTTP/1.1\r\nHost: " + here + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 303")
    time.sleep(0.1)
    assert process.poll() is None
