"""Between measured and sharp, without a browser: the preview, the plane, what the critic says, and why not."""

import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

from sr_models.checkpoints.catalog import weights_folder
from sr_models.checkpoints.format import read_checkpoint, save_checkpoint
from sr_models.errors import SRError
from sr_models.imaging.decode import read
from sr_models.metrics import perceptual
from sr_models.pipelines.critic import critic_map
from sr_models.web import storage
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale import compare, critic, upscaling
from sr_models.web.pages.upscale.choices import offer_mix
from sr_models.web.pages.upscale.result import present
from tests.web.pages.upscale.test_run import finish, settings

__all__ = ["settings"]


def test_a_mix_is_another_picture_with_a_warning_and_a_receipt(settings):
    whole, half, none = (
        upscaling.measure(finish(settings("srgan", 4, mode="test", mix=alpha))) for alpha in (1.0, 0.5, 0.0)
    )
    pictures = [read(outcome.result).array.astype(int) for outcome in (whole, half, none)]
    assert np.abs(pictures[0] - pictures[1]).mean() > 0.1
    assert np.abs(pictures[2] - pictures[1]).mean() > 0.1
    measured = upscaling.measure(finish(settings("sesr_48x6", 4, mode="test")))
    assert np.array_equal(read(measured.result).array, pictures[2])
    assert [outcome.invents for outcome in (whole, half, none)] == [True, True, False]
    assert upscaling.receipt(half)["mix"]["alpha"] == 0.5
    assert half.name("en") == "SRGAN 50%"
    assert half.readouts
    assert half.readouts.result != whole.readouts.result  # type: ignore[union-attr]


@pytest.mark.parametrize("net", ["srgan", "autoencoder_gan"])  # the second folds four pixels into one
def test_a_preview_is_the_part_of_the_whole(settings, net):
    base = settings(net, 4, mode="test")
    outcome = finish(base)
    wanted = base.with_(mix=0.4)
    found = compare.preview(wanted, outcome, "0.13 0.9", "en")
    assert found
    path, (left, top), words = found
    part, whole = read(path).array, read(finish(wanted).result).array
    height, width = part.shape[:2]
    assert (left % 4, top + height, height) == (0, 248, 248)  # 400 x 248 is less high than the region
    assert np.abs(part.astype(int) - whole[top : top + height, left : left + width]).max() <= 1
    assert "40%" in words
    assert re.search(r"\d\d\.\d\d dB", words)
    damaged = wanted.with_(noise=3)
    assert compare.preview(damaged, outcome, "", "en") is None  # of another small picture
    assert compare.preview(wanted.with_(mode="enlarge"), outcome, "", "en") is None  # of another size
    assert compare.preview(replace(wanted, picture=outcome.result), outcome, "", "en") is None


def test_another_mix_keeps_the_view_and_has_an_id_of_its_own(settings):
    outcome = finish(settings("srgan", 4))
    *shows, last = upscaling.run(settings("srgan", 4, mix=0.5), "en", outcome)
    assert {change["show"].id for change in shows if "show" in change} == {outcome.viewed}
    assert last["outcome"].viewed == outcome.viewed
    assert last["outcome"].id != outcome.id
    other = [change["show"].id for change in upscaling.run(settings("espcn", 4), "en", outcome) if "show" in change]
    assert outcome.viewed not in other
    assert outcome.invents  # before it is measured
    assert "Contains invented detail" in present(outcome, "en")["sentence"]


@pytest.fixture
def stand_in(monkeypatch, tmp_path):
    """Put features with random weights in the place of the pretrained ones."""
    from safetensors.torch import save_file

    save_file(perceptual.Lite0().state_dict(), tmp_path / "lite0.safetensors")
    monkeypatch.setenv("SR_LAB_FEATURES", str(tmp_path))


def test_the_plane_has_every_net_and_the_way_between(settings, stand_in):
    *_, (compared, words) = compare.compare(settings("srgan", 4, mode="test"), "", "en")
    nets = [row for row in compared.rows if row.net]
    assert len(nets) == len(NETS.trained(4)) + 1
    assert {tuple(row.numbers) for row in nets} == {("psnr_y", "features", "seconds")} == {compared.columns}
    continued = [net for net in NETS.trained(4) if NETS.partner_of(net, 4) is not None]
    assert len(compared.ways) == len(continued) > 0
    ends = [tuple(compared.there[net].numbers.values())[:2] for net in continued]
    assert sorted(way[-1] for way in compared.ways) == sorted(ends)
    assert {len(way) for way in compared.ways} == {5}
    assert "Perceptual distance" in words
    assert re.fullmatch(r"SRGAN, partly invented · \d+\.\d\d dB · \d+\.\d{3}", compared.there["srgan"].label("en"))
    *_, (alone, _) = compare.compare(settings("srgan", 4), "", "en")
    assert (alone.columns, alone.ways, alone.no_plane) == (("seconds",), (), "")  # no original, no numbers


def test_without_features_the_plane_says_why(settings, monkeypatch, tmp_path):
    monkeypatch.setenv("SR_LAB_FEATURES", str(tmp_path / "none"))
    *_, (compared, _) = compare.compare(settings("srgan", 4, mode="test"), "", "en")
    assert "pretrained features are not on this server" in compared.no_plane
    assert (compared.columns, compared.ways) == (("psnr_y", "seconds"), ())


def test_without_lpips_the_feature_distance_stands_in(settings, stand_in, monkeypatch, tmp_path):
    measured = upscaling.measure(finish(settings("espcn", 2, mode="test"))).readouts
    assert measured
    assert measured.result["lpips_alex"] is None
    assert measured.result["features"] > 0  # type: ignore[operator]
    assert not {"lpips_alex", "features"} & measured.absent.keys()
    monkeypatch.setenv("SR_LAB_FEATURES", str(tmp_path / "none"))
    measured = upscaling.measure(finish(settings("espcn", 2, mode="test"))).readouts
    assert measured
    assert measured.absent["lpips_alex"] == "no_features"
    assert "features" not in measured.absent


def test_the_critic_looks_at_the_result_and_at_the_original(settings):
    facade = settings("srgan", 4, mode="test", picture=str(storage.ASSETS / "facade.png"))
    outcome = finish(facade)
    path, fake, true = critic.judge(outcome, "visitor")
    assert read(path).array.shape == read(outcome.result).array.shape
    assert true is not None
    assert 0 < true < fake < 1
    assert critic.judge(finish(settings("srgan", 4)), "visitor")[2] is None
    assert storage.visitor_folder("visitor") in path.parents
    bicubic = critic.judge(replace(outcome, result=outcome.bicubic), "visitor")[1]
    assert bicubic != fake
    with pytest.raises(SRError, match="No critic was trained at ×3"):
        critic.judge(finish(settings("bicubic", 3)), "visitor")


def test_the_critic_says_where_it_stops(monkeypatch):
    monkeypatch.setattr("sr_models.pipelines.critic.MOST_JUDGED", 99)
    array = np.zeros((10, 10, 3), np.uint8)
    with pytest.raises(SRError, match="the critic looks at 99 pixels at most"):
        critic_map(NETS.critic(4), array, array[:2, :2])


@pytest.mark.parametrize("size", [(8, 12), (33, 47)])
def test_the_critics_map_has_the_size_of_the_result(size):
    rng = np.random.default_rng(0)
    lr = rng.integers(0, 255, (*size, 3), np.uint8)
    result = lr.repeat(4, 0).repeat(4, 1)
    found = critic_map(NETS.critic(4), result, lr)
    assert found.shape == result.shape[:2]
    assert 0 <= found.min() < found.max() <= 1
    grey = critic_map(NETS.critic(4), result[:, :, :1], lr[:, :, :1])
    assert grey.shape == result.shape[:2]


def test_the_choice_is_offered_only_where_there_is_one(tmp_path, monkeypatch):
    def visible(net: str) -> list[bool]:
        found = offer_mix(net, 4, "en")
        return [found[name]["visible"] for name in ("mix_box", "mix_absent")]

    folder = tmp_path / "weights"
    folder.mkdir()
    for name in ("srgan_x4", "sesr_48x6_x4", "sesr_32x4_x4"):
        shutil.copy(weights_folder() / f"{name}.safetensors", folder)
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(folder))
    NETS.refresh()
    assert visible("srgan") == [True, False]
    assert visible("sesr_48x6") == [False, False]
    (folder / "sesr_48x6_x4.safetensors").unlink()
    NETS.refresh()
    assert visible("srgan") == [False, True]
    assert "srgan_x4 continues sesr_48x6_x4, which is not here" in offer_mix("srgan", 4, "en")["mix_absent"]["value"]
    net, card = read_checkpoint(folder / "sesr_32x4_x4.safetensors")
    save_checkpoint(net, replace(card, name="sesr_48x6_x4"), folder / "sesr_48x6_x4.safetensors")
    NETS.refresh()
    assert visible("srgan") == [False, True]
    assert "无法混合" in offer_mix("srgan", 4, "zh")["mix_absent"]["value"]
