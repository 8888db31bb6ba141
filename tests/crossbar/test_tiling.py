"""How weights are cut into tiles: nothing is lost, nothing lies twice, and no part of a channel list is torn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from neurosim.crossbar.tiling import Floorplan, Tiling
from tiled import cut

tilings = st.builds(lambda size, devices: Tiling(size=size, devices=devices, reference=devices == 1 and size % 2 == 0),
                    st.integers(2, 40), st.integers(1, 2))


@st.composite
def floorplans(draw):
    positions, channels = draw(st.integers(1, 9)), draw(st.integers(1, 60))
    return Floorplan(tiling=draw(tilings), taps=draw(st.integers(1, 9)), lower=draw(st.integers(1, 90)),
                     upper=positions * channels, positions=positions)


@given(plan=floorplans())
def test_tiles_cover_every_weight_once(plan):
    covered = np.zeros((plan.rows, plan.upper), int)
    for rows, weights in plan.tiles():
        covered[rows, weights] += 1
        assert 1 <= rows.stop - rows.start <= plan.tiling.size
        assert 1 <= (weights.stop - weights.start) * plan.tiling.devices <= plan.tiling.size
    assert (covered == 1).all()
    assert len(list(plan.tiles())) == plan.row_tiles * plan.column_tiles


@given(plan=floorplans())
def test_whole_positions_as_long_as_they_fit(plan):
    """The same cuts as a chip that is filled line by line."""
    tiling = plan.tiling
    rows = cut(plan.taps, plan.lower, tiling.size, tiling.columns)
    columns = cut(plan.positions, plan.upper // plan.positions, tiling.columns, tiling.columns)
    assert_array_equal(plan.row_edges, [*(own.start for own in rows), plan.rows])
    assert_array_equal(plan.column_edges, [*(own.start for own in columns), plan.upper])
    if plan.lower <= tiling.size:
        assert (plan.row_edges[:-1] % plan.lower == 0).all()
        assert plan.row_tiles == -(-plan.taps // (tiling.size // plan.lower))


@given(plan=floorplans())
def test_no_tile_tears_a_part(plan):
    """Cells are parts of channels: the edges of tiles that drive them, rows or columns, lie between cells."""
    for edges, channels in ((plan.row_edges, plan.lower), (plan.column_edges, plan.upper // plan.positions)):
        part, total = plan.tiling.part(channels), edges[-1]
        cells = {p * channels + a for p in range(total // channels) for a in range(0, channels, part)} | {total}
        assert set(edges.tolist()) <= cells
        assert plan.tiling.parts(channels) == len(range(0, channels, part))


@pytest.mark.parametrize("shape", [(5, 3, 2, 2), (4, 1, 3, 3), (7, 6)])
def test_matrix_has_one_row_per_tap_and_lower_channel(shape):
    """Row (tap, channel), column upper channel; and back, without a copy."""
    values = np.arange(np.prod(shape)).reshape(shape)
    taps = shape[2] * shape[3] if len(shape) == 4 else 1
    plan = Floorplan(tiling=Tiling(), taps=taps, lower=shape[1], upper=shape[0])
    matrix = plan.matrix(values)
    for place in np.ndindex(shape):
        tap = place[2] * shape[3] + place[3] if len(shape) == 4 else 0
        assert matrix[tap * shape[1] + place[1], place[0]] == values[place]
    assert_array_equal(plan.unmatrix(matrix, shape), values)
    assert np.shares_memory(plan.unmatrix(matrix, shape), matrix) and matrix.shape == (plan.rows, plan.upper)


def test_lines_of_a_layer_of_mnist():
    """32 to 64 channels, 3 x 3: 4 taps of 32 channels fill 128 word lines, 64 pairs fill 128 bit lines."""
    plan = Floorplan(tiling=Tiling(size=128), taps=9, lower=32, upper=64)
    assert plan.row_edges.tolist() == [0, 128, 256, 288] and plan.column_edges.tolist() == [0, 64]
    assert (plan.slices(True), plan.slices(False), plan.lines(True), plan.lines(False)) == (3, 1, 64, 288)
    assert plan.bit_lines == 128
    reference = Floorplan(tiling=Tiling(size=32, devices=1, reference=True), taps=9, lower=32, upper=64)
    assert reference.bit_lines == 64 + 2 and reference.row_tiles == 9


@pytest.mark.parametrize("size", [1, 0, -128, 65537])
def test_a_tile_needs_two_lines(size):
    with pytest.raises(ValueError) as caught:
        Tiling(size=size)
    assert str(caught.value) == f"array.tile: {size} lines are outside 2 ... 65536"
