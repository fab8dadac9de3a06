"""The tests that every connector must pass.

    from actors.sdk.contract import Answer, HttpContract, Request, Service

A subclass names the connector, a valid input, and a substitute for the other system:

    class TestCreateOrder(HttpContract):
        connector = CreateOrder
        sample = {"token": "$secret:SHOP_TOKEN", "sku": "A1"}
        service = Shop

``Contract`` is for connectors that call no other system.
"""

from actors.sdk.contract.base import Contract, Provoke
from actors.sdk.contract.faults import Fault
from actors.sdk.contract.http import HttpContract
from actors.sdk.contract.peer import Answer, Request, Service

__all__ = [
    "Answer",
    "Contract",
    "Fault",
    "HttpContract",
    "Provoke",
    "Request",
    "Service",
]
