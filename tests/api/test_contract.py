"""Clients' operations are carried unchanged. Each one is valid, and answered without an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, parse, validate

from tests.support.api import CONTRACT, Api
from tests.support.contract import Operation, contract_operations
from tests.support.event_streams import open_stream
from tests.support.processes import WEBHOOK_SECRET

SHARED = Path(__file__).parents[3] / "shared"
FILES = sorted(path.name for path in CONTRACT.iterdir())

OPERATIONS = contract_operations()
WALKED = [
    pytest.param(operation, id=f"{operation.file.removesuffix('.graphql')}-{operation.name}")
    for operation in OPERATIONS
]


@dataclass(frozen=True)
class World:
    """The senders, and values for the variables.

    ids: for `…id…`, by the key that holds it, or by the operation's name and the key.
    words: for other placeholders of the examples.
    arguments: the one variable of each operation that has no example, by the operation's name.
    """

    tenant: Api
    platform: Api
    ids: dict[str, str]
    words: dict[str, str]
    arguments: dict[str, Any]

    def variables(self, operation: Operation) -> dict[str, Any]:
        """Those of the operation's example, or of one with the same inputs; else what `arguments` says."""
        alike = [one.example for one in [operation, *OPERATIONS] if one.example and one.inputs == operation.inputs]
        if operation.required and not alike:
            assert operation.name in self.arguments, f"{operation.name} has no example; add its variable to `arguments`"
            return dict.fromkeys(operation.required, self.arguments[operation.name])
        filled: dict[str, Any] = self._fill(operation.name, "", alike[0] if alike else {})
        return filled

    def _fill(self, operation: str, key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._fill(operation, name, one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._fill(operation, key, one) for one in value]
        if value == "…id…":
            return self.ids.get(f"{operation} {key}", self.ids[key])
        return self.words.get(value, value) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def world(tenant_factory: Callable[[], Any], token_for: Callable[..., str], database: Any) -> Iterator[World]:
    """A tenant whose workflow `notify-sales` has a run that failed and one that waits."""
    from tests.support.plane import Plane, Root

    tenant, other = tenant_factory(), tenant_factory()
    api, root = Api(tenant.token), Root(database.superuser_url)
    plane = Plane(tenant.ref, root)
    root.empty_queue()
    plane.publish("fails", [{"key": "a", "uses": "flow.fail", "with": {"message": "by the test"}}])
    plane.publish("notify-sales", [{"key": "a", "uses": "flow.delay", "with": {"seconds": 3600}}])
    plane.send({"n": 42})
    plane.drain()
    found = api.data("{ runs { edges { node { id state event { id } } } } }")["runs"]["edges"]
    runs = {edge["node"]["state"]: edge["node"] for edge in found}
    event = runs["FAILED"]["event"]["id"]
    run, waiting = runs["FAILED"]["id"], runs["WAITING"]["id"]
    ids = {"event": event, "runs": run, "CancelRuns runs": waiting}
    words = {"whsec_…": WEBHOOK_SECRET, "acme": other.ref.slug, "cust_1": other.ref.slug}
    arguments = {"Event": event, "Node": event, "Run": run, "ResumeTenant": {"tenant": other.ref.slug}}
    yield World(api, Api(token_for(None, "platform")), ids, words, arguments)
    root.empty_queue()
    root.connection.close()


def schema_of(operation: Operation) -> GraphQLSchema:
    from graphql_schema.schema import platform_schema, tenant_schema

    return (platform_schema if operation.file == "platform.graphql" else tenant_schema)._schema


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared folder is not beside this checkout")
@pytest.mark.parametrize("name", FILES)
def test_contract_is_carried_unchanged(name: str) -> None:
    assert (CONTRACT / name).read_bytes() == (SHARED / "contract" / name).read_bytes()


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared folder is not beside this checkout")
def test_yardstick_is_carried_unchanged() -> None:
    carried = Path(__file__).parents[2] / "bench" / "limit_a.py"
    assert carried.read_bytes() == (SHARED / "bench" / "limit_a.py").read_bytes()


def test_every_operation_is_walked() -> None:
    """Counted in the text, so that an operation which the parser of the walk passes over is noticed."""
    lines = [line for file in CONTRACT.glob("*.graphql") for line in file.read_text().splitlines()]
    written = [line.split()[0] for line in lines if line.startswith(("query ", "mutation ", "subscription "))]
    assert len(WALKED) == len(written) == len({operation.name for operation in OPERATIONS})


@pytest.mark.parametrize("operation", WALKED)
def test_operation_is_valid(operation: Operation) -> None:
    assert validate(schema_of(operation), parse(operation.document)) == []


@pytest.mark.parametrize("operation", [param for param in WALKED if param.values[0].kind != "subscription"])
def test_operation_is_answered(operation: Operation, world: World) -> None:
    sender = world.platform if operation.file == "platform.graphql" else world.tenant
    data = sender.data(operation.document, **world.variables(operation))
    assert all(value is not None for value in data.values()), data
    problems = [value["errors"] for value in data.values() if isinstance(value, dict) and value.get("errors")]
    assert problems == []


@pytest.mark.parametrize("operation", [param for param in WALKED if param.values[0].kind == "subscription"])
def test_subscription_is_answered(
    operation: Operation, world: World, web: str, run_async: Callable[[Any], Any]
) -> None:
    async def first() -> Any:
        async with open_stream(web, world.tenant.token, operation.document, **world.variables(operation)) as events:
            return await events.event()

    kind, content = run_async(first())
    assert (kind, "errors" in content, None in content["data"].values()) == ("next", False, False), content


def test_whole_file_may_be_sent_with_a_name(api: Api) -> None:
    document = (CONTRACT / "main_job.graphql").read_text()
    response = api.post({"query": document, "operationName": "Runs", "variables": {"first": 1}})
    assert response.json()["data"]["runs"]["edges"] == []
