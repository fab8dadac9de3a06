"""Print both schemas into this folder; with ``--baseline``, also what tests/api holds later schemas to."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django

HERE = Path(__file__).parent
HELD_TO = HERE.parent / "tests" / "api"
"""Of the repository alone: what is installed has no baselines."""
BASELINES = {"schema.graphql": "baseline.graphql", "platform.graphql": "platform_baseline.graphql"}


def printed() -> dict[Path, str]:
    """Each file and what it must say."""
    from graphql_schema.schema import platform_schema, tenant_schema  # noqa: PLC0415 - needs Django's apps first

    return {
        HERE / "schema.graphql": tenant_schema.as_str() + "\n",
        HERE / "platform.graphql": platform_schema.as_str() + "\n",
    }


def write(*, baseline: bool) -> None:
    for path, text in printed().items():
        path.write_text(text)
        if baseline:
            (HELD_TO / BASELINES[path.name]).write_text(text)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
    os.environ.setdefault("AUTOMATE_SECRET_KEY", "printing signs nothing, and seals nothing")
    django.setup()
    write(baseline="--baseline" in sys.argv[1:])
