"""Degradations: what each does, that a seed decides, and that amounts out of range are sentences."""

import pytest
import torch

from sr_models.errors import SRError
from sr_models.imaging.degradations import Blur, Chain, Downscale, Jpeg, Noise, OneOf, Poisson, draw_amounts
from sr_models.imaging.picture import shrink, to_tensor
from tests.conftest import scene

HR = to_tensor(scene(48, 36))


def seeded(step, x=HR, seed=0):
    return step(x, torch.Generator().manual_seed(seed))


def test_blur_keeps_the_mean_and_lowers_contrast():
    blurred = seeded(Blur(2.0))
    assert blurred.shape == HR.shape
    assert blurred.mean() == pytest.approx(float(HR.mean()), abs=0.01)
    assert blurred.std() < HR.std() * 0.95
    assert torch.equal(seeded(Blur(0.0)), HR)


def test_noise_has_the_stated_strength():
    grey = torch.full((1, 3, 128, 128), 0.5)
    assert float((seeded(Noise(10.0), grey) - grey).std() * 255) == pytest.approx(10, rel=0.05)


def test_jpeg_loses_more_at_lower_quality():
    errors = [float((seeded(Jpeg(q)) - HR).abs().mean()) for q in (95, 50, 10)]
    assert errors == sorted(errors)
    assert errors[0] > 0
    assert seeded(Jpeg(50), HR[:, :1]).shape == HR[:, :1].shape


def test_downscale_is_the_protocol():
    assert torch.equal(seeded(Downscale(3)), shrink(HR, 3))
    assert not torch.equal(seeded(Downscale(3, "bilinear")), shrink(HR, 3))


def test_a_seed_decides_and_ranges_draw_for_each_picture():
    chain = Chain((Blur((0.0, 2.0)), Downscale(2), Noise((0.0, 20.0)), Jpeg((40, 95))))
    batch = HR.repeat(3, 1, 1, 1)
    assert torch.equal(seeded(chain, batch), seeded(chain, batch))
    assert not torch.equal(seeded(chain, batch), seeded(chain, batch, 1))
    one, two, _ = seeded(Blur((0.0, 3.0)), batch)
    assert not torch.equal(one, two)


@pytest.mark.parametrize("step", [Blur((0.0, 3.0)), Noise((0.0, 20.0)), Jpeg((40, 95)), Downscale(2)], ids=str)
def test_with_a_generator_each_the_others_in_the_batch_do_not_matter(step):
    batch = torch.cat([HR, HR.flip(2), HR.flip(3)])
    generators = [torch.Generator().manual_seed(s) for s in range(3)]
    together = step(batch, generators)
    assert torch.equal(together[1:2], seeded(step, batch[1:2], 1))


def test_ranges_are_filled_and_not_left():
    amounts = draw_amounts((40, 95), 500, torch.Generator().manual_seed(0))
    assert 40 <= min(amounts) < 42
    assert 93 < max(amounts) <= 95
    assert draw_amounts(3, 2, torch.Generator()) == [3.0, 3.0]


def test_a_chain_says_what_it_does():
    chain = Chain((Blur((0.0, 1.6)), Downscale(4), Noise(5.0), Jpeg(60)))
    assert str(chain) == "blur 0 to 1.6 px, MATLAB bicubic, noise 5/255, JPEG quality 60"


@pytest.mark.parametrize("make", [lambda: Blur(11), lambda: Noise((0, 200)), lambda: Jpeg(0), lambda: Downscale(9)])
def test_out_of_range_is_a_sentence(make):
    with pytest.raises(SRError, match="must be between"):
        make()


def test_one_of_several_is_drawn_by_weight_for_each_picture():
    hr = torch.full((400, 1, 4, 4), 0.5)
    generators = [torch.Generator().manual_seed(seed) for seed in range(400)]
    mixed = OneOf((Downscale(1), Noise(50.0)), (3.0, 1.0))
    clean = [float(picture.std()) == 0 for picture in mixed(hr, generators)]
    assert 260 < sum(clean) < 340
    assert str(mixed) == "MATLAB bicubic (75%) or noise 50/255 (25%)"
    together = OneOf((Downscale(1), Noise(50.0)), (1.0, 1.0), together=True)
    alike = {tuple(float(p.std()) == 0 for p in together(hr[:8], generators[k : k + 8])) for k in range(20)}
    assert alike == {(True,) * 8, (False,) * 8}


@pytest.mark.parametrize(("choices", "weights"), [((Noise(),), (1.0, 2.0)), ((Noise(),), (0.0,)), ((), ())])
def test_weights_that_fit_no_choices_are_refused(choices, weights):
    with pytest.raises(ValueError, match="weight"):
        OneOf(choices, weights)


def test_poisson_noise_has_the_variance_of_counting():
    counted = Poisson(40.0)(torch.full((1, 3, 200, 200), 0.25), torch.Generator().manual_seed(0))
    assert float(counted.mean()) == pytest.approx(0.25, abs=0.003)
    assert float(counted.var()) == pytest.approx(0.25 / 40, rel=0.05)
