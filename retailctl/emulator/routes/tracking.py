"""Tracking under `/mlflow`, and the login that brings a browser there.

Beside the workspace's token, that of a running job opens it, and a browser's session. Cookies do not know ports, and a
page of another local server counts as the same site: a session is taken from requests of our own pages alone.
"""

from __future__ import annotations

from html import escape
from urllib.parse import unquote_to_bytes, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from retailctl.emulator.arm.errors import ArmError, not_implemented
from retailctl.emulator.routes.call import json_response
from retailctl.emulator.services.services import Services
from retailctl.emulator.services.tracking.access import CODE_LIFETIME_S, SESSION_LIFETIME_S
from retailctl.emulator.services.tracking.places import PREFIX

LOGIN = "/_local/login"
_EXPERIMENTS = f"{PREFIX}/#/experiments"
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_MAX_BODY_BYTES = 32 * 2**20
_MAX_ARTIFACT_BYTES = 5000 * 2**20
_UPLOADS = ("/api/2.0/mlflow-artifacts/", "/ajax-api/2.0/mlflow-artifacts/", "/ajax-api/2.0/mlflow/upload-artifact")
# Parts of MLflow that run programs here, or call other machines with stored keys.
_NOT_OFFERED = frozenset({"assistant", "demo", "gateway", "jobs", "mcp", "webhooks"})


def is_tracking(path: str) -> bool:
    """True for the paths that check their callers here."""
    return path in {PREFIX, LOGIN} or path.startswith(f"{PREFIX}/")


async def pass_on(request: Request) -> Response:
    """Any request of MLflow's API and of its pages."""
    services: Services = request.app.state.services
    from retailctl.emulator.services.tracking.relay import relay  # with h11, which no start of the server needs

    _check_caller(request, services)
    path = _inner_path(request)
    if path == "":
        return RedirectResponse(f"{PREFIX}/", 308)
    if _NOT_OFFERED.intersection(path.split("/")[1:5]):
        raise not_implemented(f"{request.method} {path}")
    limit = _MAX_ARTIFACT_BYTES if path.startswith(_UPLOADS) else _MAX_BODY_BYTES
    query = request.scope["query_string"]
    target = request.scope["raw_path"].removeprefix(PREFIX.encode()) + (b"?" + query if query else b"")
    return await relay(await services.context.tracking.server.connect(), request, target, limit)


async def make_link(request: Request) -> Response:
    """An address that logs a browser in, once; MLflow is started on the way."""
    services: Services = request.app.state.services
    tracking = services.context.tracking
    await tracking.server.start()
    link = f"{services.context.url}{LOGIN}?code={tracking.access.code()}"
    return json_response({"url": link, "expires_in": CODE_LIFETIME_S}, headers={"Cache-Control": "no-store"})


async def log_in(request: Request) -> Response:
    """Give a browser its session for a code, and go on to the experiments.

    The next page is asked for by this one, so that the request is of our own site wherever the address was opened.
    """
    services: Services = request.app.state.services
    session = services.context.tracking.access.log_in(request.query_params.get("code", ""))
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    if session is None:
        return _page("This address was used already, or is too old: run `retailctl local ui` again.", 403, headers)
    onwards = f'<meta http-equiv="refresh" content="0;url={_EXPERIMENTS}">'
    answer = _page("Opening the experiments ...", 200, headers, onwards)
    answer.set_cookie(
        _cookie(services), session, int(SESSION_LIFETIME_S), path=PREFIX, secure=True, httponly=True, samesite="strict"
    )
    return answer


def _check_caller(request: Request, services: Services) -> None:
    access = services.context.tracking.access
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if token:
        token = token.strip()
        known = scheme.lower() == "bearer" and (services.identity.recognises(token) or access.recognises_job(token))
    else:
        session = request.cookies.get(_cookie(services), "")
        known = bool(session) and _is_own(request, services) and access.recognises_session(session)
    if not known:
        message = "Authentication failed: the workspace's token is missing. A browser gets in by `retailctl local ui`."
        raise ArmError(401, "AuthenticationFailed", message, headers={"WWW-Authenticate": "Bearer"})


def _is_own(request: Request, services: Services) -> bool:
    """Whether a browser sends it for a page of ours, or because the user asked for the address himself."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    return origin in {None, services.context.url} and site in {None, "same-origin", "none"}


def _inner_path(request: Request) -> str:
    """The path that MLflow sees, decoded. Raises ArmError (400) for spellings that hide what it means."""
    raw: bytes = request.scope["raw_path"]
    path = unquote_to_bytes(raw).decode("utf-8", "replace")
    if not raw.startswith(PREFIX.encode()) or {".", ".."}.intersection(path.split("/")):
        raise ArmError(400, "InvalidPath", "The path is not in its plain form.")
    return path.removeprefix(PREFIX)


def _cookie(services: Services) -> str:
    """Name of the session's cookie: servers on other ports have others."""
    return f"retailctl-tracking-{urlsplit(services.context.url).port}"


def _page(text: str, status: int, headers: dict[str, str], head: str = "") -> Response:
    content = f"<!doctype html><html><head><title>retailctl</title>{head}</head><body>{escape(text)}</body></html>"
    return HTMLResponse(content, status, headers)


ROUTES = [
    Route("/_local/ui", make_link, methods=["POST"]),
    Route(LOGIN, log_in, methods=["GET"]),
    Route(PREFIX, pass_on, methods=_METHODS),
    Route(f"{PREFIX}/{{path:path}}", pass_on, methods=_METHODS),
]
