"""The options of schemes. Checks report every problem."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from automate.kernel.errors import Json
from automate.triggers.schemes.recipes import BODY, PLACE, SigningRecipe
from automate.triggers.schemes.scheme import Spell, Wrong

TOLERANCE = "tolerance_seconds"
TRUST = "trust_unsigned_headers"
"""Lets headers that the signature does not cover name an event's type, subject and key."""
MAX_TOLERANCE_SECONDS = 86_400
DEFAULT_HMAC_HEADER = "X-Signature"
_HMAC_CHOICES: Mapping[str, Collection[str]] = {
    "algorithm": ("sha1", "sha256", "sha512"),
    "encoding": ("hex", "base64", "base64url"),
}
HMAC_HEADERS = ("header", "timestamp_header", "id_header")
MAX_TEMPLATE_CHARACTERS = 128
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_PREFIX = re.compile(r"[!-~]{0,32}")


def check_tolerance(options: Mapping[str, Json], spell: Spell) -> Iterator[Wrong]:
    yield from _check_names(options, (TOLERANCE, TRUST), spell)
    yield from _check_seconds(options, spell)
    yield from _check_trust(options, spell)


def check_none(options: Mapping[str, Json], spell: Spell) -> Iterator[Wrong]:
    yield from _check_names(options, (), spell)


def check_hmac(options: Mapping[str, Json], spell: Spell) -> Iterator[Wrong]:
    yield from _check_names(options, (*_HMAC_CHOICES, *HMAC_HEADERS, "prefix", "signs", TOLERANCE, TRUST), spell)
    yield from _check_seconds(options, spell)
    yield from _check_trust(options, spell)
    for name, choices in _HMAC_CHOICES.items():
        if name in options and options[name] not in choices:
            yield name, f"{spell(name)} is not one of {', '.join(choices)}"
    for name in HMAC_HEADERS:
        if name in options and not _matches(HEADER_NAME, options[name]):
            yield name, f"{spell(name)} is not a header's name"
    if "prefix" in options and not _matches(_PREFIX, options["prefix"]):
        yield "prefix", "prefix is not at most 32 printable ASCII characters without spaces"
    if "signs" in options:
        yield from _check_template(options["signs"], options, spell)


def _check_seconds(options: Mapping[str, Json], spell: Spell) -> Iterator[Wrong]:
    tolerance = options.get(TOLERANCE, 1)
    if type(tolerance) is not int or not 1 <= tolerance <= MAX_TOLERANCE_SECONDS:
        yield TOLERANCE, f"{spell(TOLERANCE)} is not a whole number from 1 to {MAX_TOLERANCE_SECONDS}"


def _check_trust(options: Mapping[str, Json], spell: Spell) -> Iterator[Wrong]:
    if type(options.get(TRUST, False)) is not bool:
        yield TRUST, f"{spell(TRUST)} is neither true nor false"


def _check_template(template: Json, options: Mapping[str, Json], spell: Spell) -> Iterator[Wrong]:
    if not isinstance(template, str) or len(template) > MAX_TEMPLATE_CHARACTERS or not template.isprintable():
        yield "signs", f"signs is not a text of at most {MAX_TEMPLATE_CHARACTERS} printable characters"
        return
    names = PLACE.findall(template)
    if names.count("body") != 1 or len(set(names)) < len(names):
        yield "signs", f"signs does not hold {BODY} once, and each of {{timestamp}} and {{id}} at most once"
    if set("{}") & set(PLACE.sub("", template)):
        yield "signs", f"signs holds braces around something else than timestamp, id and {BODY[1:-1]}"
    for name, header in (("timestamp", "timestamp_header"), ("id", "id_header")):
        if name in names and not options.get(header):
            yield "signs", f"signs names {{{name}}} and there is no {spell(header)}"
        if name not in names and options.get(header):
            problem = (
                f"there is a {spell(header)} and signs does not name {{{name}}}: unsigned, any sender could change it"
            )
            yield "signs", problem


def hmac_recipe(options: Mapping[str, Json]) -> SigningRecipe:
    # Without `signs`, the signed content is `{id}.{timestamp}.{body}`. Parts without a configured header are left out.
    timestamp_header, id_header = options.get("timestamp_header"), options.get("id_header")
    before = ("{id}." if id_header else "") + ("{timestamp}." if timestamp_header else "")
    return SigningRecipe(
        header=options.get("header", DEFAULT_HMAC_HEADER),
        prefix=options.get("prefix", ""),
        encoding=options.get("encoding", "hex"),
        algorithm=options.get("algorithm", "sha256"),
        signs=options.get("signs", f"{before}{BODY}"),
        id_header=id_header,
        timestamp_header=timestamp_header,
    )


def _check_names(options: Mapping[str, Json], known: Collection[str], spell: Spell) -> Iterator[Wrong]:
    takes = f"takes {', '.join(map(spell, known))}" if known else "takes none"
    for name in sorted(set(options) - set(known)):
        yield name, f"{spell(name)[:64]!r} is no option of this scheme, which {takes}"


def _matches(pattern: re.Pattern[str], value: Json) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
