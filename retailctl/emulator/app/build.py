"""Puts the application together: every route, and around them the checks, from the outside in."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from retailctl.emulator.app.exchange import Observer, Tracing
from retailctl.emulator.app.failures import Failures
from retailctl.emulator.app.guard import Guard
from retailctl.emulator.app.injection import Injection
from retailctl.emulator.arm.ids import PROVIDER
from retailctl.emulator.routes import (
    assets,
    computes,
    datastores,
    deployments,
    endpoints,
    entra,
    history,
    jobs,
    local,
    metrics,
    operations,
    tracking,
    workspace,
)
from retailctl.emulator.routes.blob import routes as blob
from retailctl.emulator.routes.table import Operation, arm_routes, unsupported
from retailctl.emulator.services.chaos import Plane
from retailctl.emulator.services.services import Services

OPERATIONS: tuple[Operation, ...] = (
    *workspace.OPERATIONS,
    *datastores.OPERATIONS,
    *assets.OPERATIONS,
    *computes.OPERATIONS,
    *jobs.OPERATIONS,
    *endpoints.OPERATIONS,
    *deployments.OPERATIONS,
)
_ROUTES = (
    *blob.ROUTES,
    *workspace.ROUTES,
    *computes.ROUTES,
    *history.ROUTES,
    *metrics.ROUTES,
    *operations.ROUTES,
    *entra.ROUTES,
    *local.ROUTES,
    *tracking.ROUTES,
)


def _is_open(path: str) -> bool:
    """Paths that check their callers themselves, and the one address book that clients read before they log in."""
    return blob.is_storage(path) or entra.is_login(path) or tracking.is_tracking(path) or path == workspace.DISCOVERY


def _plane(path: str) -> Plane | None:
    """Which of the cloud's services a path is of; None for this server's own, and for logins."""
    if blob.is_storage(path):
        return "storage"
    return "management" if f"/{PROVIDER}/".lower() in path.lower() else None


def _routes(app: Starlette) -> list[Route]:
    return [route for route in app.routes if isinstance(route, Route)]


async def _unknown(scope: Scope, receive: Receive, send: Send) -> None:
    raise unsupported(scope["method"], scope["path"])


async def _wrong_method(request: Request, _error: Exception) -> Response:
    """A path that is known with another method; Failures gives the refusal its shape."""
    raise unsupported(request.method, request.url.path)


def create_app(services: Services, observer: Observer | None = None) -> ASGIApp:
    """The application that serves one workspace, whose services its owner starts and stops."""

    def operation(scope: Scope) -> str:
        matches = (route.name for route in _routes(app) if route.matches(scope)[0] is Match.FULL)
        return next(matches, "")

    app = Starlette(
        routes=[*arm_routes(OPERATIONS), *_ROUTES],
        exception_handlers={HTTPException: _wrong_method},
        middleware=[
            Middleware(Tracing, observer=observer),
            Middleware(Failures),
            Middleware(Guard, identity=services.identity, is_open=_is_open),
            Middleware(Injection, faults=services.context.faults, operation=operation, plane=_plane),
        ],
    )
    router: Router = app.router
    router.default = _unknown
    router.redirect_slashes = False
    app.state.services = services
    return app
