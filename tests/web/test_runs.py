"""What the page does with a picture, without a browser: a run's steps, its limits, its sentences in both languages."""

import numpy as np
import pytest

from sr_models import job
from sr_models.errors import SRError
from sr_models.image import encode_png, read
from sr_models.web import limits, readouts, runs
from tests.conftest import scene


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    path = tmp_path / "p.png"
    path.write_bytes(encode_png(scene(400, 250)))

    def make(net="lanczos", scale=2, mode="enlarge", **damage):
        return runs.Settings("visitor", str(path), mode, net, scale, job.Damage(**damage))

    return make


def test_tiles_come_before_the_whole_and_fit_into_it(settings, monkeypatch):
    monkeypatch.setattr(runs, "SHOW_SECONDS", 0.0)
    changes = list(runs.run(settings(), "en"))
    shows = [change["show"] for change in changes if "show" in change]
    assert len(shows[0].pictures) == 1
    assert len({show.id for show in shows}) == 1
    finished = changes[-1]["finished"]
    whole = read(finished.result).array
    tiles = shows[-2].tiles
    assert len(tiles) == changes[-2]["tiles"][1] > 1
    for path, x, y in tiles:
        tile = read(path).array
        assert np.array_equal(whole[y : y + tile.shape[0], x : x + tile.shape[1]], tile)
    assert shows[-1].tiles == ()
    assert [path for path, _ in shows[-1].pictures] == [finished.bicubic, finished.result]


def test_a_test_shows_the_original_as_well(settings):
    *_, last = runs.run(settings(mode="test"), "en")
    (_, _), (_, _), (original, label) = last["show"].pictures
    assert label == "original"
    assert np.array_equal(read(original).array, scene(400, 250))


def test_a_run_over_its_deadline_ends_with_a_sentence(settings, monkeypatch):
    monkeypatch.setattr(limits, "DEADLINE_MINUTES", 0)
    with pytest.raises(SRError, match="more than 0 minutes"):
        list(runs.run(settings(), "en"))


def test_a_net_that_is_not_there_is_a_sentence_without_paths(settings):
    with pytest.raises(SRError, match="vdsr is not there at ×2") as caught:
        list(runs.run(settings("vdsr"), "en"))
    assert "/" not in runs.explain(caught.value, "zh")


def test_what_should_not_happen_is_a_sentence_and_a_log(caplog):
    assert "Something went wrong" in runs.explain(ValueError("secret /path"), "en")
    assert "secret" not in runs.explain(ValueError("secret /path"), "zh")
    assert "secret" in caplog.text


def test_a_result_that_was_deleted_is_a_sentence(settings):
    *_, last = runs.run(settings(), "en")
    limits.delete("visitor")
    with pytest.raises(SRError, match="no longer kept"):
        runs.measure(last["finished"])


def test_the_damage_is_described_in_both_languages(settings):
    *_, last = runs.run(settings(mode="test", kernel="lanczos", blur=1.0, noise=5, jpeg=50, seed=3), "en")
    measured, receipt, _ = runs.measure(last["finished"])
    assert "blur 1 px, Lanczos, noise 5/255 (seed 3), JPEG 50" in readouts.protocol(measured, "en")
    assert "模糊 1 像素，Lanczos，噪声 5/255（种子 3），JPEG 50" in readouts.protocol(measured, "zh")
    assert receipt["degradation"] == {"kernel": "lanczos", "blur": 1.0, "noise": 5, "jpeg": 50, "seed": 3}
