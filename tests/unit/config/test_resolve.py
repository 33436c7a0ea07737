"""Which source of a setting wins, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from retailctl.config.project import Project
from retailctl.config.resolve import resolve
from retailctl.config.settings import ROWS, Settings
from retailctl.errors import InvalidConfig, InvalidName, ProfileNotFound

TOML = """
default_profile = "dev"

[profiles.dev]
endpoint_name = "from-the-profile"
instance_count = 2

[profiles.prod]
workspace_name = "prod-ws"
[profiles.prod.cloud]
resource_manager = "https://127.0.0.1:1"
"""


def settle(
    folder: Path, toml: str | None = TOML, flags: dict[str, object | None] | None = None, **environ: str
) -> Settings:
    if toml is not None:
        (folder / "retailctl.toml").write_text(toml)
    return resolve(flags or {}, environ, Project.find(folder, {}))


def test_without_a_file_the_local_profile_has_the_defaults(tmp_path: Path) -> None:
    settings = settle(tmp_path, None)
    assert (settings.profile, settings.endpoint_name) == ("local", "retail-forecast-endpoint")
    assert settings.origin("endpoint_name") == "default"


def test_flag_beats_variable_beats_unprefixed_beats_profile(tmp_path: Path) -> None:
    prefixed, plain = {"RETAILCTL_ENDPOINT_NAME": "from-prefixed"}, {"ENDPOINT_NAME": "from-plain"}
    in_order = [
        settle(tmp_path, flags={"endpoint_name": "from-the-flag"}, **prefixed, **plain),
        settle(tmp_path, **prefixed, **plain),
        settle(tmp_path, **plain),
        settle(tmp_path),
    ]
    assert [(each.endpoint_name, each.origin("endpoint_name")) for each in in_order] == [
        ("from-the-flag", "flag --endpoint"),
        ("from-prefixed", "environment RETAILCTL_ENDPOINT_NAME"),
        ("from-plain", "environment ENDPOINT_NAME"),
        ("from-the-profile", "profile dev (retailctl.toml)"),
    ]


def test_a_stray_export_cannot_turn_the_profile_that_was_asked_for(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match="WORKSPACE_NAME=dev-ws contradicts profile prod"):
        settle(tmp_path, flags={"profile": "prod"}, WORKSPACE_NAME="dev-ws")
    with pytest.raises(InvalidConfig, match="contradicts"):
        settle(tmp_path, RETAILCTL_PROFILE="prod", WORKSPACE_NAME="dev-ws")
    assert settle(tmp_path, flags={"profile": "prod"}, WORKSPACE_NAME="prod-ws").workspace_name == "prod-ws"


@pytest.mark.parametrize(
    ("toml", "says", "why"),
    [
        ("default_profile = \n", "not TOML", "line 1"),
        ("profile = 'x'", ":1: unknown key 'profile'", "did you mean 'profiles'"),
        (
            "[profiles.dev]\n\nendpoint_nam = 'x'",
            ":3: unknown key 'profiles.dev.endpoint_nam'",
            "did you mean 'profiles.dev.endpoint_name'",
        ),
        ("[profiles.dev.cloud]\nresource_manger = 'x'", "resource_manger", "cloud.resource_manager"),
        ("[profiles.dev]\ninstance_count = 'two'", "not a whole number", "profile dev"),
        ("[profiles.dev]\ninstance_count = 0", "1 to 50", "profile dev"),
        ("[profiles.dev]\napp_insights_enabled = 'maybe'", "true or false", "profile dev"),
        ("[profiles.dev]\nendpoint_name = ['x']", "is not text", "profile dev"),
        ("[profiles.dev]\ncredential = 'password'", "one of default", "profile dev"),
        ("profiles = 3", "profiles is not a table", "[profiles.NAME]"),
        ("default_profile = 3", "default_profile is not text", "local"),
    ],
)
def test_a_malformed_file_is_named(tmp_path: Path, toml: str, says: str, why: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        settle(tmp_path, toml)
    assert says in caught.value.message
    assert why in str(caught.value.reason)


def test_a_value_that_azure_would_refuse_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidName):
        settle(tmp_path, ENDPOINT_NAME="x")


def test_an_unknown_profile_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ProfileNotFound) as caught:
        settle(tmp_path, flags={"profile": "prdo"})
    assert caught.value.hint == "the same line with --profile prod"


def test_latest_in_the_older_variable_means_no_fixed_version(tmp_path: Path) -> None:
    assert settle(tmp_path, MODEL_VERSION="latest").model_version is None
    assert settle(tmp_path, MODEL_VERSION="7").model_version == "7"


def test_the_cloud_of_a_profile_is_read_field_by_field(tmp_path: Path) -> None:
    cloud = settle(tmp_path, flags={"profile": "prod"}).cloud
    assert cloud.resource_manager == "https://127.0.0.1:1"
    assert cloud.active_directory == "https://login.microsoftonline.com"
    assert not cloud.is_public


def test_the_project_is_found_from_a_folder_below(tmp_path: Path) -> None:
    (tmp_path / "retailctl.toml").write_text("")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    project = Project.find(below, {})
    assert (project.root, project.state_dir) == (tmp_path, tmp_path / ".retailctl")
    assert Project.find(below, {"RETAILCTL_STATE": "elsewhere"}).state_dir == below / "elsewhere"


def test_every_row_has_a_meaning_and_a_variable_of_its_own() -> None:
    assert all(row.meaning for row in ROWS)
    assert len({row.variable for row in ROWS}) == len(ROWS)
