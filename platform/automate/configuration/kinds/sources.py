"""The sources that a configuration contains."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from automate.configuration.kinds.given_secrets import given_secrets
from automate.configuration.kinds.kind import ObjectKind, Saved, StoredEntry, as_sent, flagged
from automate.configuration.shape import Entry
from automate.events.models import BUILT_IN_SOURCES, Source
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue, as_flag, as_object, as_text
from automate.kernel.problems import problems_of as listed_in
from automate.kernel.problems import refusal_of
from automate.kernel.shape_checks import problems_of, refusals
from automate.kernel.shapes import api_form, stored_form, with_defaults
from automate.triggers.schemes import SCHEMES, Scheme, secret_problems
from automate.triggers.schemes.options import HmacOptions
from automate.triggers.source_settings import SourceSettings
from automate.triggers.sources import keeping_trust, save_source, set_enabled, setting_problems, trust_warnings
from automate.workflows.diffing import ChangedValue

TRUST_PATH: list[JsonValue] = ["verification", "trustUnsignedHeaders"]


class Sources(ObjectKind):
    name, section, model = "source", "sources", Source
    listed, enabled = Q(deleted_at__isnull=True) & ~Q(slug__in=BUILT_IN_SOURCES), Q(enabled=True)

    def known(self, rows: Sequence[Source]) -> list[StoredEntry]:
        return [StoredEntry(_entry(row), row.revision, len(row.secrets)) for row in rows]

    def whole(self, entry: Entry) -> Entry:
        intake = api_form(SourceSettings, _stored_intake(entry))
        options = api_form(HmacOptions, _stored_options(entry))
        said = {name: value for name, value in entry.items() if name != "options"}
        return {"enabled": True, **said, "verification": options, "intake": intake}

    def places(self, known: StoredEntry, wanted: Entry) -> list[ChangedValue]:
        said = {name: value for name, value in wanted.items() if name != "options"}
        found = super().places(known, {**said, "verification": api_form(HmacOptions, _options(wanted, known))})
        # A misspelled member counts as a difference, so that ``save`` reports it.
        return found or [ChangedValue(tuple(one.path), None, None) for one in _problems(wanted)]

    def save(self, entry: Entry, known: StoredEntry | None) -> Saved:
        """Save a source. Raises the error of the first invalid secret or option, with all errors in ``details.problems``."""
        same_scheme = known is not None and known.entry["scheme"] == entry["scheme"]
        scheme, options, intake = as_text(entry["scheme"]), _stored_options(entry), _stored_intake(entry)
        field = "options" if "options" in entry else "verification"
        misspelled = _problems(entry)
        try:
            secrets = given_secrets(entry, known.secrets if known and same_scheme else 0)
        except NormalizedError as error:
            wrong = misspelled or setting_problems(scheme, _options(entry, known), intake, field)
            raise refusal_of([*listed_in(error), *wrong]) from None
        if misspelled:
            wrong_secrets = secret_problems(Scheme(scheme), secrets or ()) if secrets or not known else ()
            raise refusal_of([*wrong_secrets, *misspelled])
        save_source(
            slug=as_text(entry["slug"]),
            scheme=scheme,
            secrets=secrets,
            options=options,
            field=field,
            intake=intake,
            enabled=as_flag(entry.get("enabled", True)),
            expected_revision=known.revision if known else None,
        )
        return Saved(warnings=self.warnings(entry, known))

    def warnings(self, entry: Entry, known: StoredEntry | None) -> list[dict[str, JsonValue]]:
        return [{"message": message, "path": TRUST_PATH} for message in trust_warnings(_options(entry, known))]

    def archive_or_delete(self, known: StoredEntry) -> ChangedValue:
        set_enabled(as_text(known.entry["slug"]), enabled=False, expected_revision=known.revision)
        return ChangedValue(("enabled",), before=True, after=False)


def _problems(entry: Entry) -> list[NormalizedError]:
    scheme = SCHEMES[Scheme(entry["scheme"])]
    return refusals(
        [
            *problems_of(scheme.options, entry.get("verification") or {}, ("verification",)),
            *problems_of(SourceSettings, entry.get("intake") or {}, ("intake",)),
        ]
    )


def _stored_options(entry: Entry) -> Entry:
    if "verification" in entry:
        return stored_form(HmacOptions, as_object(entry["verification"]))
    return {name: value for name, value in as_object(entry.get("options", {})).items() if value is not None}


def _stored_intake(entry: Entry) -> Entry:
    given = stored_form(SourceSettings, as_object(entry.get("intake", {})))
    # Without the defaults of the settings themselves: null stands for each of them.
    return with_defaults(SourceSettings, given)


def _options(entry: Entry, known: StoredEntry | None) -> Entry:
    # A file without `trustUnsignedHeaders` keeps the stored value.
    same = known is not None and known.entry["scheme"] == entry["scheme"]
    return keeping_trust(_stored_options(entry), _stored_options(known.entry) if known and same else {})


def _entry(source: Source) -> Entry:
    return flagged(
        {"slug": source.slug, "scheme": source.scheme},
        verification=(api_form(HmacOptions, as_object(as_sent(source.options))), {}),
        intake=(api_form(SourceSettings, as_object(as_sent(source.intake))), {}),
        enabled=(source.enabled, True),
    )
