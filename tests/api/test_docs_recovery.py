"""Each question of docs/recovery.md is answered as the page says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from graphql import OperationDefinitionNode, OperationType, parse, validate

from tests.support.api import Api

PAGE = (Path(__file__).parents[2] / "docs" / "recovery.md").read_text()
BLOCKS = re.compile(r"^```(graphql|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
"""A document, then its variables where it has any, then its answer."""
NAMED = re.compile(r'"<(\w+)>"')


def questions() -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for kind, text in BLOCKS.findall(PAGE):
        if kind == "graphql":
            found.append((text, []))
        else:
            found[-1][1].append(text)
    return found


def is_subscription(document: str) -> bool:
    (operation,) = parse(document).definitions
    return isinstance(operation, OperationDefinitionNode) and operation.operation is OperationType.SUBSCRIPTION


def like(said: Any, found: Any) -> bool:
    if said == "…":
        return found is not None
    if isinstance(said, dict):
        return isinstance(found, dict) and said.keys() == found.keys() and all(like(said[k], found[k]) for k in said)
    if isinstance(said, list):
        return isinstance(found, list) and len(said) == len(found) and all(map(like, said, found))
    return bool(said == found)


def remembered(answer: Any) -> dict[str, str]:
    """Text by its field's name, wherever it stands."""
    if isinstance(answer, list):
        return {name: text for part in answer for name, text in remembered(part).items()}
    if not isinstance(answer, dict):
        return {}
    below = {name: text for part in answer.values() for name, text in remembered(part).items()}
    return below | {name: value for name, value in answer.items() if isinstance(value, str)}


def filled(text: str, known: dict[str, str]) -> str:
    return NAMED.sub(lambda name: json.dumps(known[name[1]]), text)


@pytest.fixture
def outage(plane: Any) -> Any:
    """Three runs that the same system refused, which is back now."""
    from tests.support.plane import Scripted, connectors, failing

    acts: list[Any] = []
    for number, who in enumerate(("eve", "ada", "bob"), start=1):
        error = failing("CONNECTOR_REFUSED", arrived=True)
        error.message = f'No customer "{who}" in region {number}.'
        acts.append(error)
    with connectors(scripted := Scripted(name="crm.update", acts=(*acts, {}))):
        plane.publish("tell-crm", [{"key": "tell", "uses": scripted.name}])
        for _ in acts:
            plane.send({})
            plane.drain()
        yield plane


def test_every_question_is_answered_so(api: Api, outage: Any) -> None:
    from graphql_schema.schema import tenant_schema

    known: dict[str, str] = {}
    asked = questions()
    assert len(asked) == 6
    for document, blocks in asked:
        if is_subscription(document):
            assert validate(tenant_schema._schema, parse(document)) == []
            continue
        variables = json.loads(filled(blocks[0], known)) if blocks[1:] else {}
        answer = api.data(document, **variables)
        assert like(json.loads(blocks[-1]), answer), (document, answer)
        known |= remembered(answer)
        outage.drain()


@pytest.mark.parametrize(("said", "found"), [({"a": 1}, {"a": 2}), (["…"], []), ("…", None), ({}, {"a": 1})])
def test_difference_is_seen(said: Any, found: Any) -> None:
    assert not like(said, found)
