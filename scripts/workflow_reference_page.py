"""Print docs/workflow_reference.md from the JSON Schema of definitions: ``python scripts/workflow_reference_page.py > docs/workflow_reference.md``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping

from automate.kernel.errors import Json
from automate.workflows.flow_steps import FLOW_SPECS, FlowSpec
from automate.workflows.schema import DEFINITION_SCHEMA

HEAD = """# Workflow reference

Made by `scripts/workflow_reference_page.py` from the JSON Schema of definitions; a test keeps it current. Each installation serves this schema publicly at `/schemas/workflow-1.json`. An
editor with JSON Schema support completes and checks definitions with it. In YAML, begin the file with

```yaml
# yaml-language-server: $schema=http://127.0.0.1:8000/schemas/workflow-1.json
```

[Validation](workflows.md#validate) checks rules that the schema cannot express, for instance whether a named step exists. [Connectors](connector_reference.md) describes inputs and outputs of connectors, [flow steps](flow_steps.md) has
examples of flow steps, and [templates](templates.md) describes expressions.
"""


def page() -> str:
    properties = DEFINITION_SCHEMA["properties"]
    step = properties["steps"]["items"]
    sections = [
        _section("Definition", DEFINITION_SCHEMA),
        _section("Step", step),
        _section("Retry", step["properties"]["retry"]),
        _section("Compensation", step["properties"]["compensate"]),
        _section("Concurrency", properties["concurrency"]),
        "## Flow steps\n\nThe engine executes these steps itself. Their fields are part of `with`.",
        *(_flow(spec) for spec in FLOW_SPECS.values()),
    ]
    return HEAD + "".join(f"\n{section}\n" for section in sections)


def _section(title: str, schema: Mapping[str, Json]) -> str:
    example = json.dumps(schema["examples"][0], indent=2, ensure_ascii=False)
    return f"## {title}\n\n{schema['description']}\n\n{_table(schema)}\n\n```json\n{example}\n```"


def _flow(spec: FlowSpec) -> str:
    parts = [f"### {spec.name}", spec.input_schema["description"], _table(spec.input_schema)]
    gives = _table(spec.output_schema) if "properties" in spec.output_schema else spec.output_schema["description"]
    return "\n\n".join([*parts, f"Its output, read as `steps.KEY.output`:\n\n{gives}"])


def _table(schema: Mapping[str, Json]) -> str:
    rows = "".join(_rows(schema))
    return f"| field | type | what | example |\n|---|---|---|---|\n{rows}".rstrip()


def _rows(schema: Mapping[str, Json]) -> Iterator[str]:
    for name, part in schema["properties"].items():
        what = [f"{part['title']}.", _sentence(part.get("description", "")), _bounds(part)]
        if name in schema.get("required", ()):
            what.append("Required.")
        shown = f"`{json.dumps(part['examples'][0], ensure_ascii=False)}`" if "examples" in part else ""
        yield f"| `{name}` | {_type(part)} | {_cell(' '.join(text for text in what if text))} | {_cell(shown)} |\n"


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", ")")) else f"{text}."


def _type(part: Mapping[str, Json]) -> str:
    if "const" in part:
        return f"`{json.dumps(part['const'])}`"
    if "enum" in part:
        return ", ".join(f"`{value}`" for value in part["enum"])
    kind = part.get("type", "any JSON")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _bounds(part: Mapping[str, Json]) -> str:
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


if __name__ == "__main__":
    sys.stdout.write(page())
