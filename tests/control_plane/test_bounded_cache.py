"""What a cache keeps is bounded by weight, and what was used last stays."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from automate.kernel.bounded import BoundedCache
from automate.kernel.ids import new_id
from automate.kernel.json_values import JsonObject
from automate.kernel.tenancy import acting_for
from automate.rules import matching
from automate.runs import versions
from automate.workflows.services import publish_workflow, save_workflow


def kept(cache: BoundedCache[Any, Any], *keys: Any) -> list[Any]:
    return [key for key in keys if cache.get(key) is not None]


def test_least_recently_used_goes_first() -> None:
    cache: BoundedCache[str, int] = BoundedCache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert kept(cache, "a", "b", "c") == ["a", "c"]


def test_heavy_entries_push_more_out() -> None:
    cache: BoundedCache[str, int] = BoundedCache(10)
    for name in "abcde":
        cache.put(name, 1, weight=2)
    cache.put("f", 1, weight=5)
    assert kept(cache, *"abcdef") == ["d", "e", "f"]


def test_replaced_entry_weighs_what_it_weighs_now() -> None:
    cache: BoundedCache[str, int] = BoundedCache(10)
    cache.put("a", 1, weight=9)
    cache.put("a", 2, weight=1)
    cache.put("b", 3, weight=9)
    assert kept(cache, "a", "b") == ["a", "b"]


def test_newest_stays_whatever_it_weighs() -> None:
    """Else it would be compiled anew for each batch."""
    cache: BoundedCache[str, int] = BoundedCache(10)
    cache.put("a", 1)
    cache.put("giant", 2, weight=100)
    assert kept(cache, "a", "giant") == ["giant"]
    cache.put("b", 3)
    assert kept(cache, "giant", "b") == ["b"]


def test_published_versions_are_kept_by_the_bytes_of_their_source(tenant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def published(slug: str, characters: int) -> uuid.UUID:
        step: JsonObject = {"key": "note", "uses": "log.write", "with": {"message": "x" * characters}}
        save_workflow(slug=slug, name=slug, definition={"schema": 1, "steps": [step]}, expected_revision=None)
        return publish_workflow(slug=slug)

    monkeypatch.setattr(versions, "_cache", BoundedCache(10_000))
    with acting_for(tenant.ref):
        ids = [published(f"w{number}", 3_000) for number in range(4)]
        for version_id in ids:
            versions.compiled_versions([version_id])
        places = [(tenant.ref.id, version_id) for version_id in ids]
        assert kept(versions._cache, *places) == places[1:]


def test_rule_sets_are_kept_by_the_bytes_of_their_source(monkeypatch: pytest.MonkeyPatch) -> None:
    when = json.dumps({"in": [{"var": "type"}, ["x" * 100] * 30]})
    sets = {number: [(1, new_id(), "r", new_id(), 0, when, "{}", 1)] for number in range(4)} | {4: [(1, *[None] * 7)]}
    turn = iter(sets.values())
    monkeypatch.setattr(matching, "_rule_sets", BoundedCache(18_000))
    monkeypatch.setattr(matching, "fetch", lambda statement, *_: next(turn) if statement == matching.RULES else [])
    tenants = [new_id() for _ in sets]
    for tenant_id in tenants:
        matching.read_events(tenant_id, [])
    assert kept(matching._rule_sets, *tenants) == tenants[2:]
