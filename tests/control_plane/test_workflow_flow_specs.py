"""Laws of the descriptions that forms are made of."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from automate.kernel.text import EVENT_TYPE, SLUG
from automate.workflows.definition import FLOW_PREFIX
from automate.workflows.flow_steps import FLOW_SPECS, check_rendered, raw_inputs
from automate.workflows.schema import DEFINITION_SCHEMA
from automate.workflows.templates import compile_template
from tests.support.definitions import check, workflow

SCHEMAS = {
    "definition": DEFINITION_SCHEMA,
    **{f"{name} input": spec.input_schema for name, spec in FLOW_SPECS.items()},
    **{f"{name} output": spec.output_schema for name, spec in FLOW_SPECS.items()},
}
EXAMPLES = [(name, example) for name, spec in FLOW_SPECS.items() for example in spec.input_schema["examples"]]
CONTEXT: Any = {
    "event": {
        "type": "order.paid",
        "source": "shop",
        "payload": {"id": 7, "amount": 5, "rows": [{"id": 1}], "due_at": "2026-11-25T10:00:00Z"},
    }
}


def parts(schema, path=()):
    """Every schema in a schema that describes a value of its own, with its path."""
    yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from parts(inner, (*path, name))
    if "title" in schema.get("items", {}):
        yield from parts(schema["items"], (*path, "*"))


PARTS = [
    pytest.param(part, id="/".join([name, *path])) for name, schema in SCHEMAS.items() for path, part in parts(schema)
]


@pytest.mark.parametrize("part", PARTS)
def test_every_field_has_a_title_a_description_and_examples_that_fit(part):
    assert part["title"]
    assert part["description"][0] != part["description"][0].swapcase() or part["description"][0].isdigit()
    valid = jsonschema_rs.validator_for(dict(part))
    if (examples := part.get("examples")) is None:
        assert "properties" in part  # those of its fields show it
    else:
        assert examples
    for example in [*(examples or []), *([part["default"]] if "default" in part else [])]:
        if "{{" not in str(example):
            valid.validate(example)


@pytest.mark.parametrize("schema", [pytest.param(schema, id=name) for name, schema in SCHEMAS.items()])
def test_schemas_are_json_schema(schema):
    jsonschema_rs.meta.validate(dict(schema))
    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["examples"]


@pytest.mark.parametrize(("uses", "example"), EXAMPLES)
def test_every_example_of_an_input_can_be_published_and_taken(uses, example):
    assert check(workflow({"key": "a", "uses": uses, "with": example}, timeout_seconds=366 * 86_400)) == []
    raw = raw_inputs(uses)
    template = compile_template({key: value for key, value in example.items() if key not in raw})
    rendered: Any = template.render(CONTEXT)
    assert rendered["refs"] == []
    check_rendered(uses, rendered["input"] | {key: example[key] for key in raw & example.keys()})


def test_flow_steps_are_those_of_the_design():
    words = ["delay", "wait_for_event", "approval", "for_each", "run_workflow", "emit_event", "transform", "fail"]
    assert sorted(FLOW_SPECS) == sorted(FLOW_PREFIX + word for word in words)
    assert all(spec.name == name and not spec.secrets for name, spec in FLOW_SPECS.items())


def test_only_what_must_not_be_rendered_is_raw():
    assert {name: raw for name in FLOW_SPECS if (raw := raw_inputs(name))} == {
        "flow.wait_for_event": {"match"},
        "flow.approval": {"form"},
        "flow.for_each": {"keep", "step"},
    }
    assert raw_inputs("http.request") == frozenset()


def test_names_are_those_that_the_doors_take():
    fields: Any = {name: spec.input_schema["properties"] for name, spec in FLOW_SPECS.items()}
    emitted, awaited = (fields[name]["type"] for name in ("flow.emit_event", "flow.wait_for_event"))
    assert emitted["pattern"] == awaited["pattern"] == f"^{EVENT_TYPE.pattern}$"
    assert fields["flow.run_workflow"]["workflow"]["pattern"] == f"^{SLUG.pattern}$"
