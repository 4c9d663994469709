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


def test_compare_runs_the_region_through_the_nets_in_order(settings, monkeypatch):
    from sr_models.image import to_tensor
    from sr_models.metrics.fidelity import psnr
    from sr_models.picks import by_validation
    from sr_models.web.nets import cards, runner

    chosen = settings(mode="test")
    changes = list(runs.compare(chosen, "300 40", "en"))
    best = by_validation(2, list(cards()))
    assert len(changes) == len(best[:4]) + 2
    shows = [change["show"] for change in changes]
    assert [len(show.pictures) for show in shows[:-1]] == list(range(1, len(shows)))
    assert len({show.id for show in shows}) == 1
    labels = [label for _, label in shows[-1].pictures]
    assert labels[0].startswith("Bicubic")
    assert labels[-1] == "original"
    _, inputs = chosen.inputs()
    path, label = shows[-1].pictures[-2]
    whole = job.enlarged(runner(best[0], 2), inputs.lr)[0:192, 204:396]  # 96 LR px around (150, 20), held inside
    part = read(path).array
    assert np.abs(part.astype(int) - whole).max() <= 1
    assert inputs.hr is not None
    assert f"{psnr(to_tensor(part), to_tensor(inputs.hr[0:192, 204:396])):.2f} dB" in label


@pytest.mark.parametrize("centre", ["", "nan nan", "-1e9 1e9", "<x> 3", "1 2 3"])
def test_compare_takes_nothing_on_trust(settings, centre):
    *_, last = runs.compare(settings(), centre, "zh")
    assert (last["show"].width, last["show"].height) == (192, 192)
