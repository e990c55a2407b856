"""The encoder's matrices in eight bits: more than twice as fast, and its embeddings turn by a thousandth.

Weights are rounded by column, and the states that they are multiplied with to steps that are set when the graph is
built: so a message has one embedding, whatever is encoded together with it. A few features of a state reach twenty
times as far as the others, which would leave those a handful of steps: each feature is divided by how far it usually
reaches, and its row of weights multiplied by that (Xiao et al., "SmoothQuant", 2023). How far, is measured on sentences
of this file.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.nlu.minilm import HEADS, LAYERS, Product, Weights, exactly
from bot.nlu.onnx_format import Graph

Matrix = npt.NDArray[np.float32]
Reaches = Mapping[str, tuple[Matrix, Matrix]]
"""Product -> the lowest and the highest value of each feature of what goes into it."""

SMOOTHING = 0.8
"""How much of a feature's reach goes into the weights; by how near the embeddings of other sentences stay to the exact
ones."""
EXACT = frozenset({"encoder.layer.0.output.dense"})
"""Products that stay in single precision: this one alone would make half of the error."""
MARGIN = 1.2
"""How much farther than in our sentences a state may reach before it is cut off."""
_STEPS, _ALL_STEPS = 127, 255
_LEAST = 1e-5
_CPU = Path("/proc/cpuinfo")
_INSTRUCTIONS = frozenset({"avx512_vnni", "avx_vnni", "asimddp"})
"""With one of these a processor adds products of bytes without overflow. Without, bytes are neither fast nor safe."""
SENTENCES = """
Hi
Where is my order? It was supposed to arrive on Monday.
I was charged twice for the same thing, please refund one of the payments.
how do i reset my password
Can I change the delivery address after I have paid?
My card was declined at the supermarket and I do not know why.
What time do you open on Saturdays?
I'd like to speak to a real person, not a machine!
The app crashes every time I try to log in with my new phone.
cancel my subscription
Do you ship to Norway and what does it cost?
Please send the invoice for order AB-1234 to bob@example.com.
thank you so much, that solved it
The blender stopped working after two weeks, can I get a new one?
Why is the exchange rate different from the one I was shown?
Is there a discount for students or for schools?
I transferred 250 euros yesterday and it still has not arrived.
Tell me a joke about penguins.
what's the weather like in Boston tomorrow
My name is spelled wrong on the ticket, who can correct that?
I want to return these shoes because they are too small.
Could you book a table for four people at seven?
this is the third time I am asking, it is really frustrating
Which of the two plans includes phone support?
Somebody has stolen my wallet and I need to block everything at once.
How many calories are in a bowl of rice?
My account has been locked and the code that you sent does not work.
yes
Set an alarm for half past six and play some quiet music.
We are a company of thirty people and would like an offer for a year.
What does the error E-404 on the display mean?
Can my daughter use the card too, or does she need her own?
The driver left my parcel in the rain and everything in it is wet. I have pictures, where can I send them?
Explain to me how interest is calculated when I pay back early.
Is it possible to pay with a foreign card, or only with a local bank account?
I never received the confirmation e-mail, although I have looked in the spam folder as well.
"""


def reaches_of(weights: Weights, sentences: Iterable[Sequence[int]]) -> Reaches:
    """sentences: the numbers of their word pieces."""
    reaches: dict[str, tuple[Matrix, Matrix]] = {}
    for pieces in sentences:
        for name, state in _states(weights, pieces):
            lowest, highest = reaches.get(name, (state[0], state[0]))
            reaches[name] = np.minimum(lowest, state.min(axis=0)), np.maximum(highest, state.max(axis=0))
    return reaches


def _states(weights: Weights, pieces: Sequence[int]) -> Iterator[tuple[str, Matrix]]:
    """What goes into each product, (length, width), as one sentence runs through the layers."""
    words = weights["embeddings.word_embeddings.weight"][list(pieces)]
    places = weights["embeddings.position_embeddings.weight"][: len(pieces)]
    state = _normed(words + places + weights["embeddings.token_type_embeddings.weight"][0], weights, "embeddings")
    for layer in (f"encoder.layer.{number}" for number in range(LAYERS)):
        yield f"{layer}.attention.self", state
        attended = _attended(state, weights, f"{layer}.attention.self")
        yield f"{layer}.attention.output.dense", attended
        attended = _dense(attended, weights, f"{layer}.attention.output.dense")
        state = _normed(state + attended, weights, f"{layer}.attention.output")
        yield f"{layer}.intermediate.dense", state
        # The usual approximation of GELU: a reach need not be right to the third digit.
        grown = _dense(state, weights, f"{layer}.intermediate.dense")
        grown = grown / (1 + np.exp(-1.702 * grown))
        yield f"{layer}.output.dense", grown
        state = _normed(state + _dense(grown, weights, f"{layer}.output.dense"), weights, f"{layer}.output")


def _dense(state: Matrix, weights: Weights, name: str) -> Matrix:
    return np.asarray(state @ weights[f"{name}.weight"].T + weights[f"{name}.bias"])


def _normed(state: Matrix, weights: Weights, name: str) -> Matrix:
    centred = state - state.mean(axis=-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _LEAST)
    return np.asarray(scaled * weights[f"{name}.LayerNorm.weight"] + weights[f"{name}.LayerNorm.bias"])


def _attended(state: Matrix, weights: Weights, name: str) -> Matrix:
    query, key, value = (
        _dense(state, weights, f"{name}.{part}").reshape(len(state), HEADS, -1).swapaxes(0, 1)
        for part in ("query", "key", "value")
    )
    scores = query @ key.swapaxes(1, 2) / np.sqrt(query.shape[-1])
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    return np.asarray((shares @ value).swapaxes(0, 1).reshape(len(state), -1))


def narrowly(reaches: Reaches) -> Product:
    """Products of bytes, but for the EXACT ones."""

    def product(graph: Graph, name: str, state: str, matrix: Matrix) -> str:
        if name in EXACT:
            return exactly(graph, name, state, matrix)
        lowest, highest = reaches[name]
        smoothing = smoothing_of(np.maximum(-lowest, highest), matrix)
        step, zero = steps_of(lowest / smoothing, highest / smoothing)
        even = graph.node("Mul", [state, graph.weight(f"{name}.even", 1 / smoothing)], f"{name}.evened")
        size = [graph.weight(f"{name}.step", np.array(step)), graph.weight(f"{name}.middle", np.array(zero))]
        rounded = graph.node("QuantizeLinear", [even, *size], f"{name}.rounded")
        weights, scale = in_bytes(matrix * smoothing[:, None])
        stored = [graph.weight(f"{name}.weights", weights), graph.weight(f"{name}.scale", scale)]
        none = graph.weight(f"{name}.none", np.zeros(len(scale), np.int8))
        inputs = [rounded, stored[0], size[0], stored[1], size[1], none]
        return graph.node("MatMulIntegerToFloat", inputs, f"{name}.product", "com.microsoft")

    return product


def smoothing_of(reach: Matrix, matrix: Matrix) -> Matrix:
    """What each feature is divided by: far for what reaches far, and 1 in the geometric mean. Shape: (in,)."""
    far = np.maximum(reach, _LEAST) ** SMOOTHING / np.maximum(np.abs(matrix).max(axis=1), _LEAST) ** (1 - SMOOTHING)
    return np.asarray(far / np.exp(np.log(far).mean()), np.float32)


def steps_of(lowest: Matrix, highest: Matrix) -> tuple[np.float32, np.uint8]:
    """The size of a step of a whole state, and the step that means zero."""
    below, above = min(float(lowest.min()), 0.0) * MARGIN, max(float(highest.max()), _LEAST) * MARGIN
    step = (above - below) / _ALL_STEPS
    return np.float32(step), np.uint8(round(-below / step))


def in_bytes(matrix: Matrix) -> tuple[npt.NDArray[np.int8], Matrix]:
    """The matrix in steps of a size for each column, and these sizes."""
    scale = np.maximum(np.abs(matrix).max(axis=0) / _STEPS, np.finfo(np.float32).tiny).astype(np.float32)
    return np.rint(matrix / scale).astype(np.int8), scale


def are_bytes_fast(cpu: Path = _CPU) -> bool:
    """Whether this processor multiplies bytes well; False where that is not known."""
    try:
        return not _INSTRUCTIONS.isdisjoint(cpu.read_text(encoding="utf-8", errors="replace").split())
    except OSError:
        return False
