"""The slowest documents that the limits admit: a property searches for them."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings, target

from tests.support.cost import takes_under
from tests.support.documents import documents
from tests.support.examples import examples

MOST_SECONDS = 0.2
"""Of processor time, beside other work. On a quiet machine the slowest document found takes a tenth of a second."""


def prepare(document: str) -> None:
    from automate.kernel.errors import NormalizedError
    from graphql_schema.documents import _prepared
    from graphql_schema.schema import tenant_schema

    try:
        _prepared(tenant_schema._schema, document, introspection=True)
    except NormalizedError as error:
        assert error.code == "GRAPHQL_TOO_COMPLEX"  # noqa: PT017 - refused is as good as bounded


@pytest.mark.slow
@settings(max_examples=examples(300), deadline=None, suppress_health_check=list(HealthCheck))
@given(document=documents())
def test_no_document_takes_long_to_prepare(database: object, document: str) -> None:
    began = time.thread_time()
    prepare(document)
    seconds = time.thread_time() - began
    target(seconds)
    assert seconds < MOST_SECONDS or takes_under(MOST_SECONDS, lambda: prepare(document))
