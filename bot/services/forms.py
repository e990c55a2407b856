"""What conversations look like to channels that ask by forms and say a few words themselves."""

from collections.abc import Mapping

from bot.errors import NotReady
from bot.model.form import Form
from bot.ports import Clock
from bot.rules.advance.filling import form_problems, open_form
from bot.rules.shown import said_in
from bot.services.library import Library
from bot.services.reading import Reader
from bot.store import instances
from bot.store.database import Database
from bot.store.instances import Instance


class OpenForms:
    """Implements `bot.ports.Forms`: reads the conversation as it is stored, and changes nothing."""

    def __init__(self, database: Database, clock: Clock, library: Library, reader: Reader) -> None:
        self._database = database
        self._clock = clock
        self._library = library
        self._reader = reader

    async def open_form(self, conversation_id: str) -> Form | None:
        """See `bot.ports.Forms`."""
        instance = await self._instance(conversation_id)
        if instance is None:
            return None
        shelf = self._library.shelf
        bundles = await self._library.bundles_for(shelf, instance.state)
        return open_form(bundles, instance.state, self._reader.around(instance, shelf, self._clock.now()))

    async def problems(self, conversation_id: str, form: str, fields: Mapping[str, str]) -> Mapping[str, str]:
        """See `bot.ports.Forms`."""
        instance = await self._instance(conversation_id)
        if instance is None:
            return {}
        shelf = self._library.shelf
        bundles = await self._library.bundles_for(shelf, instance.state)
        around = self._reader.around(instance, shelf, self._clock.now())
        return form_problems(bundles, instance.state, around, form, fields)

    async def _instance(self, conversation_id: str) -> Instance | None:
        return await self._database.read(lambda c: instances.find(c, conversation_id))


class DeskNotices:
    """Implements `bot.ports.Notices`."""

    def __init__(self, database: Database, library: Library) -> None:
        self._database = database
        self._library = library

    async def words(self, conversation_id: str, name: str) -> str:
        """See `bot.ports.Notices`."""
        desk = self._library.shelf.desk
        try:
            found = await self._database.read(lambda c: instances.find(c, conversation_id))
        except NotReady:
            found = None
        language = (found.state.language if found is not None else None) or desk.settings.languages[0]
        return said_in(desk.responses[name][0], language)

    def for_colleagues(self, name: str) -> str:
        """See `bot.ports.Notices`."""
        desk = self._library.shelf.desk
        return said_in(desk.responses[name][0], desk.settings.languages[0])
