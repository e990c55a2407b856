"""all-MiniLM-L6-v2: its weights, checked, and the graph that runs them.

BERT with 6 layers of 12 heads (Devlin et al. 2019; Wang et al., "MiniLM", 2020), then the mean over the words and
unit length (Reimers and Gurevych, "Sentence-BERT", 2019). The graph is written with onnxruntime's fused operators;
in which numbers its matrices are multiplied is for the caller to say (`bot.nlu.narrowing`).
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.errors import BadInput
from bot.nlu.onnx_format import Graph

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WIDTH = 384
BOTH = 2 * WIDTH
"""Length of a row of the graph's output: the sentence embedding, then the same mean one layer earlier."""
LAYERS, HEADS = 6, 12
LONGEST = 72
"""Word pieces that are looked at, the two marks at the ends among them."""
GRAPH_VERSION = 4
"""Raised with every change of ``graph_of``: an older graph in a cache is then built again."""
_EPSILON = 1e-12
_OURS = "com.microsoft"

Weights = Mapping[str, npt.NDArray[np.float32]]
Product = Callable[[Graph, str, str, npt.NDArray[np.float32]], str]
"""Adds the product of a state and a matrix (in, out) to a graph: graph, name, state, matrix -> the result's name."""


def read_weights(file: Path, sha256: str = WEIGHTS_SHA256) -> Weights:
    """The tensors of a safetensors file by name.

    Raises BadInput when the file is not the one that ``sha256`` names: nothing of it is used then.
    """
    with file.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if found != sha256:
        raise BadInput(f"{file} is not the model that it should be (sha256 {found})", "Run `make clean install`")
    raw = np.memmap(file, dtype=np.uint8, mode="r")
    length = int.from_bytes(raw[:8].tobytes(), "little")
    header = json.loads(raw[8 : 8 + length].tobytes())
    tensors = {}
    for name, about in header.items():
        if name != "__metadata__" and about["dtype"] == "F32":
            start, end = (8 + length + offset for offset in about["data_offsets"])
            tensors[name] = raw[start:end].view(np.float32).reshape(about["shape"])
    return tensors


def exactly(graph: Graph, name: str, state: str, matrix: npt.NDArray[np.float32]) -> str:
    """The product in single precision."""
    return graph.node("MatMul", [state, graph.weight(f"{name}.turned", matrix)], f"{name}.product")


def graph_of(weights: Weights, product: Product = exactly) -> Iterator[bytes | memoryview]:
    """The parts of the ONNX file.

    From ``ids`` and ``mask`` (batch, length) and ``places`` (length), all int32, to ``embedding`` (batch, BOTH).

    The table of words is kept in half precision: half of the model's memory, for 1e-4 of its accuracy.
    """
    graph = Graph("all-MiniLM-L6-v2", {"": 17, _OURS: 1})
    words = weights["embeddings.word_embeddings.weight"].astype(np.float16)
    places = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    graph.node("Gather", [graph.weight("words", words), "ids"], "word_halves", axis=0)
    graph.node("Cast", ["word_halves"], "word_vectors", to=1)
    graph.node("Gather", [graph.weight("all_places", places[:LONGEST]), "places"], "place_vectors", axis=0)
    graph.node("Add", ["word_vectors", "place_vectors"], "embedded")
    scale, shift = _norm(graph, weights, "embeddings.LayerNorm")
    state = graph.node("LayerNormalization", ["embedded", scale, shift], "layer_0", axis=-1, epsilon=_EPSILON)
    states = [state]
    for number in range(LAYERS):
        states.append(_Layer(graph, weights, product, f"encoder.layer.{number}").behind(states[-1]))
    return graph.written(
        {
            "ids": ("int32", ("batch", "length")),
            "mask": ("int32", ("batch", "length")),
            "places": ("int32", ("length",)),
        },
        (_pooled(graph, states[-1], states[-2]), BOTH),
    )


def _norm(graph: Graph, weights: Weights, name: str) -> tuple[str, str]:
    return graph.weight(f"{name}.scale", weights[f"{name}.weight"]), graph.weight(
        f"{name}.shift", weights[f"{name}.bias"]
    )


class _Layer:
    """Attention, then two dense steps; each with its input added and brought to mean 0 and variance 1."""

    def __init__(self, graph: Graph, weights: Weights, product: Product, name: str) -> None:
        self._graph, self._weights, self._product, self._name = graph, weights, product, name

    def behind(self, state: str) -> str:
        attended = self._added("attention.output", self._attended(state), state)
        grown = self._times("intermediate.dense", attended)
        bias = self._bias("intermediate.dense")
        grown = self._graph.node("BiasGelu", [grown, bias], f"{self._name}.grown", _OURS)
        return self._added("output", grown, attended)

    def _attended(self, state: str) -> str:
        parts = [f"{self._name}.attention.self.{part}" for part in ("query", "key", "value")]
        packed = np.concatenate([self._weights[f"{part}.weight"].T for part in parts], axis=1)
        bias = np.concatenate([self._weights[f"{part}.bias"] for part in parts])
        product = self._product(self._graph, f"{self._name}.attention.self", state, packed)
        asked = self._graph.nodes("Split", [product], [f"{part}.part" for part in parts], axis=-1)
        inputs = [*asked, self._graph.weight(f"{self._name}.attention.bias", bias), "mask"]
        return self._graph.node("MultiHeadAttention", inputs, f"{self._name}.attended", _OURS, num_heads=HEADS)

    def _times(self, part: str, state: str) -> str:
        name = f"{self._name}.{part}"
        return self._product(self._graph, name, state, np.ascontiguousarray(self._weights[f"{name}.weight"].T))

    def _bias(self, part: str) -> str:
        return self._graph.weight(f"{self._name}.{part}.shift", self._weights[f"{self._name}.{part}.bias"])

    def _added(self, part: str, state: str, before: str) -> str:
        product = self._times(f"{part}.dense", state)
        norm = _norm(self._graph, self._weights, f"{self._name}.{part}.LayerNorm")
        inputs = [product, before, *norm, self._bias(f"{part}.dense")]
        name = f"{self._name}.{part}.normed"
        return self._graph.node("SkipLayerNormalization", inputs, name, _OURS, epsilon=_EPSILON)


def _pooled(graph: Graph, last: str, before: str) -> str:
    """The mean over the real word pieces of two layers, each at length 1. Dividing by their number changes nothing."""
    graph.node("Cast", ["mask"], "shares", to=1)
    graph.node("Unsqueeze", ["shares", graph.weight("last_axis", np.array([2], np.int64))], "share_of_each")
    axis = graph.weight("length_axis", np.array([1], np.int64))
    for name, state in (("last", last), ("before", before)):
        graph.node("Mul", [state, "share_of_each"], f"{name}_shared")
        graph.node("ReduceSum", [f"{name}_shared", axis], f"{name}_summed", keepdims=0)
        graph.node("LpNormalization", [f"{name}_summed"], f"{name}_pooled", axis=-1, p=2)
    return graph.node("Concat", ["last_pooled", "before_pooled"], "embedding", axis=1)
