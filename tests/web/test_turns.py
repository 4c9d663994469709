"""What is read of gradio's own queue: who runs a net, who waits for it, and how many come before."""

import asyncio
import threading

import gradio as gr
import pytest
from gradio_client import Client

from sr_models.web import shell, turns, waiting
from tests.conftest import WAIT


@pytest.fixture
def held():
    """A server whose one event of the nets goes on until it is let go."""
    go, runs = threading.Event(), threading.Semaphore(0)

    def work():
        runs.release()
        go.wait(WAIT)

    with gr.Blocks(analytics_enabled=False) as blocks:
        gr.Button().click(work, None, None, concurrency_id=turns.NET, concurrency_limit=1, api_name="work")
    assert not turns.is_idle(blocks)  # it is not up yet
    _, url, _ = blocks.queue().launch(prevent_thread_lock=True, quiet=True)
    yield blocks, url, go, runs
    go.set()
    blocks.close()


def test_how_many_runs_come_before_one_and_whether_the_server_has_nothing_to_do(held):
    blocks, url, go, runs = held
    assert turns.is_idle(blocks)
    clients = [Client(url, verbose=False) for _ in range(3)]
    jobs = []
    for place, client in enumerate(clients):
        jobs.append(client.submit(api_name="/work"))
        seen = threading.Event()
        while place and turns.runs_before(blocks, client.session_hash) is None:  # until it stands in the queue
            assert not jobs[-1].done()
            seen.wait(0.05)
        if not place:
            assert runs.acquire(timeout=WAIT)
    assert [turns.runs_before(blocks, client.session_hash) for client in clients] == [None, 1, 2]
    jobs.append(clients[2].submit(api_name="/work"))
    assert turns.runs_before(blocks, clients[2].session_hash) == 2  # its own are none of the others'
    assert turns.runs_before(blocks, "nobody") is None
    assert not turns.is_idle(blocks)
    go.set()
    for job in jobs:
        job.result(WAIT)
    while not turns.is_idle(blocks):  # the last one is only just ending
        threading.Event().wait(0.05)
    assert turns.runs_before(blocks, clients[2].session_hash) is None


def test_a_visitor_who_waits_is_told_how_many_come_before(monkeypatch):
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0)
    places = iter([None, 2, 2, 1, 0])  # on its way, in the queue, running

    async def said() -> list:
        v = {"runs_before": lambda: next(places, None), "lang": "en"}
        return [change["status"] async for change in waiting.place(v)]

    assert asyncio.run(said()) == ["2 runs before yours.", "1 run before yours."]


def test_what_awaits_can_be_an_event_of_a_page():
    async def place(v):
        yield {"words": f"{v['runs_before']()}"}

    with gr.Blocks(analytics_enabled=False) as blocks:
        page = shell.Page("/", "page_upscale", lambda _: None)
        made = shell.Shell(blocks, page, (page,))
        made.add("words", gr.Textbox)
        made.on(made.button("run").click, place, ("words",), api_name="place")
    _, url, _ = blocks.queue().launch(prevent_thread_lock=True, quiet=True)
    try:
        assert Client(url, verbose=False).predict(api_name="/place") == "None"
    finally:
        blocks.close()
