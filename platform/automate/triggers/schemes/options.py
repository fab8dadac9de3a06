"""What a source may configure for its scheme. Checks raise ValueError with what is wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from automate.kernel.errors import Json
from automate.triggers.schemes.recipes import BODY, PLACE, Recipe

TOLERANCE = "tolerance_seconds"
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


def check_tolerance(options: Mapping[str, Json]) -> None:
    """``tolerance_seconds`` and nothing else."""
    _check_names(options, (TOLERANCE,))
    tolerance = options.get(TOLERANCE, 1)
    if type(tolerance) is not int or not 1 <= tolerance <= MAX_TOLERANCE_SECONDS:
        raise ValueError(f"{TOLERANCE} is not a whole number from 1 to {MAX_TOLERANCE_SECONDS}")


def check_none(options: Mapping[str, Json]) -> None:
    _check_names(options, ())


def check_hmac(options: Mapping[str, Json]) -> None:
    """``header algorithm encoding prefix signs timestamp_header id_header tolerance_seconds``, each optional."""
    _check_names(options, (*_HMAC_CHOICES, *HMAC_HEADERS, "prefix", "signs", TOLERANCE))
    check_tolerance({name: value for name, value in options.items() if name == TOLERANCE})
    for name, choices in _HMAC_CHOICES.items():
        if name in options and options[name] not in choices:
            raise ValueError(f"{name} is not one of {', '.join(choices)}")
    for name in HMAC_HEADERS:
        if name in options and not _matches(HEADER_NAME, options[name]):
            raise ValueError(f"{name} is not a header's name")
    if "prefix" in options and not _matches(_PREFIX, options["prefix"]):
        raise ValueError("prefix is not at most 32 printable ASCII characters without spaces")
    if "signs" in options:
        _check_template(options["signs"], options)


def _check_template(template: Json, options: Mapping[str, Json]) -> None:
    if not isinstance(template, str) or len(template) > MAX_TEMPLATE_CHARACTERS or not template.isprintable():
        raise ValueError(f"signs is not a text of at most {MAX_TEMPLATE_CHARACTERS} printable characters")
    names = PLACE.findall(template)
    if names.count("body") != 1 or len(set(names)) < len(names):
        raise ValueError(f"signs does not hold {BODY} once, and each of {{timestamp}} and {{id}} at most once")
    if set("{}") & set(PLACE.sub("", template)):
        raise ValueError(f"signs holds braces around something else than timestamp, id and {BODY[1:-1]}")
    for name, header in (("timestamp", "timestamp_header"), ("id", "id_header")):
        if (name in names) != bool(options.get(header)):
            raise ValueError(
                f"signs names {{{name}}} and there is no {header}"
                if name in names
                else f"there is a {header} and signs does not name {{{name}}}: unsigned, anybody could change it"
            )


def hmac_recipe(options: Mapping[str, Json]) -> Recipe:
    """The recipe that a source of the HMAC scheme configures. Without signs, all that has a header stands before the
    body, with dots between: ``{id}.{timestamp}.{body}``.
    """
    timestamp_header, id_header = options.get("timestamp_header"), options.get("id_header")
    before = ("{id}." if id_header else "") + ("{timestamp}." if timestamp_header else "")
    return Recipe(
        header=options.get("header", DEFAULT_HMAC_HEADER),
        prefix=options.get("prefix", ""),
        encoding=options.get("encoding", "hex"),
        algorithm=options.get("algorithm", "sha256"),
        signs=options.get("signs", f"{before}{BODY}"),
        id_header=id_header,
        timestamp_header=timestamp_header,
    )


def _check_names(options: Mapping[str, Json], known: Collection[str]) -> None:
    unknown = sorted(set(options) - set(known))
    if unknown:
        takes = f"takes {', '.join(known)}" if known else "takes none"
        raise ValueError(f"{unknown[0][:64]!r} is no option of this scheme, which {takes}")


def _matches(pattern: re.Pattern[str], value: Json) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
