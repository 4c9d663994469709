"""Every metric of METRICS: its declaration, needs, limit and direction; one added tomorrow is tested too."""

import dataclasses
import re

import pytest
import torch
from safetensors.torch import save_file

from sr_models.imaging.picture import quantize
from sr_models.imaging.resample import resize
from sr_models.metrics import METRICS, Absent, Metric, known, metric
from sr_models.metrics.perceptual import FEATURES
from sr_models.web.i18n import LANGUAGES, text

SCALE, SIDE = 2, 96
every_metric = pytest.mark.parametrize("key", list(METRICS))


@pytest.fixture(scope="module", autouse=True)
def features(tmp_path_factory):
    """Nets of features with random weights: the pretrained ones are not part of the project."""
    folder = tmp_path_factory.mktemp("features")
    torch.manual_seed(0)
    for name, build in FEATURES.items():
        state = {k: v.abs() if k.startswith("weights") else v for k, v in build().state_dict().items()}
        state |= {k: torch.rand_like(v) for k, v in state.items() if k.startswith("weights")}
        save_file({k: v.contiguous() for k, v in state.items()}, folder / f"{name}.safetensors")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SR_LAB_FEATURES", str(folder))
        yield


@pytest.fixture(scope="module")
def hr():
    """An original (1, 3, 96, 96) of 8 bits with texture, edges, colours and a flat corner."""
    torch.manual_seed(1)
    picture = 0.5 + 0.1 * torch.randn(1, 3, SIDE, SIDE)
    picture[..., 50:80, 40:70] += 0.3
    picture[..., :40, :40] = 0.4
    return quantize(picture.clamp(0, 1))


def worse(hr: torch.Tensor, amount: float) -> torch.Tensor:
    """Return a picture that is further from `hr` in detail, noise and colour the larger the amount."""
    torch.manual_seed(2)
    blurred = resize(resize(hr, SIDE // 2, SIDE // 2), SIDE, SIDE)
    damaged = hr + amount * (blurred - hr) + 0.1 * amount * torch.randn_like(hr)
    damaged[:, 0] += 0.1 * amount
    return quantize(damaged.clamp(0, 1))


@every_metric
def test_a_declaration_is_whole(key):
    it = METRICS[key]
    assert it.key == key
    assert re.fullmatch(r"[a-z][a-z0-9_]*", key)
    assert it.needs in ("reference", "lr", "result")
    assert it.better in ("higher", "lower", None)
    assert 0 <= it.digits <= 4
    assert it.label
    assert it.uses
    assert set(it.uses) <= {"readouts", "evaluation", "looks"}
    assert it.asks <= {"border", "scale", "check", "seen"}
    assert (it.function.__doc__ or "").startswith("Return ")
    assert it.stands_in_for is None or it.stands_in_for in list(METRICS)[: list(METRICS).index(key)]
    if "readouts" in it.uses:
        assert all(text(code, lang) for code in (key, f"help_{key}") for lang in LANGUAGES)


@every_metric
def test_the_protocol_names_pixels_border_and_lr(key):
    line = METRICS[key].protocol(3, "LR as given")
    assert re.fullmatch(r"(Y of BT\.601|RGB)(, border 3)?, 8 bit, LR as given", line)
    assert ("border 3" in line) == (METRICS[key].needs == "reference")


@every_metric
def test_what_a_metric_needs_is_respected(key, hr):
    it, lr = METRICS[key], resize(hr, SIDE // SCALE, SIDE // SCALE).clamp(0, 1)
    pictures = {"lr": lr, "hr": hr}
    assert isinstance(it(hr, scale=SCALE, **pictures), float)
    needed = {"reference": "hr", "lr": "lr", "result": None}[it.needs]
    for name in pictures:
        without = it(hr, scale=SCALE, **pictures | {name: None})
        assert isinstance(without, Absent) == (name == needed)
    if needed:
        assert it(hr, scale=SCALE) == Absent({"hr": "no_original", "lr": "no_lr"}[needed])


@every_metric
def test_equal_pictures_give_the_limit(key, hr):
    it = METRICS[key]
    if it.limit is None:
        assert it.needs == "result" or key == "flat_noise"  # which also tells the grain of the original
        return
    scale = 1 if it.needs == "lr" else SCALE
    assert known(it(hr, lr=hr, hr=hr, scale=scale)) == pytest.approx(it.limit, abs=1e-3)


@every_metric
def test_a_worse_picture_goes_the_other_way(key, hr):
    it = METRICS[key]
    lr = resize(hr, SIDE // SCALE, SIDE // SCALE).clamp(0, 1)
    values = [known(it(sr, lr=lr, hr=hr, scale=SCALE)) for sr in (hr, worse(hr, 0.3), worse(hr, 1.0))]
    best, middle, worst = (value if value is not None else float("nan") for value in values)
    assert best != worst
    if it.better == "higher":
        assert best > middle > worst
    if it.better == "lower":
        assert best < middle < worst


@every_metric
def test_a_tiny_or_grey_picture_gives_a_number_or_a_reason_in_words(key):
    for channels, side in ((3, 2), (3, 5), (1, 5), (1, 64), (3, 64)):
        hr = torch.full((1, channels, side, side), 0.5)
        found = METRICS[key](hr, lr=hr[..., ::2, ::2], hr=hr, scale=SCALE)
        assert isinstance(found, float | Absent)
        if isinstance(found, Absent) and "readouts" in METRICS[key].uses:
            assert all(text(f"reason_{found.code}", lang) for lang in LANGUAGES)


@every_metric
def test_a_number_is_written_with_its_digits(key):
    it = METRICS[key]
    assert it.write(12.345678) == f"{12.345678:.{it.digits}f}"
    assert (it.write(None), it.write(float("inf"))) == ("-", "∞")


def test_an_absent_number_is_false_and_two_metrics_of_one_name_are_an_error():
    assert (Absent("grey") or 0) == 0
    with pytest.raises(ValueError, match="two metrics are named psnr_y"):
        metric("psnr_y", needs="result", digits=2, unit="", better=None, label="")(lambda picture: 0.0)
    assert METRICS["psnr_y"].function.__name__ == "psnr"
    assert {f.name for f in dataclasses.fields(Metric)} >= {"key", "needs", "digits", "unit", "better", "limit"}
