"""Spans cover every pixel once, with their halo, aligned."""

import pytest
import torch

from sr_models.inference.tiling import spans, tiled


@pytest.mark.parametrize("length", [1, 15, 16, 17, 100, 191])
@pytest.mark.parametrize("unit", [1, 4])
def test_spans_cover_once_and_are_aligned(length, unit):
    found = spans(length, 16, 5, unit)
    assert [i for s in found for i in range(s.start, s.end)] == list(range(length))
    for span in found:
        assert span.low % unit == 0
        assert span.low == max(span.start - -(-5 // unit) * unit, 0)
        assert span.high >= min(span.end + 5, length)
        assert span.end - span.start <= 16


def test_aligned_inputs_keep_their_strides():
    lr = torch.arange(30.0 * 22).reshape(1, 1, 30, 22)
    guide = lr.repeat_interleave(2, 2).repeat_interleave(2, 3)
    out = torch.zeros(1, 1, 60, 44)
    for tile in tiled(
        lambda a, b: a.repeat_interleave(2, 2).repeat_interleave(2, 3) + b, [lr, guide], [1, 2], tile=8, halo=3
    ):
        rows, columns = tile.rows, tile.columns
        out[..., rows.start * 2 : rows.end * 2, columns.start * 2 : columns.end * 2] = tile.pixels
        assert tile.total == 4 * 3
    assert torch.equal(out, 2 * guide)


def test_a_tile_goes_to_its_place_and_leaves_channels_that_it_lacks():
    picture = torch.rand(1, 4, 12, 10)
    whole = torch.zeros(1, 4, 24, 20)
    for tile in tiled(
        lambda a: a[:, :3].repeat_interleave(2, 2).repeat_interleave(2, 3), [picture], [1], tile=5, halo=1
    ):
        tile.put(whole, 2)
    assert torch.equal(whole[:, :3], picture[:, :3].repeat_interleave(2, 2).repeat_interleave(2, 3))
    assert (whole[:, 3] == 0).all()
