"""Schema versions, from the first table on. Made with ``alembic revision``, applied by `bot.store.schema`."""
