"""Saves and deletes views of a list. A view belongs to one person or to all members."""

from __future__ import annotations

import uuid

from automate.audit import services as audit
from automate.kernel.errors import NormalizedError
from automate.kernel.principals import Principal, current_principal
from automate.kernel.text import SLUG, check_text
from automate.kernel.transactions import in_transaction
from automate.saved_views import queries, transitions
from automate.saved_views.models import MOST_NAME, MOST_PAGE, MOST_SEARCH
from automate.saved_views.queries import ViewRow

MOST_VIEWS = 100
"""Maximum number of views of one owner. All shared views together have the same maximum."""
SHARED = ""
"""Stands for the owner of a shared view."""


def owner_of(principal: Principal) -> str:
    """Return the id under which saved views of the caller are stored. It is the same for all sessions and tokens of a person."""
    return principal.person or principal.id or principal.name


def save_view(page: str, name: str, search: str, *, shared: bool, only_new: bool = False) -> ViewRow:
    """Save a view of a list. Replaces a view of the same name, unless ``only_new`` is True.

    Raises BAD_USER_INPUT for an invalid field, LIMIT_EXCEEDED if MOST_VIEWS views are stored already, and CONFLICT if the
    view exists and ``only_new`` is True.
    """
    if not SLUG.fullmatch(page) or len(page) > MOST_PAGE:
        message = f"`page` is {page[:MOST_PAGE]!r}; it must be the name of a list, such as runs."
        raise NormalizedError("BAD_USER_INPUT", message, path=["page"])
    check_text(name, path=["name"], most=MOST_NAME)
    check_text(search, path=["search"], most=MOST_SEARCH, least=0)
    principal = current_principal()
    owner = SHARED if shared else owner_of(principal)
    with in_transaction():
        found = queries.locked_by_name(page, owner, name)
        if found is not None and only_new:
            raise _taken(name)
        if found is not None and found.search == search:
            return found
        if found is None and queries.count_of_owner(owner) >= MOST_VIEWS:
            whose = "The tenant shares" if shared else "You have"
            message = f"{whose} {MOST_VIEWS} views, which is the maximum. Delete a view first."
            raise NormalizedError("LIMIT_EXCEEDED", message, path=["name"])
        view_id = transitions.save(page, name, search, owner, principal.name, replaces=not only_new)
        if view_id is None:
            raise _taken(name)
        before = {} if found is None else {"search": found.search}
        changes = audit.differences(
            before, {"search": search, "shared": shared} if found is None else {"search": search}
        )
        audit.record("saved_view.save", "saved_view", view_id, f"{page}: {name}", changes)
        return find_view(view_id)


def _taken(name: str) -> NormalizedError:
    message = f"A view has the name {name!r} already. Choose another name, or replace that view."
    return NormalizedError("CONFLICT", message, path=["onlyNew"])


def find_view(view_id: uuid.UUID | None) -> ViewRow:
    """Lock and return a view that is shared or that the caller owns. Raises NOT_FOUND. Requires a transaction."""
    found = queries.locked_by_id(view_id, owner_of(current_principal())) if view_id is not None else None
    if found is None:
        raise NormalizedError(
            "NOT_FOUND", "You have no saved view with this id. `savedViews` lists your views.", path=["id"]
        )
    return found


def delete_view(found: ViewRow) -> None:
    """Delete a view that ``find_view`` has locked."""
    transitions.delete(found.id)
    changes: audit.Changes = {"search": (found.search, None), "shared": (found.owner == SHARED, None)}
    audit.record("saved_view.delete", "saved_view", found.id, f"{found.page}: {found.name}", changes)
