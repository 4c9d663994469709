"""What the page does with a picture, without a browser: a run's steps, its limits, its sentences in both languages."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sr_models.errors import SRError
from sr_models.imaging import heatmap
from sr_models.imaging.decode import read
from sr_models.imaging.encode import encode_png
from sr_models.pipelines.upscale import enlarged
from sr_models.web import requests, storage
from sr_models.web.components import readouts
from sr_models.web.components.compare_list import Row
from sr_models.web.nets import NETS
from sr_models.web.pace import Pace
from sr_models.web.pages.upscale import compare, upscaling
from sr_models.web.pages.upscale import describe as describe_module
from sr_models.web.pages.upscale.describe import describe, estimate
from sr_models.web.pages.upscale.request import OTHER, Request, resolve
from sr_models.web.pages.upscale.result import Compared
from tests.conftest import scene


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    path = tmp_path / "p.png"
    path.write_bytes(encode_png(scene(400, 250)))

    def make(net="lanczos", scale=2, mode="enlarge", picture=str(path), **others):
        asked = {"visitor": "visitor", "picture": picture, "net": net, "scale": scale, "mode": mode}
        return Request.of({**asked, **others})

    return make


finished = upscaling._finish


def finish(settings):
    """Run to the end and return the outcome."""
    *_, last = upscaling.run(settings, "en")
    return last["outcome"]


def test_tiles_come_before_the_whole_and_fit_into_it(settings, monkeypatch):
    monkeypatch.setattr(upscaling, "SHOW_SECONDS", 0.0)
    changes = list(upscaling.run(settings(), "en"))
    shows = [change["show"] for change in changes if "show" in change]
    assert len(shows[0].pictures) == 1
    outcome = changes[-1]["outcome"]
    last = outcome.show("en")
    assert len({show.id for show in (*shows, last)}) == 1
    whole = read(outcome.result).array
    tiles = shows[-1].tiles
    assert len(tiles) == changes[-2]["tiles"][1] > 1
    for path, x, y in tiles:
        tile = read(path).array
        assert np.array_equal(whole[y : y + tile.shape[0], x : x + tile.shape[1]], tile)
    assert last.tiles == ()
    assert [path for path, _ in last.pictures] == [outcome.bicubic, outcome.result]


def test_the_estimate_learns_from_a_run(settings, monkeypatch):
    monkeypatch.setattr(describe_module, "PACE", Pace())
    request = settings(net="espcn")
    first = estimate(request)  # by the time of one tile
    assert NETS.is_paced("espcn", 2, False)
    monkeypatch.setattr(upscaling, "_finish", lambda *given: replace(finished(*given), seconds=50 * first + 5))
    finish(request)
    assert estimate(request) == pytest.approx(50 * first + 5, rel=0.2)
    assert estimate(settings(net="fsrcnn")) < 25 * first + 5  # of its own net only


def test_bicubic_is_computed_once_for_all_that_asks_for_it(settings, monkeypatch):
    made = []
    monkeypatch.setattr(upscaling, "enlarged", lambda *given: made.append(given) or enlarged(*given))
    request = settings()
    shows = [upscaling.bicubic_alone(request, "en"), upscaling.bicubic_alone(request.with_(net="espcn"), "en")]
    outcome = finish(request)
    assert len(made) == 1
    assert {show.pictures[0][0] for show in shows} == {outcome.bicubic}
    assert np.array_equal(read(outcome.bicubic).array, enlarged(NETS.runner("bicubic", 2), scene(400, 250)))
    finish(request.with_(scale=3))
    upscaling.bicubic_alone(request.with_(mode="test", noise=9.0), "en")
    assert len(made) == 3  # of other inputs it is another


def test_a_test_shows_the_original_and_once_measured_the_error(settings):
    outcome = finish(settings(mode="test"))
    original, label = outcome.show("en").pictures[2]
    assert label == "original"
    assert np.array_equal(read(original).array, scene(400, 250))
    measured = upscaling.measure(outcome)
    *_, (error, label, legend) = measured.show("en").pictures
    assert label == "error of Lanczos"
    assert "32 grey levels" in legend
    assert np.array_equal(read(error).array, heatmap.error_map(read(outcome.result).array, scene(400, 250)))
    assert read(measured.thumbnail).width == 160
    share = read(measured.sheet).array
    assert share.shape[1] > 3 * 400  # bicubic, result and original, pixel for pixel
    assert any((share[30 : 30 + 250, x : x + 400] == scene(400, 250)).all() for x in range(share.shape[1] - 399))


@pytest.mark.parametrize(("format", "suffix", "kind"), [("jpeg", ".jpg", "JPEG"), ("webp", ".webp", "WEBP")])
def test_numbers_are_those_of_the_file_that_is_downloaded(settings, format, suffix, kind):
    from sr_models.imaging.picture import as_8_bit
    from sr_models.metrics.fidelity import psnr

    outcome = upscaling.measure(finish(settings(mode="test", format=format, quality=30)))
    assert outcome.download.endswith(suffix)
    assert outcome.result == outcome.download
    shown = read(outcome.download)
    assert shown.format == kind
    expected = psnr(as_8_bit(shown.array), as_8_bit(scene(400, 250)), border=2)
    assert outcome.readouts is not None
    assert outcome.readouts.result["psnr_y"] == pytest.approx(expected)


def test_sixteen_bits_are_kept_in_a_tiff_and_shown_as_png(settings):
    outcome = finish(settings(format="tiff16"))
    taken, shown = read(outcome.download), read(outcome.result)
    assert (taken.format, shown.format, taken.depth) == ("TIFF", "PNG", 16)
    assert np.array_equal(taken.array, shown.array)
    assert (taken.array % 257 != 0).any()  # not 8 bits written wide


@pytest.mark.parametrize(("words", "size", "scale"), [("600", (600, 375), 2), ("×2.5", (1000, 625), 3)])
def test_any_size_is_the_next_larger_scale_shrunk(settings, words, size, scale):
    from sr_models.imaging.picture import fit

    chosen = settings(scale=OTHER, size=words)
    outcome = upscaling.measure(finish(chosen))
    assert (outcome.width, outcome.height, outcome.scale) == (*size, scale)
    whole = enlarged(resolve(chosen).upscaler, scene(400, 250))
    assert np.array_equal(read(outcome.result).array, fit(whole, size))
    assert upscaling.receipt(outcome)["output"]["width"] == size[0]
    assert f"→ {size[0]}×{size[1]}" in outcome.show("en").pictures[1][1]
    with pytest.raises(SRError, match="for enlarging only"):
        list(upscaling.run(chosen.with_(mode="test"), "en"))


def test_the_preview_is_what_the_test_will_make(settings):
    chosen = settings(mode="test", blur=1.5)
    path = upscaling.preview(chosen)
    assert path is not None
    part = read(path).array
    assert part.shape == (192, 192, 3)  # 96 LR px, each shown as four
    lr = resolve(chosen).inputs.lr[14 : 14 + 96, 52 : 52 + 96]
    assert np.array_equal(part[::2, ::2][9:-9, 9:-9], lr[9:-9, 9:-9])  # the blur sees nothing beyond the part
    damaged = upscaling.preview(settings(mode="test", blur=1.5, jpeg=20))
    assert damaged is not None
    assert np.abs(read(damaged).array.astype(int) - part).mean() > 3
    assert upscaling.preview(settings()) is None


def test_a_run_over_its_deadline_ends_with_a_sentence(settings, monkeypatch):
    monkeypatch.setattr(requests, "DEADLINE_MINUTES", 0)
    with pytest.raises(SRError, match="more than 0 minutes"):
        list(upscaling.run(settings(), "en"))


def test_a_net_that_is_not_there_is_a_sentence_without_paths(settings):
    with pytest.raises(SRError, match="vdsr is not there at ×2") as caught:
        list(upscaling.run(settings("vdsr"), "en"))
    assert "/" not in requests.explain(caught.value, "zh")


def test_what_should_not_happen_is_a_sentence_and_a_log(caplog):
    assert "Something went wrong" in requests.explain(ValueError("secret /path"), "en")
    assert "secret" not in requests.explain(ValueError("secret /path"), "zh")
    assert "secret" in caplog.text


def test_a_result_that_was_deleted_is_a_sentence(settings):
    outcome = finish(settings())
    storage.delete("visitor")
    with pytest.raises(SRError, match="no longer kept"):
        upscaling.measure(outcome)


def test_the_damage_is_described_in_both_languages(settings):
    outcome = upscaling.measure(finish(settings(mode="test", kernel="lanczos", blur=1.0, noise=5, jpeg=50, seed=3)))
    measured, receipt = outcome.readouts, upscaling.receipt(outcome)
    assert measured is not None
    assert "blur 1 px, Lanczos, noise 5/255 (seed 3), JPEG 50" in readouts.protocol(measured, "en")
    assert "模糊 1 像素，Lanczos，噪声 5/255（种子 3），JPEG 50" in readouts.protocol(measured, "zh")
    assert receipt["degradation"] == {"kernel": "lanczos", "blur": 1.0, "noise": 5, "jpeg": 50, "seed": 3}


def test_a_decoded_upload_is_kept_beside_it_and_goes_with_it(settings, monkeypatch):
    path = storage.adopt(settings().picture, "visitor")
    first = requests.open_upload(path)
    monkeypatch.setattr(requests, "read", None)  # no second decoding
    again = requests.open_upload(path)
    assert np.array_equal(first.array, again.array)
    assert replace(first, array=again.array) == again
    storage.delete("visitor")
    with pytest.raises(SRError, match="no longer kept on this server"):
        requests.open_upload(path)


def test_compare_runs_the_region_through_every_net_in_order(settings):
    from sr_models.checkpoints.recommend import by_validation
    from sr_models.imaging.picture import to_tensor
    from sr_models.metrics.fidelity import psnr

    chosen = settings(mode="test")
    found = list(compare.compare(chosen, "0.75 0.16", "en"))
    changes = [compared for compared, _ in found]
    best = by_validation(2, list(NETS.cards()))
    total = len(NETS.trained(2)) + 1
    assert [len(c.there) for c in changes[:-1]] == list(range(1, total + 1))
    assert {len(c.rows) for c in changes[:-1]} == {total}  # those that wait have rows too
    assert found[0][1].startswith(f"1 of {total} nets, about ")
    assert len({c.id for c in changes}) == 1
    assert [c.running for c in changes] == [True] * total + [False]
    assert f"Nets to go: {total - 2}." in changes[1].title
    last = changes[-1]
    assert (last.sort, last.columns[0], last.columns[-1]) == ("psnr_y", "psnr_y", "seconds")
    keys = list(last.there)
    assert set(keys) == {"bicubic", *NETS.trained(2), "original", "map"}
    assert (keys[0], keys[-3:]) == (best[0], ["bicubic", "original", "map"])
    row = last.there[best[0]]
    inputs = resolve(chosen).inputs
    whole = enlarged(NETS.runner(best[0], 2), inputs.lr)[0:192, 204:396]  # 96 LR px around (150, 20), held inside
    part = read(row.path).array
    assert np.abs(part.astype(int) - whole).max() <= 1
    assert inputs.hr is not None
    value = psnr(to_tensor(part), to_tensor(inputs.hr[0:192, 204:396]))
    assert row.numbers["psnr_y"] == pytest.approx(value, abs=0.005)
    assert row.label("en").startswith(f"{row.name} · {value:.2f} dB")
    assert row.pick == "Best"
    assert row.numbers["seconds"] > 0
    top = max((r for r in last.rows if r.net), key=lambda r: r.numbers["psnr_y"])
    assert last.title.startswith(f"{top.name} is closest: {top.numbers['psnr_y']:.2f} dB.")
    assert last.about == "×2, this part of 96 × 96 px"
    arrays = [read(last.there[net].path).array for net in reversed(keys[:-3])]
    assert np.array_equal(read(last.there["map"].path).array, heatmap.disagreement(arrays))


def test_the_viewer_gets_six_at_most_and_only_what_is_there(settings):
    *_, (compared, _) = compare.compare(settings(mode="test"), "", "en")
    first = compare.first_choice(compared, "srcnn")
    assert first[:2] == ["bicubic", "srcnn"]
    assert len(first) == len(set(first)) == 6
    assert compare.first_choice(compared, "bicubic")[0] == "bicubic"
    assert first[-1] == "original"
    keys = list(compared.there)
    assert list(compared.choose([keys[0], "../x", 7, *keys]).chosen) == keys[:6]
    show = compared.choose(["map", "nonsense"]).show("en")
    assert [label for _, label, *_ in show.pictures] == ["where the nets disagree"]


def test_a_comparison_is_of_the_picture_the_scale_and_the_degradation(settings):
    base = settings(mode="test")
    *_, (compared, _) = compare.compare(base, "", "en")
    assert compare.is_of(compared, base)
    assert compare.is_of(compared, base.with_(net="espcn", format="png16", tile=64))
    for other in ({"noise": 3}, {"scale": 3}, {"mode": "enlarge"}):
        assert not compare.is_of(compared, base.with_(**other))
    assert not compare.is_of(compared, replace(base, picture=base.picture + "x"))


def test_the_sentence_names_the_closest_and_the_most_alike():
    closest = Row("span", "SPAN", "1", {"psnr_y": 29.784, "lpips_alex": 0.12}, net=True)
    alike = Row("srgan", "SRGAN", "2", {"psnr_y": 28.48, "lpips_alex": 0.0791}, invents=True, net=True)
    last = Row("original", "original", "3")
    compared = Compared("id", 1, 1, (closest, alike, last), columns=("psnr_y", "lpips_alex", "seconds"))
    assert compare.title(compared, "en") == (
        "SPAN is closest: 29.78 dB. SRGAN looks most alike (LPIPS 0.079), and invents."
    )
    plain = replace(compared, rows=(closest, replace(alike, invents=False)))
    assert compare.title(plain, "en").endswith("SRGAN looks most alike (LPIPS 0.079).")
    alone = replace(compared, rows=(closest, last))
    assert compare.title(alone, "en") == "SPAN is closest: 29.78 dB. It looks most alike too (LPIPS 0.120)."
    assert compare.title(replace(compared, columns=("psnr_y",)), "en") == "SPAN is closest: 29.78 dB."
    stopped = replace(compared, rows=(closest, replace(alike, path="")))
    assert compare.title(stopped, "en") == "Of 1 nets that ran, SPAN is closest: 29.78 dB."
    assert compare.title(replace(compared, rows=(last,)), "en") == (
        "Without an original nothing is measured: look for yourself."
    )


@pytest.mark.parametrize("centre", ["", "nan nan", "-1e9 1e9", "<x> 3", "1 2 3", "inf -inf", "0 nan"])
def test_compare_takes_nothing_on_trust(settings, centre):
    *_, (compared, _) = compare.compare(settings(), centre, "zh")
    assert (compared.width, compared.height) == (192, 192)


def test_a_compressed_picture_gets_a_hint_and_a_clean_one_none(settings, tmp_path):
    from PIL import Image

    def facts(name, lang="en", **how):
        path = tmp_path / name
        Image.fromarray(scene(120, 90)).save(path, **how)
        return describe(settings(scale=4, picture=str(path)), lang)

    assert "quality about 60" in facts("low.jpg", quality=60)
    assert "JPEG marks" in facts("low.jpg", quality=60)
    assert "JPEG 压缩痕迹" in facts("low.jpg", "zh", quality=60)
    assert "JPEG marks" not in facts("high.jpg", quality=96)
    assert "JPEG marks" not in facts("clean.png")
    exif = Image.Exif()
    exif[0x0110] = "SuperScan 3000"
    assert "grain" in facts("scan.png", exif=exif)


def test_a_file_of_a_chosen_size_is_named_by_its_size(settings):
    outcome = finish(settings(net="espcn", scale=OTHER, size="700", ensemble=True))
    assert Path(outcome.download).name == "p_espcn_700x438_ensemble.png"
    assert Path(finish(settings(net="espcn")).download).name == "p_espcn_x2.png"
