"""Print both schemas into this folder. A test compares them with the code."""

from __future__ import annotations

from pathlib import Path

import django

HERE = Path(__file__).parent


def printed() -> dict[Path, str]:
    """Each file and what it must say."""
    from graphql_schema.schema import platform_schema, tenant_schema  # noqa: PLC0415 - needs Django's apps first

    return {
        HERE / "schema.graphql": tenant_schema.as_str() + "\n",
        HERE / "platform.graphql": platform_schema.as_str() + "\n",
    }


if __name__ == "__main__":
    django.setup()
    for path, text in printed().items():
        path.write_text(text)
