"""Training pictures: read from folders and tars, cut into tiles, drawn as crops by (seed, step, sample)."""

import io
import tarfile

import pytest
import torch

from sr_models.errors import SRError
from sr_models.imaging.encode import encode_png
from sr_models.imaging.picture import to_tensor
from sr_models.train.data import Crops, load_tiles
from tests.conftest import scene
from tests.train.conftest import DAMAGE


def test_tiles_from_folders_and_tars_with_a_count_of_the_unusable(photos, tmp_path):
    (photos / "damaged.png").write_bytes(b"\x89PNG nonsense")
    (photos / "small.png").write_bytes(encode_png(scene(10, 90)))
    (photos / "grey.png").write_bytes(encode_png(scene(90, 90, 1)))
    tiles = load_tiles([photos], 32)
    assert tiles.pixels.shape[1:] == (3, 80, 80)
    assert (tiles.damaged, tiles.small) == (1, 1)
    with tarfile.open(tmp_path / "shard.tar", "w") as tar:
        for path in sorted(photos.rglob("*.png")):
            tar.add(path, path.name)
    packed = load_tiles([tmp_path / "shard.tar"], 32)
    assert len(packed.pixels) == len(tiles.pixels)
    with pytest.raises(SRError, match="side of at least 500 pixels"):
        load_tiles([photos], 500)


def test_all_of_a_large_picture_is_used(tmp_path):
    (tmp_path / "large.png").write_bytes(encode_png(scene(1000, 481)))
    tiles = load_tiles([tmp_path], 32)
    assert len(tiles.pixels) == 3 * 2


def test_crops_depend_on_seed_step_and_sample_alone(photos):
    pixels = load_tiles([photos], 32).pixels
    crops = Crops(pixels, 6, 0, torch.device("cpu"))
    whole = crops.draw(3, 24)
    assert whole.shape == (6, 3, 24, 24)
    assert torch.equal(whole, Crops(pixels, 6, 0, torch.device("cpu")).draw(3, 24))
    assert not torch.equal(whole, crops.draw(4, 24))
    assert not torch.equal(whole, Crops(pixels, 6, 1, torch.device("cpu")).draw(3, 24))


def test_processes_share_a_batch_without_overlap(photos):
    pixels, chain = load_tiles([photos], 32).pixels, DAMAGE["degradation"](2)
    cpu = torch.device("cpu")
    whole = Crops(pixels, 6, 0, cpu)
    parts = [Crops(pixels, 6, 0, cpu, rank, 3) for rank in range(3)]
    assert torch.equal(torch.cat([p.draw(3, 24) for p in parts]), whole.draw(3, 24))
    damaged = [chain(p.draw(3, 24), p.generators(3)) for p in parts]
    assert torch.equal(torch.cat(damaged), chain(whole.draw(3, 24), whole.generators(3)))
    with pytest.raises(SRError, match="cannot be shared equally by 4"):
        Crops(pixels, 6, 0, cpu, 0, 4)


def test_crops_are_the_eight_turns_of_real_patches():
    pixels = torch.from_numpy(scene(24, 24).transpose(2, 0, 1).copy())[None]
    crops = Crops(pixels, 64, 0, torch.device("cpu")).draw(0, 24)
    hr = to_tensor(scene(24, 24))
    turns = [
        f(x)
        for x in (hr, hr.mT)
        for f in (lambda x: x, lambda x: x.flip(2), lambda x: x.flip(3), lambda x: x.flip(2, 3))
    ]
    seen = {next(i for i, t in enumerate(turns) if torch.equal(t[0], crop)) for crop in crops}
    assert seen == set(range(8))


def test_a_tar_with_a_cut_member_counts_it(photos, tmp_path):
    with tarfile.open(tmp_path / "shard.tar", "w") as tar:
        for name, data in (("a.png", encode_png(scene(90, 90))), ("b.png", encode_png(scene(90, 90))[:99])):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    (tmp_path / "broken.tar").write_bytes(b"no tar at all")
    tiles = load_tiles([tmp_path / "shard.tar", tmp_path / "broken.tar"], 32)
    assert (len(tiles.pixels), tiles.damaged) == (1, 2)
