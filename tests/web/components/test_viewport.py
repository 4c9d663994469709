"""The viewer's geometry, run in node: where pictures lie, what is seen of them, how zoom and pan keep in bounds."""

import json
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from sr_models.web import static
from tests.conftest import missing

RUN = """
import { readFileSync } from 'node:fs';
const viewport = await import('data:text/javascript,' + encodeURIComponent(readFileSync(process.argv[1], 'utf8')));
const answer = ([name, args]) => viewport[name](...args) ?? null;
console.log(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map(answer)));
"""


@pytest.fixture(scope="module")
def viewport() -> Callable[..., list[Any]]:
    """Call functions of viewport.js, each given as (name, *arguments), in one node; return what they return."""
    node = shutil.which("node")
    if not node:
        missing("needs node: apt-get install nodejs")

    def run(*calls: tuple[Any, ...]) -> list[Any]:
        asked = json.dumps([(name, arguments) for name, *arguments in calls])
        line = [
            node or "",
            "--input-type=module",
            "-e",
            RUN,
            str(static.ROOT / "components" / "viewer" / "viewport.js"),
        ]
        return json.loads(subprocess.run(line, input=asked, capture_output=True, text=True, check=True).stdout)

    return run


def size(width: float, height: float) -> dict[str, float]:
    return {"width": width, "height": height}


def box(left: float, top: float, width: float, height: float) -> dict[str, float]:
    return {"left": left, "top": top, **size(width, height)}


def at(x: float, y: float) -> dict[str, float]:
    return {"x": x, "y": y}


@pytest.mark.parametrize(
    ("count", "picture", "across"),
    [
        (1, (300, 200), 1),
        (2, (300, 200), 2),
        (2, (300, 100), 1),  # wide ones lie over each other
        (3, (300, 200), 2),
        (3, (200, 400), 3),
        (5, (300, 200), 3),
        (6, (300, 200), 3),
        (6, (800, 100), 1),
    ],
)
def test_cells_show_the_pictures_as_large_as_can_be_and_leave_no_gaps(viewport, count, picture, across):
    (cells,) = viewport(("cells", size(1001, 700), count, size(*picture)))
    assert len(cells) == count
    assert len({cell["left"] for cell in cells}) == across
    rows = [cells[i : i + across] for i in range(0, count, across)]
    for row in rows:
        edges = [cell["left"] for cell in row] + [row[-1]["left"] + row[-1]["width"]]
        assert edges[0] == 0
        assert [cell["left"] + cell["width"] for cell in row] == edges[1:]
        assert len(row) < across or edges[-1] == 1001
    assert rows[-1][0]["top"] + rows[-1][0]["height"] == 700


def test_fit_is_as_large_as_the_cell_allows_and_32_at_most(viewport):
    cell = box(0, 0, 600, 400)
    wanted = (
        ("fit", size(300, 100)),
        ("fit", size(100, 400)),
        ("fit", size(2, 2)),
        ("fit", size(1200, 100)),
        (8, size(2, 2)),
    )
    assert viewport(*(("zoomOf", zoom, picture, cell) for zoom, picture in wanted)) == [2, 1, 32, 0.5, 8]


def test_zoom_steps_in_and_out_and_ends_at_fit(viewport):
    steps = [(1, 1), (3.3, 1), (32, 1), (16, -1), (3.3, -1), (1, -1), (0.4, -1), (0.4, 1)]
    assert viewport(*(("nextZoom", *step) for step in steps)) == [2, 4, None, 8, 2, "fit", "fit", 1]


def test_a_smaller_picture_stands_in_the_middle_and_a_larger_one_covers_the_cell(viewport):
    cell, picture = box(100, 50, 301, 200), size(100, 80)
    corners = viewport(
        *(
            ("corner", picture, centre, cell, zoom)
            for centre, zoom in ((at(0, 0), 1), (at(50, 40), 4), (at(0, 0), 4), (at(100, 80), 4))
        )
    )
    assert corners == [
        {"left": 100 + 101, "top": 50 + 60},
        {"left": 100 - 49, "top": 50 - 60},
        {"left": 100, "top": 50},
        {"left": 100 - 99, "top": 50 - 120},
    ]


def test_the_centre_keeps_in_bounds(viewport):
    cell, picture = box(0, 0, 200, 200), size(100, 40)
    centres = viewport(*(("clampCentre", picture, centre, cell, 4) for centre in (at(0, 0), at(1000, 9), at(60, 20))))
    assert centres == [at(25, 20), at(75, 20), at(60, 20)]


@pytest.mark.parametrize("after", [1, 2, 8, 32])
def test_zooming_leaves_what_lies_under_the_pointer(viewport, after):
    cell, centre, under = box(40, 10, 600, 400), at(500, 300), at(523, 77)

    def pixel(middle, zoom):
        return (middle["x"] + (under["x"] - 40 - 300) / zoom, middle["y"] + (under["y"] - 10 - 200) / zoom)

    (moved,) = viewport(("zoomAround", centre, under, cell, 4, after))
    assert pixel(moved, after) == pytest.approx(pixel(centre, 4), abs=1e-9)


def test_only_what_is_seen_is_drawn(viewport):
    cell, picture = box(0, 0, 200, 100), size(90, 60)
    seen = viewport(
        ("visible", picture, cell, {"left": -50, "top": -30}, 8, 0, 200),
        ("visible", picture, cell, {"left": 55, "top": 20}, 1, 0, 100),  # left of the divider
        ("visible", picture, cell, {"left": 55, "top": 20}, 1, 100, 200),
        ("visible", picture, cell, {"left": 55, "top": 20}, 1, 0, 55),
    )
    assert seen == [
        {"box": box(0, 0, 200, 100), "source": box(6, 3, 26, 14)},
        {"box": box(55, 20, 45, 60), "source": box(0, 0, 45, 60)},
        {"box": box(100, 20, 45, 60), "source": box(45, 0, 45, 60)},
        None,
    ]


def test_the_frame_lies_within_the_picture(viewport):
    picture = size(90, 60)
    frames = viewport(
        *(
            ("frameWithin", picture, middle, side)
            for middle, side in ((at(45, 30), 16), (at(0, 99), 16), (at(10, 10), 64), (at(10, 10), 200))
        )
    )
    assert frames == [
        {"middle": at(45, 30), "size": size(16, 16)},
        {"middle": at(8, 52), "size": size(16, 16)},
        {"middle": at(32, 30), "size": size(64, 60)},
        {"middle": at(45, 30), "size": size(90, 60)},
    ]
