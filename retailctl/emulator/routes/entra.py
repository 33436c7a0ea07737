"""The part of Microsoft Entra that a service principal's login uses: discovery, and the client-credential grant.

azure-identity's ClientSecretCredential logs in here with `authority` set and `disable_instance_discovery=True`
(https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow). These routes need no token.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.routes.call import json_response
from retailctl.emulator.services.services import Services

TENANT_PATHS = ("/v2.0/.well-known/openid-configuration", "/oauth2/v2.0/token")
_LARGEST_FORM = 16 * 1024


def is_login(path: str) -> bool:
    """True for the paths that a client without a token may ask."""
    return any(path.endswith(suffix) and path.count("/") == suffix.count("/") + 1 for suffix in TENANT_PATHS)


async def configuration(request: Request) -> Response:
    """OpenID configuration of the tenant."""
    services: Services = request.app.state.services
    base = f"{services.context.url}/{request.path_params['tenant']}"
    return json_response(
        {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_types_supported": ["token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
    )


async def token(request: Request) -> Response:
    """A token for the client id and secret of this state folder, for any scope."""
    services: Services = request.app.state.services
    form = await _form(request)
    if form.get("grant_type") != "client_credentials":
        return _refused(400, "unsupported_grant_type", "Only the client_credentials grant is supported.")
    try:
        issued = services.identity.grant(
            form.get("client_id", ""), form.get("client_secret", ""), form.get("scope", "")
        )
    except ArmError as error:
        return _refused(error.status, error.code, error.message)
    await services.endpoints.admit_new_token()
    return json_response(
        {"token_type": "Bearer", "expires_in": issued.lifetime_s, "ext_expires_in": issued.lifetime_s}
        | {"access_token": issued.token},
        headers={"Cache-Control": "no-store"},
    )


async def _form(request: Request) -> dict[str, str]:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > _LARGEST_FORM:
            raise ArmError(413, "RequestContentTooLarge", "The form is too large.")
    fields = parse_qs(content.decode("utf-8", "replace"))
    return {name: values[0] for name, values in fields.items()}


def _refused(status: int, error: str, description: str) -> Response:
    return json_response({"error": error, "error_description": description, "error_codes": []}, status)


ROUTES = [
    Route("/{tenant}" + TENANT_PATHS[0], configuration, methods=["GET"]),
    Route("/{tenant}" + TENANT_PATHS[1], token, methods=["POST"]),
]
