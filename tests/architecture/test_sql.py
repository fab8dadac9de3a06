"""SQL has a home: a reader who looks for a statement knows which files to open."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.support.tree import PACKAGES, name_of, nodes, package_files, python_files

HOMES = re.compile(r"(claims|transitions|queries|\w+_queries)\.py|\d{4}_\w+\.py")
EXCEPTIONS = {
    "platform/automate/kernel/sql.py": "the two functions through which all the others speak",
    "platform/automate/kernel/answering.py": "the driver's connection, with a deadline for each wait",
    "platform/automate/kernel/lost_sessions.py": "asks about a session that hangs, over another one",
    "platform/automate/kernel/guards.py": "statements for migrations: triggers and row-level security",
    "tenants/people/guards.py": "functions and a trigger for migrations",
    "platform/automate/kernel/roles.py": "makes group roles, for `automate roles` and for migrations alike",
    "platform/automate/cli/checkup/logins.py": "prints statements for a superuser",
    "platform/automate/project/environment.py": "asks PostgreSQL's library whether it understands a URL",
    "tenants/staff/guards.py": "the function of row-level security for staff, for migrations",
    "platform/automate/web/health.py": "asks the database whether it answers",
    "platform/automate/devserver/postgres.py": "speaks to the server that it starts, before there is a Django",
    "platform/automate/devserver/roles.py": "makes roles and the database, before there is a Django",
    "platform/automate/processes/forgotten_transactions.py": "asks over a connection of its own",
    "tenants/postgresql/base.py": "the database backend",
    "tenants/postgresql/scope.py": "the database backend",
    "tenants/provisioning.py": "makes and drops the schemas of tenants",
    "tenants/seeds.py": "the rows that a new schema begins with",
    "tenants/upgrades.py": "what Django's migrations said, said again to the next schema",
    "platform/automate/rules/matching.py": "what one batch of events is matched against, read where it is used",
    "platform/automate/runs/versions.py": "fills the cache of compiled versions",
}
STATEMENT = re.compile(
    r"\s*(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s.*SET|DELETE\s+FROM|WITH\s+\w+\s+AS|ALTER\s+TABLE|CREATE\s+\w+)\s",
    re.DOTALL,
)
DOORS = {"fetch", "execute"}


def holds_statement(path: Path) -> bool:
    return any(
        isinstance(node, ast.Constant) and isinstance(node.value, str) and STATEMENT.match(node.value + " ")
        for node in nodes(path, ast.Constant)
    )


def runs_statements(path: Path) -> bool:
    """Takes the kernel's door, a cursor, the driver, or a manager's raw()."""
    for node in nodes(path, ast.ImportFrom, ast.Import, ast.Attribute):
        if isinstance(node, ast.ImportFrom):
            if node.module == "automate.kernel.sql" and DOORS & {alias.name for alias in node.names}:
                return True
            if (node.module or "").split(".")[0] == "psycopg":
                return True
        elif isinstance(node, ast.Import):
            if any(alias.name.split(".")[0] == "psycopg" for alias in node.names):
                return True
        elif isinstance(node, ast.Attribute) and node.attr in {"cursor", "raw", "extra"} and _is_django(node.value):
            return True
    return False


def _is_django(value: ast.expr) -> bool:
    """``connection``, ``connections[…]``, ``_connection()`` or ``Model.objects``."""
    return bool(re.search(r"\bconnections?\b|_connection\(\)|\.objects\b", ast.unparse(value)))


def strangers() -> set[str]:
    return {
        name_of(path)
        for path in package_files()
        if not HOMES.fullmatch(path.name) and (runs_statements(path) or holds_statement(path))
    }


def test_sql_stands_in_its_homes() -> None:
    assert strangers() == set(EXCEPTIONS)


def test_detection_knows_the_homes() -> None:
    """Else the law above would hold by seeing nothing."""
    claims = PACKAGES["automate"] / "outbox" / "claims.py"
    assert runs_statements(claims)
    assert holds_statement(claims)
    assert holds_statement(PACKAGES["tenants"] / "queries.py")


def test_resolvers_hold_no_sql() -> None:
    found = [name_of(path) for path in python_files(PACKAGES["graphql_schema"]) if speaks_to_tables(path)]
    assert found == []


def speaks_to_tables(path: Path) -> bool:
    """Statements, cursors, or a model's manager: resolvers take rows from queries.py and verbs from services.py."""
    managers = any(isinstance(node, ast.Attribute) and node.attr == "objects" for node in nodes(path, ast.Attribute))
    return managers or runs_statements(path) or holds_statement(path)


def test_only_pure_errors_of_the_database_reach_the_schema() -> None:
    taken = {
        alias.name
        for path in python_files(PACKAGES["graphql_schema"])
        for node in nodes(path, ast.ImportFrom)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("django.db")
        for alias in node.names
    }
    # connection: to give it back after each step of a subscription. TextChoices: enums with labels. Model, QuerySet: types of
    # arguments; rooms make the querysets, and `keyset_queries` evaluates them.
    assert taken <= {"InterfaceError", "OperationalError", "TextChoices", "connection", "Model", "QuerySet"}


LIMIT_BEHIND_IN = re.compile(r"\bIN\s*\(\s*SELECT\b[^;]*?\bLIMIT\b", re.IGNORECASE | re.DOTALL)


def test_no_limit_stands_behind_in() -> None:
    """Postgres may run such a subquery again for each row, and then more rows go than LIMIT: write ``= ANY (ARRAY(…))``."""
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in package_files()
        for node in nodes(path, ast.Constant)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and LIMIT_BEHIND_IN.search(node.value)
    ]
    assert found == []
    assert LIMIT_BEHIND_IN.search(
        "DELETE FROM a WHERE id IN (\n SELECT id FROM a ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)"
    )
