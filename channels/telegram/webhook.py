"""``POST /telegram/webhook``: what Telegram calls. 200 once the update is stored; else Telegram comes again."""

import hmac
import json
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Request

from channels.telegram.updates import Updates

PATH = "/telegram/webhook"


def routes(updates: Updates, secret: str) -> APIRouter:
    router = APIRouter(tags=["telegram"])

    @router.post(PATH, summary="Updates, as Telegram sends them")
    async def webhook(
        request: Request, x_telegram_bot_api_secret_token: Annotated[str, Header(max_length=1_000)] = ""
    ) -> dict[str, Any]:
        if not hmac.compare_digest(x_telegram_bot_api_secret_token.encode(), secret.encode()):
            raise HTTPException(401, "this is not Telegram: the secret token is missing or another")
        try:
            raw = json.loads(await request.body())
        except (ValueError, RecursionError):
            raise HTTPException(400, "this is no JSON") from None
        await updates.take(raw)
        return {}

    return router
