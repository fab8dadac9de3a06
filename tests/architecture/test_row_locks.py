"""``FOR UPDATE`` waits for each transaction that shares the row's key, such as a foreign key's check: who takes it is listed."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import psycopg

from tests.support.tree import name_of, nodes, package_files

INNER = re.compile(r"\((?![^()]*\bFOR (?:KEY SHARE|UPDATE)\b)[^()]*\)")
"""A subquery or call without a lock of its own."""
LOCK = re.compile(r"\bFROM (?:public\.)?(\w+)(?:(?!\bFROM\b)[^()])*?\bFOR (KEY SHARE|UPDATE)\b", re.DOTALL)

SHARED_TABLES = {
    "workflow": "foreign keys of versions and rules; matching and the start of runs share it",
    "rule_spec": "matching and the start of runs share it",
    "account_emailaddress": "foreign keys of allauth's confirmations, of which there are none",
    "tenant": "foreign keys of domains, tokens, memberships and invitations",
    "secret": "a foreign key of versions; publishes share it",
    "person": "foreign keys of memberships, sign-ins and Django's groups and permissions",
    "auth_group": "foreign keys of Django's",
    "auth_permission": "foreign keys of Django's",
    "django_content_type": "foreign keys of Django's",
}
"""Tables where ``FOR UPDATE`` and ``FOR NO KEY UPDATE`` differ: other transactions hold ``FOR KEY SHARE`` on their rows."""

NO_RUN_BEGINS = "no run begins after the answer, so it waits for the transactions that begin one"
STRONG_ON_SHARED = {
    "platform/automate/workflows/services.py:locked_workflow": f"only with alone, for archiving and deleting: {NO_RUN_BEGINS}",
    "platform/automate/rules/services.py:write_rule": f"only to switch a rule off: {NO_RUN_BEGINS}",
    "platform/automate/rules/services.py:delete_rule": "deletes the row",
    "platform/automate/recovery/holds.py:_locked": f"pauses and resumes: {NO_RUN_BEGINS}, and a resumption finds every parked run",
    "platform/automate/vault/services.py:_locked": "only with alone, for deleting: it waits for the transactions in which a use begins",
    "platform/automate/runs/secret_deletion.py:_hold_up_matching": f"{NO_RUN_BEGINS} with a deleted secret",
    "platform/automate/configuration/services.py:lock": "an application may archive a workflow or switch a rule off",
}
"""Where a model's rows are locked with ``FOR UPDATE``, always or sometimes."""


def files_with(word: str) -> list[Path]:
    """The shipped files that hold a word."""
    return [path for path in package_files() if word in path.read_text()]


def strong_locks() -> set[str]:
    """``file:function`` of each ``select_for_update`` that does not always say ``no_key=True``."""
    found = set()
    for path in files_with("select_for_update"):
        for function in nodes(path, ast.FunctionDef):
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and _is_strong(call):
                    found.add(f"{name_of(path)}:{function.name}")
    return found


def _is_strong(call: ast.Call) -> bool:
    if not (isinstance(call.func, ast.Attribute) and call.func.attr == "select_for_update"):
        return False
    (no_key,) = [one.value for one in call.keywords if one.arg == "no_key"] or [ast.Constant(value=False)]
    return not (isinstance(no_key, ast.Constant) and no_key.value is True)


def statements(path: Path) -> list[str]:
    """The texts of a file's statements, with what f-strings insert left out."""
    joined = {
        id(part) for node in nodes(path, ast.JoinedStr) if isinstance(node, ast.JoinedStr) for part in node.values
    }
    texts = [
        "".join(str(part.value) if isinstance(part, ast.Constant) else "?" for part in node.values)
        for node in nodes(path, ast.JoinedStr)
        if isinstance(node, ast.JoinedStr)
    ]
    return texts + [
        node.value
        for node in nodes(path, ast.Constant)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in joined
    ]


def test_every_strong_lock_of_a_model_has_a_reason() -> None:
    assert strong_locks() == set(STRONG_ON_SHARED)


def tables_locked(strength: str) -> set[str]:
    return {
        table
        for path in files_with(f"FOR {strength}")
        for text in statements(path)
        for table, locked in locks_in(text)
        if locked == strength
    }


def locks_in(text: str) -> list[tuple[str, str]]:
    """The tables that a statement locks, each with the strength."""
    flat = text
    while (inner := INNER.sub("", flat)) != flat:
        flat = inner
    return LOCK.findall(flat)


def test_no_statement_locks_a_shared_table_strongly() -> None:
    locked = tables_locked("UPDATE")
    assert len(locked) > 5
    assert locked & set(SHARED_TABLES) == set()


def test_shared_tables_are_known(superuser: psycopg.Connection[Any], tenant: Any) -> None:
    """A new foreign key, or a new ``FOR KEY SHARE``, makes the locks on its table matter."""
    rows = superuser.execute(
        "SELECT DISTINCT c.relname FROM pg_constraint k JOIN pg_class c ON c.oid = k.confrelid"
        " WHERE k.contype = 'f' AND k.connamespace IN (%s::regnamespace, 'public'::regnamespace)",
        [tenant.ref.schema],
    )
    keyed = {name for (name,) in rows}
    assert keyed | tables_locked("KEY SHARE") == set(SHARED_TABLES)


def test_detection_knows_the_statements() -> None:
    """Else the laws above would hold by seeing nothing."""
    assert locks_in(
        "WITH a AS (SELECT id FROM workflow WHERE id IN (SELECT w FROM b) FOR KEY SHARE SKIP LOCKED) SELECT 1"
    ) == [("workflow", "KEY SHARE")]
    assert locks_in("SELECT id FROM rule_spec WHERE id = ANY (%(ids)s::uuid[]) ORDER BY id FOR UPDATE") == [
        ("rule_spec", "UPDATE")
    ]
    assert locks_in("SELECT id FROM rule_spec FOR NO KEY UPDATE") == []
