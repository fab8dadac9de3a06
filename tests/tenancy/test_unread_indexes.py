"""Django makes an index for the beginnings of each unique text. Tables that grow with each run, token or session have none of them."""

from __future__ import annotations

from typing import Any

import psycopg

LIKE = """
SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
WHERE c.relnamespace IN (%s::regnamespace, 'public'::regnamespace) AND x.relname LIKE '%%\\_like' ORDER BY 1
"""
GROWING = {"effect", "api_token", "browser_session"}


def test_no_large_table_pays_for_an_index_that_nothing_reads(tenant: Any, as_owner: psycopg.Connection[Any]) -> None:
    found = {table for (table,) in as_owner.execute(LIKE, [tenant.ref.schema])}
    assert "secret" in found, "the question finds such indexes, of which small tables keep theirs"
    assert found & GROWING == set()
