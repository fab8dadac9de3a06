"""The ports that a step may call: web ports, and most ports from 1024 on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

_WEB = frozenset({80, 443})
_MAIL = frozenset({25, 465, 587})
_FIRST_UNPRIVILEGED = 1024
_LAST = 65535

_SPEAKS_NO_HTTP = frozenset(
    {
        1433,  # SQL Server
        1521,  # Oracle
        2049,  # NFS
        2181,  # ZooKeeper
        2375,  # Docker
        2376,
        2379,  # etcd
        2380,
        3306,  # MySQL
        3389,  # RDP
        4369,  # Erlang's port mapper
        5060,  # SIP
        5061,
        5432,  # PostgreSQL
        5672,  # AMQP
        5900,  # VNC
        5901,
        6000,  # X11
        6379,  # Redis
        6380,
        6432,  # PgBouncer
        6665,  # IRC
        6666,
        6667,
        6668,
        6669,
        6697,
        7000,  # Cassandra
        7001,
        9042,
        9092,  # Kafka
        9300,  # Elasticsearch between its nodes
        10250,  # kubelet
        11211,  # memcached
        26379,  # Redis Sentinel
        27017,  # MongoDB
        27018,
        27019,
    }
)


def port_is_open_to_steps(port: int) -> bool:
    return port in _WEB or _is_open_to_all(port)


def mail_port_is_open_to_steps(port: int) -> bool:
    return port in _MAIL or _is_open_to_all(port)


def _is_open_to_all(port: int) -> bool:
    return _FIRST_UNPRIVILEGED <= port <= _LAST and port not in _SPEAKS_NO_HTTP


@dataclass(frozen=True)
class Ports:
    """The ports that one kind of call may use."""

    open: Callable[[int], bool]
    words: str
    """Describes these ports in error messages."""


_AND_UNPRIVILEGED = "and those from 1024 on are, except the usual ports of databases and the like"

WEB_PORTS = Ports(port_is_open_to_steps, f"80, 443 {_AND_UNPRIVILEGED}")
MAIL_PORTS = Ports(mail_port_is_open_to_steps, f"for mail, 25, 465, 587 {_AND_UNPRIVILEGED}")
