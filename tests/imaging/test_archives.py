"""A ZIP gives its pictures and nothing else: nothing outside its folder, nothing beyond the limits."""

import io
import struct
import zipfile

import numpy as np
import pytest

from sr_models.errors import SRError
from sr_models.imaging import archives
from sr_models.imaging.archives import is_zip, unpack
from sr_models.imaging.encode import encode_png
from sr_models.pipelines.batch import plan

PNG = encode_png(np.zeros((4, 5, 3), np.uint8))


def packed(path, files: dict[str, bytes], way: int = zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", way) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def test_pictures_come_out_below_their_folders_and_the_rest_is_named(tmp_path):
    files = {"b/two.png": PNG, "a.png": PNG, "notes.txt": b"x", "__MACOSX/._a.png": b"x", "b/.DS_Store": b"x"}
    found = unpack(packed(tmp_path / "in.zip", files), tmp_path / "out")
    assert [p.relative_to(tmp_path / "out").as_posix() for p in found.pictures] == ["a.png", "b/two.png"]
    assert found.pictures[1].read_bytes() == PNG
    assert found.left_out == ["notes.txt"]


@pytest.mark.parametrize(
    "name",
    [
        "../up.png",
        "/abs.png",
        "a/../../up.png",
        "..\\up.png",
        "C:\\up.png",
        "C:/up.png",
        "a\x01b.png",
        "x" * 300 + ".png",
    ],
)
def test_names_that_lead_elsewhere_stay_in_it(tmp_path, name):
    inside = tmp_path / "deep" / "out"
    found = unpack(packed(tmp_path / "in.zip", {name: PNG, "good.png": PNG}), inside)
    assert [p.name for p in found.pictures] == ["good.png"]
    assert len(found.left_out) == 1
    assert {p for p in tmp_path.rglob("*") if p.is_file()} == {tmp_path / "in.zip", inside / "good.png"}


def test_a_bomb_is_stopped_by_what_comes_out_not_by_what_it_claims(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_BYTES", 2**20)
    monkeypatch.setattr(archives, "MOST_BYTES", 3 * 2**20)
    bomb = PNG + bytes(2**22)
    found = unpack(packed(tmp_path / "one.zip", {"bomb.png": bomb, "good.png": PNG}), tmp_path / "one")
    assert [p.name for p in found.pictures] == ["good.png"]
    assert not (tmp_path / "one" / "bomb.png").exists()
    many = {f"{i}.png": PNG + bytes(2**20 - 1000) for i in range(5)}
    with pytest.raises(SRError) as error:
        unpack(packed(tmp_path / "many.zip", many), tmp_path / "many")
    assert error.value.code == "zip_too_large"
    lying = bytearray((tmp_path / "one.zip").read_bytes())
    at = lying.find(b"PK\1\2")
    lying[at + 24 : at + 28] = struct.pack("<I", 10)  # the size that it claims
    (tmp_path / "lying.zip").write_bytes(lying)
    with pytest.raises(SRError) as error:
        unpack(tmp_path / "lying.zip", tmp_path / "lying")
    assert error.value.code == "zip_broken"


def test_too_many_files_are_refused_before_they_are_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_ENTRIES", 3)
    path = packed(tmp_path / "in.zip", {f"{i}.png": PNG for i in range(4)})
    monkeypatch.setattr(archives.zipfile, "ZipFile", None)  # not even opened
    with pytest.raises(SRError) as error:
        unpack(path, tmp_path / "out")
    assert error.value.code == "zip_too_many"


def test_one_that_is_cut_damaged_or_locked_is_said(tmp_path):
    whole = packed(tmp_path / "in.zip", {"a.png": PNG + bytes(1000)}, zipfile.ZIP_STORED).read_bytes()
    damaged = bytearray(whole)
    damaged[60] ^= 255
    locked = bytearray(whole)
    locked[6] |= 1
    locked[whole.find(b"PK\1\2") + 8] |= 1
    for data, code in (
        (whole[:-30], "zip_broken"),
        (damaged, "zip_broken"),
        (locked, "zip_locked"),
        (b"PK\3\4", "zip_broken"),
    ):
        path = tmp_path / "bad.zip"
        path.write_bytes(data)
        with pytest.raises(SRError) as error:
            unpack(path, tmp_path / "out")
        assert error.value.code == code


def test_a_zip_is_told_by_its_bytes(tmp_path):
    path = tmp_path / "picture.zip"
    path.write_bytes(PNG)
    assert not is_zip(path)
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    path.write_bytes(empty.getvalue())
    assert is_zip(path)


def test_the_command_line_plans_the_pictures_of_a_zip_and_cleans_up(tmp_path):
    path = packed(tmp_path / "in.zip", {"b/two.png": PNG, "one.png": PNG})
    planned = plan([path], tmp_path / "out", lambda source, stem: type(source)(f"{stem}_x.png"))
    assert [t.relative_to(tmp_path / "out").as_posix() for _, t in planned.pairs] == ["b/two_x.png", "one_x.png"]
    sources = [source for source, _ in planned.pairs]
    assert all(source.read_bytes() == PNG for source in sources)
    del planned
    assert not any(source.exists() for source in sources)
