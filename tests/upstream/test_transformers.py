"""vtok's rules against an installed transformers and torch, on sizes drawn at random.

`pip install torch transformers qwen-vl-utils`, then `pytest -m upstream`. A counterexample belongs into tests/golden.
"""

from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vtok
from vtok.errors import UnsupportedSizeError
from vtok.geometry import floats, snapping
from vtok.values import Size

pytestmark = pytest.mark.upstream
torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

sides = st.integers(1, 6000)


def upstream(module: str) -> Any:
    """A module of transformers.models."""
    return import_module(f"transformers.models.{module}")


@settings(max_examples=500)
@given(sides, sides, st.sampled_from([(28, 3136, 12_845_056), (28, 3136, 1_003_520), (32, 65_536, 16_777_216)]))
def test_smart_resize(height: int, width: int, numbers: tuple[int, int, int]) -> None:
    factor, low, high = numbers
    rule = upstream("qwen2_vl.image_processing_pil_qwen2_vl").smart_resize
    try:
        want = rule(height, width, factor=factor, min_pixels=low, max_pixels=high)
    except ValueError:
        with pytest.raises(UnsupportedSizeError):
            snapping.smart_resize(Size(height, width), factor=factor, min_pixels=low, max_pixels=high)
    else:
        step = snapping.smart_resize(Size(height, width), factor=factor, min_pixels=low, max_pixels=high)
        assert tuple(step.after) == tuple(want)


@settings(max_examples=500)
@given(st.integers(2, 100_000), st.integers(1, 768))
def test_arange(total: int, n: int) -> None:
    n = min(n, total)
    assert list(floats.torch_arange(total, total / n)) == torch.arange(0, total, total / n).int().tolist()


@settings(max_examples=500)
@given(st.integers(0, 5000), st.integers(1, 20_000), st.integers(1, 768))
def test_linspace(start: int, length: int, n: int) -> None:
    end = start + length
    assert list(floats.torch_linspace(start, end, n)) == torch.linspace(start, end, n).round().long().tolist()


grids = st.tuples(st.integers(1, 4), st.integers(1, 20).map(lambda n: 2 * n), st.integers(1, 20).map(lambda n: 2 * n))


@settings(max_examples=100)
@given(st.lists(grids, min_size=1, max_size=3))
def test_windows(batch: list[tuple[int, int, int]]) -> None:
    vision = import_module("transformers.vision_utils")
    index, cu = vision.get_vision_window_index(
        torch.tensor(batch), spatial_merge_size=2, window_size=112, patch_size=14
    )
    got = vtok.windows("qwen2.5-vl", grids=batch)
    assert got.window_index.tolist() == index.tolist()
    assert got.cu_window_seqlens.tolist() == list(cu)
