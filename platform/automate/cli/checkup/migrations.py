"""The check whether all migrations are applied, in the public schema and in each tenant's schema."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules

import django
from django.conf import settings

from automate.cli.checkup import queries
from automate.cli.checkup.finding import Finding, fail, ok


def migrations(connection: queries.Connection) -> Finding:
    """Compare the migrations of all apps with the applied ones."""
    applied = set(queries.rows(connection, queries.MIGRATIONS))
    wanted = named_by_files()
    if not wanted or not wanted <= applied:
        # Squashed migrations and labels of apps are not in the names of files, so Django has the last word.
        wanted = named_by_django()
    missing = sorted(wanted - applied)
    behind = [] if missing else queries.schemas_behind(connection, len(wanted))
    if missing:
        app, name = missing[0]
        what = f"{len(missing)} migrations are missing, first {app}.{name}"
        return fail(what, "Bring them up to date: automate migrate")
    if behind:
        return fail(f"{len(behind)} tenants' schemas are behind, such as {behind[0]}", "Run: automate migrate")
    return ok(f"All {len(wanted)} migrations are applied")


def named_by_files() -> set[tuple[str, str]]:
    """Return app and name of each migration. Reads only the names of files, because imports of apps are slow.

    Returns nothing if only Django can find the migrations, for example if INSTALLED_APPS has the configuration class of
    an app.
    """
    if settings.MIGRATION_MODULES:
        return set()
    found = set()
    for app in settings.INSTALLED_APPS:
        package, *inner = app.split(".")
        spec = find_spec(package)
        places = (spec.submodule_search_locations if spec is not None else None) or []
        if not any(Path(place, *inner).is_dir() for place in places):
            return set()
        folders = [str(Path(place, *inner, "migrations")) for place in places]
        found |= {(app.rpartition(".")[2], name) for _, name, _ in iter_modules(folders) if name[0] not in "_~"}
    return found


def named_by_django() -> set[tuple[str, str]]:
    """Return app and name of each migration, as Django loads them."""
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415 - slow, and needed only if something is wrong

    django.setup()
    return set(MigrationLoader(None).graph.nodes)
