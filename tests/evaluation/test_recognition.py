"""Recognition over a set: agreement that counting by hand finds as well, and a command that keeps it."""

import json

import pytest
import torch
from safetensors.torch import save_file

from sr_models.errors import SRError
from sr_models.evaluation.kept import read_results
from sr_models.evaluation.recognition import SURE, measure_recognition
from sr_models.evaluation.report import Recognition
from sr_models.evaluation.tables.recognition import table
from sr_models.imaging.encode import encode_png
from sr_models.imaging.picture import quantize, shrink, to_tensor
from sr_models.imaging.resample import resize
from sr_models.inference.load import load
from sr_models.metrics.classifier import NAME, Classifier
from tests.conftest import call, scene

PICTURES = [("a", to_tensor(scene(90, 70)))]


def brightest(picture: torch.Tensor) -> torch.Tensor:
    """Stand for a classifier: the class is the place of the brightest pixel among the first 25 rows of 40."""
    return (30 * picture.mean(1)[0, :25, :40].flatten() + 1e-5 * torch.arange(1000)).softmax(0)  # no two alike


@pytest.fixture(autouse=True)
def random_classifier(tmp_path, monkeypatch):
    """A classifier with random weights; its classes are called "class 0" to "class 999"."""
    monkeypatch.setenv("SR_LAB_FEATURES", str(tmp_path / "features"))
    (tmp_path / "features").mkdir()
    names = json.dumps([f"class {i}" for i in range(1000)])
    save_file(Classifier().state_dict(), tmp_path / "features" / f"{NAME}.safetensors", {"classes": names})


def test_agreement_is_counted_as_by_hand(monkeypatch):
    monkeypatch.setattr("sr_models.evaluation.recognition.probabilities", brightest)
    torch.manual_seed(0)
    pictures = [(str(i), quantize(resize(torch.rand(1, 3, 9, 9), 49, 64).clamp(0, 1))) for i in range(12)]
    nets = {name: load(name, 2) for name in ("bicubic", "nearest")}
    report = measure_recognition(pictures, "A", nets, 2)
    assert (report.pictures, report.set, report.scale) == (12, "A", 2)
    for name, net in nets.items():
        same, three, told = {}, [], []
        for key, picture in pictures:
            hr = picture[..., :48, :]
            truth, p = brightest(hr), brightest(quantize(net(shrink(hr, 2))))
            best = int(truth.argmax())
            same[key] = int(p.argmax()) == best
            three.append(int((p > p[best]).sum()) < 3)
            told.append(float(p[best]))
            assert report.seen[key]["original"] == [f"class {best}", round(float(truth.max()), 4)]
            assert report.seen[key][name] == [f"class {int(p.argmax())}", round(float(p.max()), 4)]
        found = report.rows[name]
        assert found["agreement"] == pytest.approx(sum(same.values()) / 12, abs=1e-4)
        assert found["three"] == pytest.approx(sum(three) / 12, abs=1e-4)
        assert found["probability"] == pytest.approx(sum(told) / 12, abs=1e-4)
    assert report.rows["original"]["agreement"] == 1
    assert 0 < report.rows["bicubic"]["agreement"] < 1  # or nothing was tested


def test_what_the_classifier_is_sure_of_is_counted_apart(monkeypatch):
    monkeypatch.setattr("sr_models.evaluation.recognition.probabilities", brightest)
    dots = torch.zeros(3, 1, 3, 50, 60)
    dots[0, ..., 4, 4] = 1  # a dot, of which it is sure, and which bicubic keeps in its place or beside it
    dots[1, ..., 10:12, 20:22] = 1
    dots[2] = 0.5  # nothing to be sure of
    report = measure_recognition([(str(i), x) for i, x in enumerate(dots)], "A", {"bicubic": load("bicubic", 2)}, 2)
    seen = [report.seen[str(i)] for i in range(3)]
    sure = [each for each in seen if each["original"][1] >= SURE]
    assert report.sure == len(sure) == 1
    same = sure[0]["bicubic"][0] == sure[0]["original"][0]
    assert report.rows["bicubic"]["sure"] == same


def test_without_a_classifier_the_error_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("SR_LAB_FEATURES", str(tmp_path))
    with pytest.raises(SRError, match=r"lite0_head\.safetensors is not there; run python training/features\.py"):
        measure_recognition(PICTURES, "A", {}, 2)


def test_pictures_that_are_too_small_are_an_error():
    with pytest.raises(SRError, match="B"):
        measure_recognition([("a", torch.rand(1, 3, 30, 30))], "B", {"bicubic": load("bicubic", 2)}, 2)


def test_the_command_keeps_a_report_and_draws_its_table(monkeypatch, capsys, tmp_path, small_checkpoint):
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(small_checkpoint.parent))
    (tmp_path / "birds").mkdir()
    for i in range(2):
        (tmp_path / "birds" / f"{i}.png").write_bytes(encode_png(scene(80, 64 + 2 * i)))
    markdown = tmp_path / "RESULTS.md"
    given = ("recognise", "-s", 2, "--pictures", tmp_path / "birds", "--write", markdown)
    code, out, err = call(monkeypatch, capsys, *given)
    assert code == 0, err
    (report,) = read_results(tmp_path / "results")
    assert isinstance(report, Recognition)
    assert set(report.rows) == {"original", "bicubic", "espcn_x2"}
    shown = table([report])
    assert {row[0] for row in shown[1:]} == set(report.rows)
    assert shown[1][:2] == ["original", "100 %"]
    text = markdown.read_text()
    assert "## Still recognised, x2" in text
    assert "birds (2) same name" in text
    assert report.protocol.line in out
    assert call(monkeypatch, capsys, "recognise")[0] == 2
