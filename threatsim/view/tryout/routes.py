"""What the browser asks for while somebody tries a scenario. Reading is by GET; all that does something is a POST."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from threatsim.common.errors import InputError, ThreatsimError
from threatsim.experiment.record.record_reading import read_record
from threatsim.view.index import RunIndex
from threatsim.view.tryout.bases import Base, Bases
from threatsim.view.tryout.checking import Checked, LastCheck, check
from threatsim.view.tryout.form import fields_of
from threatsim.view.tryout.runner import Runner
from threatsim.view.tryout.saving import save
from threatsim.view.tryout.told_answer import told_answer

_LARGEST_BODY: Final = 200_000
_MOST_FIELDS: Final = 2_000


@dataclass(frozen=True)
class TryOut:
    """What trying needs: the scenarios, the runner, and the reports that results are held against."""

    bases: Bases
    runner: Runner
    index: RunIndex
    checked: LastCheck = field(default_factory=LastCheck)

    def routes(self) -> list[Route]:
        """Return the addresses."""
        return [
            Route("/try/bases.json", self.all_bases),
            Route("/try/form.json", self.form),
            Route("/try/state.json", self.state),
            Route("/try/check", self.check, methods=["POST"]),
            Route("/try/ready", self.ready, methods=["POST"]),
            Route("/try/run", self.run, methods=["POST"]),
            Route("/try/stop", self.stop, methods=["POST"]),
            Route("/try/save", self.save, methods=["POST"]),
        ]

    def all_bases(self, request: Request) -> Response:
        """Answer which scenarios may be tried."""
        return JSONResponse({"bases": [base.key for base in self.bases.all()], "saves": self.bases.folder is not None})

    def form(self, request: Request) -> Response:
        """Answer the form of a scenario, by its key or by a report of it."""
        run = request.query_params.get("run", "")
        recorded: Mapping[str, Any] | None = None
        if run:
            folder = self.index.folder_of(run)
            if folder is None:
                return _missing("There is no such report any more.")
            record = read_record(folder)
            recorded = record.scenario
            base = self.bases.called(str(recorded.get("name", "")))
            if base is None:
                text = f"The scenario of this report, '{recorded.get('name')}', does not come with threatsim"
                return _missing(f"{text}; start the viewer with --scenarios FOLDER, where its file lies.")
        else:
            base = self.bases.find(request.query_params.get("base", ""))
            if base is None:
                return _missing("There is no such scenario any more.")
        loaded = self.bases.load(base)
        fields = fields_of(loaded)
        original = run or self._newest(loaded.scenario.name)
        return JSONResponse(
            {
                "base": base.key,
                "name": loaded.scenario.name,
                "title": loaded.scenario.title,
                "question": " ".join(loaded.scenario.question.split()),
                "arms": [arm.title for arm in loaded.scenario.arms],
                "fields": [one.model_dump() for one in fields],
                "set": {} if recorded is None else _differing({one.path: one.value for one in fields}, recorded),
                "original": original,
                "before": self._answer(original),
                "saves": self.bases.folder is not None,
                "out": str(self.runner.out),
            }
        )

    def state(self, request: Request) -> Response:
        """Answer how far the last run is."""
        told = self.runner.told()
        if told is not None and told["original"]:
            told["original_there"] = self.index.folder_of(told["original"]) is not None
        return JSONResponse({"job": told})

    async def check(self, request: Request) -> Response:
        """Answer what is wrong with what was typed."""
        base, given = await self._asked(request)
        return JSONResponse((await run_in_threadpool(self.checked.check, self.bases, base, _typed(given))).told())

    async def ready(self, request: Request) -> Response:
        """Have the next run's process start, since something was changed."""
        await _body(request)
        await run_in_threadpool(self.runner.stand_ready)
        return JSONResponse({})

    async def run(self, request: Request) -> Response:
        """Start a run, if nothing is wrong."""
        base, given = await self._asked(request)
        checked = await run_in_threadpool(self.checked.known, self.bases, base, _typed(given))
        if checked.loaded is None:
            return JSONResponse(checked.told(), status_code=400)
        original = str(given.get("original", ""))
        if original and self.index.folder_of(original) is None:
            original = ""
        title = _titled(checked)
        job = self.runner.start(
            base, checked.values, title=title, original=original, patterns=given.get("patterns") is True
        )
        return JSONResponse({"number": job.number})

    async def stop(self, request: Request) -> Response:
        """Ask the run to end."""
        await _body(request)
        self.runner.stop()
        return JSONResponse({})

    async def save(self, request: Request) -> Response:
        """Save what was tried as a scenario."""
        base, given = await self._asked(request)
        checked = await run_in_threadpool(check, self.bases, base, _typed(given))
        if checked.loaded is None:
            return JSONResponse(checked.told(), status_code=400)
        path = await run_in_threadpool(
            lambda: save(
                self.bases,
                base,
                checked.values,
                name=str(given.get("name", "")),
                title=str(given.get("title", "")),
            )
        )
        return JSONResponse({"path": str(path)})

    async def _asked(self, request: Request) -> tuple[Base, dict[str, Any]]:
        given = await _body(request)
        base = await run_in_threadpool(self.bases.find, str(given.get("base", "")))
        if base is None:
            raise InputError("there is no such scenario any more", given=str(given.get("base", ""))[:80])
        return base, given

    def _newest(self, name: str) -> str:
        """Return the newest finished report of a scenario in which nothing else was set; empty if there is none."""
        rows, _ = self.index.rows()
        there = (row.id for row in rows if row.state == "finished" and row.scenario == name and not row.changed)
        return next(there, "")

    def _answer(self, run: str) -> dict[str, Any] | None:
        folder = self.index.folder_of(run) if run else None
        if folder is None:
            return None
        try:
            return told_answer(read_record(folder))
        except ThreatsimError:  # damaged: there is then nothing to hold results against
            return None


def _titled(checked: Checked) -> str:
    assert checked.loaded is not None
    name, changed = checked.loaded.scenario.name, len(checked.values)
    return f"{name}, {changed} changed" if changed else f"{name} as it is"


def _typed(given: Mapping[str, Any]) -> dict[str, str]:
    values = given.get("values", {})
    if not isinstance(values, dict) or len(values) > _MOST_FIELDS:
        raise InputError("the values are not a list of fields and texts", given="values")
    if not all(isinstance(text, str) for text in values.values()):
        raise InputError("what is typed into a field is text", given="values")
    return values


def _differing(fields: Mapping[str, str], recorded: Mapping[str, Any]) -> dict[str, str]:
    """Return what a report's scenario has in the place of some fields of its file."""
    found = {}
    for path, value in fields.items():
        there: Any = recorded
        for part in path.split("."):
            if isinstance(there, list):
                there = next((one for one in there if isinstance(one, dict) and one.get("name") == part), None)
            else:
                there = there.get(part) if isinstance(there, dict) else None
        if isinstance(there, dict):
            there = there.get("value")
        told = str(there).lower() if isinstance(there, bool) else _number(there)
        if there is not None and not isinstance(there, (dict, list)) and told != value:
            found[path] = told
    return found


def _number(value: Any) -> str:
    return f"{value:.15g}" if isinstance(value, (int, float)) else str(value)


async def _body(request: Request) -> dict[str, Any]:
    """Return the JSON of a request.

    Raises:
        InputError: it is too large or no JSON of a section.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise InputError(f"a request has at most {_LARGEST_BODY:,} bytes", given=f"{len(body)}")
    try:
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InputError("a request is a section of JSON", given="body")
    return found


def _missing(text: str) -> Response:
    return PlainTextResponse(text, status_code=404)
