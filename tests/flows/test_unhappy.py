"""Customers who mistype, digress, correct themselves, refuse, fall silent or write nonsense are helped all the same.

A short form of `python -m benchmarks.unhappy`: from its seeds, every eleventh, so that all kinds of trouble occur.
"""

from benchmarks.unhappy import CONVERSATIONS, FLOWS, KINDS, customer_of, figures, play_all
from bot.cli.test import rehearse

SEEDS = range(0, CONVERSATIONS, 11)


async def test_nobody_ends_in_a_dead_end_and_no_slot_holds_what_was_not_meant() -> None:
    told = await play_all(rehearse(FLOWS), SEEDS)
    assert ["\n".join(one.lines) for one in told if one.end == "dead end"] == []
    assert [(one.seed, one.wrong) for one in told if one.wrong] == []
    assert figures(told)["answer"] >= 0.5


def test_every_kind_of_trouble_occurs_and_a_seed_is_always_the_same_customer() -> None:
    assert {customer_of(seed).kind for seed in SEEDS} == set(KINDS)
    assert [customer_of(7).opens() for _ in range(3)] == [customer_of(7).opens() for _ in range(3)]
