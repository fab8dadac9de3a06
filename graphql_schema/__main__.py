"""Writes the GraphQL schema files, and the tables in docs/graphql.md."""

from __future__ import annotations

import os
from pathlib import Path

import django

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "graphql.md"


def printed() -> dict[Path, str]:
    """Return the path and text of each generated file."""
    from graphql_schema.account.schema import account_schema  # noqa: PLC0415 - as the schemas below
    from graphql_schema.reference import with_tables  # noqa: PLC0415 - as the schemas beside it
    from graphql_schema.schema import platform_schema, tenant_schema  # noqa: PLC0415 - needs Django's apps first

    return {
        HERE / "schema.graphql": tenant_schema.as_str() + "\n",
        HERE / "platform.graphql": platform_schema.as_str() + "\n",
        HERE / "account.graphql": account_schema.as_str() + "\n",
        PAGE: with_tables(PAGE.read_text()),
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
    os.environ.setdefault("AUTOMATE_SECRET_KEY", "printing signs nothing, and seals nothing")
    django.setup()
    for path, text in printed().items():
        path.write_text(text)
