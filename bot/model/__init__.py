"""Floor 0: the words everything else is said in. Frozen pydantic types, no behaviour that touches the world."""
