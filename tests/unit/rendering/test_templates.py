"""What the carried templates render: taken by azure-ai-ml's own loaders, clean by our rules, documented."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import jinja2
import jinja2.meta
import pytest
import yaml

from retailctl.rendering.catalogue import TEMPLATES, find
from retailctl.rendering.documents import parse
from retailctl.rendering.engine import render
from retailctl.rendering.lint import check
from retailctl.rendering.variables import VARIABLES, examples, of_template
from tests.unit.rendering.conftest import CARRIED
from tests.unit.rendering.readme import README, filled

DOCUMENTS = [template.name for template in TEMPLATES if template.kind not in ("dockerfile", "conda")]
NAMES = [template.name for template in TEMPLATES]


def text_of(name: str, **changes: object) -> str:
    return render(find(name, (CARRIED,)), {**examples(name), **changes})


def load(name: str, folder: Path, **changes: object) -> object:
    """The rendered document as azure-ai-ml reads it."""
    from azure.ai import ml

    loaders: Mapping[str, object] = {
        "train-job": ml.load_job,
        "endpoint": ml.load_online_endpoint,
        "deployment": ml.load_online_deployment,
        "environment": ml.load_environment,
        "model": ml.load_model,
    }
    (folder / "training").mkdir(exist_ok=True)
    (folder / "conda.yml").write_text(text_of("conda"))
    file = folder / f"{name}.yml"
    file.write_text(text_of(name, **{"code": str(folder)} if name == "train-job" else {}, **changes))
    loader = loaders[name]
    assert callable(loader)
    return loader(str(file))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_azure_ai_ml_loads_what_is_rendered(name: str, tmp_path: Path) -> None:
    assert load(name, tmp_path)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_rendered_keeps_our_rules(name: str) -> None:
    template = find(name, (CARRIED,)).template
    assert check(template.kind, parse(text_of(name), f"{name}.yml")) == []


def test_the_deployment_converts_to_the_request_that_is_meant(tmp_path: Path) -> None:
    deployment = load("deployment", tmp_path, slot="green", instance_count=2)
    body = deployment._to_rest_object("westeurope")  # type: ignore[attr-defined]
    assert body.sku.capacity == 2
    assert body.properties.environment_variables == {"SERVING_SLOT": "green"}
    assert body.properties.request_settings.request_timeout == timedelta(minutes=1)
    assert body.properties.readiness_probe.failure_threshold == 150
    routes = deployment.environment.inference_config  # type: ignore[attr-defined]
    assert {name: route["path"] for name, route in routes.items()} == {
        "livenessRoute": "/live",
        "readinessRoute": "/ready",
        "scoringRoute": "/score",
    }


def test_the_job_s_command_keeps_azure_ml_s_own_expressions(tmp_path: Path) -> None:
    job = load("train-job", tmp_path, train_arguments=["--seed", "1"])
    assert job.command == (  # type: ignore[attr-defined]
        "python training/train.py --data ${{inputs.train_data}} --out_dir ${{outputs.model_out}} --seed 1"
    )
    assert Path(job.code) == tmp_path  # type: ignore[attr-defined]
    assert job.environment.image == examples("train-job")["train_image"]  # type: ignore[attr-defined]


def test_the_endpoint_says_nothing_of_traffic() -> None:
    assert not {"traffic", "mirror_traffic"} & yaml.safe_load(text_of("endpoint")).keys()


def test_text_that_yaml_would_misread_stays_text(tmp_path: Path) -> None:
    awkward = 'it\'s: "50 %" # of {all}'
    job = load("train-job", tmp_path, tags={"retailctl.data": awkward, "n": "007"}, data="azureml:sales:3")
    assert job.tags == {"project": "retail-forecast", "retailctl.data": awkward, "n": "007"}  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", NAMES)
def test_a_template_uses_exactly_the_variables_documented_for_it(name: str) -> None:
    source = (CARRIED / find(name, (CARRIED,)).file_name).read_text()
    environment = jinja2.Environment(
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
    )
    environment.filters["quoted"] = str
    used = jinja2.meta.find_undeclared_variables(environment.parse(source))
    assert used == {variable.name for variable in of_template(name)}


def test_the_tables_of_the_readme_are_fresh() -> None:
    assert README.read_text() == filled(README.read_text()), "python -m tests.unit.rendering.readme writes them"


def test_variables_are_listed_once_and_in_order() -> None:
    names = [variable.name for variable in VARIABLES]
    assert names == sorted(set(names))


def test_the_conda_environment_is_pinned_and_logs_to_azure_ml() -> None:
    requirements = ["azureml-mlflow==1.62.0", "numpy==2.4.6 ; python_version < '3.12'"]
    conda = yaml.safe_load(text_of("conda", train_requirements=requirements, python_version="3.12"))
    assert "python=3.12" in conda["dependencies"]
    assert "libgomp" in conda["dependencies"]
    assert conda["dependencies"][-1] == {"pip": requirements}


def test_the_inference_image_runs_as_nobody_special_and_keeps_its_source_last() -> None:
    lines = text_of("infer.Dockerfile", python_version="3.12").splitlines()
    assert [line for line in lines if line.startswith("FROM")] == [
        "FROM python:3.12-slim AS packages",
        "FROM python:3.12-slim AS source",
        "FROM python:3.12-slim",
    ]
    assert "USER 10001:10001" in lines
    assert lines[-1] == "COPY --from=source /app /app"
    assert any(line.startswith("HEALTHCHECK") for line in lines)
    assert 'CMD ["python", "-m", "serving", "--host", "0.0.0.0", "--port", "8080"]' in lines


def test_the_training_image_alone_holds_the_openmp_of_lightgbm() -> None:
    final_stage = text_of("train.Dockerfile").rpartition("\nFROM ")[2]
    assert "apt-get install --yes --no-install-recommends libgomp1" in final_stage
    assert "apt-get" not in text_of("infer.Dockerfile")


@pytest.mark.parametrize("name", ["train.Dockerfile", "infer.Dockerfile"])
def test_packages_are_installed_by_hash(name: str) -> None:
    text = text_of(name)
    assert text.count("--require-hashes -r requirements.txt") == 1
    assert text.count(" install --no-cache-dir") == 1
