"""Sources of a configuration."""

from __future__ import annotations

from collections.abc import Sequence

from automate.configuration.kinds.given_secrets import given_secrets
from automate.configuration.kinds.kind import ObjectKind, Rows, Saved, StoredEntry, as_sent, flagged
from automate.configuration.shape import Entry
from automate.configuration.spelling import options_of, shown_intake, stored_intake, verification_of
from automate.events.models import BUILT_IN_SOURCES, Source
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.problems import problems_of, refusal_of
from automate.triggers.sources import keeping_trust, save_source, set_enabled, setting_problems, trust_warnings
from automate.workflows.diffing import ChangedValue

TRUST_PATH = ["verification", "trustUnsignedHeaders"]


class Sources(ObjectKind):
    name, section, model = "source", "sources", Source

    def rows(self) -> Rows:
        return Source.objects.filter(deleted_at__isnull=True).exclude(slug__in=BUILT_IN_SOURCES)

    def known(self, rows: Sequence[Source]) -> list[StoredEntry]:
        return [StoredEntry(_entry(row), row.revision, len(row.secrets)) for row in rows]

    def whole(self, entry: Entry) -> Entry:
        intake = shown_intake(stored_intake(entry.get("intake", {})))
        options = verification_of(options_of(entry))
        said = {name: value for name, value in entry.items() if name != "options"}
        return {"enabled": True, **said, "verification": options, "intake": intake}

    def places(self, known: StoredEntry, wanted: Entry) -> list[ChangedValue]:
        said = {name: value for name, value in wanted.items() if name != "options"}
        return super().places(known, {**said, "verification": verification_of(_options(wanted, known))})

    def save(self, entry: Entry, known: StoredEntry | None) -> Saved:
        same_scheme = known is not None and known.entry["scheme"] == entry["scheme"]
        options, intake = options_of(entry), stored_intake(entry.get("intake", {}))
        field = "options" if "options" in entry else "verification"
        try:
            secrets = given_secrets(entry, known.secrets if known and same_scheme else 0)
        except NormalizedError as error:
            wrong = setting_problems(entry["scheme"], _options(entry, known), intake, field)
            raise refusal_of([*problems_of(error), *wrong]) from None
        save_source(
            slug=entry["slug"],
            scheme=entry["scheme"],
            secrets=secrets,
            options=options,
            field=field,
            intake=intake,
            enabled=entry.get("enabled", True),
            expected_revision=known.revision if known else None,
        )
        return Saved(warnings=self.warnings(entry, known))

    def warnings(self, entry: Entry, known: StoredEntry | None) -> list[dict[str, Json]]:
        return [{"message": message, "path": TRUST_PATH} for message in trust_warnings(_options(entry, known))]

    def in_force(self) -> Rows:
        return self.rows().filter(enabled=True)

    def archive_or_delete(self, known: StoredEntry) -> ChangedValue:
        set_enabled(known.entry["slug"], enabled=False, expected_revision=known.revision)
        return ChangedValue(("enabled",), before=True, after=False)


def _options(entry: Entry, known: StoredEntry | None) -> Entry:
    # A file without `trustUnsignedHeaders` keeps the stored value.
    same = known is not None and known.entry["scheme"] == entry["scheme"]
    return keeping_trust(options_of(entry), options_of(known.entry) if known and same else {})


def _entry(source: Source) -> Entry:
    return flagged(
        {"slug": source.slug, "scheme": source.scheme},
        verification=(verification_of(as_sent(source.options)), {}),
        intake=(shown_intake(as_sent(source.intake)), {}),
        enabled=(source.enabled, True),
    )
