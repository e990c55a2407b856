"""The fakes and contracts that ship with the desk, for its own tests and for those of others."""
