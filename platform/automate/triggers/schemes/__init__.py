"""Verifies the senders of webhooks. Each scheme is one entry of a table."""

from automate.triggers.schemes.catalogue import (
    OPTIONS,
    SCHEMES,
    check_secrets,
    option_problems,
    secret_problems,
    shown_options,
    verify,
)
from automate.triggers.schemes.diagnosis import Cause, SignatureFinding, diagnose
from automate.triggers.schemes.headers import SignedHeaders, kept_headers, signed_headers, trust_warnings, trusts
from automate.triggers.schemes.identity import (
    EventIdentity,
    SelectedIdentity,
    check_key,
    fit_subject,
    fit_type,
    identify,
)
from automate.triggers.schemes.options import TRUST
from automate.triggers.schemes.scheme import Scheme, SignedRequest

__all__ = [
    "OPTIONS",
    "SCHEMES",
    "TRUST",
    "Cause",
    "EventIdentity",
    "Scheme",
    "SelectedIdentity",
    "SignatureFinding",
    "SignedHeaders",
    "SignedRequest",
    "check_key",
    "check_secrets",
    "diagnose",
    "fit_subject",
    "fit_type",
    "identify",
    "kept_headers",
    "option_problems",
    "secret_problems",
    "shown_options",
    "signed_headers",
    "trust_warnings",
    "trusts",
    "verify",
]
