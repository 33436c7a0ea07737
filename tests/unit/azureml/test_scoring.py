"""Scoring over a real connection: headers of each call its own, statuses told apart, a renewed key noticed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from retailctl.azureml import Workspace
from retailctl.azureml.scoring import MODEL_STATUS_HEADER, SLOT_HEADER, ScoringClient
from retailctl.config.connection import CloudEndpoints
from retailctl.errors import Forbidden, NotLoggedIn, ResourceNotFound, Unreachable, WrongState
from tests.unit.azureml.doubles import ScriptedTransport, endpoint_resource


@dataclass
class Endpoint:
    """An endpoint's public side on this machine."""

    uri: str = ""
    key: str = "k1"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: set[int] = field(default_factory=set)
    hold: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    side = Endpoint()
    side.hold.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            side.connections.add(self.client_address[1])
            side.asked.append(dict(self.headers.items()))
            side.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            side.hold.wait(10)
            status = side.status if self.headers["Authorization"] == f"Bearer {side.key}" else 401
            self.send_response(status)
            for name, value in {**side.headers, "Content-Length": "2"}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *parts: object) -> None: ...

    class Server(ThreadingHTTPServer):
        def handle_error(self, *where: object) -> None:
            """A client that gave up waiting is what one test is about."""

    server = Server(("127.0.0.1", 0), Handler)
    side.uri = f"http://127.0.0.1:{server.server_address[1]}/retail/score"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield side
    side.hold.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(endpoint: Endpoint) -> Iterator[ScoringClient]:
    scoring = ScoringClient("retail", endpoint.uri, lambda: endpoint.key)
    yield scoring
    scoring.close()


def test_the_slot_of_one_call_does_not_reach_the_next(client: ScoringClient, endpoint: Endpoint) -> None:
    assert client.score(b"{}", slot="green").slot == "green"
    assert client.score(b"{}").slot is None
    assert [SLOT_HEADER in headers for headers in endpoint.asked] == [True, False]


def test_calls_share_a_connection_and_a_key(endpoint: Endpoint) -> None:
    fetched: list[str] = []

    def key() -> str:
        fetched.append(endpoint.key)
        return endpoint.key

    client = ScoringClient("retail", endpoint.uri, key)
    for body in (b'{"a": 1}', b'{"a": 2}'):
        answer = client.score(body)
        assert answer.ok
        assert answer.seconds > 0
    client.close()
    assert endpoint.bodies == [b'{"a": 1}', b'{"a": 2}']
    assert len(endpoint.connections) == 1
    assert len(fetched) == 1


def test_a_renewed_key_is_fetched_again(client: ScoringClient, endpoint: Endpoint) -> None:
    assert client.score(b"{}").ok
    endpoint.key = "k2"
    assert client.score(b"{}").ok


def test_a_key_that_is_never_accepted_is_told_without_showing_it(endpoint: Endpoint) -> None:
    client = ScoringClient("retail", endpoint.uri, lambda: "wr0ng")
    with pytest.raises(NotLoggedIn) as caught:
        client.score(b"{}")
    client.close()
    assert "wr0ng" not in f"{caught.value!r} {caught.value.details}"
    assert len(endpoint.asked) == 2


@pytest.mark.parametrize("status", [408, 424, 429, 500, 503])
def test_what_the_model_or_the_platform_could_not_do_is_an_answer(
    client: ScoringClient, endpoint: Endpoint, status: int
) -> None:
    endpoint.status = status
    answer = client.score(b"{}")
    assert answer.status == status
    assert not answer.ok
    assert answer.model_status is None


def test_the_models_own_status_is_told_beside_the_platforms(client: ScoringClient, endpoint: Endpoint) -> None:
    endpoint.status = 424
    endpoint.headers = {MODEL_STATUS_HEADER: "422"}
    assert client.score(b"{}").model_status == 422


@pytest.mark.parametrize(
    ("slot", "words"),
    [("green", "endpoint 'retail' has no slot 'green'"), (None, "endpoint 'retail' has no slot that takes traffic")],
)
def test_404_says_which_slot_is_missing(
    client: ScoringClient, endpoint: Endpoint, slot: str | None, words: str
) -> None:
    endpoint.status = 404
    with pytest.raises(ResourceNotFound, match=words):
        client.score(b"{}", slot=slot)


def test_a_login_without_the_right_to_score_is_forbidden(client: ScoringClient, endpoint: Endpoint) -> None:
    endpoint.status = 403
    with pytest.raises(Forbidden):
        client.score(b"{}")


def test_an_answer_that_does_not_come_in_time_is_told(client: ScoringClient, endpoint: Endpoint) -> None:
    endpoint.hold.clear()
    with pytest.raises(Unreachable, match="did not answer in time"):
        client.score(b"{}", timeout_s=0.05)


def test_an_endpoint_that_is_away_is_unreachable() -> None:
    client = ScoringClient("retail", "http://127.0.0.1:9/score", lambda: "k")
    with pytest.raises(Unreachable) as caught:
        client.score(b"{}")
    client.close()
    assert caught.value.hint == "retailctl local start"


@pytest.mark.parametrize(
    ("mode", "answer", "expected"),
    [
        ("Key", {"primaryKey": "k1", "secondaryKey": "k2"}, "k1"),
        ("AMLToken", {"accessToken": "t1"}, "t1"),
        ("AADToken", None, "s3cr3t-token"),
    ],
)
def test_each_auth_mode_has_its_own_secret(
    workspace: Workspace, azure: ScriptedTransport, endpoint: Endpoint, mode: str, answer: object, expected: str
) -> None:
    endpoint.key = expected
    azure.answers(200, endpoint_resource(authMode=mode, scoringUri=endpoint.uri))
    if answer:
        azure.answers(200, answer)
    client = workspace.scoring("retail")
    assert client.score(b"{}").ok
    client.close()


def test_an_endpoint_without_an_address_cannot_be_asked(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(200, endpoint_resource(state="Creating", scoringUri=None))
    with pytest.raises(WrongState, match="no scoring address"):
        workspace.scoring("retail")


def test_the_public_clouds_studio_is_linked(workspace: Workspace) -> None:
    assert workspace.studio_url("endpoints").startswith(f"{CloudEndpoints().aml_resource_id}/endpoints?wsid=/subscr")
