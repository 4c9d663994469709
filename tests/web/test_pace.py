"""What is told of the time of a run comes near to what runs really take, after one of them."""

import threading

import pytest

from sr_models.web.pace import SOON, Pace


def test_the_first_is_as_told_and_the_second_as_the_first_took():
    pace = Pace()
    assert pace.seconds("net", 0.3) == pytest.approx(0.3)
    pace.learn("net", told=0.3, took=4.0)  # on a busy machine
    assert pace.seconds("net", 0.3) == pytest.approx(4.0)
    assert 20 < pace.seconds("net", 3.0) < 40
    assert pace.seconds("another net", 0.3) == pytest.approx(0.3)


def test_it_follows_a_load_that_comes_and_goes():
    pace = Pace()
    for took in (1.0, 8.0, 8.0):
        pace.learn("net", 1.0, took)
    assert 4 < pace.seconds("net", 1.0) < 8
    for _ in range(4):
        pace.learn("net", 1.0, 1.0)
    assert 1.0 <= pace.seconds("net", 1.0) < 2


def test_a_run_that_is_over_at_once_teaches_little():
    pace = Pace()
    pace.learn("net", told=0.001, took=SOON)  # a hundred times as long
    assert pace.seconds("net", 10.0) < 20
    pace.learn("net", told=1.0, took=0.0)
    assert pace.seconds("net", 0.0) == 0


def test_runs_of_several_visitors_at_once_are_all_learned_from():
    pace = Pace()
    threads = [threading.Thread(target=pace.learn, args=(i % 3, 1.0, 5.0)) for i in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [pace.seconds(kind, 1.0) for kind in range(3)] == pytest.approx([5.0] * 3)
