"""The slowest documents that the limits admit: a property searches for them."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings, target

from tests.support.cost import calls_of
from tests.support.documents import documents
from tests.support.examples import examples

MOST_CALLS = 2_000_000
"""Of functions: a fifth of a second on a quiet machine. The slowest document found makes about half a million."""
WARM = "{ viewer { name } }"


def prepare(document: str) -> None:
    from automate.kernel.errors import NormalizedError
    from graphql_schema.documents import _prepared
    from graphql_schema.schema import tenant_schema

    try:
        _prepared(tenant_schema._schema, document, introspection=True)
    except NormalizedError as error:
        assert error.code == "GRAPHQL_TOO_COMPLEX"  # noqa: PT017 - refused is as good as bounded


@pytest.mark.slow
@settings(max_examples=examples(100), deadline=None, suppress_health_check=list(HealthCheck))
@given(document=documents())
@pytest.mark.long
def test_no_document_takes_long_to_prepare(database: object, document: str) -> None:
    prepare(WARM)  # the first document pays for the schema
    calls = calls_of(lambda: prepare(document))
    target(float(calls))
    assert calls < MOST_CALLS
