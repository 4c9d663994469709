"""The classical methods of restoration: the contract, strengths, masks, tiles, and that each mends what it is for."""

import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch

import sr_models
from sr_models import archs, read
from sr_models.checkpoints.catalog import classical
from sr_models.errors import SRError
from sr_models.imaging.degradations import Blur, Jpeg, Noise
from sr_models.imaging.picture import to_tensor
from sr_models.inference.restorer import Restorer
from sr_models.inference.tiling import tiled
from sr_models.metrics.diagnose import Repair
from sr_models.metrics.fidelity import psnr
from tests.conftest import scene

NAMES = sorted(name for name, a in archs.discover().items() if a.task == "restore" and not a.weights)
PICTURE = to_tensor(scene(96, 80))
PHOTO = read(Path(sr_models.__file__).parents[1] / "assets" / "astronaut.png").tensor()[..., 64:224, 120:280]
STRONG = [name for name in NAMES if archs.build(name).strength]
every_method = pytest.mark.parametrize("name", NAMES)


def corner(picture: torch.Tensor, side: int = 1) -> torch.Tensor:
    """Return a mask of one corner of a picture."""
    mask = torch.zeros(len(picture), 1, *picture.shape[-2:])
    mask[..., :side, :side] = 1
    return mask


def damaged_by(damage, picture: torch.Tensor = PICTURE) -> torch.Tensor:
    return damage(picture, torch.Generator().manual_seed(3))


def test_the_methods_of_restoration_are_there_and_not_among_those_that_enlarge():
    assert {"median", "non_local_means", "total_variation", "wavelet", "wiener", "clahe"} < set(NAMES)
    assert {"auto_contrast", "auto_levels", "gray_world", "biharmonic"} < set(NAMES)
    assert classical() == ["bicubic", "bilinear", "gaussian", "lanczos", "nearest"]


@every_method
def test_a_method_explains_itself(name):
    found, net = archs.get(name), archs.build(name)
    assert found.title
    assert found.summary.endswith(".")
    assert found.build.__doc__
    assert net.repairs
    assert set(net.repairs) <= {*get_args(Repair), "inpaint"}
    assert net.exact_tiling == (net.halo is not None)
    if net.strength:
        assert net.strength.name == "strength"
        assert net.strength.help
        assert net.strength.low < net.strength.high < np.inf


def test_there_is_a_method_for_each_repair_that_is_suggested():
    assert set(get_args(Repair)) <= {repair for name in NAMES for repair in archs.build(name).repairs}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("channels", [1, 3])
@every_method
def test_every_size_and_strength_gives_a_picture(name, channels):
    net = archs.build(name)
    for size in ((net.minimum, net.minimum), (33, 50)):
        for picture in (torch.rand(2, channels, *size), torch.full((2, channels, *size), 0.5)):
            mask = corner(picture) if min(size) > 1 else None
            for strength in (None, net.strength.low, net.strength.high) if net.strength else (None,):
                restored = net(picture, mask, strength)
                assert restored.shape == picture.shape
                assert restored.dtype == torch.float32
                assert torch.isfinite(restored).all()
                assert 0 <= restored.min() <= restored.max() <= 1


@every_method
def test_each_picture_of_a_batch_is_restored_by_itself(name):
    net, other = archs.build(name), 1 - PICTURE.flip(-1)
    both = torch.cat([damaged_by(Noise(12)), damaged_by(Noise(25), other)])
    restored = net(both, corner(both, 7))
    for one, alone in zip(both.split(1), restored.split(1), strict=True):
        torch.testing.assert_close(net(one, corner(one, 7)), alone, atol=0, rtol=0)


@pytest.mark.parametrize("name", STRONG)
def test_a_strength_out_of_range_is_a_sentence(name):
    net = archs.build(name)
    for wrong in (net.strength.high * 1.01 + 1, -1, float("nan"), True):
        with pytest.raises(SRError, match=r"strength is .* must be between"):
            net(PICTURE, corner(PICTURE), wrong)


def test_a_method_without_a_strength_says_so():
    with pytest.raises(SRError, match="biharmonic has no strength"):
        archs.build("biharmonic")(PICTURE, corner(PICTURE), 1.0)


@every_method
def test_no_strength_is_the_methods_own(name):
    net, noisy = archs.build(name), damaged_by(Noise(20))
    own = net.own_strength(noisy, corner(noisy))
    assert (own is None) == (net.strength is None)
    torch.testing.assert_close(net(noisy, corner(noisy)), net(noisy, corner(noisy), own), atol=1e-5, rtol=0)


@every_method
def test_a_wrong_mask_is_a_sentence(name):
    net = archs.build(name)
    with pytest.raises(SRError, match="The mask is 79×96, but the picture is 96×80"):
        net(PICTURE, corner(PICTURE).new_zeros(1, 1, 96, 79))
    with pytest.raises(SRError, match="covers the whole picture"):
        net(PICTURE, torch.ones(1, 1, 80, 96))


def test_only_what_fills_holes_needs_a_mask():
    for name in NAMES:
        net = archs.build(name)
        for mask in (None, torch.zeros(1, 1, 80, 96)):
            if net.needs_mask:
                with pytest.raises(SRError, match="marks nothing"):
                    net(PICTURE, mask)
            else:
                torch.testing.assert_close(net(PICTURE, mask), net(PICTURE), atol=0, rtol=0)


@pytest.mark.parametrize("name", [name for name in NAMES if archs.build(name).exact_tiling])
def test_tiled_equals_whole_and_a_pixel_reaches_no_further_than_the_halo(name):
    net, picture = archs.build(name), damaged_by(Noise(20), to_tensor(scene(150, 130)))
    strength = net.strength.high

    def run(part: torch.Tensor) -> torch.Tensor:
        return net(part, None, strength)

    whole = run(picture)
    parts = torch.zeros_like(whole)
    for tile in tiled(run, [picture], [1], tile=32, halo=net.halo):
        parts[..., tile.rows.start : tile.rows.end, tile.columns.start : tile.columns.end] = tile.pixels
    torch.testing.assert_close(parts, whole, atol=1e-5, rtol=0)
    changed = picture.clone()
    changed[..., 75] = 1 - changed[..., 75]
    where = (run(changed) - whole).abs().amax((0, 1, 2)).gt(1e-5).nonzero().flatten()
    assert 0 < max(75 - int(where.min()), int(where.max()) - 75) <= net.halo


def specks(picture: torch.Tensor) -> torch.Tensor:
    drawn = torch.rand(1, 1, *picture.shape[-2:], generator=torch.Generator().manual_seed(2))
    return torch.where(drawn < 0.03, 0.0, torch.where(drawn > 0.97, 1.0, picture))


def tinted(picture: torch.Tensor) -> torch.Tensor:
    return picture * torch.tensor([1.1, 0.8, 0.9])[:, None, None] * 0.9


FULL = (PHOTO - PHOTO.amin((2, 3), True)) / (PHOTO.amax((2, 3), True) - PHOTO.amin((2, 3), True))
GREY = FULL.mean(1, keepdim=True).expand(1, 3, -1, -1)
MENDS = [  # the method, the picture, its damage, the strength, dB gained at least
    ("median", FULL, specks, None, 5.0),
    ("non_local_means", FULL, lambda x: damaged_by(Noise(25), x), 25, 5.0),
    ("non_local_means", FULL, lambda x: damaged_by(Noise(25), x), None, 5.0),
    ("total_variation", FULL, lambda x: damaged_by(Noise(25), x), None, 3.0),
    ("total_variation", FULL, lambda x: damaged_by(Jpeg(20), x), 0.01, 0.3),
    ("wavelet", FULL, lambda x: damaged_by(Noise(25), x), 25, 2.0),
    ("wiener", FULL, lambda x: damaged_by(Blur(1.6), x), 1.6, 4.0),
    ("wiener", FULL, lambda x: damaged_by(Blur(1.6), x), None, 3.0),
    ("clahe", FULL, lambda x: 0.3 + 0.4 * x, None, 3.0),
    ("auto_contrast", FULL, lambda x: 0.3 + 0.4 * x, None, 15.0),
    ("auto_levels", FULL, tinted, None, 10.0),
    ("gray_world", GREY, tinted, None, 1.0),
]


def gain_of(name: str, picture: torch.Tensor, damaged: torch.Tensor, strength: float | None) -> float:
    """Return by how many dB a method's result is nearer to the picture than the damaged one."""
    restored = archs.build(name)(damaged, None, strength)
    return (psnr(restored, picture) or 0.0) - (psnr(damaged, picture) or 0.0)


@pytest.mark.parametrize(("name", "picture", "damage", "strength", "gain"), MENDS)
def test_a_method_mends_what_it_is_for(name, picture, damage, strength, gain):
    assert gain_of(name, picture, damage(picture), strength) > gain


def test_more_strength_does_more():
    noisy = damaged_by(Noise(10))
    for name, weak, strong in (("median", 1, 3), ("non_local_means", 5, 30), ("total_variation", 0.01, 0.1)):
        net = archs.build(name)
        rough = [float(net(noisy, None, s).diff(dim=-1).abs().mean()) for s in (weak, strong)]
        assert rough[1] < 0.95 * rough[0], name


def test_wiener_is_best_when_told_the_true_kernel():
    blurred = damaged_by(Blur(1.6), FULL)
    narrow, true, wide = (gain_of("wiener", FULL, blurred, s) for s in (1.2, 1.6, 2.0))
    assert true > max(narrow, wide) + 1


def test_what_seems_clean_is_left_alone():
    flat = torch.full((1, 3, 64, 64), 0.4)
    for name in ("non_local_means", "wavelet", "wiener", "auto_contrast", "auto_levels"):
        torch.testing.assert_close(archs.build(name)(flat), flat, atol=0, rtol=0)


def test_known_pixels_come_back_exactly_and_holes_tell_nothing():
    mask = (torch.rand(1, 1, 80, 96, generator=torch.Generator().manual_seed(1)) < 0.2).float()
    mask[..., 30:42, 40:52] = 1
    net = archs.build("biharmonic")
    filled = net(torch.where(mask > 0, 0.0, PICTURE), mask)
    known = (mask == 0).expand_as(PICTURE)
    assert torch.equal(filled[known], PICTURE[known])
    assert torch.equal(filled, net(torch.where(mask > 0, float("nan"), PICTURE), mask))
    mean = torch.where(mask > 0, PICTURE[known].mean(), PICTURE)
    assert (psnr(filled, PICTURE) or 0.0) > (psnr(mean, PICTURE) or 0.0) + 8


def test_tones_and_noise_are_not_learned_from_holes():
    faded, mask = 0.3 + 0.4 * FULL, corner(FULL, 40)
    for name in ("auto_contrast", "auto_levels", "gray_world"):
        net = archs.build(name)
        ones, zeros = (net(torch.where(mask > 0, value, faded), mask)[..., 40:, 40:] for value in (1.0, 0.0))
        assert torch.equal(ones, zeros), name
    noisy = torch.where(mask > 0, 0.5, damaged_by(Noise(20), 0.25 + FULL / 2))
    assert archs.build("non_local_means").own_strength(noisy, mask) == pytest.approx(20, rel=0.2)


def test_finding_the_methods_does_not_import_what_does_their_work():
    code = "import sys; from sr_models import archs; archs.discover(); sys.exit('skimage' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", STRONG)
def test_a_faint_damage_is_repaired_by_what_is_read_of_the_whole_picture(name):
    faint = damaged_by(Noise(0.7), to_tensor(scene(150, 130)) * 0.6 + 0.2)
    net = archs.build(name)
    own = net.own_strength(faint)
    whole = Restorer(net, name, device="cpu", dtype="float32").repair(faint, tile=32)
    torch.testing.assert_close(whole, net(faint, None, own), atol=1e-5, rtol=0)
    if name in ("non_local_means", "wavelet"):
        assert own < net.strength.low
