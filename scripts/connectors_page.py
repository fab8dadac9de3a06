"""Make ``docs/reference/connectors.md`` from the connectors' specs: ``make reference`` writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from actors.connectors.registry import OURS
from automate.kernel.errors import CODES
from automate.kernel.json_values import as_list
from automate.workflows.connectors import ConnectorSpec

HEAD = """# Connectors

`make reference` builds this page from the schemas and error tables of the connectors.

A step names its connector in `uses` and the connector's input in `with`. Any text of the input can contain [templates](../templates.md). Any text can also contain `$secret:NAME` for a [secret](../secrets.md), whose value only the worker reads.
`previewStep` shows the request of a step for a stored event. The query sends nothing and reads no secret. Specify a step of a workflow's draft, or specify a connector and its input. `errors` contains the reasons why the step would not send the request:

```graphql
query ($event: ID) {
  draft: previewStep(input: {workflow: "billing", step: "charge", event: $event}) {
    hosts
    request
    errors { code message path }
  }
  idea: previewStep(input: {uses: "log.write", with: {message: "Order {{ event.payload.id }}"}, event: $event}) {
    request
    errors { message }
  }
}
```

Each connector has a line **Effect**, which describes what happens if the same call is sent twice. With `idempotent`, a repeated call changes nothing. With `keyed`, a repeated call has the same `Idempotency-Key` as the first call. If the receiver honours this key, the repeated call changes nothing. With `unsafe`, a repeated call acts again, so a call with an unknown outcome [waits for an operator's decision](../effects.md).

**Errors** of a connector are in its table of errors. The field `details.failure` of an error names the row in the table of errors. The [code](../errors.md) of an error decides whether the step is tried again. "May have arrived" says whether the receiver may have acted despite the error. Any step can also fail with `INTERNAL`, `STEP_TIMED_OUT` and `INVALID_TEMPLATE`. If a call succeeds and the output is too large to store, the step fails with `LIMIT_EXCEEDED`. A step with a secret can also fail with
`SECRET_UNAVAILABLE`, with [`SECRET_NOT_ALLOWED`](../secrets.md), and with `UNAVAILABLE` if the rules of the secret cannot be read.
"""

EFFECTS = {
    "idempotent": "A repeated call changes nothing",
    "keyed": "Each attempt has the same `Idempotency-Key`",
    "unsafe": "A repeated call acts again",
}


def page() -> str:
    ours = [one.spec for one in OURS]
    return HEAD + "".join(_section(spec) for spec in sorted(ours, key=lambda spec: spec.name))


def _section(spec: ConnectorSpec) -> str:
    lines = [
        f"## {spec.name}",
        spec.description,
        f"Effect: `{spec.effect}`. {EFFECTS[spec.effect]}. "
        + ("The connector can look up the outcome of a call. " if spec.lookup else "")
        + _hosts(spec),
        *_examples(spec),
        "### Input of " + spec.name,
        _table(spec.input_schema),
        "### Output of " + spec.name,
        _table(spec.output_schema),
        "### Errors of " + spec.name,
        _failures(spec),
    ]
    return "\n" + "\n\n".join(line for line in lines if line) + "\n"


def _hosts(spec: ConnectorSpec) -> str:
    if not spec.secrets:
        return "People can see the input of this connector, so the input must not contain secrets."
    named = [f"`{host}`" for host in spec.hosts]
    named += [f"the host in `{'.'.join(field.path)}`" for field in spec.host_fields]
    listed = " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)
    return f"Secrets in the input are sent only to {listed}." if named else ""


def _examples(spec: ConnectorSpec) -> Iterator[str]:
    for number, example in enumerate(as_list(spec.input_schema.get("examples", [])), start=1):
        step = {"key": f"step_{number}", "uses": spec.name, "with": example}
        yield f"```json\n{json.dumps(step, indent=2, ensure_ascii=False)}\n```"


def _table(schema: Mapping[str, Any]) -> str:
    rows = "".join(_rows(schema, ""))
    return f"| field | type | what | example |\n|---|---|---|---|\n{rows}".rstrip()


def _rows(schema: Mapping[str, Any], prefix: str) -> Iterator[str]:
    required = schema.get("required", ())
    for name, part in schema.get("properties", {}).items():
        place = f"{prefix}{name}"
        what = [f"{part['title']}." if "title" in part else "", part.get("description", ""), _bounds(part)]
        if name in required:
            what.append("Required.")
        example = part.get("examples", [None])[0]
        shown = "" if example is None else f"`{json.dumps(example, ensure_ascii=False)}`"
        yield f"| `{place}` | {_type(part)} | {_cell(' '.join(text for text in what if text))} | {_cell(shown)} |\n"
        yield from _rows(part, f"{place}.")
        if isinstance(part.get("items"), dict):
            yield from _rows(part["items"], f"{place}[].")


def _type(part: Mapping[str, Any]) -> str:
    if "enum" in part:
        return ", ".join(f"`{value}`" for value in part["enum"])
    kind = part.get("type", "any JSON")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _bounds(part: Mapping[str, Any]) -> str:
    told = []
    if "default" in part:
        told.append(f"The default is `{json.dumps(part['default'])}`.")
    if "maximum" in part:
        told.append(f"At most {part['maximum']:,}.")
    if "maxLength" in part:
        told.append(f"At most {part['maxLength']:,} characters.")
    return " ".join(told)


def _failures(spec: ConnectorSpec) -> str:
    rows = "".join(
        f"| `{row.name}` | `{row.code}` | {'yes' if CODES[row.code].retryable else 'no'} "
        f"| {'yes' if row.may_have_arrived else 'no'} | {_cell(row.when)} |\n"
        for row in spec.failures
    )
    return f"| failure | code | tried again | may have arrived | when |\n|---|---|---|---|---|\n{rows}".rstrip()


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
