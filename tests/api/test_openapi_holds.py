"""Whatever fits the OpenAPI, and much that does not, is answered without a server error (schemathesis)."""

import asyncio
import contextlib
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error

from tests.api.desks import Desk, served

EXAMPLES = 6


def try_out(operation: Any, url: str, headers: dict[str, str], mode: GenerationMode) -> None:
    """Calls one operation with generated requests; raises when an answer is a server error."""

    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def answered(case: schemathesis.Case) -> None:
        response = case.call(base_url=url, headers=headers, timeout=20)
        case.validate_response(response, checks=[not_a_server_error])
        kind = response.headers.get("content-type", [""])[0]
        assert response.status_code < 400 or kind == "application/problem+json"

    # An operation that takes nothing cannot be given anything wrong.
    with contextlib.suppress(hypothesis.errors.Unsatisfiable):
        answered()


@pytest.mark.filterwarnings("ignore")  # schemathesis warns about what it cannot generate; answers are what counts here
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
async def test_no_request_makes_a_server_error(shared_desk: Desk, mode: GenerationMode) -> None:
    owner = await shared_desk.as_role("owner")
    headers = {"authorization": owner.headers["authorization"]}
    schema = schemathesis.openapi.from_dict(shared_desk.app.openapi())
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) >= 35
    async with served(shared_desk.app) as url:
        for operation in operations:
            await asyncio.to_thread(try_out, operation, url, headers, mode)
    assert await shared_desk.say("/hours") == ["We are open from 9 to 5."]
