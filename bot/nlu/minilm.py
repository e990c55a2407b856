"""all-MiniLM-L6-v2: its weights, checked, and the graph that runs them.

BERT with 6 layers of 12 heads (Devlin et al. 2019; Wang et al., "MiniLM", 2020), then the mean over the words and
unit length (Reimers and Gurevych, "Sentence-BERT", 2019). The graph is written with onnxruntime's fused operators.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
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
GRAPH_VERSION = 3
"""Raised with every change of ``graph_of``: an older graph in a cache is then built again."""
_EPSILON = 1e-12
_OURS = "com.microsoft"

Weights = Mapping[str, npt.NDArray[np.float32]]


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


def graph_of(weights: Weights) -> Iterator[bytes | memoryview]:
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
        states.append(_layer(graph, weights, number, states[-1]))
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


def _layer(graph: Graph, weights: Weights, number: int, state: str) -> str:
    """Attention, then two dense steps; each with its input added and brought to mean 0 and variance 1."""
    name = f"encoder.layer.{number}"
    parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
    packed = np.concatenate([weights[f"{part}.weight"].T for part in parts], axis=1)
    bias = np.concatenate([weights[f"{part}.bias"] for part in parts])
    inputs = [state, graph.weight(f"{name}.qkv", packed), graph.weight(f"{name}.qkv_bias", bias), "mask"]
    attended = graph.node("Attention", inputs, f"attended_{number}", _OURS, num_heads=HEADS)
    attended = _added(graph, weights, f"{name}.attention.output", attended, state)
    dense = _product(graph, weights, f"{name}.intermediate.dense", attended)
    grown_bias = graph.weight(f"{name}.grown_bias", weights[f"{name}.intermediate.dense.bias"])
    grown = graph.node("BiasGelu", [dense, grown_bias], f"grown_{number}", _OURS)
    return _added(graph, weights, f"{name}.output", grown, attended)


def _product(graph: Graph, weights: Weights, name: str, state: str) -> str:
    turned = np.ascontiguousarray(weights[f"{name}.weight"].T)
    return graph.node("MatMul", [state, graph.weight(f"{name}.turned", turned)], f"{name}.product")


def _added(graph: Graph, weights: Weights, name: str, state: str, before: str) -> str:
    product = _product(graph, weights, f"{name}.dense", state)
    scale, shift = _norm(graph, weights, f"{name}.LayerNorm")
    bias = graph.weight(f"{name}.dense_bias", weights[f"{name}.dense.bias"])
    inputs = [product, before, scale, shift, bias]
    return graph.node("SkipLayerNormalization", inputs, f"{name}.normed", _OURS, epsilon=_EPSILON)


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
