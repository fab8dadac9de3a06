"""The schema of ``/graphql/account``."""

from __future__ import annotations

import strawberry

from graphql_schema.account.accept_invitation import AcceptInvitation
from graphql_schema.account.logout import Logout
from graphql_schema.account.queries import AccountQueries
from graphql_schema.account.viewer import AccountViewerQueries
from graphql_schema.making import schema_of


@strawberry.type(name="Query")
class AccountQuery(AccountQueries, AccountViewerQueries):
    pass


@strawberry.type(name="Mutation")
class AccountMutation(AcceptInvitation, Logout):
    pass


account_schema = schema_of(AccountQuery, AccountMutation)
