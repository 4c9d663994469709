"""What repairs reach and what samples do: numbers that other ways of counting find as well."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from sr_models import archs
from sr_models.archs import build
from sr_models.checkpoints.card import Card
from sr_models.checkpoints.format import save_checkpoint
from sr_models.errors import SRError
from sr_models.evaluation.repair_samples import SAMPLED, SAMPLES, measure_samples
from sr_models.evaluation.repairs import DAMAGES, Damage, centre_of, measure_repairs, one, originals_of, suffer
from sr_models.evaluation.tables import repairs as table
from sr_models.imaging.degradations import Noise
from sr_models.imaging.encode import encode_png
from sr_models.imaging.holes import Boxes, Holed
from sr_models.imaging.picture import quantize, to_array, to_tensor
from sr_models.inference.restorer import Restorer
from sr_models.metrics import known
from sr_models.metrics.fidelity import psnr
from tests.conftest import call, scene

PICTURES = [(f"a {i}", to_tensor(scene(72, 64 + 8 * i))) for i in range(2)]
HOLED = Damage("boxes 10 %", Holed((Boxes(0.1),)), {"biharmonic": one("biharmonic"), "net": one("biharmonic")})
NOISY = Damage("noise 25", Noise(25.0), {"median": one("median", 2), "net": one("median", 2)})


def load(name: str) -> Restorer | None:
    return None if name == "nobody" else Restorer(build(name), name, device="cpu", dtype="float32")


def tiny():
    """Build a small VAE whose layers that start at zero have weights."""
    torch.manual_seed(1)
    config = {"width": 16, "deep": 16, "fine": 2, "coarse": 3}
    net = archs.build("restoration_vae", **config, base_config={"width": 16, "depth": 1, "deep": 16}).eval()
    for p in net.parameters():
        if p.dim() == 4 and p.abs().max() < 0.02:
            torch.nn.init.normal_(p, std=0.1)
    return net


def db(picture: torch.Tensor, hr: torch.Tensor) -> float:
    return known(psnr(picture, hr, border=0)) or 0.0


@pytest.fixture(autouse=True)
def without_features(tmp_path, monkeypatch):
    monkeypatch.setenv("SR_LAB_FEATURES", str(tmp_path))  # no LPIPS


@pytest.fixture(scope="module")
def drawing() -> Restorer:
    return Restorer(tiny(), "restoration_vae_x1", device="cpu", dtype="float32")


def test_a_name_decides_the_damage_and_holes_are_black():
    (name, hr), (other, _) = PICTURES
    (one_, mask), (again, _), (another, _) = (suffer(HOLED, n, hr) for n in (name, name, other))
    assert mask is not None
    assert torch.equal(one_, again)
    assert not torch.equal(one_, another)
    assert torch.equal(one_, hr * (1 - mask))
    assert suffer(NOISY, name, hr)[1] is None


def test_every_way_is_measured_and_one_that_is_not_there_is_left_out(tmp_path):
    noisy = Damage(NOISY.key, NOISY.make, {**NOISY.ways, "none": one("nobody")})
    report = measure_repairs(PICTURES, "A", load, damages=[noisy], sheets=tmp_path / "sheets")
    assert report.rows.keys() == {NOISY.key}
    assert report.rows[NOISY.key].keys() == {"input", "median", "net"}
    expected = []
    for name, hr in PICTURES:
        damaged, _ = suffer(NOISY, name, hr)
        expected.append(db(quantize(build("median")(damaged, None, 2)), hr))
    assert report.rows[NOISY.key]["median"]["psnr_y"] == pytest.approx(np.mean(expected), abs=1e-3)
    sheet = np.asarray(Image.open(tmp_path / "sheets" / "noise_25_a_0.png"))
    assert sheet.shape == (24 + 64, 4 * 208, 3)  # damaged, twice the median, the original
    assert np.array_equal(sheet[24:, 3 * 208 : 3 * 208 + 72], to_array(PICTURES[0][1]))
    assert "lpips" not in report.rows[NOISY.key]["median"]


def test_samples_are_measured_where_nothing_is_known(drawing):
    report = measure_samples(drawing, PICTURES, "A", load, damages=[HOLED])
    found = report.rows[HOLED.key]
    means, errors, spreads, singles, cooled, bests = [], [], [], [], [], []
    for name, hr in PICTURES:
        empty, mask = suffer(HOLED, name, hr)
        assert mask is not None
        inside = mask.expand_as(hr) > 0
        mean, many = drawing.repair(empty, mask), torch.cat(drawing.answers(empty, SAMPLES, mask))
        assert torch.equal(many[:, :, mask[0, 0] == 0], empty[:, :, mask[0, 0] == 0].expand(SAMPLES, -1, -1))
        means.append(db(quantize(mean), hr))
        errors.append(255 * float((mean - hr)[inside].square().mean()) ** 0.5)
        spreads.append(255 * float(many.var(0)[inside[0]].mean()) ** 0.5)
        scores = [db(quantize(x[None]), hr) for x in many]
        singles.append(np.mean(scores))
        cooled.append(np.mean([db(quantize(x), hr) for x in drawing.answers(empty, 2, mask, temperature=0.7)]))
        bests.append(max(scores))
    expected = {"mean": means, "error": errors, "spread": spreads, "one": singles, "cool": cooled, "best": bests}
    for key, values in expected.items():
        assert found[key] == pytest.approx(np.mean(values), abs=2e-3), key
    assert found["spread"] > 0.1
    assert found["best"] > found["one"]
    assert found["kl_fine"] > 0
    assert found["times"] > 0
    assert 0 <= found["active_fine"] <= 2
    assert found["posterior"] != found["mean"]
    assert -1 <= found["rank_spread"] <= 1
    rows = {row[0]: row[1] for row in table.samples(report)}
    assert rows["spread / error"] == f"{found['spread'] / found['error']:.2f}"
    assert rows["LPIPS-Alex of a sample, mean of 8"] == "-"


def test_a_spread_that_tells_the_error_has_its_rank(drawing, monkeypatch):
    """Samples that differ as much as the mean is wrong there rank it fully."""
    (name, hr) = PICTURES[0]
    empty, _ = suffer(NOISY, name, hr)
    wrong = drawing.repair(empty) - hr
    signs = torch.ones(SAMPLES).cumprod(0) * torch.tensor([1.0, -1.0] * (SAMPLES // 2))
    monkeypatch.setattr(drawing, "answers", lambda *_, **__: [hr + (1 + s) * wrong for s in signs])
    report = measure_samples(drawing, PICTURES[:1], "A", load, damages=[NOISY])
    assert report.rows[NOISY.key]["rank_spread"] > 0.9


def test_nats_are_counted_in_the_holes_alone(drawing):
    """Where only a corner is unknown, the posterior is the prior nearly everywhere."""

    class Corner:
        def __call__(self, hr, generator):
            mask = torch.zeros_like(hr[:, :1])
            mask[..., :16, :16] = 1
            return torch.cat([hr, mask], 1)

    name, hr = PICTURES[0]
    found = measure_samples(drawing, [(name, hr)], "A", load, damages=[Damage("boxes 10 %", Corner(), HOLED.ways)])
    mask = torch.zeros_like(hr[:, :1])
    mask[..., :16, :16] = 1
    prepared, holes = drawing.prepared(hr * (1 - mask), mask)
    with torch.no_grad():
        trunk = drawing.net.trunk(prepared, holes)
        latents = drawing.net.explain(trunk, hr, hr.new_zeros(1, drawing.net.noise_channels, 64, 72)).latents
    for key, (posterior, prior), cells in zip(("kl_coarse", "kl_fine"), latents, (2, 4), strict=True):
        nats = posterior.kl(prior).sum(1)[0, :cells, :cells].mean()
        assert found.rows["boxes 10 %"][key] == pytest.approx(float(nats), abs=2e-3)


def test_one_that_knows_one_answer_is_a_sentence():
    median = load("median")
    assert median
    with pytest.raises(SRError, match="one answer only"):
        measure_samples(median, PICTURES, "A", load)


def test_what_is_sampled_has_one_plain_way_beside_it():
    assert {d.key for d in SAMPLED} >= {"noise 25", "JPEG 30", "strokes 10 %", "boxes 10 %"}
    assert all(len(damage.ways["net"]) == 1 for damage in SAMPLED)
    assert len({d.key for d in DAMAGES}) == len(DAMAGES)


def test_one_of_so_many_and_their_middle(tmp_path):
    for i in range(4):
        (tmp_path / f"{i}.png").write_bytes(encode_png(scene(80 + i, 70)))
    ((label, found, note),) = originals_of(None, tmp_path, every=3, centre=64)
    assert [(name, x.shape[-2:]) for name, x in found] == [
        (f"{tmp_path.name} {i}", torch.Size((64, 64))) for i in (0, 3)
    ]
    assert torch.equal(found[1][1], to_tensor(scene(83, 70))[..., 3:67, 9:73])
    assert (label, note) == (f"{tmp_path.name}_64px", "one picture of 3, the middle 64x64 of each")
    assert centre_of(found[0][1], 100).shape == (1, 3, 64, 64)
    ((label, found, note),) = originals_of(None, tmp_path)
    assert (len(found), label, note) == (4, tmp_path.name, "")


def test_the_command_measures_samples_only_where_the_net_is_there(tmp_path, monkeypatch, capsys, drawing):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "weights").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(encode_png(scene(72, 64)))
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(tmp_path / "weights"))
    markdown = tmp_path / "RESULTS.md"
    common = ("repairs", "--pictures", tmp_path / "pictures", "--write", markdown)
    code, said, errors = call(monkeypatch, capsys, *common, "--only", "noise 25", "--only", "boxes 10 %")
    assert code == 0, errors
    assert "median" in said
    assert "spread" not in said
    assert not list(tmp_path.glob("results/*"))  # a part is not kept
    code, _, errors = call(monkeypatch, capsys, *common, "--samples")
    assert (code, "restoration_vae" in errors) == (2, True)
    facts = {"name": "restoration_vae_x1", "architecture": "restoration_vae", "config": drawing.net.config, "scale": 1}
    facts |= {"bases": (), "trained_for": "photo", "invents": True, "recipe": {}, "dataset": "none"}
    card = Card(**facts, license="CC-BY-SA-4.0", steps=0, seconds=0.0, commit=None)
    save_checkpoint(drawing.net, card, tmp_path / "weights" / "restoration_vae_x1.safetensors")
    code, said, errors = call(monkeypatch, capsys, *common, "--samples", "--sheet", tmp_path / "s")
    assert code == 0, errors
    assert len(list((tmp_path / "s").glob("samples_boxes_10_percent_pictures_0.png"))) == 1
    assert "spread / error" in said
    assert "median" not in said
    (kept,) = tmp_path.glob("results/*.json")
    facts = json.loads(kept.read_text())
    assert (facts["kind"], facts["set"], set(facts["rows"])) == ("repair_samples", "pictures", {d.key for d in SAMPLED})
    text = markdown.read_text()
    assert f"| restoration_vae_x1 | {' | '.join(d.key for d in SAMPLED)} |" in text
    assert f"| best of {SAMPLES} | {facts['rows']['noise 25']['best']:.2f} |" in text
