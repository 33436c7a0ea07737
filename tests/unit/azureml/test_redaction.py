"""No secret in a trace, an error or a repr, wherever it stood in the request or the answer."""

from __future__ import annotations

import pytest

from retailctl.azureml import Workspace
from retailctl.domain.redaction import scrub, short
from retailctl.errors import RetailctlError
from tests.unit.azureml.doubles import ScriptedTransport, arm_error

SECRETS = ("s3cr3t-token", "s3cr3t-key", "s3cr3t-sig")


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer s3cr3t-token",
        "https://x.blob.core.windows.net/c?sv=1&sig=s3cr3t-sig&se=2",
        "AccountName=a;AccountKey=s3cr3t-key==;EndpointSuffix=x",
        '{"primaryKey": "s3cr3t-key", "name": "a"}',
        "client_secret=s3cr3t-key&grant_type=x",
        "password: s3cr3t-key",
        "token eyJhbGciOiJSUzI1NiJ9.s3cr3t-token.sig",
        "SharedAccessSignature s3cr3t-sig",
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str) -> None:
    shown = scrub(text)
    assert not any(secret in shown for secret in SECRETS)
    assert "***" in shown


def test_plain_text_stays_as_it_is() -> None:
    text = "slot green of endpoint retail: 3 keys, signed by nobody, secretary at /models/a:7"
    assert scrub(text) == text


def test_a_known_secret_is_hidden_wherever_it_stands() -> None:
    assert short("the value hunter2 leaked", known=("hunter2",)) == "the value *** leaked"


def test_a_trace_line_tells_method_path_status_time_and_id_only(
    workspace: Workspace, azure: ScriptedTransport, trace: list[str]
) -> None:
    azure.answers(200, {"primaryKey": "s3cr3t-key", "secondaryKey": "s3cr3t-key"}, x_ms_request_id="r-7")
    keys = workspace.endpoints.keys("retail")
    assert keys.primary == "s3cr3t-key"
    assert "s3cr3t" not in repr(keys)
    assert len(trace) == 1
    assert trace[0].startswith("POST /subscriptions/")
    assert trace[0].endswith(" ms (r-7)")
    assert "/onlineEndpoints/retail/listKeys 200 " in trace[0]
    assert not any(secret in trace[0] for secret in SECRETS)


def test_no_secret_leaves_with_an_error(workspace: Workspace, azure: ScriptedTransport, trace: list[str]) -> None:
    body = arm_error("BadRequest", 'bad: Bearer s3cr3t-token {"secondaryKey":"s3cr3t-key"} ?sig=s3cr3t-sig')
    azure.answers(400, body)
    with pytest.raises(RetailctlError) as caught:
        workspace.endpoints.regenerate_key("retail", "primary")
    told = f"{caught.value!r} {caught.value.reason} {caught.value.hint} {caught.value.details} {trace}"
    assert not any(secret in told for secret in SECRETS)
