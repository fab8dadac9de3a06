"""GraphQL requests that are expensive for a server and cheap for a client. Each is a body of ``/graphql``."""

from __future__ import annotations

import itertools
import json
from typing import Any

RUNS = """
query($first: Int) { runs(first: $first) { edges { node { id state createdAt finishedAt workflowVersion { number } } } } }
"""
_TYPE = "kind name description ofType { kind name ofType { kind name ofType { kind name } } }"
_SCHEMA = (
    "__schema { types { kind name description fields(includeDeprecated: true) { name description isDeprecated "
    f"args {{ name description defaultValue type {{ {_TYPE} }} }} type {{ {_TYPE} }} }} }} }}"
)
_ALIASES, _VALIDATIONS, _STEPS, _ENTRIES, _REPEATS = 20, 4, 1_000, 200_000, 900
_numbers = itertools.count()


def _body(query: str, **variables: Any) -> bytes:
    return json.dumps({"query": query, "variables": variables}).encode()


def introspection() -> bytes:
    shared = f"fragment S on __Schema {{ {_SCHEMA[len('__schema { ') : -1]} }}"
    return _body("{" + " ".join(f"a{n}: __schema {{ ...S }}" for n in range(_ALIASES)) + "}" + shared)


def validation() -> bytes:
    """A large definition with templates in each step, validated under several aliases."""
    steps = [
        {
            "key": f"s{n}",
            "uses": "log.write",
            "needs": [f"s{n - 1}"] if n else [],
            "with": {"message": "{{ event.payload.n }}"},
        }
        for n in range(_STEPS)
    ]
    fields = " ".join(f"a{n}: validateWorkflow(definition: $definition) {{ valid }}" for n in range(_VALIDATIONS))
    return _body(f"query($definition: JSON!) {{ {fields} }}", definition={"schema": 1, "steps": steps})


def publishing() -> bytes:
    return _body(
        "mutation($input: PublishWorkflowInput!) { publishWorkflow(input: $input) { errors { code } } }",
        input={"workflow": "listed"},
    )


def overlapping() -> bytes:
    """A document in which each pair of the repeated fields is compared. A comment keeps it out of caches."""
    fields = " ".join(["id"] * _REPEATS + ["event { id }"] * (_REPEATS // 4))
    return _body(f"{{ runs(first: 1) {{ edges {{ node {{ {fields} }} }} }} }} # {next(_numbers)} {'x' * 20_000}")


def long_list() -> bytes:
    return _body(
        "query($types: [String!]) { events(first: 1, filter: {types: $types}) { edges { node { id } } } }",
        types=["a"] * _ENTRIES,
    )


def listing() -> bytes:
    """The request of a busy client: a page of runs."""
    return _body(RUNS, first=20)
