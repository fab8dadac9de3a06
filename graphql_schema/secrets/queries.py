"""Queries about secrets."""

from __future__ import annotations

from functools import partial

import strawberry

from automate.kernel.permissions import VIEW_SECRETS
from automate.kernel.problems import no_such
from automate.kernel.queries import Page, Slice
from automate.runs.secret_queries import ResolutionRow, count_resolutions, resolutions_page
from graphql_schema.connections import Connection
from graphql_schema.context import Info
from graphql_schema.listed import listed, paged
from graphql_schema.ordering import SecretOrder, arranged
from graphql_schema.permissions import Requires
from graphql_schema.planning import load_selection
from graphql_schema.secrets.listing import all_secrets
from graphql_schema.secrets.types import Secret, SecretUse, use_of


@strawberry.type
class SecretQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_SECRETS)],
        description="All secrets that have a value or a saved rule. They are sorted by name unless `order` is "
        "given. No answer contains a value.",
    )
    def secrets(self, info: Info, order: SecretOrder | None = None) -> list[Secret]:
        return load_selection(info, arranged(all_secrets(), order, _sorted_by))

    @listed(
        VIEW_SECRETS, "The steps that have read a secret, newest first. They stay listed after the secret is deleted."
    )
    def secret_uses(self, info: Info, name: str) -> Connection[SecretUse]:
        def page(part: Slice) -> Page[ResolutionRow]:
            found = resolutions_page(name, part)
            # A deleted secret is known while it has uses, also on an empty page.
            if not (found.rows or count_resolutions(name) or any(secret.name == name for secret in all_secrets())):
                raise no_such("secret", "name", "secrets", "name")
            return found

        return paged(
            info,
            "secretUses",
            page,
            use_of,
            partial(count_resolutions, name),
            {"name": name},
        )


def _sorted_by(secret: Secret, column: str) -> object:
    return secret.name if column == "slug" else secret.updated_at
