"""The codes of errors can be read from the API."""

from __future__ import annotations

from automate.kernel.errors import CODES
from tests.support.api import Api

ASK = "{ errorCodes { code status retryable meaning } }"


def test_every_code_is_listed_for_both_kinds_of_token(api: Api, platform: Api) -> None:
    found = api.data(ASK)["errorCodes"]
    assert {one["code"]: (one["status"], one["retryable"]) for one in found} == {
        name: (code.status, code.retryable) for name, code in CODES.items()
    }
    assert all(one["meaning"] for one in found)
    assert platform.data(ASK)["errorCodes"] == found
