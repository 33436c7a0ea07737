"""The engine's streams as steps, layers and output; secrets among that output are hidden."""

from __future__ import annotations

from retailctl.domain.progress import Progress
from retailctl.images.building import BuildStream
from retailctl.images.layers import Layers
from retailctl.images.pushing import follow_push

IMAGE = "sha256:" + "a" * 64


def test_a_build_s_text_is_told_by_step_however_it_is_cut_up() -> None:
    told: list[Progress] = []
    stream = BuildStream(told.append)
    text = "Step 1/2 : RUN make\n ---> Running in 1234\none\rtwo\nStep 2/2 : CMD x\nSuccessfully built aaaa\n"
    pieces = [{"stream": text[at : at + 7]} for at in range(0, len(text), 7)]
    assert stream.follow([*pieces, {"aux": {"ID": IMAGE}}]) == IMAGE
    assert [each.text for each in told if each.line is None] == ["step 1 of 2: RUN make", "step 2 of 2: CMD x"]
    assert [each.line for each in told if each.line is not None] == ["two"]


def test_a_secret_in_a_build_s_output_is_hidden() -> None:
    told: list[Progress] = []
    lines = "Step 1/1 : RUN env\nPIP_TOKEN=s3cr3t-token\nSuccessfully built aaaa\n"
    BuildStream(told.append).follow([{"stream": lines}, {"aux": {"ID": IMAGE}}])
    assert "s3cr3t" not in str(told)


def test_layers_are_counted_and_measured() -> None:
    layers = Layers()
    for status, detail in (("Preparing", {}), ("Pushing", {"current": 5_000_000, "total": 20_000_000})):
        layers.hear({"id": "one", "status": status, "progressDetail": detail})
    layers.hear({"id": "two", "status": "Layer already exists", "progressDetail": {}})
    layers.hear({"status": "The push refers to repository [x]"})
    assert layers.text == "5.0 of 20.0 MB, 1 of 2 layers there"
    assert [(part.name, part.done) for part in layers.moving] == [("one", 5_000_000)]
    layers.hear({"id": "one", "status": "Pushed", "progressDetail": {}})
    assert layers.text == "20.0 of 20.0 MB, 2 of 2 layers there"
    assert layers.moving == ()


def test_the_digest_of_a_push_is_the_one_that_the_registry_told() -> None:
    events = [
        {"id": "one", "status": "Retrying in 5 seconds", "progressDetail": {}},
        {"progressDetail": {}, "aux": {"Tag": "1", "Digest": IMAGE, "Size": 7}},
    ]
    told: list[Progress] = []
    assert follow_push(events, "r.example", "r.example/retail/infer", told.append) == IMAGE
    assert told[0].text.startswith("retrying in 5 seconds; ")
