"""Floor 1: the rules. They only decide; time, chance and ids come in as arguments."""
