"""The revision of the project's code, with real git repositories."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from retailctl.images.revision import revision_of

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "a.py").write_text("1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "one")
    return tmp_path


def test_a_clean_checkout_is_its_commit(repository: Path) -> None:
    revision = revision_of(repository)
    assert revision is not None
    assert revision.text == git(repository, "rev-parse", "HEAD")
    assert not revision.dirty


@pytest.mark.parametrize("edit", ["a.py", "new.py"])
def test_files_that_differ_from_the_commit_are_told(repository: Path, edit: str) -> None:
    (repository / edit).write_text("2\n")
    revision = revision_of(repository)
    assert revision is not None
    assert revision.text == git(repository, "rev-parse", "HEAD") + "-dirty"


def test_ignored_files_make_nothing_dirty(repository: Path) -> None:
    (repository / ".git" / "info" / "exclude").write_text(".retailctl/\n")
    (repository / ".retailctl").mkdir()
    (repository / ".retailctl" / "x").write_text("x")
    revision = revision_of(repository)
    assert revision is not None
    assert not revision.dirty


def test_without_a_commit_or_a_repository_there_is_none(tmp_path: Path) -> None:
    assert revision_of(tmp_path) is None
    git(tmp_path, "init", "--quiet")
    assert revision_of(tmp_path) is None


def test_without_git_there_is_none(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    assert revision_of(repository) is None
