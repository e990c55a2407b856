"""`python -m bot.cli`: the same as `frontdesk`."""

from bot.cli import main

main()
