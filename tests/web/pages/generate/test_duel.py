"""A generator and its critic learn a step at a time, where the host allows it, and nowhere else."""

import re

import numpy as np
import pytest
import torch

from sr_models.bench import Server
from sr_models.imaging.digits import read_digits
from sr_models.web.pages.generate.duel import Duel
from tests.conftest import WAIT
from tests.web.pages.generate.test_generate import shown


def test_each_step_moves_its_own_net_alone_and_both_learn(shared):
    pair = Duel(read_digits([shared / "data" / "mnist"], train=True)[0][:5000])

    def weights(net):
        return torch.cat([p.detach().flatten().clone() for p in net.parameters()])

    before, critic = weights(pair.net), weights(pair.gan.critic)
    first, drawn = pair.measure(), pair.drawn()
    assert drawn.shape == (112, 112, 1)
    for _ in range(10):
        pair.step("critic")
    assert torch.equal(weights(pair.net), before)
    assert not torch.equal(weights(pair.gan.critic), critic)
    learned = pair.measure()
    assert learned["right"] > max(first["right"], 0.9)
    assert learned["critic"] < first["critic"]
    critic = weights(pair.gan.critic)
    for _ in range(10):
        pair.step("generator")
    assert torch.equal(weights(pair.gan.critic), critic)
    assert pair.measure()["generator"] < learned["generator"]
    assert not np.array_equal(pair.drawn(), drawn)
    assert pair.steps == {"generator": 10, "critic": 10}


def test_the_steps_are_the_hosts(browser, shared):
    with Server(SR_LAB_TRAIN="1", SR_LAB_MNIST=str(shared / "data" / "mnist")) as url:
        page = browser.new_page(locale="en")
        page.set_default_timeout(WAIT * 1000)
        page.goto(f"{url}/generate")
        page.wait_for_function("window.srLab")
        for button, words in (
            ("#step_critic", "after 0 steps. D: .* after 1 steps"),
            ("#step_generator", "after 1 s"),
        ):
            page.click(button)
            page.wait_for_function(f"/{words}/.test(document.querySelector('#duel').innerText)")
        first = shown(page, ".duel img")
        page.click("#step_both")
        page.wait_for_function("/after 51 steps. D: .* after 51 steps/.test(document.querySelector('#duel').innerText)")
        assert not np.array_equal(shown(page, ".duel img"), first)
        assert re.search(r"right in \d+ % of cases", page.inner_text("#duel"))
        page.close()


@pytest.mark.parametrize("trained", ["", "1"])
def test_without_digits_or_leave_nothing_is_offered(monkeypatch, trained):
    from sr_models.web.pages.generate import duel

    monkeypatch.setenv("SPACE_ID", "someone/lab")  # as anywhere
    monkeypatch.setenv("SR_LAB_TRAIN", trained)
    monkeypatch.delenv("SR_LAB_MNIST", raising=False)
    assert not duel.is_offered()
    monkeypatch.setenv("SR_LAB_MNIST", "somewhere")
    assert duel.is_offered() == bool(trained)
