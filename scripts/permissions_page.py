"""Make ``docs/reference/permissions.md`` from the schemas and the table of roles: ``make reference`` writes it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import django

os.environ.setdefault("AUTOMATE_SECRET_KEY", "for-this-page-alone-which-signs-nothing")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
django.setup()

from automate.kernel.permissions import PLATFORM_ROLE, ROLES  # noqa: E402 - Django is set up before
from scripts.permission_matrix import Guarded, all_guarded  # noqa: E402

ORDER = ("viewer", "operator", "editor", "admin", "owner")
HEAD = """# Permissions

`make reference` builds this page from `platform/automate/kernel/permissions.py` and the GraphQL schemas. A test checks every row of this page
with members' sessions and with tokens (`tests/api/test_permissions.py`).

A role is a set of permissions. A token has the permissions of its role. If a token has `scopes`, the token has only those permissions of its role that are among its scopes. See the page about [tokens](../tokens.md#rights). If the caller lacks the permission of a field, the field returns `FORBIDDEN`, with the
permission in `details`. Every token can read the queries `viewer`, `tenant`, `errorCodes` and `explainCost`. The query `node` requires the permission for the object that it finds.

## Roles and permissions

A permission is also the name of a scope.

"""
SECTIONS = {
    "Query": "Queries",
    "Mutation": "Mutations",
    "Subscription": "Subscriptions",
    "": "Fields of objects",
}


def page() -> str:
    guarded = all_guarded()
    return "".join([HEAD, *_roles(), *_fields([one for one in guarded if not one.platform]), *_of_platform(guarded)])


def _roles() -> Iterator[str]:
    yield _row("permission", *ORDER)
    yield _line(len(ORDER))
    for permission in sorted(ROLES["owner"]):
        yield _row(f"`{permission}`", *(_mark(role, permission) for role in ORDER))


def _fields(guarded: Sequence[Guarded]) -> Iterator[str]:
    for root, title in SECTIONS.items():
        found = [one for one in guarded if (one.type == root if root else one.type not in SECTIONS)]
        yield f"\n## {title}\n\n"
        yield _row("field", "permission", *ORDER)
        yield _line(len(ORDER) + 1)
        for one in found:
            name = one.field if root else f"{one.type}.{one.field}"
            permission = one.permission or ""
            marks = [_mark(role, permission) if permission else "" for role in ORDER]
            yield _row(f"`{name}`", f"`{permission}`" if permission else "that of the object", *marks)


def _of_platform(guarded: Sequence[Guarded]) -> Iterator[str]:
    yield f"\n## The platform\n\nA platform token has the role `{PLATFORM_ROLE}` with the permissions {_listed(PLATFORM_ROLE)}. A platform token cannot read or change any field of a tenant.\n\n"
    yield _row("field", "permission")
    yield _line(1)
    for one in guarded:
        if one.platform and one.type in SECTIONS:
            yield _row(f"`{one.field}`", f"`{one.permission}`" if one.permission else "that of the object")


def _listed(role: str) -> str:
    return ", ".join(f"`{permission}`" for permission in sorted(ROLES[role]))


def _mark(role: str, permission: str) -> str:
    return "yes" if permission in ROLES[role] else ""


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n".replace("|  |", "| |").replace("|  |", "| |")


def _line(others: int) -> str:
    return "|---" * (others + 1) + "|\n"
