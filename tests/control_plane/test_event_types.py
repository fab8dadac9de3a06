"""What event types make of events at ingest: schemas, search keys, and no statement where there are none."""

from __future__ import annotations

import json
import threading
import time
import uuid
from typing import Any

import pytest
from django.db import connection

from automate.events.event_types.schemas import MOST_NODES, compile_schema, schema_problems
from automate.events.event_types.search_keys import SearchKey, digest_of, digests_of, key_problems
from automate.events.services import NewEvent, record_events
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import as_texts
from automate.kernel.tenancy import acting_for
from tests.support.plane import Plane, counting

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["n"],
    "properties": {"n": {"type": "integer"}, "who": {"$ref": "#/$defs/name"}},
    "$defs": {"name": {"type": "string", "maxLength": 3}},
}
ORDER = SearchKey("order", "payload.order.id")
TRACE = "0" * 32


def save(plane: Plane, name: str = "order.created", **given: Any) -> uuid.UUID:
    from automate.events.event_types.services import save_event_type

    saved: list[uuid.UUID] = []
    plane.by_ada(lambda: saved.append(save_event_type(name=name, **given)))
    return saved[0]


def delete(plane: Plane, name: str = "order.created") -> None:
    from automate.events.event_types.services import delete_event_type

    plane.by_ada(lambda: delete_event_type(name))


def ingest(plane: Plane, *payloads: Any, kind: str = "order.created", refusable: bool = False) -> list[uuid.UUID]:
    from automate.events.queries import source_id_of

    with acting_for(plane.tenant):
        source = source_id_of("api")
        events = [NewEvent(source, kind, json.dumps(payload).encode(), TRACE) for payload in payloads]
        return [one.event_id for one in record_events(events, audited=False, refusable=refusable)]


def problems(plane: Plane) -> list[Any]:
    rows = plane.rows("SELECT schema_problems::text FROM event ORDER BY id")
    return [None if text is None else json.loads(text) for (text,) in rows]


def found(plane: Plane, name: str, value: str) -> list[uuid.UUID]:
    return [
        row[0]
        for row in plane.rows("SELECT event_id FROM event_search WHERE digest = %s ORDER BY 1", digest_of(name, value))
    ]


def refused(schema: Any) -> list[tuple[str, list[str]]]:
    return [(problem.code, problem.path) for problem in schema_problems(schema)]


def test_schema_is_accepted_and_names_the_place_of_a_problem() -> None:
    assert refused(SCHEMA) == []
    compiled = compile_schema(SCHEMA)
    payload: Any = {"n": "secret-value", "who": "abcd"}
    wrong = compiled.problems(payload, json.dumps(payload).encode())
    assert sorted(map(as_texts, (problem["path"] for problem in wrong))) == [["n"], ["who"]]
    assert "secret-value" not in json.dumps(wrong)
    assert compiled.problems({"n": 1}, b'{"n":1}') == []


def doubling(levels: int) -> Any:
    names = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n - 1}"}] * 2} for n in range(1, levels)}
    return {"$defs": {"a0": {"type": "object"}, **names}, "$ref": f"#/$defs/a{levels - 1}"}


@pytest.mark.parametrize(
    ("schema", "code", "path"),
    [
        ([], "BAD_USER_INPUT", ["schema"]),
        ({"type": "strange"}, "BAD_USER_INPUT", ["schema"]),
        ({"$ref": "https://example.com/x.json"}, "BAD_USER_INPUT", ["schema", "$ref"]),
        ({"properties": {"a": {"$ref": "#/$defs/absent"}}}, "BAD_USER_INPUT", ["schema", "properties", "a", "$ref"]),
        ({"properties": {"a": {"$ref": "#"}}}, "BAD_USER_INPUT", ["schema", "properties", "a", "$ref"]),
        ({"properties": {"a": {"$dynamicRef": "#a"}}}, "BAD_USER_INPUT", ["schema", "properties", "a", "$dynamicRef"]),
        ({"properties": {"a": {"$id": "b"}}}, "BAD_USER_INPUT", ["schema", "properties", "a", "$id"]),
        ({"enum": ["x" * 70_000]}, "LIMIT_EXCEEDED", ["schema"]),
        (doubling(40), "LIMIT_EXCEEDED", ["schema"]),
    ],
)
def test_hostile_schema_is_refused_with_its_place(schema: Any, code: str, path: list[str]) -> None:
    began = time.perf_counter()
    (problem,) = refused(schema)
    assert (problem[0], problem[1][: len(path)]) == (code, path)
    assert time.perf_counter() - began < 2


def test_chain_of_references_is_refused_without_a_deep_stack() -> None:
    chain = {f"a{n}": {"$ref": f"#/$defs/a{n + 1}"} for n in range(1_000)}
    assert {code for code, _ in refused({"$defs": {**chain, "a1000": {}}, "$ref": "#/$defs/a0"})} == {"BAD_USER_INPUT"}


def test_event_that_is_too_large_for_its_schema_does_not_match() -> None:
    schema: Any = {"items": {"allOf": [{"type": "integer"}] * (MOST_NODES // 4)}}
    assert refused(schema) == []
    body = json.dumps(list(range(100_000))).encode()
    began = time.perf_counter()
    (problem,) = compile_schema(schema).problems(json.loads(body), body)
    assert problem["path"] == []
    assert time.perf_counter() - began < 1


def test_search_keys_find_texts_numbers_and_lists() -> None:
    payload: Any = {"order": {"id": 4711}, "skus": ["a", 2.0, True, None, {"x": 1}, ""]}
    keys = [
        ORDER,
        SearchKey("sku", "payload.skus"),
        SearchKey("none", "payload.absent"),
        SearchKey("h", 'headers."x-h"'),
    ]
    pairs = [("order", "4711"), ("sku", "a"), ("sku", "2"), ("sku", "true"), ("h", "v")]
    assert digests_of(keys, payload, {"x-h": "v"}) == {digest_of(*pair) for pair in pairs}


def test_hostile_expression_finds_nothing_in_bounded_time() -> None:
    nested = "payload[*].[@,@,@,@]" + "[].[@,@,@,@]" * 12
    began = time.perf_counter()
    assert digests_of([SearchKey("a", nested), SearchKey("b", "payload[0]")], ["v"] * 1_000, {}) == {
        digest_of("b", "v")
    }
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize(
    ("keys", "code", "path"),
    [
        ([ORDER] * 11, "LIMIT_EXCEEDED", ["searchKeys"]),
        ([ORDER, ORDER], "BAD_USER_INPUT", ["searchKeys", "1", "name"]),
        ([SearchKey("a b", "payload")], "BAD_USER_INPUT", ["searchKeys", "0", "name"]),
        ([SearchKey("a", "payload.")], "INVALID_TEMPLATE", ["searchKeys", "0", "expression"]),
        ([SearchKey("a", "steps.x")], "INVALID_TEMPLATE", ["searchKeys", "0", "expression"]),
    ],
)
def test_invalid_search_key_is_refused_with_its_place(keys: Any, code: str, path: list[str]) -> None:
    assert [(problem.code, problem.path) for problem in key_problems(keys)] == [(code, path)]


def test_event_is_flagged_by_default(plane: Plane) -> None:
    save(plane, schema=SCHEMA)
    ingest(plane, {"n": 1}, {"n": "x"}, refusable=True)
    assert [wrong and wrong[0]["path"] for wrong in problems(plane)] == [None, ["n"]]


def test_event_is_rejected_only_where_its_sender_waits(plane: Plane) -> None:
    save(plane, schema=SCHEMA, on_mismatch="reject")
    with pytest.raises(NormalizedError) as refusal:
        ingest(plane, {"n": 1}, {"n": "x"}, refusable=True)
    assert (refusal.value.code, refusal.value.path) == ("INVALID_EVENT", ["1", "payload", "n"])
    assert problems(plane) == []
    ingest(plane, {"n": "x"})
    assert [wrong[0]["path"] for wrong in problems(plane)] == [["n"]]


def test_search_keys_are_written_with_the_event(plane: Plane) -> None:
    save(plane, search_keys=[ORDER])
    first, second, _ = ingest(plane, {"order": {"id": 4711}}, {"order": {"id": "4711"}}, {"order": {"id": 1}})
    assert found(plane, "order", "4711") == [first, second]
    ingest(plane, {"order": {"id": 4711}}, kind="other")
    assert found(plane, "order", "4711") == [first, second]


def test_tenant_without_event_types_pays_no_statement(plane: Plane) -> None:
    with counting() as statements:
        ingest(plane, {"n": 1})
    alone = len(statements)
    save(plane, schema=SCHEMA, search_keys=[ORDER])
    ingest(plane, {"n": 1})
    with counting() as statements:
        ingest(plane, {"n": 1, "order": {"id": 1}})
    assert len(statements) == alone


def test_change_is_in_force_at_once_in_every_process(plane: Plane) -> None:
    """The cache of this process holds the former declaration: the statement refuses it, once."""
    from automate.events.event_types import declared

    save(plane, search_keys=[ORDER])
    ingest(plane, {"order": {"id": 1}})
    stale = declared.cached_types(plane.tenant.id)
    save(plane, search_keys=[SearchKey("order", "payload.id")], schema=SCHEMA)
    declared._cached.put(plane.tenant.id, stale)
    (event,) = ingest(plane, {"id": 7, "order": {"id": 8}})
    assert found(plane, "order", "7") == [event]
    assert [bool(wrong) for wrong in problems(plane)] == [False, True]


def test_rejection_by_a_former_declaration_is_checked_again(plane: Plane) -> None:
    from automate.events.event_types import declared

    save(plane, schema=SCHEMA, on_mismatch="reject")
    with pytest.raises(NormalizedError):
        ingest(plane, {}, refusable=True)
    stale = declared.cached_types(plane.tenant.id)
    save(plane, schema={})
    declared._cached.put(plane.tenant.id, stale)
    ingest(plane, {}, refusable=True)
    assert problems(plane) == [None]


def test_repeated_key_is_a_duplicate_after_a_change(plane: Plane) -> None:
    from automate.events.queries import source_id_of

    def send() -> str:
        with acting_for(plane.tenant):
            event = NewEvent(source_id_of("api"), "order.created", b"{}", TRACE, idempotency_key="k")
            return record_events([event], audited=False)[0].outcome

    assert send() == "NEW"
    save(plane, search_keys=[ORDER])
    assert send() == "DUPLICATE"


def test_stored_events_are_indexed_again_when_keys_change(plane: Plane) -> None:
    events = ingest(plane, *({"order": {"id": number % 2}} for number in range(450)))
    save(plane, search_keys=[ORDER])
    plane.pass_seconds(2)
    plane.drain()
    plane.pass_seconds(2)
    plane.drain()
    assert found(plane, "order", "1") == sorted(events[1::2])
    assert plane.rows("SELECT done, total, finished_at IS NOT NULL FROM event_reindex") == [(450, 450, True)]
    save(plane, search_keys=[SearchKey("second", "payload.order.id")])
    for _ in range(2):
        plane.pass_seconds(2)
        plane.drain()
    assert (found(plane, "order", "1"), len(found(plane, "second", "1"))) == ([], 225)
    delete(plane)
    for _ in range(2):
        plane.pass_seconds(2)
        plane.drain()
    assert plane.rows("SELECT count(*) FROM event_search") == [(0,)]


def test_work_waits_for_transactions_that_may_use_the_former_keys(plane: Plane) -> None:
    """An event that is accepted by the former keys and commits during the work is indexed as well."""
    from automate.kernel.transactions import in_transaction

    began, go_on = threading.Event(), threading.Event()
    made: list[uuid.UUID] = []

    def slow() -> None:
        try:
            with acting_for(plane.tenant), in_transaction():
                made.extend(ingest(plane, {"order": {"id": 5}}))
                began.set()
                go_on.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert began.wait(10)
    save(plane, search_keys=[ORDER])
    for _ in range(3):
        plane.pass_seconds(2)
        plane.drain()
    assert plane.rows("SELECT done, finished_at FROM event_reindex") == [(0, None)]
    go_on.set()
    thread.join(10)
    for _ in range(2):
        plane.pass_seconds(2)
        plane.drain()
    assert found(plane, "order", "5") == made
