"""Understanding: what a message means, from the desk's own examples. Start at :mod:`bot.nlu.pipeline`."""
