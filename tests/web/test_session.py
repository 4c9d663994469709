"""A visitor costs the server the values that differ, not a copy of every block of every page."""

import gradio as gr
import pytest
from gradio import state_holder

from sr_models.web.session import LightSession, lighten


@pytest.fixture
def blocks():
    with gr.Blocks() as made:
        count = gr.State(1)
        for i in range(50):
            gr.Textbox(f"{i}")
        made.load(lambda n: n + 1, count, count)
    return made


@pytest.fixture
def holder(blocks, monkeypatch):
    monkeypatch.setattr(state_holder, "SessionState", state_holder.SessionState)
    lighten()
    made = state_holder.StateHolder()
    made.set_blocks(blocks)
    return made


def test_a_session_copies_no_config(holder, blocks):
    assert len(state_holder.SessionState.__mro__[1](blocks).config_values) == len(blocks.blocks)  # gradio's own does
    session = holder["visitor"]
    assert isinstance(session, LightSession)
    assert session.config_values == {}


def test_a_session_keeps_its_own_values(holder, blocks):
    count = next(key for key, block in blocks.blocks.items() if isinstance(block, gr.State))
    box = next(key for key, block in blocks.blocks.items() if isinstance(block, gr.Textbox))
    holder["one"][count] = 7
    holder["one"]._update_value_in_config(box, "words")
    assert (holder["one"][count], holder["two"][count]) == (7, 1)
    assert box not in holder["one"].config_values
