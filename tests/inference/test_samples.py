"""Several possible answers: noise, samples by the pipeline, the job and the command line, and their measure."""

import dataclasses

import numpy as np
import pytest
import torch

from sr_models import archs
from sr_models.archs import Samples
from sr_models.checkpoints.card import read_card
from sr_models.checkpoints.format import save_checkpoint
from sr_models.errors import SRError
from sr_models.evaluation import diversity
from sr_models.evaluation.tables import samples as samples_tables
from sr_models.imaging.decode import read
from sr_models.imaging.encode import encode_png
from sr_models.imaging.resample import resize
from sr_models.inference.noise import noise
from sr_models.inference.upscaler import Upscaler
from sr_models.metrics.diversity import pooled_rank_correlation, rank_correlation, spread
from sr_models.pipelines import upscale
from sr_models.pipelines.upscale import draw_samples
from tests.conftest import scene

CONFIG = {"width": 8, "blocks": 1, "fine": 2, "coarse": 4, "base_config": {"width": 8, "depth": 1}}


def tiny(scale: int = 2):
    """Build a small VAE whose samples differ from its mean."""
    torch.manual_seed(2)
    net = archs.build("vae", scale=scale, **CONFIG).eval()
    for name, p in net.named_parameters():
        if p.dim() == 4 and not name.startswith("base") and "posterior" not in name and p.abs().max() < 0.02:
            torch.nn.init.normal_(p, std=0.3)
    return net


@pytest.fixture
def upscaler():
    return Upscaler(tiny(), "vae_x2", device="cpu", dtype="float32")


def draw(upscaler, lr, count, **options):
    return torch.cat(diversity.whole_samples(upscaler, lr, count, **options))


def picture(height: int, width: int, channels: int = 3):
    return torch.rand(1, channels, height, width, generator=torch.Generator().manual_seed(7))


def test_noise_is_standard_normal_and_a_window_is_a_part_of_the_whole():
    whole = noise(3, range(200), range(300), seed=5)
    assert abs(float(whole.mean())) < 0.01
    assert float(whole.std()) == pytest.approx(1, abs=0.01)
    assert torch.equal(noise(3, range(60, 131), range(127, 260), seed=5), whole[:, :, 60:131, 127:260])
    for other in ({"seed": 6}, {"seed": 5, "sample": 1}):
        part = noise(3, range(200), range(300), **other)
        assert abs(np.corrcoef(part.flatten(), whole.flatten())[0, 1]) < 0.02
    assert abs(np.corrcoef(whole[..., :64, :64].flatten(), whole[..., :64, 64:128].flatten())[0, 1]) < 0.05


def test_no_block_of_noise_comes_twice():
    line, seen = range(256), set()
    for seed, sample in ((0, 0), (0, 1), (0, 2), (1, 0), (2**31, 0), (2**32 - 1, 63)):
        whole = noise(1, line, line, seed=seed, sample=sample)
        blocks = [whole[..., i : i + 64, j : j + 64] for i in range(0, 256, 64) for j in range(0, 256, 64)]
        seen |= {block.numpy().tobytes() for block in blocks}
    assert len(seen) == 6 * 16


def test_a_vae_knows_many_and_others_do_not(upscaler):
    assert isinstance(upscaler.net, Samples)
    assert upscaler.knows_many
    one = Upscaler(archs.build("espcn", scale=2), "espcn_x2", device="cpu")
    assert not one.knows_many
    with pytest.raises(SRError, match="espcn_x2 knows one answer only"):
        list(one.samples(picture(20, 20), 2))


def test_the_same_seed_draws_the_same_picture_tiled_or_whole_few_or_many(upscaler):
    lr = picture(70, 90)
    whole = draw(upscaler, lr, 3, seed=1, tile=4096)
    assert torch.equal(draw(upscaler, lr, 3, seed=1, tile=4096), whole)
    torch.testing.assert_close(draw(upscaler, lr, 3, seed=1, tile=32), whole, atol=1e-5, rtol=0)
    torch.testing.assert_close(draw(upscaler, lr, 1, seed=1), whole[:1], atol=1e-5, rtol=0)
    assert (draw(upscaler, lr, 1, seed=2) - whole[:1]).std() > 0.01
    assert (whole[0] - whole[1]).std() > 0.01


def test_temperature_0_is_the_mean_and_more_is_further_from_it(upscaler):
    lr = picture(32, 40)
    mean = upscaler(lr)
    torch.testing.assert_close(draw(upscaler, lr, 1, temperature=0), mean, atol=1e-5, rtol=0)
    far = [float((draw(upscaler, lr, 4, temperature=t) - mean).square().mean()) for t in (0.3, 0.7, 1.2)]
    assert far == sorted(far)
    assert far[0] < far[2] / 3


def test_consistent_samples_shrink_back_to_the_picture(upscaler):
    lr = 0.4 + 0.2 * resize(picture(10, 12), 40, 48)  # smooth and grey: nothing is clamped
    wrong = {}
    for consistent in (True, False):
        sample = draw(upscaler, lr, 1, consistent=consistent, temperature=0.5)
        assert 0 < sample.min() < sample.max() < 1
        wrong[consistent] = float((resize(sample, 40, 48) - lr)[..., 2:-2, 2:-2].abs().mean())
    assert wrong[True] < wrong[False] / 4


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_grey_and_alpha_are_sampled_too(upscaler, channels):
    lr = picture(24, 28, channels)
    samples = draw(upscaler, lr, 2)
    assert samples.shape == (2, channels, 48, 56)
    assert (samples[0, 0] - samples[1, 0]).std() > 0.001
    if channels in (2, 4):
        torch.testing.assert_close(samples[:1, -1:], upscaler(lr)[:, -1:])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"count": 0}, "samples is 0, it must be between 1 and 32"),
        ({"count": 65}, "samples is 65"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 2**32}, "seed is 4294967296"),
        ({"temperature": 2.1}, "temperature is 2.1, it must be between 0 and 2"),
        ({"temperature": float("nan")}, "temperature is nan"),
    ],
)
def test_values_out_of_range_are_sentences(upscaler, options, words):
    with pytest.raises(SRError, match=words):
        list(upscaler.samples(picture(16, 16), **{"count": 1, **options}))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_sample_that_is_not_finite_is_dropped_and_the_others_stay(upscaler, monkeypatch, value):
    real = upscaler.net.sample

    def broken(lr, noise, consistent=True):
        for k, sample in enumerate(real(lr, noise, consistent)):
            yield sample * 0 + value if k == 1 else sample

    monkeypatch.setattr(upscaler.net, "sample", broken)
    steps = list(draw_samples(upscaler, scene(40, 30), 3, tile=16))
    assert steps[-1].dropped == (1,)
    assert sorted(steps[-1].arrays) == [0, 2]
    assert steps[-1].done == steps[-1].total == len(steps)


def test_the_spread_is_the_standard_deviation_of_luma():
    levels = np.array([10, 20, 60], np.uint8)
    maps = [np.full((4, 5, 3), level, np.uint8) for level in levels]
    expected = np.std(levels * (65.481 + 128.553 + 24.966) / 255, ddof=1)
    np.testing.assert_allclose(spread(maps), expected, rtol=1e-4)
    one = [np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9, 3), np.uint8)]
    one[1][4, 4] = 90
    sharp, smooth = spread(one), spread(one, around=1)
    assert (np.count_nonzero(sharp), np.count_nonzero(smooth)) == (1, 9)
    np.testing.assert_allclose(smooth[4, 4] * 3, sharp[4, 4], rtol=1e-5)


def test_equal_pictures_have_no_spread_and_too_many_samples_are_a_sentence(upscaler, monkeypatch):
    assert not spread([scene(30, 20)] * 8).any()
    monkeypatch.setattr(upscale, "MOST_BYTES", 3 * 60 * 40 * 3)
    with pytest.raises(SRError, match="4 samples of this picture are too many at once, 3 fit"):
        list(draw_samples(upscaler, scene(30, 20), 4))
    assert len(list(draw_samples(upscaler, scene(30, 20), 3))[-1].arrays) == 3


def test_rank_correlation_finds_order_and_its_absence():
    steps = np.kron(np.arange(12.0).reshape(3, 4), np.ones((8, 8)))
    assert pooled_rank_correlation(steps, steps**3) == pytest.approx(1)
    assert pooled_rank_correlation(steps, -steps) == pytest.approx(-1)
    assert pooled_rank_correlation(steps[:8, :8], steps[:8, :8]) is None


@pytest.fixture
def vae_file(small_checkpoint):
    """A tiny vae_x2 beside the tiny espcn_x2."""
    card = dataclasses.replace(read_card(small_checkpoint), name="vae_x2", architecture="vae", config={})
    net = tiny()
    path = small_checkpoint.with_name("vae_x2.safetensors")
    save_checkpoint(net, dataclasses.replace(card, config=net.config), path)
    return path


def test_the_command_writes_samples_beside_the_mean(run, vae_file, tmp_path):
    (tmp_path / "a.png").write_bytes(encode_png(scene(24, 20)))
    common = ("upscale", tmp_path / "a.png", "-m", "vae_x2", "--samples", "2", "--seed", "3")
    code, said, _ = run(*common, "-o", tmp_path / "out", "--temperature", "0.8")
    assert code == 0
    assert "1 enlarged by vae_x2" in said
    names = ["a_vae_x2.png", "a_vae_x2_s1.png", "a_vae_x2_s2.png"]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == names
    arrays = [read(tmp_path / "out" / name).array for name in names]
    assert all(a.shape == (40, 48, 3) for a in arrays)
    assert not np.array_equal(arrays[1], arrays[2])
    assert "1 already there" in run(*common, "-o", tmp_path / "out", "--temperature", "0.8")[1]
    assert "1 enlarged" in run(*common, "-o", tmp_path / "free", "--temperature", "0.8", "--no-project")[1]
    assert not np.array_equal(read(tmp_path / "free" / names[1]).array, arrays[1])
    for wrong in ("200", "-1"):
        code, _, error = run(*common, "-o", tmp_path / "none", "--samples", wrong)
        assert (code, "--samples" in error, (tmp_path / "none").exists()) == (2, True, False)
    code, _, error = run("upscale", tmp_path / "a.png", "-m", "espcn_x2", "-o", tmp_path / "none", "--samples", "2")
    assert "espcn_x2 knows one answer only" in error


def test_answers_are_measured_on_a_set(run, vae_file, tmp_path, monkeypatch):
    monkeypatch.setattr(diversity, "MANY", 10)
    monkeypatch.setenv("SR_LAB_FEATURES", str(tmp_path))  # without LPIPS
    (tmp_path / "sets" / "One" / "HR").mkdir(parents=True)
    (tmp_path / "sets" / "One" / "HR" / "a.png").write_bytes(encode_png(scene(70, 59)))
    markdown = tmp_path / "RESULTS.md"
    code, said, _ = run("answers", "vae_x2", "--bench-sets", tmp_path / "sets", "--write", markdown, "--stamp")
    assert code == 0
    assert "mean (the file)" in said
    assert "Many answers: vae_x2" in markdown.read_text()
    report = diversity.measure_diversity(Upscaler(tiny(), "vae_x2", device="cpu"), tmp_path / "sets" / "One" / "HR")
    mean = report.mean
    assert (mean["best"] or 0) >= (mean["one"] or 99)
    assert mean["lpips"] is None
    assert (mean["consistency"] or 0) > (mean["consistency_free"] or 99)
    assert len(report.calibration) == 10
    told = [row["told"] for row in report.calibration]
    assert told == sorted(told)
    stamped = read_card(vae_file).result("One", "rank_spread")
    assert stamped is not None
    ranks = report.rank_spread, report.rank_gradient
    assert (stamped.value, stamped.baseline) == pytest.approx(ranks, abs=0.02)  # the file is float16
    assert "espcn_x2 knows one answer only" in run("answers", "espcn_x2", "--bench-sets", tmp_path / "sets")[2]


class Sampling(torch.nn.Module):
    """Draw noise over a bicubic picture: it holds no other net and has no posterior."""

    scale, channels, halo, minimum, multiple_of, exact_tiling, noise_channels = 2, 3, 3, 1, 1, True, 3

    def forward(self, lr):
        return resize(lr, 2 * lr.shape[-2], 2 * lr.shape[-1])

    def sample(self, lr, noise, consistent=True):
        for one in noise:
            yield self(lr) + 0.1 * one.repeat_interleave(2, 2).repeat_interleave(2, 3)


def test_a_net_that_only_samples_is_measured_and_what_it_cannot_tell_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(diversity, "MANY", 10)
    monkeypatch.setenv("SR_LAB_FEATURES", str(tmp_path))  # without LPIPS
    (tmp_path / "One").mkdir()
    (tmp_path / "One" / "a.png").write_bytes(encode_png(scene(70, 58)))
    report = diversity.measure_diversity(Upscaler(Sampling(), "noisy_x2", device="cpu"), tmp_path / "One")
    rows = {row[0]: row[1] for row in samples_tables.table([report])}
    assert float(rows[samples_tables.ROWS["mean"]]) > 20
    assert [rows[samples_tables.ROWS[key]] for key in ("base", "posterior")] == ["-", "-"]
    assert rows["KL of the fine latent, nats per place"] == "-"


def test_without_a_spread_no_rank_is_told():
    flat = {key: np.ones(20) for key in ("one", "other")}
    assert rank_correlation(flat["one"], flat["other"]) is None
