"""The rule of Telegram's pace, for messages that take their time."""

from hypothesis import given
from hypothesis import strategies as st

from channels.telegram.pace import Pacer
from tests.channels.test_telegram_pace import Seconds, most_within


@given(st.lists(st.tuples(st.floats(0.0, 0.4), st.floats(0.0, 0.4)), min_size=40, max_size=120))
def test_tg8_messages_that_are_long_under_way_do_not_meet_there(ways: list[tuple[float, float]]) -> None:
    """Each takes some time to arrive and some more to be answered; they are under way side by side."""
    clock = Seconds()
    pacer = Pacer(clock)
    under_way: list[tuple[float, str]] = []
    arrived: list[float] = []
    for number, (there, back) in enumerate(ways):
        while (wait := pacer.seconds_to_wait(str(number), is_group=False)) > 0:
            clock.now = min([clock.now + wait, *(at for at, _ in under_way)])
            for _, chat in [one for one in under_way if one[0] <= clock.now]:
                pacer.answered(chat)
            under_way = [one for one in under_way if one[0] > clock.now]
        arrived.append(clock.now + there)
        under_way.append((clock.now + there + back, str(number)))
    assert most_within(arrived, 1.0) <= 30
