"""Cells over a picture: places go there and back, means are means, whatever the sizes."""

import numpy as np
import pytest
from flow_contract import texture

from rfr_video.geometry import Rect
from rfr_video.motion.grid import Grid
from rfr_video.motion.warp import identity_map

SIZES = [(64, 48, 2.0), (97, 53, 4.0), (17, 33, 2.7), (5, 4, 16.0), (1, 1, 2.0), (854, 480, 4.1)]


@pytest.mark.parametrize(("width", "height", "cell_px"), SIZES)
def test_cells_are_about_so_large_and_cover_the_picture(width, height, cell_px):
    grid = Grid.of_cells(width, height, cell_px=cell_px)
    assert grid.whole == Rect(0, 0, grid.columns, grid.rows)
    assert grid.columns * grid.cell_px[0] == pytest.approx(width)
    assert grid.rows * grid.cell_px[1] == pytest.approx(height)
    for side, cell in zip((width, height), grid.cell_px, strict=True):
        if side >= 4 * cell_px:
            assert 0.85 * cell_px < cell < 1.15 * cell_px
    assert grid.cells_over(Rect(0, 0, width, height)) == grid.whole


@pytest.mark.parametrize(("width", "height", "cell_px"), SIZES)
def test_places_go_there_and_back(width, height, cell_px):
    grid = Grid.of_cells(width, height, cell_px=cell_px)
    across, down = np.meshgrid(np.arange(grid.columns), np.arange(grid.rows))
    assert np.allclose(grid.places(grid.centres(grid.whole)), np.dstack([across, down]), atol=1e-3)
    rect = Rect(width // 3, height // 4, max(1, width // 2), max(1, height // 2))
    cells = grid.cells_over(rect)
    places = grid.places(grid.centres(cells), within=cells)
    assert places.shape == (cells.height, cells.width, 2)
    assert np.allclose(places[0, 0], 0, atol=1e-3)
    assert np.allclose(places[-1, -1], (cells.width - 1, cells.height - 1), atol=1e-3)


@pytest.mark.parametrize(("width", "height", "cell_px"), SIZES)
def test_cells_over_a_rectangle_are_those_that_it_touches(width, height, cell_px):
    grid = Grid.of_cells(width, height, cell_px=cell_px)
    columns = np.floor(np.arange(width) / grid.cell_px[0] + 1e-6)
    for left, right in ((0, 1), (width // 3, width // 2 + 1), (width - 1, width)):
        cells = grid.cells_over(Rect(left, 0, right - left, height))
        assert cells.x <= columns[left]
        assert cells.right >= columns[right - 1] + 1
        assert cells.width <= (right - left) / grid.cell_px[0] + 2


def test_a_centre_is_the_mean_of_its_pixels():
    grid = Grid.of_cells(40, 24, cell_px=4)
    assert np.allclose(grid.centres(grid.whole), grid.means(identity_map(24, 40)), atol=1e-3)


@pytest.mark.parametrize(("width", "height", "cell_px"), SIZES)
def test_means_are_those_of_the_cells_and_keep_the_whole(width, height, cell_px):
    grid = Grid.of_cells(width, height, cell_px=cell_px)
    picture = texture(height, width) if min(height, width) > 1 else np.full((1, 1, 3), 7, np.uint8)
    means = grid.means(picture)
    assert means.shape == (grid.rows, grid.columns, 3)
    assert means.dtype == np.float32
    assert np.allclose(means.mean(axis=(0, 1)), picture.mean(axis=(0, 1)), atol=1.0)
    assert grid.means(picture[:, :, 0]).shape == (grid.rows, grid.columns)
    if (width, height) == (64, 48):
        blocks = picture.reshape(24, 2, 32, 2, 3).mean(axis=(1, 3))
        assert np.allclose(means, blocks, atol=1e-3)


@pytest.mark.parametrize(("width", "height", "cell_px"), SIZES)
def test_what_is_constant_stays_so_and_a_ramp_comes_back(width, height, cell_px):
    grid = Grid.of_cells(width, height, cell_px=cell_px)
    constant = np.full((grid.rows, grid.columns), 3.25, np.float32)
    assert np.allclose(grid.enlarged(constant), 3.25)
    ramp = identity_map(height, width)
    back = grid.enlarged(grid.means(ramp))
    assert back.shape == (height, width, 2)
    margin = int(np.ceil(cell_px)) + 1
    inner = (slice(margin, -margin), slice(margin, -margin))
    assert np.allclose(back[inner], ramp[inner], atol=0.3)


def test_a_bool_picture_gives_shares():
    picture = np.zeros((32, 32), np.bool_)
    picture[:, :6] = True
    shares = Grid.of_cells(32, 32, cell_px=4).means(picture)
    assert np.allclose(shares[3], [1, 0.5, 0, 0, 0, 0, 0, 0])
