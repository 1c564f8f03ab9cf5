"""The viewer's pages: the list of reports, a report's own page, and reports beside one another."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from threatsim.catalogue.metrics import ARM_METRICS, shown_in
from threatsim.catalogue.written.report_kinds import REPORT_KINDS
from threatsim.common.errors import ThreatsimError
from threatsim.experiment.record.record_reading import read_record
from threatsim.report.brief.brief_page import brief_page
from threatsim.report.labels import label_of, set_label
from threatsim.view.compared import ComparedSide, compared_page
from threatsim.view.guard import Keys
from threatsim.view.index import RunIndex
from threatsim.view.report_pages import report_html
from threatsim.view.runs import RunRow
from threatsim.view.tryout.routes import TryOut

_SANDBOX: Final = (
    "sandbox allow-scripts allow-downloads; default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""A report's page may be of anybody: it has an origin of its own, so that nothing here is in its reach."""
_ASSETS: Final = ("viewer.js", "viewer.css", "try.js", "try.css")
_LARGEST_BODY: Final = 10_000


def application(index: RunIndex, keys: Keys, tryout: TryOut) -> Starlette:
    """Return the application, to be put behind a `guard.Guard`.

    Args:
        index: the reports.
        keys: the secrets of this viewer.
        tryout: what scenarios may be tried, and what runs them.
    """

    def listing(request: Request) -> Response:
        return HTMLResponse(list_page(form=keys.form))

    def rows(request: Request) -> Response:
        known, reading = index.rows()
        return JSONResponse({"rows": [row.model_dump(mode="json") for row in known], "reading": reading})

    def trying(request: Request) -> Response:
        return HTMLResponse(_page("try.html.j2", {"form": keys.form}))

    def brief(request: Request) -> Response:
        folder = index.folder_of(request.path_params["run"])
        if folder is None:
            return _missing("There is no such report any more.")
        return _sandboxed(brief_page(read_record(folder), label_of(folder)))

    def report(request: Request) -> Response:
        folder = index.folder_of(request.path_params["run"])
        if folder is None:
            return _missing("There is no such report any more.")
        return report_page(folder)

    def comparison(request: Request) -> Response:
        sides: list[ComparedSide] = []
        for one in request.query_params.getlist("run"):
            run, _, arm = one.partition(":")
            folder = index.folder_of(run)
            if folder is None:
                return _missing("One of these reports is not there any more.")
            sides.append(ComparedSide(folder, arm))
        return _sandboxed(compared_page(sides))

    async def label(request: Request) -> Response:
        folder = index.folder_of(request.path_params["run"])
        if folder is None:
            return _missing("There is no such report any more.")
        body = await _body(request)
        if body is None:
            return _refused("A label is a few words.")
        given = parse_qs(body, keep_blank_values=True)
        set_label(folder, given.get("label", [""])[0], given.get("tags", [""])[0].split(","))
        return JSONResponse(label_of(folder).model_dump(mode="json"))

    def asset(request: Request) -> Response:
        name = request.path_params["name"]
        kind = {".js": "text/javascript", ".css": "text/css"}.get(Path(name).suffix) if name in _ASSETS else None
        if kind is None:
            return _missing("There is no such file.")
        return Response(_template_file(name), media_type=f"{kind}; charset=utf-8")

    def failed(request: Request, error: Exception) -> Response:
        return _refused(str(error))

    def gone(request: Request, error: Exception) -> Response:
        return PlainTextResponse("The rest of it did not come.", status_code=408, headers={"connection": "close"})

    return Starlette(
        routes=[
            Route("/", listing),
            Route("/rows.json", rows),
            Route("/report/{run}", report),
            Route("/brief/{run}", brief),
            Route("/try", trying),
            *tryout.routes(),
            Route("/compare", comparison),
            Route("/label/{run}", label, methods=["POST"]),
            Route("/{name}", asset),
        ],
        exception_handlers={ThreatsimError: failed, ClientDisconnect: gone},
    )


def list_page(*, form: str = "", rows: list[RunRow] | None = None) -> str:
    """Return the page of the list.

    Args:
        form: what its requests that change something carry; empty where nothing can be changed.
        rows: what it shows, for a page that opens from a disk; None for one that asks for them.
    """
    metrics = {
        name: {"title": ARM_METRICS[name].title, "unit": ARM_METRICS[name].unit, "good": ARM_METRICS[name].good}
        for name in shown_in("brief")
    }
    kinds = {
        row.name: {"title": row.title, "text": row.text, "most": row.most_compared, "scenario": row.has_scenario}
        for row in REPORT_KINDS.values()
    }
    held: dict[str, Any] = {"form": form, "metrics": metrics, "kinds": kinds}
    if rows is not None:
        held["rows"] = [row.model_dump(mode="json") for row in rows]
    return _page("list.html.j2", held, inline=rows is not None)


def report_page(folder: Path) -> Response:
    """Return a report's own page with its label; where it has no page, one made of its record."""
    return _sandboxed(report_html(folder))


def _page(template: str, held: dict[str, Any], *, inline: bool = False) -> str:
    """Return a page of the viewer; its style and script are within it where it opens from a disk."""
    environment = Environment(
        loader=PackageLoader("threatsim.view", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(
        held=Markup(_json(held)),
        inline=inline,
        style=Markup(_template_file("viewer.css")),
        script=Markup(_template_file("viewer.js")),
    )


def _sandboxed(text: str) -> Response:
    return HTMLResponse(text, headers={"content-security-policy": _SANDBOX})


def _missing(text: str) -> Response:
    return PlainTextResponse(text, status_code=404)


def _refused(text: str) -> Response:
    return PlainTextResponse(text.encode("utf-8", "backslashreplace"), status_code=400)


async def _body(request: Request) -> str | None:
    """Return the body of a request; None if it is larger than any label."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_BODY:
            return None
    return body.decode("utf-8", "replace")


def _template_file(name: str) -> str:
    return (files("threatsim.view") / "templates" / name).read_text(encoding="utf-8")


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
