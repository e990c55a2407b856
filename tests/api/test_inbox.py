"""What agents do over HTTP: conversations, handoffs and reviews, on both databases."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.api.desks import Desk


@pytest.fixture
async def agent(desk: Desk) -> httpx.AsyncClient:
    return await desk.as_role("agent", "Anna")


async def handoff_of(desk: Desk, agent: httpx.AsyncClient) -> str:
    """Ask for a person and give the id of the handoff."""
    await desk.say("/human_request")
    shown = (await agent.get(f"/api/v1/conversations/{desk.conversation()}")).json()
    return str(shown["handoff"]["id"])


async def everything(agent: httpx.AsyncClient, path: str, limit: int, **params: str) -> list[dict[str, Any]]:
    """All items of a list, page by page."""
    items: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await agent.get(path, params=params | cursor | {"limit": str(limit)})).json()
        assert len(page["items"]) <= limit
        items += page["items"]
        if page["next"] is None:
            return items
        cursor = {"cursor": page["next"]}


async def test_a_conversation_is_listed_and_shown_with_all_that_happened(desk: Desk, agent: httpx.AsyncClient) -> None:
    await desk.say("/order")
    conversation = desk.conversation()
    shown = (await agent.get(f"/api/v1/conversations/{conversation}")).json()
    assert (shown["sender"], shown["channel"], shown["owner"], shown["flow"]) == (desk.contact, "rest", "bot", "order")
    assert [reply["reply"]["text"] for reply in shown["replies"]] == ["Which order?"]
    assert "MessageReceived" in [event["type"] for event in shown["events"]]
    assert shown["state"]["flows"][-1]["waits"] == ["steps[0]: collect"]
    assert (shown["handoff"], shown["notes"], shown["reviews"]) == (None, [], [])


async def test_lists_filter(desk: Desk, agent: httpx.AsyncClient) -> None:
    other = f"{desk.contact}-other"
    await desk.say("/hours")
    await desk.say("/human_request", other)
    queue = await everything(agent, "/api/v1/conversations", 200, owner="queue")
    assert {one["owner"] for one in queue} == {"queue"}
    senders = {one["sender"] for one in queue}
    assert other in senders
    assert desk.contact not in senders
    assert (await agent.get("/api/v1/conversations", params={"channel": "slack"})).json()["items"] == []


async def test_pages_show_everything_once(desk: Desk, agent: httpx.AsyncClient) -> None:
    mine = [f"{desk.contact}-{number}" for number in range(7)]
    for sender in mine:
        await desk.say("/hours", sender)
    for path in ("/api/v1/conversations", "/api/v1/instances"):
        seen = [one["id"] for one in await everything(agent, path, 3)]
        assert len(seen) == len(set(seen))
        assert [desk.conversation(sender) for sender in reversed(mine)] == seen[:7]


async def test_the_queue_shows_the_most_urgent_first_and_pages(desk: Desk, agent: httpx.AsyncClient) -> None:
    for sender in ("one", "two"):
        await desk.say("/human_request", f"{desk.contact}-{sender}")
    await desk.say("/vault")
    await desk.say("1234")
    queue = await everything(agent, "/api/v1/handoffs", 2)
    mine = [one["conversation_id"] for one in queue]
    wanted = [desk.contact, f"{desk.contact}-one", f"{desk.contact}-two"]
    assert [one for one in mine if one in map(desk.conversation, wanted)] == [desk.conversation(one) for one in wanted]
    ranks = [("urgent", "high", "normal", "low").index(one["priority"]) for one in queue]
    assert ranks == sorted(ranks)
    assert len({one["id"] for one in queue}) == len(queue)
    of_team = await everything(agent, "/api/v1/handoffs", 50, team="safe")
    assert {one["packet"]["reason"] for one in of_team} == {"pin_given"}


async def test_a_secret_is_masked_wherever_it_is_shown(desk: Desk, agent: httpx.AsyncClient) -> None:
    await desk.say("/vault")
    await desk.say("pin-4711")
    conversation = desk.conversation()
    for path in (f"/conversations/{conversation}", f"/instances/{conversation}", "/handoffs"):
        answer = await agent.get(f"/api/v1{path}")
        assert answer.status_code == 200
        assert "4711" not in answer.text, path
    shown = (await agent.get(f"/api/v1/instances/{conversation}")).json()
    assert [effect["args"]["summary"] for effect in shown["effects"]] == ["The vault, with •••"]


async def test_an_agent_claims_a_handoff_writes_and_returns_it(desk: Desk, agent: httpx.AsyncClient) -> None:
    id_ = await handoff_of(desk, agent)
    claimed = (await agent.post(f"/api/v1/handoffs/{id_}/claim")).json()
    assert (claimed["status"], claimed["claimed_by"]) == ("claimed", "Anna")
    written = await agent.post(f"/api/v1/handoffs/{id_}/replies", json={"text": "Hello, Anna here."})
    assert written.status_code == 201
    assert await desk.say("are you there?") == ["Hello, Anna here."], "the bot keeps quiet, the person is heard"
    returned = (await agent.post(f"/api/v1/handoffs/{id_}/return")).json()
    assert returned["status"] == "returned"
    assert "We are open from 9 to 5." in await desk.say("/hours")


async def test_of_ten_agents_who_claim_at_once_one_has_it(desk: Desk, agent: httpx.AsyncClient) -> None:
    id_ = await handoff_of(desk, agent)
    agents = [await desk.as_role("agent", f"agent {number}") for number in range(10)]
    answers = await asyncio.gather(*(one.post(f"/api/v1/handoffs/{id_}/claim") for one in agents))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    loser = next(answer for answer in answers if answer.status_code == 409)
    assert "claimed by agent" in loser.json()["detail"]


async def test_claiming_again_what_i_have_is_no_error(desk: Desk, agent: httpx.AsyncClient) -> None:
    id_ = await handoff_of(desk, agent)
    for _ in range(2):
        assert (await agent.post(f"/api/v1/handoffs/{id_}/claim")).status_code == 200


async def test_a_conversation_is_taken_over_unasked(desk: Desk, agent: httpx.AsyncClient) -> None:
    await desk.say("/order")
    conversation = desk.conversation()
    taken = (await agent.post(f"/api/v1/conversations/{conversation}/takeover")).json()
    assert (taken["status"], taken["claimed_by"], taken["packet"]["reason"]) == ("claimed", "Anna", "taken_over")
    assert await desk.say("1234") == [], "the bot does not answer any more"
    other = await desk.as_role("agent", "Bert")
    assert (await other.post(f"/api/v1/conversations/{conversation}/takeover")).status_code == 409


async def test_writing_takes_the_conversation_over(desk: Desk, agent: httpx.AsyncClient) -> None:
    await desk.say("/order")
    conversation = desk.conversation()
    answer = await agent.post(f"/api/v1/conversations/{conversation}/replies", json={"text": "I can look that up."})
    assert (answer.status_code, answer.json()["claimed_by"]) == (201, "Anna")
    assert await desk.say("thanks") == ["I can look that up."]


async def test_notes_are_shown_to_colleagues_and_never_to_the_contact(desk: Desk, agent: httpx.AsyncClient) -> None:
    id_ = await handoff_of(desk, agent)
    assert (await agent.post(f"/api/v1/handoffs/{id_}/notes", json={"text": "Knows us since 2019."})).status_code == 201
    shown = (await agent.get(f"/api/v1/conversations/{desk.conversation()}")).json()
    assert [(note["author"], note["text"]) for note in shown["notes"]] == [("Anna", "Knows us since 2019.")]
    assert shown["handoff"]["id"] == id_
    assert await desk.say("hello?") == []


async def test_an_agent_corrects_a_slot_within_its_type(desk: Desk, agent: httpx.AsyncClient) -> None:
    id_ = await handoff_of(desk, agent)
    await agent.post(f"/api/v1/handoffs/{id_}/claim")
    assert (await agent.put(f"/api/v1/handoffs/{id_}/slots/order_number", json={"value": "1234"})).status_code == 200
    shown = (await agent.get(f"/api/v1/conversations/{desk.conversation()}")).json()
    assert shown["state"]["slots"]["order_number"] == "1234"
    wrong = await agent.put(f"/api/v1/handoffs/{id_}/slots/order_number", json={"value": "twelve"})
    assert wrong.status_code == 422
    assert (await agent.put(f"/api/v1/handoffs/{id_}/slots/nothing", json={"value": 1})).status_code == 422
    assert (await agent.put(f"/api/v1/handoffs/{id_}/slots/order_number", json={})).status_code == 422


async def test_a_corrected_intent_begins_its_flow_on_return(desk: Desk, agent: httpx.AsyncClient) -> None:
    id_ = await handoff_of(desk, agent)
    await agent.post(f"/api/v1/handoffs/{id_}/claim")
    assert (await agent.put(f"/api/v1/handoffs/{id_}/intent", json={"intent": "order"})).status_code == 200
    assert (await agent.put(f"/api/v1/handoffs/{id_}/intent", json={"intent": "dance"})).status_code == 422
    await agent.post(f"/api/v1/handoffs/{id_}/return")
    shown = (await agent.get(f"/api/v1/conversations/{desk.conversation()}")).json()
    assert shown["flow"] == "order"
    assert "IntentCorrected" in [event["type"] for event in shown["events"]]


async def test_a_correction_says_how_sure_the_desk_was_so_that_thresholds_can_learn_from_it(
    desk: Desk, agent: httpx.AsyncClient
) -> None:
    id_ = await handoff_of(desk, agent)
    await agent.post(f"/api/v1/handoffs/{id_}/claim")
    await agent.put(f"/api/v1/handoffs/{id_}/intent", json={"intent": "order"})
    shown = (await agent.get(f"/api/v1/conversations/{desk.conversation()}")).json()
    (corrected,) = [event["data"] for event in shown["events"] if event["type"] == "IntentCorrected"]
    assert corrected["intent"] == "order"
    assert 0 <= corrected["confidence"] <= 1


async def test_the_bot_resumes_at_a_step_that_the_agent_names(desk: Desk, agent: httpx.AsyncClient) -> None:
    await desk.say("/order")
    conversation = desk.conversation()
    id_ = (await agent.post(f"/api/v1/conversations/{conversation}/takeover")).json()["id"]
    await agent.put(f"/api/v1/handoffs/{id_}/slots/order_number", json={"value": "1234"})
    wrong = await agent.post(f"/api/v1/handoffs/{id_}/resume", json={"step": "nowhere"})
    assert wrong.status_code == 422
    assert "answer, number" in wrong.json()["fix"]
    assert (await agent.post(f"/api/v1/handoffs/{id_}/resume", json={"step": "answer"})).status_code == 200
    shown = (await agent.get(f"/api/v1/conversations/{conversation}")).json()
    assert shown["replies"][-1]["reply"]["text"] == "Order 1234 is on its way."


async def test_what_is_resolved_is_over(desk: Desk, agent: httpx.AsyncClient) -> None:
    id_ = await handoff_of(desk, agent)
    await agent.post(f"/api/v1/handoffs/{id_}/claim")
    assert (await agent.post(f"/api/v1/handoffs/{id_}/resolve")).json()["status"] == "resolved"
    for path, body in (("resolve", {}), ("return", {}), ("claim", {}), ("replies", {"text": "too late"})):
        answer = await agent.post(f"/api/v1/handoffs/{id_}/{path}", json=body)
        assert answer.status_code == 409, path
    assert (await agent.get(f"/api/v1/handoffs/{id_}")).json()["closed_at"] is not None


async def review_of(desk: Desk, agent: httpx.AsyncClient) -> str:
    await desk.say("/refund")
    waiting = await everything(agent, "/api/v1/reviews", 2, status="waiting", instance_id=desk.conversation())
    assert [(one["team"], one["title"], one["show"]) for one in waiting] == [("billing", "Refund 40?", {"amount": 40})]
    return str(waiting[0]["id"])


async def test_a_review_is_approved_once_and_the_step_goes_on(desk: Desk, agent: httpx.AsyncClient) -> None:
    id_ = await review_of(desk, agent)
    assert (await agent.get(f"/api/v1/reviews/{id_}")).json()["status"] == "waiting"
    approved = await agent.post(f"/api/v1/reviews/{id_}/approve", json={"note": "fine"})
    assert (approved.status_code, approved.json()["decided_by"]) == (200, "Anna")
    for path, body in (("approve", {}), ("reject", {}), ("edit", {"value": 1})):
        assert (await agent.post(f"/api/v1/reviews/{id_}/{path}", json=body)).status_code in (409, 422), path
    shown = (await agent.get(f"/api/v1/instances/{desk.conversation()}")).json()
    assert [(effect["action"], effect["status"]) for effect in shown["effects"]] == [("tickets.create", "done")]


async def test_a_review_is_rejected_without_a_body(desk: Desk, agent: httpx.AsyncClient) -> None:
    id_ = await review_of(desk, agent)
    assert (await agent.post(f"/api/v1/reviews/{id_}/reject")).json()["status"] == "rejected"
    shown = (await agent.get(f"/api/v1/conversations/{desk.conversation()}")).json()
    assert shown["replies"][-1]["reply"]["text"] == "No refund."


async def test_of_fifty_decisions_at_once_one_counts(desk: Desk, agent: httpx.AsyncClient) -> None:
    id_ = await review_of(desk, agent)
    paths = ["approve", "reject"] * 25
    answers = await asyncio.gather(*(agent.post(f"/api/v1/reviews/{id_}/{path}") for path in paths))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 49


async def test_what_does_not_exist_is_not_found(desk: Desk, agent: httpx.AsyncClient) -> None:
    for path in ("conversations/c", "conversations/c/events", "conversations/c/replies", "handoffs/h", "reviews/a/b/c",
                 "instances/i", "flows/f/versions"):  # fmt: skip
        answer = await agent.get(f"/api/v1/{path}")
        assert (answer.status_code, path) == (404, path)
        assert answer.json()["fix"]
    for path in (
        "conversations/c/takeover",
        "handoffs/h/claim",
        "handoffs/h/return",
        "handoffs/h/resolve",
        "reviews/r/approve",
    ):
        assert (await agent.post(f"/api/v1/{path}")).status_code == 404, path
    reply = await agent.post("/api/v1/conversations/c/replies", json={"text": "hello"})
    assert reply.status_code == 404


async def test_events_and_replies_come_in_pages(desk: Desk, agent: httpx.AsyncClient) -> None:
    for _ in range(3):
        await desk.say("/hours")
    path = f"/api/v1/conversations/{desk.conversation()}"
    replies = (await agent.get(f"{path}/replies")).json()
    assert len(replies) == 3
    assert (await agent.get(f"{path}/replies", params={"after": replies[0]["number"]})).json() == replies[1:]
    events = (await agent.get(f"{path}/events")).json()
    assert (await agent.get(f"{path}/events", params={"after": events[0]["number"], "limit": 2})).json() == events[1:3]
