"""Make ``docs/reference/workflow_definitions.md`` from the JSON Schema of definitions: ``make reference`` writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from automate.kernel.json_values import as_text
from automate.workflows.flow_steps import FLOW_SPECS, FlowSpec
from automate.workflows.schema import DEFINITION_SCHEMA

HEAD = """# Workflow reference

`make reference` builds this page from the JSON Schema of definitions. Each installation serves the schema publicly at `/schemas/workflow-1.json`.
With this schema, an editor that supports JSON Schema completes and checks definitions. In YAML, begin the file with this line:

```yaml
# yaml-language-server: $schema=http://127.0.0.1:8000/schemas/workflow-1.json
```

[Validation](../workflows.md#validate) checks rules that the schema cannot express, for instance whether a named step exists. The page about [connectors](connectors.md) lists their inputs and outputs,
the page about [flow steps](../flow_steps.md) has examples, and the page about [templates](../templates.md) explains expressions.
"""


def page() -> str:
    schema: Mapping[str, Any] = DEFINITION_SCHEMA
    properties = schema["properties"]
    step = properties["steps"]["items"]
    sections = [
        _section("Definition", schema),
        _section("Step", step),
        _section("Retry", step["properties"]["retry"]),
        _section("Compensation", step["properties"]["compensate"]),
        _section("Concurrency", properties["concurrency"]),
        "## Flow steps\n\nThe engine executes flow steps itself. The fields of a flow step are written in `with`.",
        *(_flow(spec) for spec in FLOW_SPECS.values()),
    ]
    return HEAD + "".join(f"\n{section}\n" for section in sections)


def _section(title: str, schema: Mapping[str, Any]) -> str:
    example = json.dumps(schema["examples"][0], indent=2, ensure_ascii=False)
    return f"## {title}\n\n{schema['description']}\n\n{_table(schema)}\n\n```json\n{example}\n```"


def _flow(spec: FlowSpec) -> str:
    given, made = spec.input_schema, spec.output_schema
    parts = [f"### {spec.name}", as_text(given["description"]), _table(given)]
    gives = _table(made) if "properties" in made else as_text(made["description"])
    return "\n\n".join([*parts, f"Templates read the output of the step as `steps.KEY.output`:\n\n{gives}"])


def _table(schema: Mapping[str, Any]) -> str:
    rows = "".join(_rows(schema))
    return f"| field | type | what | example |\n|---|---|---|---|\n{rows}".rstrip()


def _rows(schema: Mapping[str, Any]) -> Iterator[str]:
    for name, part in schema["properties"].items():
        what = [f"{part['title']}.", _sentence(part.get("description", "")), _bounds(part)]
        if name in schema.get("required", ()):
            what.append("Required.")
        shown = f"`{json.dumps(part['examples'][0], ensure_ascii=False)}`" if "examples" in part else ""
        yield f"| `{name}` | {_type(part)} | {_cell(' '.join(text for text in what if text))} | {_cell(shown)} |\n"


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", ")")) else f"{text}."


def _type(part: Mapping[str, Any]) -> str:
    if "const" in part:
        return f"`{json.dumps(part['const'])}`"
    if "enum" in part:
        return ", ".join(f"`{value}`" for value in part["enum"])
    kind = part.get("type", "any JSON")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _bounds(part: Mapping[str, Any]) -> str:
    told = []
    if "default" in part:
        default = part["default"]
        shown = f"{default:g}" if isinstance(default, float) else json.dumps(default)
        told.append(f"The default is `{shown}`.")
    if "minimum" in part:
        told.append(f"At least {part['minimum']:,}.")
    if "maximum" in part:
        told.append(f"At most {part['maximum']:,}.")
    if "maxLength" in part:
        told.append(f"At most {part['maxLength']:,} characters.")
    return " ".join(told)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
