"""Mistyped words put right before a message is understood, as far as the desk's own words tell what was meant.

A noisy channel (Kernighan, Church and Gale, "A spelling correction program based on a noisy channel model",
1990): of the readings of a message, those are taken that are likeliest as the desk's language and need the
fewest slips of the finger. Spaces slip like letters, so words are not read one by one: a beam goes through the
message and may end a word inside of what was typed, or beyond it. A message whose words are all known is never
touched, and the fewer unknown words it has, the more a change must explain.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bot.nlu.vocabulary import LONGEST_WORD, START, Near, Vocabulary

_TOKEN = re.compile(r"[\w-]*\d[\w.,-]*|[^\W\d_]+(?:['\u2019][^\W\d_]+)*['\u2019]?")
_ADDRESS = re.compile(r"@|/|\bwww\.|\w\.(?:com|org|net|io|de|eu|uk)\b")
LONGEST = 400
"""Characters of a message that may be mended. Whoever writes more says it more than once."""
OF_SLIP_WHEN_CLEAN, OF_SLIP_WHEN_NOISY = 7.0, 4.0
"""What a slip costs, as the logarithm of its rarity: in a message with one unknown word, and in one full of them."""
NOISY_FROM = 0.35
"""The share of unknown words from which a message counts as full of them."""
STRANGE_FROM = 1 / 3
MOST_READINGS = 3
_LEAST_SHARE = 0.1
_PER_READING = 3.0
"""How much likelier the best reading must be, as a logarithm, to count e times as much as another."""
_BEAM = 3
_SHORT_REST = 4
"""Of what is left of a run of letters behind a lost space, up to so many letters are one slip off at most."""

Words = tuple[str, ...]
Beam = dict[Words, tuple[float, Words]]
"""The cheapest reading so far for each pair of last words: its cost and all of its words."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What may have been meant, and how much it counts among all readings of a message: shares add up to 1."""

    text: str
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class _Typed:
    """A run of letters or figures as it was typed, and what stands between it and the next."""

    word: str
    known: bool
    gap: str

    @property
    def is_figure(self) -> bool:
        return _holds_figure(self.word)


class Speller:
    """Reads mistyped messages with a desk's words and those of a language by their frequency."""

    def __init__(self, texts: Iterable[str], language: Mapping[str, int]) -> None:
        """texts: the desk's examples; language: word -> its rank, the most frequent from 0."""
        self._vocabulary = Vocabulary(([word for word, _ in _words(text)] for text in texts), language)

    def is_plain(self, text: str) -> bool:
        """Whether there is nothing to put right. Quick: ``readings`` of other texts may take many milliseconds."""
        return (
            len(text) > LONGEST
            or bool(_ADDRESS.search(text))
            or all(one.known or len(one.word) == 1 for one in self._typed(text))
        )

    def readings(self, text: str) -> tuple[Reading, ...]:
        """The likeliest readings, best first; the very same text where nothing has to be put right."""
        if self.is_plain(text):
            return (Reading(text),)
        typed = self._typed(text)
        unknown = sum(not one.known for one in typed)
        noise = 0.0 if unknown == 1 else min(1.0, unknown / len(typed) / NOISY_FROM)
        found = _Way(self._vocabulary, typed, noise).readings()
        if self._is_strange(found[0][1]):
            return (Reading(text),)
        return tuple(_weighed(found, typed[-1].gap.strip()))

    def _typed(self, text: str) -> list[_Typed]:
        found = _words(text)
        ends = [start for _, (start, _) in found[1:]] + [len(text)] * bool(found)
        return [
            _Typed(word, self._is_known(word), text[end:following])
            for (word, (_, end)), following in zip(found, ends, strict=True)
        ]

    def _is_known(self, word: str) -> bool:
        """A code or a number is no mistyped word, whatever letters it has."""
        return _holds_figure(word) or self._vocabulary.knows(word)

    def _is_strange(self, words: Words) -> bool:
        """Where even the best reading is full of unknown words, the message is in another language, or in none."""
        unknown = sum(not self._is_known(word) for word in words)
        return unknown >= STRANGE_FROM * len(words)


def _words(text: str) -> list[tuple[str, tuple[int, int]]]:
    return [(match[0].casefold().replace("\u2019", "'"), match.span()) for match in _TOKEN.finditer(text)]


def _holds_figure(word: str) -> bool:
    return any(map(str.isdigit, word))


def _weighed(found: list[tuple[float, Words]], ending: str) -> Iterator[Reading]:
    least = found[0][0]
    weights = [math.exp((least - cost) / _PER_READING) for cost, _ in found[:MOST_READINGS]]
    kept = [weight for weight in weights if weight / sum(weights) >= _LEAST_SHARE]
    for weight, (_, words) in zip(kept, found, strict=False):
        yield Reading(" ".join(words) + ending, weight / sum(kept))


@dataclass
class _Way:
    """The way through one message. A place is (run, letters of it that are read); a letter may be carried there that
    was typed before the space."""

    vocabulary: Vocabulary
    typed: list[_Typed]
    noise: float
    beams: list[dict[tuple[int, str], Beam]] = field(default_factory=list)

    def readings(self) -> list[tuple[float, Words]]:
        """All that are left in the beam at the end, the cheapest first."""
        self.beams = [{} for _ in range(len(self.typed) + 1)]
        self.beams[0][0, ""] = {(START,): (0.0, ())}
        for run, typed in enumerate(self.typed):
            for letters in range(len(typed.word) + 1):
                for place in [place for place in self.beams[run] if place[0] == letters]:
                    self._go_on(run, place)
        last = {words: cost for beam in self.beams[-1].values() for cost, words in beam.values()}
        return sorted((cost, words) for words, cost in last.items())

    def _go_on(self, run: int, place: tuple[int, str]) -> None:
        """Every word that may begin here, at every place where it may end."""
        letters, carried = place
        # The cheapest come last, so that of two with the same last word the cheaper one is kept by `_extend`.
        beam = dict(sorted(self.beams[run][place].items(), key=lambda item: item[1])[:_BEAM][::-1])
        typed = self.typed[run]
        if typed.is_figure:
            self._extend(beam, ((typed.word, 0.0),), 0, run + 1, (0, ""))
            return
        rest = carried + typed.word[letters:]
        if not rest:
            self._meet(run + 1, (0, ""), beam)
            return
        begins = place == (0, "")
        self._extend(beam, self._whole(typed, rest, begins), 0, run + 1, (0, ""))
        if not typed.known or not begins:
            self._split(beam, run, place, rest)
        if run + 1 < len(self.typed) and not self.typed[run + 1].is_figure:
            self._across(beam, run, rest, begins)

    def _whole(self, typed: _Typed, rest: str, begins: bool) -> Near:
        if not begins:
            return self.vocabulary.near(rest) if len(rest) > _SHORT_REST else self.vocabulary.one_slip_off(rest)
        # Known words are doubted only where more than one word is unknown.
        return self.vocabulary.near(rest) if self.noise or not typed.known else ((rest, 0.0),)

    def _split(self, beam: Beam, run: int, place: tuple[int, str], rest: str) -> None:
        """A space that was dropped."""
        letters, carried = place
        for cut in range(len(carried) + 1, min(len(rest), LONGEST_WORD + 1)):
            words = self.vocabulary.one_slip_off(rest[:cut])
            if cut <= 2:
                words = tuple(word for word in words if word[1] == 0)
            self._extend(beam, words, 1, run, (letters + cut - len(carried), ""))

    def _across(self, beam: Beam, run: int, rest: str, begins: bool) -> None:
        """A space that changed places with the letter behind or before it, or that does not belong there."""
        typed, following = self.typed[run], self.typed[run + 1]
        both_known = typed.known and following.known
        near, is_space = self.vocabulary.one_slip_off, typed.gap.isspace()
        if is_space and not (both_known and begins):
            self._extend(beam, near(rest + following.word[0]), 1, run + 1, (1, ""))
            if len(rest) > 1:
                self._extend(beam, near(rest[:-1]), 1, run + 1, (0, rest[-1]))
        if not both_known:
            joined = near(rest + following.word)
            words = tuple(word for word in joined if word[1] == 0) if is_space else joined
            self._extend(beam, words, 1, run + 1, (len(following.word), ""))

    def _extend(self, beam: Beam, words: Near, slips: int, run: int, place: tuple[int, str]) -> None:
        if not words:
            return
        of_slip = OF_SLIP_WHEN_CLEAN + (OF_SLIP_WHEN_NOISY - OF_SLIP_WHEN_CLEAN) * self.noise
        # What already costs more than the readings that will be followed from there is not worked out.
        allowed = self._dearest(run, place) - min(cost for cost, _ in beam.values())
        costs = [(word, paid) for word, more in words if (paid := (slips + more) * of_slip) <= allowed]
        rarity = self.vocabulary.rarity
        reached: Beam = {
            (last[-1], word): (cost + of_slips + rarity(last[-1], word), (*said, word))
            for word, of_slips in costs
            for last, (cost, said) in beam.items()
        }
        self._meet(run, place, reached)

    def _dearest(self, run: int, place: tuple[int, str]) -> float:
        """The cost of the last reading at a place that will be followed; without bound where there is room."""
        known = self.beams[run].get(place)
        if known is None or len(known) < _BEAM:
            return math.inf
        return sorted(cost for cost, _ in known.values())[_BEAM - 1]

    def _meet(self, run: int, place: tuple[int, str], beam: Beam) -> None:
        known = self.beams[run].setdefault(place, {})
        for last, reading in beam.items():
            if last not in known or reading < known[last]:
                known[last] = reading
