"""What a visitor goes on to while an answer is under way stands; what is still said of before is not written."""

import asyncio
import time
from types import SimpleNamespace

import gradio as gr
import pytest

from sr_models.web import late, shell, storage
from sr_models.web.middleware import Limits


@pytest.fixture
def on(tmp_path, monkeypatch):
    """Return a function that wires a handler and calls it as an event that the server took at a time, in order."""
    monkeypatch.setattr(storage, "temp_folder", lambda: tmp_path)
    page = shell.Page("/", "page_upscale", lambda _: None)
    with gr.Blocks(analytics_enabled=False) as blocks:
        made = shell.Shell(blocks, page, (page,))
        made.add("words", gr.Textbox)

    def call(what, taken, **settings):
        kept = []
        made.on(lambda handler, *_, **__: kept.append(handler), what, ("words",), **settings)
        state, headers = SimpleNamespace(taken=taken), {}
        return kept[0](SimpleNamespace(state=state, headers=headers, query_params={}, session_hash="somebody"))

    def written(changes):
        return [value for part, value in changes.items() if part is made.parts["words"] and value != gr.skip()]

    call.written = written
    return call


def test_an_answer_about_a_picture_is_written_until_the_next_one(on):
    def facts(v):
        return {"words": "facts"}

    def removed_meanwhile(v):
        storage.supersede(v["visitor"], "picture", 3)
        return {"words": "facts"}

    def run_meanwhile(v):
        storage.supersede(v["visitor"], "run", 3)
        return {"words": "facts"}

    assert on.written(on(facts, 2)) == ["facts"]
    assert on.written(on(run_meanwhile, 2)) == ["facts"]  # another run is of the same picture
    assert on.written(on(run_meanwhile, 2, until="run")) == []
    assert on.written(on(removed_meanwhile, 2)) == []
    assert on.written(on(facts, 2)) == []  # it waited for its turn until the picture was gone
    assert on.written(on(facts, 2, until="choice")) == []
    assert on.written(on(facts, 2, until="")) == ["facts"]
    assert on.written(on(facts, 4)) == ["facts"]


def test_a_stop_ends_runs_and_nothing_else(on):
    def stopped_meanwhile(v):
        late.go_on({**v, "taken": 3}, "stop")
        return {"words": "tile"}

    assert on.written(on(stopped_meanwhile, 2)) == ["tile"]
    assert on.written(on(stopped_meanwhile, 2, until="choice")) == ["tile"]
    for until in ("run", "stop"):
        assert on.written(on(stopped_meanwhile, 2, until=until)) == []
        assert on.written(on(stopped_meanwhile, 4, until=until)) == ["tile"]


def test_an_older_event_that_is_begun_later_does_not_count_as_the_newer(on):
    def picture(v):
        late.go_on(v, "picture")
        return {"words": v["taken"]}

    assert on.written(on(picture, 5)) == [5]
    assert on.written(on(picture, 4)) == []
    assert on.written(on(picture, 6)) == [6]


def test_a_run_ends_where_the_visitor_goes_on_and_changes_nothing_more(on):
    steps = []

    def run(v):
        for step in range(3):
            steps.append(step)
            yield {"words": step}
            storage.supersede(v["visitor"], "run", 3 + step)

    async def place(v):
        for step in range(3):
            yield {"words": step}
            storage.supersede(v["visitor"], "run", 9 + step)

    assert [on.written(change) for change in on(run, 2, until="run")] == [[0], []]
    assert steps == [0, 1]
    nothing = list(on(run, 2, until="run"))
    assert [on.written(change) for change in nothing] == [[]]  # gradio would say the last again, or empty the parts

    async def told():
        return [on.written(change) async for change in on(place, 8, until="run")]

    assert asyncio.run(told()) == [[0], []]


def test_when_the_server_took_an_event_is_noted_before_it_waits():
    noted, before = [], time.monotonic_ns()

    async def app(scope, receive, send):
        noted.append(scope["state"]["taken"])

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message): ...

    asyncio.run(Limits(app)({"type": "http", "method": "POST", "path": "/gradio_api/queue/join"}, receive, send))
    assert before < noted[0] < time.monotonic_ns()
