"""Views of lists, one's own and shared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from automate.saved_views.services import MOST_VIEWS
from tests.support.api import Api
from tests.support.people import MemberApi, new_member

VIEW = "id page name search shared savedBy"
VIEWS = f"query($page: String) {{ savedViews(page: $page) {{ {VIEW} }} }}"
SAVE = f"mutation($i: SaveViewInput!) {{ saveView(input: $i) {{ view {{ {VIEW} }} errors {{ code path }} }} }}"
DELETE = "mutation($i: DeleteViewInput!) { deleteView(input: $i) { deletedId errors { code path } } }"
FAILED = {"page": "runs", "name": "What failed", "search": "state=failed"}


def member(plane: Any, role: str) -> MemberApi:
    return MemberApi(None, plane.tenant, new_member(plane.tenant, role))


def save(api: Any, **changes: Any) -> Any:
    answer = api.data(SAVE, i={**FAILED, **changes})["saveView"]
    assert answer["errors"] == []
    return answer["view"]


def names(api: Any, page: str | None = None) -> list[tuple[str, bool]]:
    return [(one["name"], one["shared"]) for one in api.data(VIEWS, page=page)["savedViews"]]


def test_own_views_are_seen_by_their_owner_alone_and_shared_ones_by_all(plane: Any) -> None:
    ada, bob = member(plane, "operator"), member(plane, "viewer")
    save(ada)
    save(ada, name="All of us", shared=True)
    save(ada, page="events", name="Orders", search="type=order.created")
    save(bob, name="Mine")
    assert names(ada, "runs") == [("All of us", True), ("What failed", False)]
    assert names(bob) == [("All of us", True), ("Mine", False)]
    assert names(ada, "events") == [("Orders", False)]


def test_view_of_the_same_name_is_replaced(plane: Any) -> None:
    ada = member(plane, "operator")
    first, second = save(ada), save(ada, search="state=failed&since=24h")
    assert (first["id"], second["search"]) == (second["id"], "state=failed&since=24h")
    assert len(names(ada)) == 1


def test_shared_views_need_a_permission(plane: Any) -> None:
    ada, viewer = member(plane, "operator"), member(plane, "viewer")
    shared = save(ada, shared=True)
    for document, given in ((SAVE, {**FAILED, "shared": True}), (DELETE, {"id": shared["id"]})):
        ((_, payload),) = viewer.data(document, i=given).items()
        assert [error["code"] for error in payload["errors"]] == ["FORBIDDEN"]
    assert names(ada) == [("What failed", True)]
    assert ada.data(DELETE, i={"id": shared["id"]})["deleteView"] == {"deletedId": shared["id"], "errors": []}


def test_views_of_others_cannot_be_deleted_or_told_from_unknown_ones(
    plane: Any, tenant_factory: Callable[[], Any]
) -> None:
    stranger = Api(tenant_factory().token)
    ada, bob = member(plane, "operator"), member(plane, "owner")
    own = save(ada)
    wanted = [{"code": "NOT_FOUND", "path": ["id"]}]
    for api, given in ((bob, own["id"]), (stranger, own["id"]), (bob, "nonsense")):
        assert api.data(DELETE, i={"id": given})["deleteView"]["errors"] == wanted
    assert len(names(ada)) == 1


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"page": "a b"}, "page"),
        ({"search": "x" * 2_001}, "search"),
    ],
)
def test_wrong_fields_are_refused(api: Api, changes: dict[str, str], path: str) -> None:
    (error,) = api.data(SAVE, i={**FAILED, **changes})["saveView"]["errors"]
    assert error == {"code": "BAD_USER_INPUT", "path": [path]}


def test_number_of_views_is_bounded(plane: Any, api: Api) -> None:
    save(api, name="one", shared=True)
    with acting_for(plane.tenant):
        execute(
            "INSERT INTO saved_view (id, page, name, search, owner, saved_by, saved_at)"
            " SELECT gen_random_uuid(), 'runs', n::text, '', '', 'x', now() FROM generate_series(2, %s) AS n",
            [MOST_VIEWS],
        )
    (error,) = api.data(SAVE, i={**FAILED, "shared": True})["saveView"]["errors"]
    assert error == {"code": "LIMIT_EXCEEDED", "path": ["name"]}
    assert save(api, name="one", shared=True, search="since=1h")["search"] == "since=1h"
