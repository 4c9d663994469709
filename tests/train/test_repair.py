"""Objectives of nets that repair: what is told, where the loss looks, and the score that spreads samples."""

import pytest
import torch

from sr_models import archs
from sr_models.imaging.tone import Thin
from sr_models.train.objectives import OBJECTIVES, Batch, Setup
from sr_models.train.objectives.inpaint import within_holes
from sr_models.train.objectives.pointwise import thinned
from sr_models.train.objectives.repair import half_told, strength_of
from sr_models.train.objectives.variational_repair import energy_score, views


def test_every_second_picture_is_told_the_distance_from_its_original():
    clean = torch.full((4, 3, 16, 16), 0.5)
    degraded = clean + torch.tensor([0.1, 0.1, 0.2, 0.2]).view(-1, 1, 1, 1)
    assert strength_of(degraded, clean).tolist() == pytest.approx([25.5, 25.5, 51, 51])
    told = []

    def net(x, mask, strength):
        told.append((mask, strength))
        return x

    assert float(half_told(net, degraded, clean, "l1", 0)) == pytest.approx(0.15)
    ((mask, strength),) = told
    assert mask is None
    assert strength.isnan().tolist() == [False, True, False, True]
    assert strength[::2].tolist() == pytest.approx([25.5, 51])


def test_the_loss_of_holes_looks_into_them_alone():
    clean, mask = torch.zeros(2, 3, 8, 8), torch.zeros(2, 1, 8, 8)
    mask[0, :, :2], mask[1, :, :4] = 1, 1
    wrong = torch.ones_like(clean)
    wrong[0] *= 0.5
    holed = torch.cat([clean, mask], 1)
    assert float(within_holes(lambda x, m: wrong, holed, clean, "l1", 0)) == pytest.approx(0.75)
    logs = float(within_holes(lambda x, m: wrong, holed, clean, "log_mse", 0))
    assert logs == pytest.approx(float(torch.tensor([0.25, 1.0]).log().mean()) / 2, abs=1e-4)
    outside = wrong * (1 - mask)
    assert float(within_holes(lambda x, m: outside, holed, clean, "l1", 0)) == 0


def test_the_pointwise_loss_is_that_of_the_pixels_that_are_kept():
    clean = torch.zeros(1, 3, 16, 16)
    clean[..., ::4, ::4] = 0.5
    degraded = Thin(4)(clean, torch.Generator()) + 0.25
    assert degraded.shape == (1, 3, 4, 4)
    assert float(thinned(lambda x: x, degraded, clean, "l1", 0)) == pytest.approx(0.25)


def test_the_energy_score_is_least_where_samples_are_as_far_apart_as_they_are_wrong():
    generator = torch.Generator().manual_seed(0)
    one, other, truth = (torch.randn(64, 3, 32, 32, generator=generator) for _ in range(3))
    unknown, mean = torch.ones(64, 1, 32, 32), torch.zeros(64, 3, 32, 32)

    def score(one, other, truth, unknown=unknown):
        return float(energy_score([*map(views, (one, other, truth, mean))], unknown))

    scores = {s: score(s * one, s * other, truth) for s in (0.0, 0.5, 1.0, 1.5)}
    assert min(scores, key=lambda spread: scores[spread]) == 1.0
    half = unknown.clone()
    half[..., 16:] = 0
    far = truth.clone()
    far[..., 16:] += 9
    assert score(one, other, far, half) == pytest.approx(score(one, other, truth, half))


def test_the_energy_score_hears_a_wrong_colour_and_a_wrong_grain_where_the_size_is_right():
    generator = torch.Generator().manual_seed(0)
    grey = [torch.randn(32, 1, 32, 32, generator=generator).expand(-1, 3, -1, -1) for _ in range(3)]
    coloured = [torch.randn(32, 3, 32, 32, generator=generator) for _ in range(2)]
    soft = [torch.randn(32, 1, 8, 8, generator=generator) for _ in range(2)]
    soft = [torch.nn.functional.interpolate(one, scale_factor=4).expand(-1, 3, -1, -1) for one in soft]
    truth, unknown = grey[2], torch.ones(32, 1, 32, 32)
    right, colour, grain = (
        float(energy_score([*map(views, (*pair, truth, 0 * truth))], unknown)) for pair in (grey[:2], coloured, soft)
    )
    assert right < 0.9 * min(colour, grain)


@pytest.mark.parametrize("channels", [3, 4])
def test_the_vae_learns_all_but_its_base_and_logs_its_terms(channels):
    torch.manual_seed(0)
    net = archs.build("restoration_vae", width=16, deep=16, base_config={"width": 16, "depth": 1, "deep": 16}).train()
    objective = OBJECTIVES["variational_repair"].make(Setup(net, 1e-3), {"muon": 2.0})
    before = {k: v.clone() for k, v in net.state_dict().items()}
    clean = torch.rand(2, 3, 32, 32)
    mask = torch.zeros(2, channels - 3, 32, 32)
    mask[..., 8:20, 8:20] = 1
    for step in range(3):
        generators = [torch.Generator().manual_seed(10 * step + k) for k in range(2)]
        given = torch.cat([(clean + 0.1).clamp(0, 1), mask], 1)
        logged = objective.step(Batch(given, clean, "none", progress=0.5, generators=generators))
    assert logged.keys() == {"loss", "mse", "energy", "kl_coarse", "kl_fine"}
    assert all(value.isfinite() for value in logged.values())
    moved = {k for k, v in net.state_dict().items() if not torch.equal(v, before[k])}
    assert moved == {k for k in before if not k.startswith("base.")}
