"""No module needs a module that needs it, whether at its top, in a function or behind TYPE_CHECKING."""

from __future__ import annotations

import pytest

from tests.support.import_circles import circles, graph_of, module_of
from tests.support.tree import PACKAGES, python_files

KNOWN = {
    # The field ``exportList`` executes documents of the schema that it belongs to.
    "graphql_schema.execution graphql_schema.exports.lists graphql_schema.exports.pages graphql_schema.exports.subscription graphql_schema.fixed_documents graphql_schema.schema",
    # Django asks a model for its manager, and a session for its model.
    "tenants.people.audit_queries tenants.people.managers tenants.people.models",
    "tenants.sign_in.models tenants.sign_in.sessions",
}
ROOM = {"a.one": "{}", "a.two": "from a.three import x", "a.three": "import a.four", "a.four": ""}


def test_modules_need_each_other_one_way() -> None:
    sources = {
        module_of(path, package.parent): path.read_text()
        for package in PACKAGES.values()
        for path in python_files(package)
    }
    assert {" ".join(circle) for circle in circles(graph_of(sources))} == KNOWN


@pytest.mark.parametrize(
    "hidden",
    [
        "from a.one import x",
        "from a import one",
        "def f():\n    import a.one",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a.one import x",
    ],
)
def test_a_hidden_circle_is_found(hidden: str) -> None:
    sources = {**ROOM, "a.one": "from a.two import y", "a.four": hidden}
    assert circles(graph_of(sources)) == [["a.four", "a.one", "a.three", "a.two"]]
    assert circles(graph_of({**sources, "a.four": ""})) == []
