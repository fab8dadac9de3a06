"""The hash of an audit entry stays what earlier releases stored and exported, also after a column was added."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest

from automate.audit import hashing, lines
from automate.audit.hashing import ADDED, FIELDS, entry_hash
from automate.audit.lines import line_of, problem_of

AT = datetime(2026, 11, 30, 10, 8, 12, 345678, tzinfo=timezone.utc)
ENTRY: dict[str, Any] = {
    "id": "0197b3c4-5d6e-7f80-9123-456789abcdef",
    "actor_kind": "member",
    "actor_id": "0197b3c4-0000-7000-8000-000000000001",
    "actor_name": "Zoë",
    "action": "workflow.publish",
    "object_kind": "workflow",
    "object_id": "0197b3c4-0000-7000-8000-000000000002",
    "object_label": "billing",
    "changes": {"version": [None, 2], "ratio": [0.5, 1e3], "on": [True, False]},
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
}
HASH = "61ec7477494d4996d5f08373623c96595500e3e198b851ce0ba8bb15ea7eb99e"
LINE = (
    r'{"at":"2026-11-30T10:08:12.345678Z","id":"0197b3c4-5d6e-7f80-9123-456789abcdef","actor_kind":"member",'
    r'"actor_id":"0197b3c4-0000-7000-8000-000000000001","actor_name":"Zo\u00eb","action":"workflow.publish",'
    r'"object_kind":"workflow","object_id":"0197b3c4-0000-7000-8000-000000000002","object_label":"billing",'
    r'"changes":{"version":[null,2],"ratio":[0.5,1000.0],"on":[true,false]},'
    rf'"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","hash":"{HASH}","seal":null}}'
)
"""An entry, its hash and its line, as the code wrote them when it had a list of the hashed fields."""


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later release, whose entries have a note that may be null."""
    for module in (hashing, lines):
        monkeypatch.setattr(module, "FIELDS", (*FIELDS, "note"))
    monkeypatch.setattr(hashing, "ADDED", ADDED | {"note"})


def test_stored_hash_and_exported_line_stay_valid() -> None:
    assert entry_hash(AT, ENTRY) == HASH
    assert problem_of(LINE) is None
    nulls = dict.fromkeys(ADDED)
    assert json.loads(line_of(AT, {**ENTRY, **nulls}, HASH)) == {**json.loads(LINE), **nulls}


def test_further_columns_allow_null() -> None:
    """Else the hash of each stored entry would change."""
    assert {*FIELDS} - ADDED == {*ENTRY}


@pytest.mark.parametrize("field", ENTRY)
def test_entry_without_a_field_is_no_entry(field: str) -> None:
    without = {name: value for name, value in ENTRY.items() if name != field}
    with pytest.raises(KeyError):
        entry_hash(AT, without)


def test_null_of_an_added_column_keeps_the_hash(noted: None) -> None:
    assert entry_hash(AT, ENTRY) == HASH
    assert entry_hash(AT, {**ENTRY, "note": None}) == HASH
    assert problem_of(LINE) is None
    assert problem_of(line_of(AT, {**ENTRY, "note": None}, HASH)) is None


def test_tampering_with_an_added_column_is_found(noted: None) -> None:
    written = {**ENTRY, "note": "seen"}
    digest = entry_hash(AT, written)
    assert digest != HASH
    assert problem_of(line_of(AT, written, digest)) is None
    for stored, changed in ((HASH, written), (digest, {**ENTRY, "note": None}), (digest, {**ENTRY, "note": ""})):
        assert problem_of(line_of(AT, changed, stored)) is not None
    without = {name: value for name, value in json.loads(line_of(AT, written, digest)).items() if name != "note"}
    assert problem_of(json.dumps(without)) is not None
