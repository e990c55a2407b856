"""The pages that describe the API need nothing from elsewhere: a desk runs on a laptop without a network."""

import re

import pytest

from tests.api.desks import Desk


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_a_page_loads_only_what_the_desk_serves_itself(shared_desk: Desk, path: str) -> None:
    page = await shared_desk.anybody.get(path)
    assert page.status_code == 200
    loaded = re.findall(r"""(?:src|href)=["']([^"']+)""", page.text)
    assert loaded, "there is something to load"
    for address in loaded:
        part = await shared_desk.anybody.get(address)
        assert (address.startswith("/"), part.status_code) == (True, 200), address
