"""The tests that every connector must pass.

    from actors.sdk.contract import Answer, HttpContract, Request, Service

A subclass names the connector, a valid input, and a substitute for the other system:

    class TestCreateOrder(HttpContract):
        connector = CreateOrder
        sample = {"token": "$secret:SHOP_TOKEN", "sku": "A1"}
        service = Shop

``SmtpContract`` is for connectors that send mail, and ``Contract`` for connectors that call no other system.
"""

from actors.sdk.contract.base import Contract, Provoke
from actors.sdk.contract.faults import Fault
from actors.sdk.contract.http import HttpContract
from actors.sdk.contract.mail import GREETING, MESSAGE, Mail, MailService
from actors.sdk.contract.peer import Answer, Request, Service
from actors.sdk.contract.smtp import SmtpContract

__all__ = [
    "GREETING",
    "MESSAGE",
    "Answer",
    "Contract",
    "Fault",
    "HttpContract",
    "Mail",
    "MailService",
    "Provoke",
    "Request",
    "Service",
    "SmtpContract",
]
