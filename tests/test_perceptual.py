"""LPIPS: its shape without weights, its published behaviour with them."""

import pytest
import torch
from safetensors.torch import save_file

from sr_models import load
from sr_models.image import as_8_bit, quantize, read
from sr_models.metrics import perceptual
from sr_models.metrics.perceptual import Lpips, load_lpips, lpips
from sr_models.resample import resize


def test_without_its_weights_there_is_no_number(monkeypatch, tmp_path):
    monkeypatch.setenv("SR_LAB_FEATURES", str(tmp_path))
    x = torch.rand(1, 3, 64, 64)
    assert load_lpips() is None
    assert lpips(x, x) is None


@pytest.mark.parametrize("net", ["alex", "vgg"])
def test_equal_pictures_have_distance_0_and_small_ones_none(monkeypatch, tmp_path, net):
    monkeypatch.setenv("SR_LAB_FEATURES", str(tmp_path))
    torch.manual_seed(0)
    model = Lpips(net)
    for weight in model.weights:
        torch.nn.init.uniform_(weight)
    save_file({k: v.half() for k, v in model.state_dict().items()}, tmp_path / f"lpips_{net}.safetensors")
    x = torch.rand(1, 3, 64, 64)
    assert lpips(x, x, net) == 0
    noisy = [lpips(x, (x + s * torch.randn_like(x)).clamp(0, 1), net) or 0 for s in (0.05, 0.2)]
    assert 0 < noisy[0] < noisy[1]
    assert lpips(x[..., :40, :40], x[..., :40, :40], net, border=5) is None
    grey = x[:, :1]
    assert lpips(grey, grey.expand(1, 3, 64, 64), net) == 0


@pytest.fixture
def weights():
    """The pretrained features; they are not part of the project."""
    if not (perceptual.features_folder() / "lpips_alex.safetensors").is_file():
        pytest.skip("needs pretrained features: run python training/features.py")


def test_bicubic_on_set5_has_the_known_distance(weights, shared):
    folder, values = shared / "data" / "bench" / "Set5", []
    bicubic = load("bicubic", 4)
    for path in sorted((folder / "HR").glob("*.png")):
        lr, hr = (as_8_bit(read(p).array) for p in (folder / "LR_bicubic" / "X4" / path.name, path))
        sr = quantize(bicubic(lr))
        values.append(lpips(sr, hr[..., : sr.shape[-2], : sr.shape[-1]], border=4))
    assert sum(values) / len(values) == pytest.approx(0.344, abs=0.002)  # type: ignore[arg-type]


def test_a_blur_is_further_than_a_change_of_contrast_at_equal_error(weights, shared):
    path = next((shared / "data" / "bench" / "Set5" / "HR").glob("butterfly*"))
    hr = as_8_bit(read(path).array)
    blurred = resize(resize(hr, hr.shape[-2] // 2, hr.shape[-1] // 2), *hr.shape[-2:]).clamp(0, 1)
    error = float((blurred - hr).square().mean())
    centred = hr - hr.mean()
    flat = hr.mean() + centred * (1 - (error / float(centred.square().mean())) ** 0.5)
    assert float((flat - hr).square().mean()) == pytest.approx(error, rel=0.02)
    assert (lpips(blurred, hr) or 0) > 2 * (lpips(flat, hr) or 1)
