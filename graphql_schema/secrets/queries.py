"""Root fields about secrets."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import VIEW_SECRETS
from automate.vault import queries
from automate.vault.backends import secret_names
from automate.vault.rules import SecretRule
from graphql_schema.context import Info
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.secrets.types import Secret, secret_of


@strawberry.type
class SecretQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_SECRETS)],
        description="All that have a value, or of which something was saved, by name. No value is in any answer.",
    )
    def secrets(self, info: Info) -> list[Secret]:
        valued = set(secret_names())
        saved = {row.rule.name: row for row in queries.secrets()}
        rows = [saved.get(name) or SecretRule(name) for name in sorted(valued | saved.keys())]
        shown = [
            secret_of(row, 0, has_value=True)
            if isinstance(row, SecretRule)
            else secret_of(row.rule, row.revision, has_value=row.rule.name in valued)
            for row in rows
        ]
        return planned(info, shown)
