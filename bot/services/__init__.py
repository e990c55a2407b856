"""Floor 3: what the desk does, in terms of rules (which decide) and edges (which touch the world)."""
