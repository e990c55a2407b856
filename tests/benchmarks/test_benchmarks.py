"""`python -m benchmarks` itself: what it says of figures must be right, whatever they are."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.client import request, run_load
from benchmarks.figures import Bar, Figure, percentile
from benchmarks.installing import installing
from benchmarks.loads import Failed, checked
from benchmarks.processes import FLOWS, Program
from benchmarks.report import BEGIN, END, Setting, as_json, as_markdown, as_text, write_block
from bot.cli.check import run_check
from bot.edges.action_local import spec_of
from bot.plugins.actions import load_actions

FIGURES = [
    Figure("REST turns", "turns a second", 312.4, "/s", 2500.0, "one commit a request", Bar("at least", 250)),
    Figure("Flows", "three effects", 40.0, "/s", 100.0, "DBOS", Bar("at least", 0.5, "ratio")),
    Figure("Memory", "at most", 193.2, "MB"),
]
WHERE = Setting("python -m benchmarks", "SQLite", "a machine", datetime(2026, 1, 2, 3, 4, tzinfo=UTC), 0.25)


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[int]:
    """A server that answers every request of a connection with the same bytes, cut into two packets. Gives its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.read(65_536):
            assert head.startswith(b"POST ")
            writer.write(answer[:20])
            await writer.drain()
            await asyncio.sleep(0)
            writer.write(answer[20:])
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def http(status: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def test_every_good_answer_counts_once_with_its_latency() -> None:
    async with answering(http("200 OK", b'[{"text": "hello"}]')) as port:
        streams = [itertools.repeat(request({"sender": "a", "message": "hi"}), 5) for _ in range(3)]
        load = await run_load(port, streams)
    assert len(load.latencies) == 15
    assert load.errors == []
    assert 0 < max(load.latencies) <= load.seconds


async def test_a_wrong_answer_ends_the_run_instead_of_counting(tmp_path: Path) -> None:
    async with answering(http("503 Service Unavailable", b"{}")) as port:
        load = await run_load(port, [itertools.repeat(request({"sender": "a", "message": "hi"}), 2)])
    assert load.latencies == []
    program = Program("echo", ["-c", "pass"], tmp_path, {})
    with pytest.raises(Failed, match="echo: 2 wrong answers, the first: 503"):
        checked(load, program)
    program.stop()


def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed() -> None:
    values = [float(n) for n in range(100, 0, -1)]
    assert [percentile(values, share) for share in (0.5, 0.95, 0.99, 1.0)] == [50.0, 95.0, 99.0, 100.0]
    assert percentile([7.0], 0.99) == 7.0


def test_a_bar_holds_the_value_or_its_ratio_and_without_one_nothing_is_said() -> None:
    assert [figure.met for figure in FIGURES] == [True, False, None]


def test_the_report_names_each_bar_that_was_missed_with_the_machine_and_the_command() -> None:
    text = as_text(WHERE, FIGURES)
    assert "at least 250/s: met" in text
    assert "at least 0.5 of it: MISSED" in text
    assert text.endswith("1 of 2 bars were missed in this run: Flows: three effects.")
    assert "Command: python -m benchmarks\nMachine: a machine\nDatabase: SQLite" in text


def test_the_json_holds_every_figure_with_its_ratio() -> None:
    document = json.loads(as_json(WHERE, FIGURES))
    assert [figure["ratio"] for figure in document["figures"]] == [pytest.approx(0.125, rel=0.01), 0.4, None]
    assert document["measured_at"] == "2026-01-02T03:04:00+00:00"


def test_writing_replaces_the_marked_block_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    for _ in range(2):
        write_block(page, as_markdown(WHERE, FIGURES))
    lines = page.read_text().splitlines()
    assert lines[0] == "before"
    assert lines[-1] == "after"
    assert "old" not in lines
    assert sum(line.startswith("| REST turns |") for line in lines) == 1


def test_a_page_without_the_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing here\n")
    with pytest.raises(ValueError, match="Put these two lines into it"):
        write_block(page, "figures")
    assert page.read_text() == "nothing here\n"


def test_the_page_of_the_project_has_its_block() -> None:
    page = (Path(__file__).parents[2] / "docs" / "benchmarks.md").read_text()
    assert page.count(BEGIN) == 1
    assert page.count(END) == 1


def test_the_flows_that_are_measured_have_no_findings(capsys: pytest.CaptureFixture[str]) -> None:
    specs = [spec_of(action) for action in load_actions(["benchmarks.actions"]).actions]
    assert run_check(FLOWS, {spec.name: spec for spec in specs}) == 0
    assert capsys.readouterr().out.startswith("No findings")


def test_what_is_installed_is_summed_by_the_locks() -> None:
    everything, understanding, *packages = installing()
    assert everything.value > understanding.value > 0
    assert sum(one.value for one in packages) <= everything.value
    assert packages == sorted(packages, key=lambda one: -one.value)
