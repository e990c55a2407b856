"""Just enough of the ONNX file format (protocol buffers) to write a graph with its weights.

The ``onnx`` package would do the same with 25 MB more to install and a second protobuf to agree with. Field
numbers are those of ``onnx.proto`` (IR version 8).
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

_IR_VERSION = 8
_VARINT, _FIXED32, _BYTES = 0, 5, 2
_TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7, "float16": 10}
_FLOAT_ATTRIBUTE, _INT_ATTRIBUTE, _INTS_ATTRIBUTE = 1, 2, 7
_MOST_IN_SEVEN_BITS = 0x7F

Attribute = int | float | tuple[int, ...]


def _varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    written = bytearray()
    while number > _MOST_IN_SEVEN_BITS:
        written.append(number & _MOST_IN_SEVEN_BITS | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def _int(field: int, number: int) -> bytes:
    return _varint(field << 3 | _VARINT) + _varint(number)


def _bytes(field: int, content: bytes | str) -> bytes:
    raw = content.encode() if isinstance(content, str) else content
    return _varint(field << 3 | _BYTES) + _varint(len(raw)) + raw


def _float(field: int, number: float) -> bytes:
    return _varint(field << 3 | _FIXED32) + np.float32(number).tobytes()


def _attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, float):
        return _bytes(1, name) + _float(2, value) + _int(20, _FLOAT_ATTRIBUTE)
    if isinstance(value, int):
        return _bytes(1, name) + _int(3, value) + _int(20, _INT_ATTRIBUTE)
    return _bytes(1, name) + b"".join(_int(8, one) for one in value) + _int(20, _INTS_ATTRIBUTE)


class Graph:
    """Collects the nodes and weights of a graph; ``written`` gives its file."""

    def __init__(self, name: str, domains: Mapping[str, int]) -> None:
        """domains: operator set -> version; the empty name is ONNX's own."""
        self._name = name
        self._domains = domains
        self._nodes: list[bytes] = []
        # In parts, the numbers as they lie: nothing of a model's size is copied to put a length before it.
        self._weights: list[tuple[bytes, memoryview]] = []

    def weight(self, name: str, values: npt.NDArray[np.generic]) -> str:
        """Store a constant tensor (of one of _TYPES) and give its name back."""
        dims = b"".join(_int(1, size) for size in values.shape)
        kind = _int(2, _TYPES[values.dtype.name])
        raw = np.ascontiguousarray(values).data.cast("B")
        about = dims + kind + _bytes(8, name) + _varint(9 << 3 | _BYTES) + _varint(len(raw))
        self._weights.append((_varint(5 << 3 | _BYTES) + _varint(len(about) + len(raw)) + about, raw))
        return name

    def node(self, operator: str, inputs: Sequence[str], output: str, domain: str = "", **attributes: Attribute) -> str:
        """Add an operation with one output and give the output's name back. An empty input name leaves it out."""
        (name,) = self.nodes(operator, inputs, (output,), domain, **attributes)
        return name

    def nodes(
        self, operator: str, inputs: Sequence[str], outputs: Sequence[str], domain: str = "", **attributes: Attribute
    ) -> Sequence[str]:
        """The same with several outputs."""
        parts = [_bytes(1, one) for one in inputs] + [_bytes(2, one) for one in outputs]
        parts += [_bytes(3, outputs[0]), _bytes(4, operator)]
        parts += [_bytes(5, _attribute(name, value)) for name, value in attributes.items()]
        self._nodes.append(_bytes(1, b"".join(parts) + (_bytes(7, domain) if domain else b"")))
        return outputs

    def written(
        self, inputs: Mapping[str, tuple[str, Sequence[str | int]]], output: tuple[str, int]
    ) -> Iterator[bytes | memoryview]:
        """The parts of the file, one after the other.

        inputs: name -> element type and shape (a name in a shape is a free size); output: name and length of each
        float32 row.
        """
        before = b"".join(self._nodes) + _bytes(2, self._name)
        behind = b"".join(_bytes(11, _value(name, kind, shape)) for name, (kind, shape) in inputs.items())
        behind += _bytes(12, _value(output[0], "float32", ("batch", output[1])))
        length = len(before) + len(behind) + sum(len(about) + len(raw) for about, raw in self._weights)
        used = b"".join(_bytes(8, _bytes(1, domain) + _int(2, version)) for domain, version in self._domains.items())
        yield _int(1, _IR_VERSION) + _bytes(2, "frontdesk") + used + _varint(7 << 3 | _BYTES) + _varint(length)
        yield before
        for about, raw in self._weights:
            yield about
            yield raw
        yield behind


def _value(name: str, kind: str, shape: Sequence[str | int]) -> bytes:
    sizes = b"".join(_bytes(1, _int(1, one) if isinstance(one, int) else _bytes(2, one)) for one in shape)
    return _bytes(1, name) + _bytes(2, _bytes(1, _int(1, _TYPES[kind]) + _bytes(2, sizes)))
