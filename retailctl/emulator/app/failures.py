"""Turns whatever goes wrong while a request is answered into one ARM error body, in one place.

A full disk and a damaged state file say what repairs them. What nobody expected is logged with its trace and
answered without it.
"""

from __future__ import annotations

import logging

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.routes.call import json_response
from retailctl.emulator.store.trouble import refusal

_log = logging.getLogger(__name__)
_UNEXPECTED = "The local Azure ML failed; `retailctl local logs` has the details."


class Failures:
    """Answers for whatever is raised further in."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer for it when that raises."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            _log.debug("The client went away: %s", scope["path"])
        except Exception as error:
            answer = refusal(error, _UNEXPECTED)
            if answer.status >= 500 and answer.status != 501 and not isinstance(error, ArmError):
                _log.error("Request %s %s failed", scope["method"], scope["path"], exc_info=error)
            if begun:
                raise  # too late for another answer: the connection is cut
            await json_response(answer.body(), answer.status, answer.headers)(scope, receive, send)
