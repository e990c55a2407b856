"""The encoder is the published model: checked when loaded, and right in numbers that another program would find."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from bot.errors import BadInput
from bot.nlu import encoder as encoders
from bot.nlu.encoder import BOTH, WIDTH, Encoder, model_folder, open_encoder
from bot.nlu.features import Floats
from bot.nlu.minilm import HEADS, LAYERS, Weights, read_weights
from bot.nlu.narrowing import are_bytes_fast, in_bytes, smoothing_of
from bot.nlu.pipeline import Pipeline
from tests.nlu.desks import shop

MODEL = model_folder()
pytestmark = pytest.mark.skipif(MODEL is None, reason="the package with the weights is not installed")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def encoder(cache: Path) -> Encoder:
    opened = open_encoder(cache)
    assert opened is not None
    return opened


@pytest.fixture(scope="module")
def exact(cache: Path) -> Encoder:
    """The encoder as it is where bytes are slow."""
    assert MODEL is not None
    return Encoder(MODEL, cache, narrow=False)


@pytest.fixture(scope="module")
def narrow(cache: Path) -> Encoder:
    """The encoder as it is where bytes are fast; elsewhere only slower, and a little less right."""
    assert MODEL is not None
    return Encoder(MODEL, cache, narrow=True)


def softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def normed(state: Floats, weights: Weights, name: str) -> Floats:
    centred = state - state.mean(axis=-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
    return np.asarray(scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"])


def dense(state: Floats, weights: Weights, name: str) -> Floats:
    return np.asarray(state @ weights[f"{name}.weight"].T + weights[f"{name}.bias"])


def gelu(state: Floats) -> Floats:
    """With the error function after Abramowitz and Stegun 7.1.26, right to 1.5e-7."""
    x = np.abs(state) / np.sqrt(2)
    t = 1 / (1 + 0.3275911 * x)
    powers = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    return np.asarray(state * (1 + np.sign(state) * (1 - powers * np.exp(-x * x))) / 2)


def forward(ids: list[int], weights: Weights) -> Floats:
    """BERT written out step by step: the mean over all positions of the last layer, at length 1."""
    state = weights["embeddings.word_embeddings.weight"][ids]
    state = state + weights["embeddings.position_embeddings.weight"][: len(ids)]
    state = normed(state + weights["embeddings.token_type_embeddings.weight"][0], weights, "embeddings.LayerNorm")
    for number in range(LAYERS):
        name = f"encoder.layer.{number}"
        query, key, value = (
            dense(state, weights, f"{name}.attention.self.{part}").reshape(len(ids), HEADS, -1).swapaxes(0, 1)
            for part in ("query", "key", "value")
        )
        shares = softmax(query @ key.swapaxes(1, 2) / np.sqrt(query.shape[-1]))
        attended = (shares @ value).swapaxes(0, 1).reshape(len(ids), -1)
        attended = dense(attended, weights, f"{name}.attention.output.dense")
        state = normed(state + attended, weights, f"{name}.attention.output.LayerNorm")
        grown = gelu(dense(state, weights, f"{name}.intermediate.dense"))
        state = normed(state + dense(grown, weights, f"{name}.output.dense"), weights, f"{name}.output.LayerNorm")
    mean = state.mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean))


@pytest.mark.parametrize("text", ["where is my order?", "I was charged twice, please refund me", "ü"])
def test_the_embedding_is_that_of_the_model_written_out_in_numpy(exact: Encoder, text: str) -> None:
    assert MODEL is not None
    weights = read_weights(MODEL / "model.safetensors")
    expected = forward(exact._tokenizer.encode(text).ids, weights)
    assert np.abs(exact.encode([text])[0, :WIDTH] - expected).max() < 1e-3


@pytest.mark.parametrize("text", ["where is my order?", "I was charged twice, please refund me", "ü", "Hallo zusammen"])
def test_bytes_turn_an_embedding_hardly_at_all(exact: Encoder, narrow: Encoder, text: str) -> None:
    (right,), (near,) = exact.encode([text]), narrow.encode([text])
    assert right[:WIDTH] @ near[:WIDTH] > 0.99
    assert right[WIDTH:] @ near[WIDTH:] > 0.99


def test_rows_of_bytes_and_of_exact_numbers_are_never_mixed(exact: Encoder, narrow: Encoder) -> None:
    assert exact.name != narrow.name


def test_a_matrix_in_bytes_is_right_to_half_a_step() -> None:
    matrix = np.random.default_rng(1).normal(size=(30, 7)).astype(np.float32)
    steps, scale = in_bytes(matrix)
    assert steps.dtype == np.int8
    assert (np.abs(steps * scale - matrix) <= scale / 2 * 1.0001).all()


def test_what_reaches_far_is_divided_by_more() -> None:
    smoothing = smoothing_of(np.array([20, 1, 1], np.float32), np.ones((3, 2), np.float32))
    assert smoothing[0] > 10 * smoothing[1]
    assert np.prod(smoothing) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("flags", "fast"),
    [("flags : fpu avx2 avx512_vnni", True), ("flags : fpu avx2", False), ("Features : fp asimd asimddp", True)],
)
def test_bytes_are_used_where_the_processor_adds_them_without_overflow(tmp_path: Path, flags: str, fast: bool) -> None:
    cpu = tmp_path / "cpuinfo"
    cpu.write_text(f"processor : 0\n{flags}\n")
    assert are_bytes_fast(cpu) is fast
    assert not are_bytes_fast(tmp_path / "missing")


def test_every_embedding_has_length_one(encoder: Encoder) -> None:
    rows = encoder.encode(["hello", "", "a much longer message than the others " * 40])
    assert rows.shape == (3, BOTH)
    assert np.linalg.norm(rows[:, :WIDTH], axis=1) == pytest.approx([1, 1, 1], abs=1e-5)


def test_a_text_is_encoded_alike_alone_and_among_others(encoder: Encoder) -> None:
    texts = [
        "short",
        "a text of a few more words",
        "short",
        "another one that is longer still, by far",
    ]
    rows = encoder.encode(texts)
    assert np.allclose(rows[0], rows[2], atol=1e-6)
    for text, row in zip(texts, rows, strict=True):
        assert np.allclose(encoder.rows([text])[0], row, atol=1e-5)


def test_another_wording_is_nearer_than_another_matter(encoder: Encoder) -> None:
    same, other, asked = encoder.encode(
        ["I forgot my login credentials", "The weather is nice today", "How do I reset my password?"]
    )[:, :WIDTH]
    assert asked @ same > 0.5
    assert asked @ other < 0.2


@pytest.mark.parametrize("text", ["\ud800", "\x00", "🍕" * 3_000, "a" * 100_000, "東京都"])
def test_any_text_can_be_encoded(encoder: Encoder, text: str) -> None:
    assert np.isfinite(encoder.encode([text])).all()


async def test_texts_that_wait_are_encoded_beside_the_loop_and_then_known(encoder: Encoder) -> None:
    texts = [f"message number {number}" for number in range(40)]
    await asyncio.gather(*(encoder.soon([text, texts[0]]) for text in texts))
    assert all(encoder.knows(text) for text in texts)
    assert np.allclose(encoder.rows(texts[7:9]), encoder.encode(texts[7:9]), atol=1e-5)


def test_the_graph_is_built_once(encoder: Encoder, cache: Path) -> None:
    graph = cache / f"{encoder.name}.onnx"
    written = graph.stat().st_mtime_ns
    assert open_encoder(cache) is not None
    assert graph.stat().st_mtime_ns == written


def test_a_damaged_graph_is_built_again(encoder: Encoder, cache: Path, tmp_path: Path) -> None:
    """Some damage the engine refuses to read, other damage it would not even notice."""
    graph = cache / f"{encoder.name}.onnx"
    whole = graph.read_bytes()
    damaged = tmp_path / graph.name
    damaged.write_bytes(whole[:1_000] + bytes(2_000) + whole[3_000:])
    (tmp_path / f"{encoder.name}.sha256").write_bytes((cache / f"{encoder.name}.sha256").read_bytes())
    opened = open_encoder(tmp_path)
    assert opened is not None
    assert np.array_equal(opened.encode(["hello"]), encoder.encode(["hello"]))
    assert damaged.read_bytes() == whole


def test_other_weights_than_the_published_ones_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"\x00" * 64)
    with pytest.raises(BadInput, match="is not the model that it should be"):
        read_weights(file)


def test_without_the_weights_a_desk_understands_by_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "PACKAGE", "no_such_package")
    assert open_encoder(None) is None
    pipeline = Pipeline(shop(), None)
    assert pipeline.parse("my account is lokced").intent == "account_access"
    assert pipeline.meaning_share("en") == 0
