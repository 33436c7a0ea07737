"""Rendering for the eye: checked, offline, and honest about what it cannot know."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from retailctl.errors import InvalidInput, InvalidTemplate, TemplateNotFound
from retailctl.rendering.catalogue import TEMPLATES
from retailctl.rendering.variables import examples
from retailctl.workflows.documents import render_document
from retailctl.workflows.events import Caution
from retailctl.workflows.render import RenderRequest, list_templates, render_template
from tests.unit.workflows.fakes import Shop
from tests.unit.workflows.trained import data_folder


@pytest.mark.parametrize("name", [template.name for template in TEMPLATES])
def test_every_template_renders_without_asking_the_workspace(shop: Shop, name: str) -> None:
    result = render_template(shop.tools, RenderRequest(name))
    assert result.text == result.file.read_text()
    assert shop.world.calls == []


@pytest.mark.parametrize(
    ("name", "examples"), [("train-job", ("data",)), ("deployment", ("model",)), ("endpoint", ()), ("conda", ())]
)
def test_what_is_not_known_is_an_example_and_called_so(shop: Shop, name: str, examples: tuple[str, ...]) -> None:
    result = render_template(shop.tools, RenderRequest(name))
    assert result.examples == examples
    told = [event.text for event in shop.events if isinstance(event, Caution)]
    assert bool(told) == bool(examples)


def test_what_is_named_is_rendered_as_it_would_be_sent(shop: Shop, tmp_path: Path) -> None:
    shop.tools.settings = replace(shop.tools.settings, data=str(data_folder(tmp_path / "data")))
    assert render_template(shop.tools, RenderRequest("train-job")).examples == ()
    request = RenderRequest("deployment", slot="green", model="retail-forecast:7", sets=("instance_count=2",))
    deployment = yaml.safe_load(render_template(shop.tools, request).text)
    assert (deployment["name"], deployment["model"]) == ("green", "azureml:retail-forecast:7")
    assert deployment["instance_count"] == 2


@pytest.mark.parametrize("name", ["train-job", "endpoint", "deployment", "model", "environment"])
def test_azure_ml_s_own_loader_takes_it(shop: Shop, name: str) -> None:
    assert render_template(shop.tools, RenderRequest(name, check=True)).text


def test_the_environment_has_the_whole_lock_in_its_conda_file(shop: Shop) -> None:
    file = render_template(shop.tools, RenderRequest("environment")).file
    conda = yaml.safe_load(file.with_name("conda.yml").read_text())
    pins = conda["dependencies"][-1]["pip"]
    lock = shop.tools.project.code_root / "training" / "requirements.txt"
    locked = [line for line in lock.read_text().splitlines() if "==" in line and not line.startswith((" ", "#"))]
    assert pins == [line.removesuffix("\\").strip() for line in locked]
    assert any(pin.startswith("azureml-mlflow==") for pin in pins)


def test_a_template_of_one_s_own_wins_and_is_shown_as_such(shop: Shop) -> None:
    own = shop.tools.project.root / "templates" / "endpoint.yml.j2"
    own.parent.mkdir()
    own.write_text("name: [[ endpoint_name ]]\nauth_mode: aad_token\n")
    result = render_template(shop.tools, RenderRequest("endpoint"))
    assert (result.overridden, result.source) == (True, own)
    listed = {summary.name: summary.overridden for summary in list_templates(shop.tools)}
    assert listed == {template.name: template.name == "endpoint" for template in TEMPLATES}


def test_a_rule_that_is_broken_is_named_with_file_and_line(shop: Shop) -> None:
    own = shop.tools.project.root / "templates" / "endpoint.yml.j2"
    own.parent.mkdir()
    own.write_text("name: [[ endpoint_name ]]\n\nauth_mode: aad\n")
    with pytest.raises(InvalidTemplate) as caught:
        render_template(shop.tools, RenderRequest("endpoint"))
    assert caught.value.message.startswith(
        f"{shop.tools.project.state_dir}/rendered/endpoint.yml:3: auth_mode is 'aad'"
    )
    assert caught.value.details["rule"] == "auth-mode"


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (RenderRequest("nothing"), TemplateNotFound),
        (RenderRequest("deployment", sets=("instance_count",)), InvalidInput),
        (RenderRequest("infer.Dockerfile", sets=("a=b",)), InvalidInput),
        (RenderRequest("deployment", model="retail-forecast@latest"), InvalidInput),
        (RenderRequest("deployment", slot="red"), InvalidInput),
        (RenderRequest("model", job="no such job"), InvalidInput),
    ],
)
def test_a_wrong_line_is_refused(shop: Shop, request_: RenderRequest, error: type[Exception]) -> None:
    with pytest.raises(error):
        render_template(shop.tools, request_)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a: [", "edit {}"),
        ("name: blue\nenviroment: x", "edit {}"),
        ("name: blue\ninstance_count: 0", "edit {}, or correct it with --set "),
    ],
)
def test_what_is_wrong_in_a_template_is_answered_with_the_file_to_edit(shop: Shop, text: str, hint: str) -> None:
    file = shop.tools.project.root / "templates" / "deployment.yml.j2"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    with pytest.raises(InvalidTemplate) as caught:
        render_document(shop.tools, "deployment", examples("deployment"))
    assert caught.value.hint.startswith(hint.format(file))


def test_a_template_that_is_not_the_project_s_own_is_copied_first(shop: Shop) -> None:
    with pytest.raises(InvalidTemplate) as caught:
        render_document(shop.tools, "deployment", examples("deployment"), sets=["instance_count=0"])
    assert caught.value.hint.startswith("retailctl init, then edit templates/deployment.yml.j2")
