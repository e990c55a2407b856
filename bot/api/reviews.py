"""Reviews: steps that wait for a person. Their ids hold slashes, which may stand in the address as they are."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from bot.api.auth import Desk, Needs
from bot.api.bodies import Decided, Edited
from bot.api.house import House
from bot.api.paging import Asked, Page, Word, page_of, read_cursor
from bot.api.reading import settled
from bot.model.handoff import ReviewItem, ReviewStatus
from bot.store import reviews
from bot.store.tokens import Bearer

router = APIRouter(prefix="/api/v1/reviews", tags=["reviews"])
ReviewId = Annotated[str, Path(alias="id", max_length=512)]
Decider = Annotated[Bearer, Needs("reviews.decide")]


class Wanted(Asked):
    """Which reviews to list; what is left out may be anything."""

    status: ReviewStatus | None = None
    team: Word = None
    instance_id: Word = None


@router.get("", summary="List reviews, the longest waiting first")
async def list_reviews(
    house: Desk, who: Annotated[Bearer, Needs("reviews.read")], wanted: Annotated[Wanted, Query()]
) -> Page[ReviewItem]:
    after = read_cursor(wanted.cursor, int, str)
    found = await house.database.read(lambda c: reviews.listed(c, wanted.filters(), after, wanted.limit + 1))
    return page_of(found, wanted.limit, reviews.place_of)


@router.get("/{id:path}", summary="Show a review")
async def show_review(id_: ReviewId, house: Desk, who: Annotated[Bearer, Needs("reviews.read")]) -> ReviewItem:
    return await _review(house, id_)


@router.post("/{id:path}/approve", summary="Let the step go on")
async def approve(id_: ReviewId, house: Desk, who: Decider, body: Decided | None = None) -> ReviewItem:
    await house.people.decide_review(id_, who.name, "approve", body.note if body else None)
    return await _decided(house, id_)


@router.post("/{id:path}/reject", summary="Refuse; the flow goes its on_reject way")
async def reject(id_: ReviewId, house: Desk, who: Decider, body: Decided | None = None) -> ReviewItem:
    await house.people.decide_review(id_, who.name, "reject", body.note if body else None)
    return await _decided(house, id_)


@router.post("/{id:path}/edit", summary="Approve with another output in place of the step's own")
async def edit(id_: ReviewId, body: Edited, house: Desk, who: Decider) -> ReviewItem:
    await house.people.decide_review(id_, who.name, "edit", body.note, body.value)
    return await _decided(house, id_)


async def _review(house: House, id_: str) -> ReviewItem:
    return await house.database.read(lambda c: reviews.get(c, id_))


async def _decided(house: House, id_: str) -> ReviewItem:
    review = await _review(house, id_)
    await settled(house, review.instance_id)
    return review
