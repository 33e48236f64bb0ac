"""Rows of float32 numbers held in vector registers, for numba.

Numba leaves it to LLVM to find vector code, which succeeds or not with the smallest change of a
loop. A mean-field iteration is little else than sums over the classes of a pixel, so here such a
row, n vectors of eight numbers, is a type of its own, and every function below is n times one or
a few machine instructions. n must be known where a kernel is compiled. On a processor with
narrower vectors LLVM splits them; the results differ in rounding only.

In one file because it is one set of instructions, each a few lines on the same type of row, and
is tried out as a whole before a kernel is compiled with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, models, register_model

from segviewer.crf.lattice.compiled_kernel import kernel
from segviewer.crf.lattice.lane_rows import HIGHEST_EXPONENT, LINE, LOWEST_EXPONENT, WIDTH

if TYPE_CHECKING:
    from llvmlite.ir import IRBuilder as Builder
    from llvmlite.ir import Value
    from numba.core.base import BaseContext
    from numba.core.datamodel import DataModelManager
    from numba.core.types import Type
    from numba.core.typing.context import Context
    from numba.core.typing.templates import Signature

    Values = Sequence[Value]
    # What writes the instructions, and what numba wants of an intrinsic: its signature with it,
    # or None where it does not take such arguments.
    Generator = Callable[[BaseContext, Builder, Signature, Values], Value]
    Intrinsic = tuple[Signature, Generator] | None

_FLOAT = ir.FloatType()
_INT = ir.IntType(32)
_FLOATS = ir.VectorType(_FLOAT, WIDTH)
_INTS = ir.VectorType(_INT, WIDTH)


class Row(types.Type):
    """Numba's type of `vectors` times eight float32 numbers."""

    def __init__(self, vectors: int):
        self.vectors = vectors
        super().__init__(name=f"Row{vectors}x{WIDTH}")


@register_model(Row)
class _RowModel(models.PrimitiveModel):
    def __init__(self, dmm: DataModelManager, fe_type: Row):
        super().__init__(dmm, fe_type, ir.ArrayType(_FLOATS, fe_type.vectors))


def _pointers(
    context: BaseContext,
    builder: Builder,
    array_type: Type,
    array: Value,
    index: Value,
    vectors: int,
) -> Iterator[Value]:
    data = context.make_array(array_type)(context, builder, array).data
    for i in range(vectors):
        place = builder.add(index, ir.Constant(index.type, i * WIDTH))
        yield builder.bitcast(builder.gep(data, [place]), _FLOATS.as_pointer())


def _everywhere(builder: Builder, scalar: Value) -> Value:
    lane = builder.insert_element(ir.Constant(_FLOATS, ir.Undefined), scalar, _INT(0))
    return builder.shuffle_vector(lane, lane, ir.Constant(_INTS, None))


def _constant(value: float, vector_type: ir.VectorType = _FLOATS) -> ir.Constant:
    return ir.Constant(vector_type, [value] * WIDTH)


def _call(builder: Builder, name: str, *vectors: Value) -> Value:
    """One of LLVM's own vector functions, such as llvm.fmuladd.v8f32."""
    kind = ir.FunctionType(_FLOATS, [v.type for v in vectors])
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{WIDTH}f32")
    return builder.call(function, vectors)


def _split(builder: Builder, row: Value) -> list[Value]:
    return [builder.extract_value(row, i) for i in range(row.type.count)]


def _join(builder: Builder, vectors: Values) -> Value:
    row = ir.Constant(ir.ArrayType(_FLOATS, len(vectors)), ir.Undefined)
    for i, vector in enumerate(vectors):
        row = builder.insert_value(row, vector, i)
    return row


def _each(operation: Callable[..., Value]) -> Generator:
    """Turn ``operation(builder, *vectors)`` into one on rows; scalars go to every lane."""

    def generate(
        context: BaseContext, builder: Builder, signature: Signature, args: Values
    ) -> Value:
        columns = [
            _split(builder, value) if isinstance(kind, Row) else [_everywhere(builder, value)]
            for kind, value in zip(signature.args, args, strict=True)
        ]
        count = max(len(column) for column in columns)
        columns = [column * (count // len(column)) for column in columns]
        return _join(builder, [operation(builder, *v) for v in zip(*columns, strict=True)])

    return generate


def _is_flat(array: Type) -> bool:
    return isinstance(array, types.Array) and array.dtype == types.float32 and array.layout == "C"


@intrinsic(prefer_literal=True)
def load(typingctx: Context, array: Type, index: Type, vectors: Type) -> Intrinsic:
    """Row from C-ordered float32 `array` (as if flat) at `index`; bounds are not checked.

    Parameters
    ----------
    array : ndarray of float32
    index : int
        Of the first number.
    vectors : int
        Known where the kernel is compiled.
    """
    if not (_is_flat(array) and isinstance(vectors, types.IntegerLiteral)):
        return None
    row = Row(vectors.literal_value)

    def generate(
        context: BaseContext, builder: Builder, signature: Signature, args: Values
    ) -> Value:
        pointers = _pointers(context, builder, array, args[0], args[1], row.vectors)
        return _join(builder, [builder.load(p, align=4) for p in pointers])

    return row(array, types.intp, vectors), generate


@intrinsic
def store(typingctx: Context, array: Type, index: Type, row: Type) -> Intrinsic:
    """Write a row into C-ordered float32 `array` (as if flat) at `index`.

    Parameters
    ----------
    array : ndarray of float32
    index : int
        Of the first number.
    row : Row
    """
    if not (_is_flat(array) and isinstance(row, Row)):
        return None

    def generate(
        context: BaseContext, builder: Builder, signature: Signature, args: Values
    ) -> Value:
        pointers = _pointers(context, builder, array, args[0], args[1], row.vectors)
        for pointer, vector in zip(pointers, _split(builder, args[2]), strict=True):
            builder.store(vector, pointer, align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, row), generate


@intrinsic(prefer_literal=True)
def prefetch(typingctx: Context, array: Type, index: Type, count: Type) -> Intrinsic:
    """Ask for `count` numbers of C-ordered `array` (as if flat) that will be needed soon.

    Parameters
    ----------
    array : ndarray
    index : int
        Of the first number.
    count : int
        Known where the kernel is compiled.
    """
    if not (isinstance(array, types.Array) and array.layout == "C"):
        return None
    if not isinstance(count, types.IntegerLiteral):
        return None
    size = array.dtype.bitwidth // 8

    def generate(
        context: BaseContext, builder: Builder, signature: Signature, args: Values
    ) -> Value:
        pointer, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        data = context.make_array(array)(context, builder, args[0]).data
        for i in range(0, count.literal_value * size, LINE):
            place = builder.add(args[1], ir.Constant(args[1].type, i // size))
            place = builder.bitcast(builder.gep(data, [place]), pointer)
            # To be read, into the nearest cache, as data.
            builder.call(function, [place, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, types.intp, count), generate


@intrinsic
def fetch(typingctx: Context, array: Type, index: Type) -> Intrinsic:
    """One number of C-ordered `array` (as if flat), without the test for negative indices."""
    if not (isinstance(array, types.Array) and array.layout == "C"):
        return None

    def generate(
        context: BaseContext, builder: Builder, signature: Signature, args: Values
    ) -> Value:
        data = context.make_array(array)(context, builder, args[0]).data
        value = builder.load(builder.gep(data, [args[1]]))
        return context.data_model_manager[array.dtype].from_data(builder, value)

    return array.dtype(array, types.intp), generate


@intrinsic(prefer_literal=True)
def zeros(typingctx: Context, vectors: Type) -> Intrinsic:
    """Row of zeros."""
    if not isinstance(vectors, types.IntegerLiteral):
        return None
    row = Row(vectors.literal_value)

    def generate(
        context: BaseContext, builder: Builder, signature: Signature, args: Values
    ) -> Value:
        return ir.Constant(ir.ArrayType(_FLOATS, row.vectors), None)

    return row(vectors), generate


@intrinsic
def add_scaled(typingctx: Context, total: Type, factor: Type, row: Type) -> Intrinsic:
    """total + factor · row, in one instruction a vector where the processor has it.

    Parameters
    ----------
    total : Row
    factor : float32
    row : Row
    """

    def operation(builder: Builder, total: Value, factor: Value, row: Value) -> Value:
        return _call(builder, "fmuladd", factor, row, total)

    return row(row, types.float32, row), _each(operation)


@intrinsic
def add_product(typingctx: Context, total: Type, a: Type, b: Type) -> Intrinsic:
    """total + a · b, number by number.

    Parameters
    ----------
    total, a, b : Row
    """

    def operation(builder: Builder, total: Value, a: Value, b: Value) -> Value:
        return _call(builder, "fmuladd", a, b, total)

    return total(total, total, total), _each(operation)


@intrinsic
def add(typingctx: Context, a: Type, b: Type) -> Intrinsic:
    """a + b, number by number."""
    return a(a, a), _each(lambda builder, a, b: builder.fadd(a, b))


@intrinsic
def subtract(typingctx: Context, a: Type, b: Type) -> Intrinsic:
    """a - b, number by number."""
    return a(a, a), _each(lambda builder, a, b: builder.fsub(a, b))


@intrinsic
def divide(typingctx: Context, row: Type, divisor: Type) -> Intrinsic:
    """row / divisor."""
    return row(row, types.float32), _each(lambda builder, row, divisor: builder.fdiv(row, divisor))


@intrinsic
def nearest(typingctx: Context, row: Type) -> Intrinsic:
    """Nearest whole numbers, halves to the even one."""
    return row(row), _each(lambda builder, a: _call(builder, "rint", a))


@intrinsic
def below(typingctx: Context, a: Type, b: Type) -> Intrinsic:
    """1 where a < b, else 0."""

    def operation(builder: Builder, a: Value, b: Value) -> Value:
        smaller = builder.fcmp_ordered("<", a, b)
        return builder.select(smaller, _constant(1.0), _constant(0.0))

    return a(a, a), _each(operation)


@intrinsic
def shift(typingctx: Context, row: Type, offset: Type) -> Intrinsic:
    """row + offset."""
    return row(row, types.float32), _each(lambda builder, row, offset: builder.fadd(row, offset))


@intrinsic
def scale(typingctx: Context, row: Type, factor: Type) -> Intrinsic:
    """row · factor."""
    return row(row, types.float32), _each(lambda builder, row, factor: builder.fmul(row, factor))


def _larger(builder: Builder, a: Value, b: Value) -> Value:
    return builder.select(builder.fcmp_ordered(">", a, b), a, b)


def _reduction(combine: Callable[[Builder, Value, Value], Value]) -> Generator:
    def generate(
        context: BaseContext, builder: Builder, signature: Signature, args: Values
    ) -> Value:
        vector, *others = _split(builder, args[0])
        for other in others:
            vector = combine(builder, vector, other)
        # 8 → 4 → 2 → 1 lanes, each time the upper half onto the lower.
        for width in (4, 2, 1):
            half = ir.VectorType(_INT, width)
            low = ir.Constant(half, list(range(width)))
            high = ir.Constant(half, list(range(width, 2 * width)))
            vector = combine(
                builder,
                builder.shuffle_vector(vector, vector, low),
                builder.shuffle_vector(vector, vector, high),
            )
        return builder.extract_element(vector, _INT(0))

    return generate


@intrinsic
def total(typingctx: Context, row: Type) -> Intrinsic:
    """Sum of all numbers, always added in the same order."""
    return types.float32(row), _reduction(lambda builder, a, b: builder.fadd(a, b))


@intrinsic
def largest(typingctx: Context, row: Type) -> Intrinsic:
    """Largest number; NaN is not looked for."""
    return types.float32(row), _reduction(_larger)


@intrinsic
def transpose(
    typingctx: Context,
    source: Type,
    start: Type,
    stride: Type,
    target: Type,
    place: Type,
    spacing: Type,
    count: Type,
) -> Intrinsic:
    """Copy 8 × 8 numbers the other way round; bounds are not checked.

    ``target[place + j * spacing + i] = source[start + i * stride + j]`` for i from 0 to 7 and j
    from 0 to the smaller of 7 and `count` - 1; both arrays as if flat.

    Parameters
    ----------
    source, target : ndarray of float32
        C-ordered, as if flat.
    start, place : int
        First number read, first number written.
    stride, spacing : int
        From row to row of the two.
    count : int
        Rows to write, at most 8.
    """
    if not (_is_flat(source) and _is_flat(target)):
        return None

    def generate(
        context: BaseContext, builder: Builder, signature: Signature, args: Values
    ) -> Value:
        first, stride, second, spacing, count = (args[i] for i in (1, 2, 4, 5, 6))

        def row(array_type: Type, array: Value, index: Value, step: Value, i: int) -> Value:
            place = builder.add(index, builder.mul(step, ir.Constant(step.type, i)))
            (pointer,) = _pointers(context, builder, array_type, array, place, 1)
            return pointer

        rows = [builder.load(row(source, args[0], first, stride, i), align=4) for i in range(WIDTH)]
        # Three perfect shuffles of all 64 numbers turn rows into columns.
        low = ir.Constant(_INTS, [0, 8, 1, 9, 2, 10, 3, 11])
        high = ir.Constant(_INTS, [4, 12, 5, 13, 6, 14, 7, 15])
        for _ in range(3):
            pairs = zip(rows[: WIDTH // 2], rows[WIDTH // 2 :], strict=True)
            rows = [builder.shuffle_vector(a, b, m) for a, b in pairs for m in (low, high)]
        for j in range(WIDTH):
            with builder.if_then(builder.icmp_signed(">", count, ir.Constant(count.type, j))):
                builder.store(rows[j], row(target, args[3], second, spacing, j), align=4)
        return context.get_dummy_value()

    where = types.intp
    return types.void(source, where, where, target, where, where, where), generate


# 2^f for f in [-½, ½], least squares in relative error: 8e-8.
_LOG2_E = 1.44269504088896341
_POLYNOMIAL = (
    1.3266970386e-03,
    9.6754597455e-03,
    5.5507426160e-02,
    2.4022121754e-01,
    6.9314694916e-01,
    1.0000000710e00,
)
_TO_WHOLE = 1.5 * 2**23  # so large that adding it leaves no places behind the point


def _exponential(builder: Builder, a: Value) -> Value:
    # e^a = 2^n · 2^f, n + f = a log2(e), n whole.
    lowest, highest = _constant(LOWEST_EXPONENT), _constant(HIGHEST_EXPONENT)
    vanishes = builder.fcmp_ordered("<", a, lowest)
    a = builder.select(builder.fcmp_ordered(">", a, lowest), a, lowest)
    a = builder.select(builder.fcmp_ordered("<", a, highest), a, highest)
    shifted = _call(builder, "fmuladd", a, _constant(_LOG2_E), _constant(_TO_WHOLE))
    minus_n = builder.fsub(_constant(_TO_WHOLE), shifted)
    f = _call(builder, "fmuladd", a, _constant(_LOG2_E), minus_n)
    value = _constant(_POLYNOMIAL[0])
    for coefficient in _POLYNOMIAL[1:]:
        value = _call(builder, "fmuladd", value, f, _constant(coefficient))
    # Multiplying by 2^n is adding n, the lowest bits of `shifted`, to the exponent bits.
    bits = builder.shl(builder.bitcast(shifted, _INTS), _constant(23, _INTS))
    value = builder.bitcast(builder.add(builder.bitcast(value, _INTS), bits), _FLOATS)
    return builder.select(vanishes, _constant(0.0), value)


@intrinsic
def exponential(typingctx: Context, row: Type) -> Intrinsic:
    """e^row between the two bounds above, to (2 + |row| / 8) · 1e-7 of its value."""
    return row(row), _each(_exponential)


def try_out() -> None:
    """Compile every operation and compare what it gives.

    Raises
    ------
    Exception
        Of numba's, llvmlite's or this module's, if anything is not as it was.
    """
    values = np.linspace(-3, 3, 2 * WIDTH, dtype=np.float32)
    rows, turned = np.zeros((8, 2 * WIDTH), np.float32), np.zeros((WIDTH, WIDTH), np.float32)
    single = _tried(values, rows, turned)
    expected = (
        np.exp(values),
        values + 2 * np.abs(values),
        values + values * values - 0.5,
        np.rint(values / np.float32(0.7)),
        (values < 0).astype(np.float32),
        0 * values,
    )
    sound = np.allclose(rows[:6], expected, rtol=1e-5, atol=1e-6)
    block = np.resize(values, WIDTH * WIDTH).reshape(WIDTH, WIDTH)
    sound = sound and np.array_equal(turned, block.T)
    if not (sound and np.allclose(single, (values[3], values.max(), values.sum()), atol=1e-5)):
        raise ArithmeticError("The CRF's vector code compiles, but to something else.")


@kernel()
def _tried(values: np.ndarray, rows: np.ndarray, turned: np.ndarray) -> tuple[float, float, float]:
    prefetch(values, 0, 16)
    row, nothing = load(values, 0, 2), zeros(2)
    magnitude = np.abs(values)
    store(rows, 0, exponential(row))
    store(rows, 2 * WIDTH, add_scaled(row, np.float32(2), load(magnitude, 0, 2)))
    store(rows, 4 * WIDTH, shift(add_product(row, row, row), np.float32(-0.5)))
    store(rows, 6 * WIDTH, nearest(divide(row, np.float32(0.7))))
    store(rows, 8 * WIDTH, below(row, nothing))
    store(rows, 10 * WIDTH, subtract(add(row, row), scale(row, np.float32(2))))
    block = np.empty((WIDTH, WIDTH), np.float32)
    for i in range(WIDTH * WIDTH):
        block[i // WIDTH, i % WIDTH] = values[i % len(values)]
    transpose(block, 0, WIDTH, turned, 0, WIDTH, WIDTH)
    return fetch(values, 3), largest(row), total(row)
