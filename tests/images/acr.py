"""A registry with the manners of Azure Container Registry, in front of a real one.

What Azure adds to the distribution protocol is here: the exchange of an Entra token for the registry's, a token for
each scope, and the listing of manifests (github.com/Azure/acr/blob/main/docs/AAD-OAuth.md and the API that
azure-containerregistry calls). Everything else goes through to the registry behind, byte for byte.
"""

from __future__ import annotations

import base64
import json
import secrets
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import urllib3

from tests.images.certificates import make_certificate

ENTRA_TOKEN = "entra-token-of-the-caller"
NOBODY = "00000000-0000-0000-0000-000000000000"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@dataclass
class Azure:
    """What the front knows, and what it was asked."""

    behind: str
    login: str
    """Authorization of the registry behind."""
    host: str = ""
    ca_file: Path = Path()
    refresh_token: str = field(default_factory=lambda: secrets.token_hex(16))
    scopes: dict[str, str] = field(default_factory=dict)
    """Token -> what it is for."""
    asked: list[str] = field(default_factory=list)
    read_only: bool = False
    """Whether the caller holds AcrPull alone."""


class _Front(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    azure: Azure
    pool = urllib3.PoolManager(maxsize=16)

    def log_message(self, *words: object) -> None:
        """Say nothing."""

    def handle_any(self) -> None:
        path = urlsplit(self.path)
        self.azure.asked.append(f"{self.command} {path.path}")
        body = self._body()
        if path.path == "/oauth2/exchange":
            self._exchange(parse_qs(body.decode()))
        elif path.path == "/oauth2/token":
            self._token(parse_qs(body.decode() or path.query))
        elif not self._allowed(path.path):
            self._challenge(path.path)
        elif path.path.startswith("/acr/v1/"):
            self._manifests(path.path.removeprefix("/acr/v1/").removesuffix("/_manifests"))
        else:
            self._through(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _exchange(self, form: dict[str, list[str]]) -> None:
        if form.get("access_token") != [ENTRA_TOKEN] or form.get("service") != [self.azure.host]:
            self._answer(401, {"errors": [{"code": "UNAUTHORIZED", "message": "the token is not of this tenant"}]})
        else:
            self._answer(200, {"refresh_token": self.azure.refresh_token})

    def _token(self, asked: dict[str, list[str]]) -> None:
        pair = base64.b64encode(f"{NOBODY}:{self.azure.refresh_token}".encode()).decode()
        known = asked.get("refresh_token") == [self.azure.refresh_token]
        if not known and self.headers.get("Authorization") != f"Basic {pair}":
            self._answer(401, {"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]})
            return
        token = secrets.token_hex(16)
        self.azure.scopes[token] = " ".join(asked.get("scope", []))
        self._answer(200, {"access_token": token})

    def _allowed(self, path: str) -> bool:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        granted = self.azure.scopes.get(token)
        if granted is None or (self.azure.read_only and self.command not in ("GET", "HEAD")):
            return False
        return path == "/v2/" or self._wanted(path) in granted

    def _wanted(self, path: str) -> str:
        """The right that a request needs, as a token's scope spells it."""
        if path.startswith("/acr/v1/"):
            return "metadata_read"
        return {"GET": "pull", "HEAD": "pull", "DELETE": "delete"}.get(self.command, "push")

    def _challenge(self, path: str) -> None:
        name = path.removeprefix("/v2/").removeprefix("/acr/v1/")
        for end in ("/manifests/", "/blobs/", "/tags/", "/_manifests"):
            name = name.partition(end)[0]
        scope = f"repository:{name}:{'pull,' if 'push' in self._wanted(path) else ''}{self._wanted(path)}"
        realm = f"https://{self.azure.host}/oauth2/token"
        header = f'Bearer realm="{realm}",service="{self.azure.host}"' + (f',scope="{scope}"' if name else "")
        denied = self.azure.read_only and "Authorization" in self.headers
        text = "denied: insufficient_scope" if denied else "authentication required"
        code = "DENIED" if denied else "UNAUTHORIZED"
        errors = {"errors": [{"code": code, "message": text}]}
        self._answer(403 if denied else 401, errors, {} if denied else {"WWW-Authenticate": header})

    def _manifests(self, repository: str) -> None:
        tags = self._behind("GET", f"/v2/{repository}/tags/list").json().get("tags") or []
        found: dict[str, dict[str, Any]] = {}
        for tag in tags:
            answer = self._behind("GET", f"/v2/{repository}/manifests/{tag}")
            digest = answer.headers["Docker-Content-Digest"]
            layers = json.loads(answer.data)["layers"]
            config = self._behind("GET", f"/v2/{repository}/blobs/{json.loads(answer.data)['config']['digest']}").json()
            known = {"architecture": config["architecture"], "os": config["os"], "createdTime": config["created"]}
            entry = {"digest": digest, "imageSize": sum(each["size"] for each in layers), "tags": [], **known}
            found.setdefault(digest, {**entry, "lastUpdateTime": config["created"]})["tags"].append(tag)
        if not found:
            self._answer(404, {"errors": [{"code": "NAME_UNKNOWN", "message": "repository name not known"}]})
            return
        listing = {"registry": self.azure.host, "imageName": repository, "manifests": list(found.values())}
        self._answer(200, listing)

    def _behind(self, method: str, path: str) -> urllib3.BaseHTTPResponse:
        headers = {"Authorization": self.azure.login, "Accept": MANIFEST}
        return self.pool.request(method, f"http://{self.azure.behind}{path}", headers=headers)

    def _through(self, body: bytes) -> None:
        dropped = ("authorization", "host", "transfer-encoding", "content-length", "connection")
        sent = {name: value for name, value in self.headers.items() if name.lower() not in dropped}
        sent |= {"Authorization": self.azure.login, "Host": self.azure.host, "X-Forwarded-Proto": "https"}
        url = f"http://{self.azure.behind}{self.path}"
        answer = self.pool.request(self.command, url, headers=sent, body=body, redirect=False, decode_content=False)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in ("connection", "transfer-encoding", "date"):
                self.send_header(name, value)
        if "Content-Length" not in answer.headers:
            self.send_header("Content-Length", str(len(answer.data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.data)

    def _answer(self, status: int, document: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


@contextmanager
def azure_in_front_of(behind: str, user: str, password: str, folder: Path) -> Iterator[Azure]:
    """The front, on a free port with a certificate of its own."""
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    azure = Azure(behind, f"Basic {pair}")
    front = type("Front", (_Front,), {"azure": azure})
    certificate, key = make_certificate(folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), front) as server:
        azure.host, azure.ca_file = f"127.0.0.1:{server.server_address[1]}", certificate
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield azure
        finally:
            server.shutdown()
