"""Webhook verification: schemes as data, one table entry each.

``check_secrets`` when a source is saved, ``verify`` on the raw bytes of a request, ``identify`` on its parsed body.
"""

from automate.triggers.schemes.catalogue import SCHEMES, check_secrets, verify
from automate.triggers.schemes.identity import Identity, identify
from automate.triggers.schemes.scheme import Scheme

__all__ = ["SCHEMES", "Identity", "Scheme", "check_secrets", "identify", "verify"]
