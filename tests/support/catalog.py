"""All that PostgreSQL knows of a tenant's schema, in words in which its name is left out: to compare two schemas."""

from __future__ import annotations

import uuid
from typing import Any

import psycopg

HERE = "%(schema)s::regnamespace"

ASPECTS = {
    "schema": "SELECT nspacl::text, nspowner::regrole::text, obj_description(oid) FROM pg_namespace WHERE nspname = %(schema)s",
    "role": "SELECT r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication,"
    " r.rolbypassrls, r.rolconnlimit, r.rolconfig,"
    " ARRAY(SELECT (m.roleid::regrole, m.member::regrole, m.admin_option)::text FROM pg_auth_members m"
    " WHERE r.oid IN (m.roleid, m.member) ORDER BY 1) FROM pg_roles r WHERE r.rolname = %(schema)s",
    "relations": "SELECT relname, relkind, reloptions, relpersistence, relrowsecurity, relforcerowsecurity, relreplident,"
    " relispartition, relacl::text, relowner::regrole::text, reltablespace, relhastriggers, obj_description(oid)"
    f" FROM pg_class WHERE relnamespace = {HERE}",
    "columns": "SELECT c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,"
    " a.attgenerated, a.attcollation, a.attstorage, a.attoptions, a.attacl::text, pg_get_expr(d.adbin, d.adrelid)"
    " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
    f" LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (c.oid, a.attnum) WHERE c.relnamespace = {HERE}",
    "constraints": "SELECT conrelid::regclass::text, conname, contype, condeferrable, condeferred, convalidated,"
    f" pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = {HERE}",
    "indexes": "SELECT pg_get_indexdef(i.indexrelid), i.indisprimary, i.indisunique, i.indisvalid, i.indisready,"
    " i.indisreplident, i.indisclustered FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    f" WHERE c.relnamespace = {HERE}",
    "triggers": "SELECT pg_get_triggerdef(t.oid), t.tgenabled, t.tgisinternal FROM pg_trigger t"
    f" JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = {HERE} AND NOT t.tgisinternal",
    "policies": "SELECT tablename, policyname, permissive, roles::text, cmd, qual, with_check FROM pg_policies"
    " WHERE schemaname = %(schema)s",
    "functions": f"SELECT pg_get_functiondef(oid), proacl::text FROM pg_proc WHERE pronamespace = {HERE}",
    "types": "SELECT typname, typtype, typacl::text, ARRAY(SELECT enumlabel FROM pg_enum WHERE enumtypid = t.oid"
    f" ORDER BY enumsortorder) FROM pg_type t WHERE typnamespace = {HERE}",
    "sequences": "SELECT sequencename, data_type::text, start_value, min_value, max_value, increment_by, cycle, cache_size,"
    " last_value FROM pg_sequences WHERE schemaname = %(schema)s",
    "owned": "SELECT objid::regclass::text, refobjid::regclass::text, refobjsubid, deptype FROM pg_depend"
    f" WHERE classid = 'pg_class'::regclass AND objid IN (SELECT oid FROM pg_class WHERE relnamespace = {HERE}"
    " AND relkind = 'S') AND refclassid = 'pg_class'::regclass",
    "rules": f"SELECT pg_get_ruledef(r.oid) FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE c.relnamespace = {HERE}",
    "statistics": f"SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext WHERE stxnamespace = {HERE}",
    "default rights": f"SELECT defaclobjtype, defaclacl::text FROM pg_default_acl WHERE defaclnamespace = {HERE}",
}  # fmt: skip

ROWS = {
    "migrations": "SELECT id, app, name FROM {}.django_migrations",
    "sources": "SELECT slug, scheme, secrets::text, options::text, enabled, built_in, revision FROM {}.source",
    "rule sets": "SELECT id, version FROM {}.rule_set",
}
"""What a new schema holds, without times and random ids."""


def catalog_of(owner: psycopg.Connection[Any], schema: str) -> dict[str, list[str]]:
    """By aspect, its entries in order."""
    found = {name: owner.execute(query, {"schema": schema}).fetchall() for name, query in ASPECTS.items()}
    found |= {name: owner.execute(query.format(schema)).fetchall() for name, query in ROWS.items()}
    tables = [relation[0] for relation in found["relations"] if relation[1] == b"r" or relation[1] == "r"]
    counts = [(table, owner.execute(f"SELECT count(*) FROM {schema}.{table}").fetchall()) for table in tables]
    found["row counts"] = counts
    named = (schema, str(uuid.UUID(schema.removeprefix("t_"))))
    return {name: sorted(_without(repr(row), named) for row in rows) for name, rows in found.items()}


def _without(text: str, names: tuple[str, ...]) -> str:
    for name in names:
        text = text.replace(name, "SCHEMA")
    return text


def differences(owner: psycopg.Connection[Any], one: str, other: str) -> dict[str, list[str]]:
    """By aspect, what only one of two schemas has. Empty where they are the same."""
    mine, theirs = catalog_of(owner, one), catalog_of(owner, other)
    unlike = {name: sorted(set(mine[name]) ^ set(theirs[name])) for name in mine}
    return {name: entries for name, entries in unlike.items() if entries}
