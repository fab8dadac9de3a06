"""SQL statements that insert the first rows into the schema of a new tenant."""

from __future__ import annotations

from automate.events.models import API_SCHEME, BUILT_IN_SOURCES
from automate.kernel.ids import new_id


def seed_statements() -> list[str]:
    # May run again. Must run as the owner of a tenant's migrated schema, with this schema first in the search_path.
    sources = ", ".join(
        f"('{new_id()}', '{slug}', '{API_SCHEME}', '[]', 0, '{{}}', '{{}}', '{{}}', true, true, 1, now(), now())"
        for slug in BUILT_IN_SOURCES
    )
    columns = (
        "id, slug, scheme, secrets, last_secret_version, secret_uses, options, intake, enabled, built_in, revision,"
        " created_at, updated_at"
    )
    return [
        f"INSERT INTO source ({columns}) VALUES {sources} ON CONFLICT (slug) WHERE deleted_at IS NULL DO NOTHING",
        "INSERT INTO rule_set (id, version) VALUES (1, 1) ON CONFLICT (id) DO NOTHING",
    ]
