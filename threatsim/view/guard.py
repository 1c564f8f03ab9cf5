"""Who is answered: one browser on this machine, that was given the token, asking from these pages.

Other pages in the same browser, and other programs that can reach the port, are the attackers here. A page elsewhere
may send requests to this address (its Origin or Sec-Fetch-Site gives it away) or have its own name lead here (then
Host does); a program without the token has no cookie. What changes anything is a POST with the form's own token too.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE: Final = "threatsim_view"
FORM_TOKEN: Final = "x-threatsim-form"
LONGEST_WAIT: Final = 30.0
"""Seconds within which the next part of a request's body comes."""
_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Of the viewer's own pages; a page that brings its own is served with another (`app.report_page`)."""


@dataclass(frozen=True)
class Keys:
    """The secrets of one viewer, new each time it starts.

    Attributes:
        token: in the address that is opened; exchanged for the cookie.
        cookie: value of the cookie.
        form: what every page's requests that change something carry.
    """

    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    form: str = field(default_factory=lambda: secrets.token_urlsafe(32))


class Guard:
    """An ASGI application before another, which it passes only what it believes to be the user's.

    Args:
        app: the application behind it.
        keys: the secrets.
        hosts: names that this machine is addressed by, without port.
        port: the port; every Host and Origin has it.
    """

    def __init__(self, app: App, keys: Keys, hosts: Iterable[str], port: int) -> None:
        self.app, self.keys = app, keys
        self.authorities = {f"{host}:{port}" for host in hosts} | ({*hosts} if port == 80 else set())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, refuse, or pass on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # no websockets
            return
        if refusal := self._refusal(scope):
            await _answer(send, *refusal)
            return
        if (token := self._token(scope)) is not None:
            if hmac.compare_digest(token.encode(), self.keys.token.encode()):
                cookie = f"{COOKIE}={self.keys.cookie}; HttpOnly; SameSite=Strict; Path=/"
                await _answer(send, 303, "", [(b"location", b"/"), (b"set-cookie", cookie.encode())])
            else:
                await _answer(send, 403, "The token is another one: open the address that threatsim view printed last.")
            return
        if not self._has_cookie(scope):
            await _answer(send, 403, "Open the address that threatsim view printed, with its token.")
            return
        await self.app(scope, _in_time(receive), _with_headers(send))

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = _headers(scope)
        hosts = headers.get("host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self.authorities:
            return 421, "This address is not one of this viewer's."
        origins = {
            urlsplit(origin).netloc.lower() if origin != "null" else origin for origin in headers.get("origin", [])
        }
        if origins - {hosts[0].lower()}:
            return 403, "Asked from another page."
        sites = set(headers.get("sec-fetch-site", []))
        if sites - {"same-origin", "none"}:
            return 403, "Asked from another site."
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, "GET and POST are answered."
        if scope["method"] == "POST":
            given = headers.get(FORM_TOKEN, [])
            own = len(given) == 1 and hmac.compare_digest(given[0].encode(), self.keys.form.encode())
            if not own or not origins:
                return 403, "What changes something is asked from these pages alone."
        return None

    def _token(self, scope: Scope) -> str | None:
        if scope["path"] != "/" or scope["method"] != "GET":
            return None
        found = parse_qs(scope["query_string"].decode("latin-1")).get("token")
        return found[0] if found else None

    def _has_cookie(self, scope: Scope) -> bool:
        for text in _headers(scope).get("cookie", []):
            try:
                morsel = SimpleCookie(text).get(COOKIE)
            except CookieError:
                continue
            if morsel is not None and hmac.compare_digest(morsel.value.encode(), self.keys.cookie.encode()):
                return True
        return False


def _headers(scope: Scope) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


def _in_time(receive: Receive) -> Receive:
    """Return a reader of a request's body to which one that stops half way is one whose sender has gone."""
    whole = False

    async def receiving() -> dict[str, Any]:
        nonlocal whole
        if whole:  # what is awaited now is the sender's going, while the answer is made
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), LONGEST_WAIT)
        except TimeoutError:
            message = {"type": "http.disconnect"}
        whole = not message.get("more_body", False)
        return message

    return receiving


def _with_headers(send: Send) -> Send:
    async def sending(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            own = {name.lower() for name, _ in message["headers"]}
            more = {**_HEADERS, "content-security-policy": POLICY}
            left = [(name.encode(), value.encode()) for name, value in more.items() if name.encode() not in own]
            message = {**message, "headers": [*message["headers"], *left]}
        await send(message)

    return sending


async def _answer(send: Send, status: int, text: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
    body = text.encode()
    plain = (b"content-type", b"text/plain; charset=utf-8")
    length = (b"content-length", str(len(body)).encode())
    start = [plain, length, (b"connection", b"close"), *headers]  # a body that nobody asked for is not read to its end
    await _with_headers(send)({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})
