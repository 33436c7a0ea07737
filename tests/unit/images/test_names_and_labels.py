"""How an image is named, what it says of itself, what is kept of a push, and what never gets into one."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path, PurePosixPath

import pytest

from retailctl.errors import InvalidInput
from retailctl.images.context import BuildContext, build_context
from retailctl.images.failures import is_azure, is_transient
from retailctl.images.ignore import without_ignored
from retailctl.images.labels import CONTENT, CREATED, image_labels, label_line
from retailctl.images.record import Pushed, read_record, write_record
from retailctl.images.revision import Revision, committed_at, origin_of
from retailctl.images.source_tree import source_files
from retailctl.workflows.project_images import tag_of

CONTENT_DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("revision", "tag"),
    [
        (Revision("f" * 40, False), "f" * 40),
        (Revision("f" * 40, True), "f" * 40 + "-dirty-0123456789ab"),
        (None, "content-0123456789ab"),
    ],
)
def test_the_tag_is_the_commit_and_the_content_where_that_differs(revision: Revision | None, tag: str) -> None:
    assert tag_of(revision, CONTENT_DIGEST) == tag
    assert len(tag) <= 128


def test_labels_name_what_is_known_in_one_instruction() -> None:
    made = datetime(2026, 11, 23, 13, 0, tzinfo=timezone(timedelta(hours=1)))
    labels = image_labels(title="t", content="c", version="v", created=made, revision=None, source=None)
    assert labels[CREATED] == "2026-11-23T12:00:00Z"
    assert labels[CONTENT] == "c"
    assert not [name for name in labels if name.endswith(("revision", "source"))]
    assert label_line({"b": 'x "y"', "a": "$HOME"}) == '\nLABEL a="HOME" b="x \\"y\\""\n'


def test_an_archive_of_the_same_content_has_the_same_bytes(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("1\n")
    context = BuildContext("infer", "FROM x\n", {PurePosixPath("a.py"): file})
    before = context.archive({})
    file.touch()
    file.chmod(0o600)
    assert context.archive({}) == before
    assert context.archive({"a": "1"}) != before


def test_what_dockerignore_names_is_left_out_by_docker_s_own_rules(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("# notes\nserving/*.md\nserving/data\n!serving/keep.md\n")
    names = ["serving/a.py", "serving/b.md", "serving/keep.md", "serving/data/x.csv"]
    left = without_ignored(tmp_path, {PurePosixPath(name): 1 for name in names})
    assert [str(name) for name in left] == ["serving/a.py", "serving/keep.md"]


def test_an_ignored_lock_is_refused(tmp_path: Path) -> None:
    (tmp_path / "training").mkdir()
    (tmp_path / "training" / "requirements.txt").write_text("x\n")
    (tmp_path / ".dockerignore").write_text("**/requirements.txt\n")
    with pytest.raises(InvalidInput, match=r"\.dockerignore leaves out training/requirements\.txt"):
        build_context("train", tmp_path, "FROM x\n")


@pytest.mark.parametrize("name", ["tls.key", "ca.pem", ".env", "store.p12"])
def test_keys_and_certificates_are_no_source(tmp_path: Path, name: str) -> None:
    for each in ("app.py", name):
        (tmp_path / "serving").mkdir(exist_ok=True)
        (tmp_path / "serving" / each).write_text("x")
    assert [file.name for file in source_files(tmp_path, "serving").values()] == ["app.py"]


def test_what_was_pushed_is_read_again_and_damage_is_nothing(tmp_path: Path) -> None:
    pushed = Pushed("r.example", "retail/infer", "1", CONTENT_DIGEST, "sha256:c", "rev", "linux/amd64")
    write_record(tmp_path / "images" / "infer.json", pushed)
    assert read_record(tmp_path / "images" / "infer.json") == pushed
    (tmp_path / "images" / "infer.json").write_text('{"registry": "r.example"}')
    assert read_record(tmp_path / "images" / "infer.json") is None
    assert read_record(tmp_path / "nowhere.json") is None


def test_an_origin_is_told_without_its_password(tmp_path: Path) -> None:
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    address = "https://ann:s3cr3t@git.example/retail.git"
    for line in (["init", "-q"], ["remote", "add", "origin", address], ["commit", "-q", "--allow-empty", "-m", "one"]):
        subprocess.run([*git, *line], cwd=tmp_path, check=True)
    assert origin_of(tmp_path) == "https://git.example/retail.git"
    made = committed_at(tmp_path)
    assert made is not None
    assert abs(datetime.now(UTC) - made) < timedelta(minutes=5)


@pytest.mark.parametrize(
    ("host", "azure"),
    [("acrretail.azurecr.io", True), ("r.azurecr.cn", True), ("azurecr.io.example", False), ("localhost:5000", False)],
)
def test_only_azure_s_own_names_get_azure_s_login(host: str, azure: bool) -> None:
    assert is_azure(host) == azure


@pytest.mark.parametrize(
    ("text", "again"),
    [("read: connection reset by peer", True), ("status: 503", True), ("unauthorized: EOF", False), ("denied", False)],
)
def test_what_a_moment_later_may_work_is_tried_again(text: str, again: bool) -> None:
    assert is_transient(text) == again
