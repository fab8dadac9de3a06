"""What a source may configure for its scheme. Checks raise ValueError with what is wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from automate.kernel.errors import Json
from automate.triggers.schemes.recipes import Recipe

TOLERANCE = "tolerance_seconds"
MAX_TOLERANCE_SECONDS = 86_400
DEFAULT_HMAC_HEADER = "X-Signature"
_HMAC_CHOICES: Mapping[str, Collection[str]] = {
    "algorithm": ("sha1", "sha256", "sha512"),
    "encoding": ("hex", "base64"),
}
_HMAC_HEADERS = ("header", "timestamp_header")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
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
    """``header algorithm encoding prefix timestamp_header tolerance_seconds``, each optional."""
    _check_names(options, (*_HMAC_CHOICES, *_HMAC_HEADERS, "prefix", TOLERANCE))
    check_tolerance({name: value for name, value in options.items() if name == TOLERANCE})
    for name, choices in _HMAC_CHOICES.items():
        if name in options and options[name] not in choices:
            raise ValueError(f"{name} is not one of {', '.join(choices)}")
    for name in _HMAC_HEADERS:
        if name in options and not _matches(_HEADER_NAME, options[name]):
            raise ValueError(f"{name} is not a header's name")
    if "prefix" in options and not _matches(_PREFIX, options["prefix"]):
        raise ValueError("prefix is not at most 32 printable ASCII characters without spaces")


def hmac_recipe(options: Mapping[str, Json]) -> Recipe:
    """The recipe that a source of the HMAC scheme configures. With a timestamp_header, ``timestamp.body`` is signed."""
    timestamp_header = options.get("timestamp_header")
    return Recipe(
        header=options.get("header", DEFAULT_HMAC_HEADER),
        prefix=options.get("prefix", ""),
        encoding=options.get("encoding", "hex"),
        algorithm=options.get("algorithm", "sha256"),
        signs="{timestamp}." if timestamp_header else "",
        timestamp_header=timestamp_header,
    )


def _check_names(options: Mapping[str, Json], known: Collection[str]) -> None:
    unknown = sorted(set(options) - set(known))
    if unknown:
        takes = f"takes {', '.join(known)}" if known else "takes none"
        raise ValueError(f"{unknown[0][:64]!r} is no option of this scheme, which {takes}")


def _matches(pattern: re.Pattern[str], value: Json) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
