"""The float arithmetic of torch and numpy, without importing either.

It is exact to the last bit, since the last bit decides on which side of a boundary a number falls.
"""

from math import ceil
from struct import Struct

from vtok.geometry.bounds import bounded

_FLOAT = Struct("f")

_TORCH_LANES = 8


def float32(value: float) -> float:
    """The nearest single-precision number."""
    (single,) = _FLOAT.unpack(_FLOAT.pack(value))
    return float(single)


def torch_arange(end: int, step: float, *, start: float = 0) -> tuple[int, ...]:
    """`torch.arange(start, end, step).int()`, bit for bit. It may have one element more than (end - start) / step.

    torch fills pairs of eight lanes: to a base, a fused multiply-add rounded once to float32, it adds multiples of the
    float64 step. The elements left over are computed one by one. Source: torch 2.13,
    aten/src/ATen/native/cpu/RangeFactoriesKernel.cpp.
    """
    size = bounded(ceil((end - start) / step), "frames")
    in_lanes = size // (2 * _TORCH_LANES) * (2 * _TORCH_LANES)
    bases = [i - i % _TORCH_LANES if i < in_lanes else i for i in range(size)]
    return tuple(int(float32(float32(_fused(step, base, start)) + (i - base) * step)) for i, base in enumerate(bases))


def _fused(factor: float, times: int, start: float) -> float:
    """`factor * times + start`, rounded once."""
    (a, b), (c, d) = factor.as_integer_ratio(), start.as_integer_ratio()
    return (a * times * d + c * b) / (b * d)  # one division of whole numbers rounds correctly


def torch_linspace(start: int, end: int, steps: int) -> tuple[int, ...]:
    """`torch.linspace(start, end, steps).round().long()`, bit for bit: halves to even."""
    return tuple(map(round, torch_linspace_values(start, end, steps)))


def torch_linspace_values(start: int, end: int, steps: int) -> tuple[float, ...]:
    """`torch.linspace(start, end, steps)`, bit for bit, in float32.

    Each half is counted from its own end. Source: torch 2.13, aten/src/ATen/native/cpu/RangeFactoriesKernel.cpp,
    linspace.
    """
    if steps == 1:
        return (float(start),)
    bounded(steps, "frames")
    first, last = float32(start), float32(end)
    step = float32(float32(last - first) / (steps - 1))
    half = steps // 2
    values = (first + step * i if i < half else last - step * (steps - 1 - i) for i in range(steps))
    return tuple(map(float32, values))


def linspace(start: float, stop: float, steps: int) -> tuple[float, ...]:
    """`numpy.linspace(start, stop, steps)`, bit for bit. The last number is `stop` itself."""
    if steps < 2:
        return (float(start),) * steps
    bounded(steps, "frames")
    step = (stop - start) / (steps - 1)
    return (*(i * step + start for i in range(steps - 1)), float(stop))
