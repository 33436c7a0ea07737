"""What the SDK says of a file, put in the words of the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from retailctl.azureml.sdk import parse_check
from retailctl.azureml.yaml_files import YamlKind, load
from retailctl.errors import InvalidTemplate

GOOD: dict[YamlKind, str] = {
    "endpoint": "name: retail-forecast\nauth_mode: key\n",
    "environment": "name: infer\nimage: acr.azurecr.io/retail/infer:1\n",
    "model": "name: retail\npath: azureml://jobs/j1/outputs/model_out\ntype: mlflow_model\n",
    "data": "name: sales\npath: https://x.example/sales\ntype: uri_folder\n",
}

DEPLOYMENT = """\
name: blue
endpoint_name: retail-forecast
model: azureml:retail:7
environment:
  image: acr.azurecr.io/retail/infer:1
  inference_config:
    liveness_route: {path: /live, port: 8080}
instance_type: Standard_DS3_v2
instance_count: many
livenes_probe: {period: 10}
"""


def refused(kind: YamlKind, text: str, folder: Path) -> InvalidTemplate:
    file = folder / f"{kind}.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidTemplate) as caught:
        parse_check(kind, file)
    return caught.value


@pytest.mark.parametrize(("kind", "text"), GOOD.items())
def test_a_good_file_passes(kind: YamlKind, text: str, tmp_path: Path) -> None:
    file = tmp_path / "good.yml"
    file.write_text(text, encoding="utf-8")
    parse_check(kind, file)


def test_each_complaint_has_its_line_and_field(tmp_path: Path) -> None:
    error = refused("deployment", DEPLOYMENT, tmp_path)
    assert error.message == f"Azure ML would refuse the deployment in {tmp_path / 'deployment.yml'}"
    assert error.reason == (
        "line 6, environment.inference_config.scoring_route: Missing data for required field; "
        "line 6, environment.inference_config.readiness_route: Missing data for required field; "
        "line 9, instance_count: Not a valid integer; "
        "line 10, livenes_probe: Unknown field"
    )
    assert error.details["field"] == "environment.inference_config.scoring_route"


def test_a_missing_code_folder_is_named(tmp_path: Path) -> None:
    job = "command: python train.py\ncode: ./nowhere\nenvironment: azureml:train:1\ncompute: azureml:cpu\n"
    error = refused("job", job, tmp_path)
    assert "line 2, code: Can't find directory or file" in str(error.reason)


def test_text_that_is_not_yaml_is_told_with_its_place(tmp_path: Path) -> None:
    error = refused("endpoint", "auth_mode: key\nname: [1\n", tmp_path)
    assert error.reason == "line 3 is not YAML: expected ',' or ']', but got '<stream end>'"


def test_a_list_is_not_a_resource(tmp_path: Path) -> None:
    assert "dict" in str(refused("model", "- a\n", tmp_path).reason)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidTemplate) as caught:
        parse_check("job", tmp_path / "gone.yml")
    assert "gone.yml" in caught.value.message


def test_the_sdk_says_nothing_on_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    refused("deployment", DEPLOYMENT, tmp_path)
    assert capfd.readouterr() == ("", "")


def test_variables_are_text_as_the_api_wants_them(tmp_path: Path) -> None:
    file = tmp_path / "deployment.yml"
    slot = "name: blue\nendpoint_name: retail-forecast\nmodel: azureml:retail:7\nenvironment: azureml:infer:1\n"
    size = "instance_type: Standard_DS3_v2\ninstance_count: 1\n"
    variables = "environment_variables: {SECONDS: 0.1, REPLACED: yes, NAME: blue}\n"
    file.write_text(slot + size + variables, encoding="utf-8")
    assert load("deployment", file).environment_variables == {"SECONDS": "0.1", "REPLACED": "true", "NAME": "blue"}
