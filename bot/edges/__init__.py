"""Floor 2: what touches the world: files, actions, other hosts."""
