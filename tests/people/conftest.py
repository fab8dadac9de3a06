from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.api import Api
from tests.support.mail import MailServer

if TYPE_CHECKING:
    from tests.support.people import MemberApi


@pytest.fixture
def api(tenant: Any) -> Api:
    """The API of the test's tenant with its first token."""
    return Api(tenant.token)


@pytest.fixture
def as_member(servers: Any, database: Any, tenant: Any) -> Callable[..., MemberApi]:
    """The API of the test's tenant for a new member with a role."""
    from tests.support.people import MemberApi, new_member

    return lambda role, name="", email="": MemberApi(
        servers, tenant.ref, new_member(tenant.ref, role, name, email=email)
    )


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A real mail server, to which the platform's mails go."""
    from tests.support.people import mail_server_at

    with MailServer() as server, mail_server_at(server.port):
        yield server
