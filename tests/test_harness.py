"""The tests' own ground: what they stand on is itself tried."""

from __future__ import annotations

import socket
import sys
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.network import OutsideRefused
from tests.postgres import Cluster


@pytest.mark.parametrize(
    "address", [("192.0.2.1", 80), ("10.0.0.1", 5432), ("169.254.169.254", 80), ("::ffff:192.0.2.1", 80)]
)
def test_a_test_reaches_no_other_machine(address: tuple[str, int]) -> None:
    """The interpreter announces a connection before it makes it; only the announcement happens here."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as sock, pytest.raises(OutsideRefused):
        sys.audit("socket.connect", sock, address)


def test_a_test_looks_up_no_names() -> None:
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("frontdesk.invalid", 443)


def test_a_test_reaches_a_server_of_its_own() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        assert client.getpeername() == server.getsockname()


@pytest.mark.postgres
def test_every_test_has_an_empty_database_of_its_own(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE once (id int)")
        assert connection.info.dbname == urlsplit(postgres_url).path.strip("/")


@pytest.mark.postgres
def test_a_server_of_its_own_can_crash_and_come_back_with_what_was_committed(
    postgres_cluster: Cluster,
) -> None:
    with psycopg.connect(postgres_cluster.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS id")
    postgres_cluster.stop("immediate")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(postgres_cluster.url)
    postgres_cluster.start()
    with psycopg.connect(postgres_cluster.url) as connection:
        assert connection.execute("SELECT id FROM kept").fetchall() == [(1,)]
