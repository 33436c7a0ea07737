"""curl drives the local Azure ML with the very lines that its README quotes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from retailctl import emulator
from retailctl.emulator import LocalWorkspace
from tests.contract.conftest import INFER_IMAGE
from tests.emulator.api import Api

pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed"),
]

_QUOTED = re.compile(r"^### With curl$.*?^```sh\n(?P<script>.*?)^```$", re.DOTALL | re.MULTILINE)


def _script() -> str:
    text = Path(emulator.__file__).with_name("README.md").read_text()
    found = _QUOTED.search(text)
    assert found is not None
    return found["script"]


def _run(script: str, workspace: LocalWorkspace, folder: Path) -> subprocess.CompletedProcess[str]:
    connection = workspace.connection
    environment = {
        "PATH": os.environ["PATH"],
        "URL": connection["url"],
        "CA": connection["ca_certificate"],
        "TENANT": connection["tenant_id"],
        "CLIENT": connection["client_id"],
        "SECRET": connection["client_secret"],
        "WORKSPACE": Api.of(workspace).workspace,
        "IMAGE": INFER_IMAGE,
    }
    command = ["sh", "-eu", "-c", script]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_readmes_lines_log_in_write_poll_upload_and_score(workspace: LocalWorkspace, tmp_path: Path) -> None:
    ended = _run(_script(), workspace, tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    empty, *words, answer = ended.stdout.splitlines()
    assert (empty, words) == ('{"value":[]}', ["Succeeded", "Succeeded", "Succeeded"])
    assert answer.startswith('{"slot": null, "files": [], "asked": {"horizon": 7}}')
    stored = Api.of(workspace).call("GET", "/local.blob.core.local/azureml-blobstore/sales/week.csv")
    assert (stored.status_code, stored.text) == (200, "item_id,sales\nFOODS_3_090,4\n")


@pytest.mark.parametrize("missing", ["--cacert", "--config auth"])
def test_curl_is_not_let_in_without_the_certificate_or_the_token(
    workspace: LocalWorkspace, tmp_path: Path, missing: str
) -> None:
    ended = _run(re.sub(rf"{missing}( \"\$CA\")?", "", _script()), workspace, tmp_path)
    assert ended.returncode != 0
    assert "curl:" in ended.stderr
