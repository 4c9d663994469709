"""Which files are pictures: told by content; sidecars are passed over, the rest is counted and named."""

import io
from pathlib import Path, PurePath

import pytest
from PIL import Image

from sr_models.imaging.encode import encode, encode_png
from sr_models.imaging.kinds import is_sidecar, looks_like_a_picture, name_some, sort_out
from tests.conftest import scene

APPLE_DOUBLE = b"\0\x05\x16\x07\0\2\0\0Mac OS X" + b"\0" * 40


def gif() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(scene(8, 8)).save(buffer, "GIF")
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "AVIF"])
def test_a_picture_is_told_by_its_bytes(kind):
    buffer = io.BytesIO()
    Image.fromarray(scene(8, 8)).save(buffer, kind)
    assert looks_like_a_picture(buffer.getvalue()[:32])
    assert not looks_like_a_picture(b"BM is the name of a company, and this a letter")
    assert not looks_like_a_picture(b"")


def test_folders_of_macs_and_windows_hold_their_pictures_only(tmp_path: Path):
    (tmp_path / "__MACOSX").mkdir()
    files = {
        "a.png": encode_png(scene(8, 8)),
        "._a.png": APPLE_DOUBLE,
        "w.jfif": encode(scene(8, 8), "jpeg"),
        "no_ending": encode(scene(8, 8), "webp"),
        "wrong.txt": gif(),
        "notes.txt": b"no picture",
        "empty.png": b"",
        "Thumbs.db": b"\xd0\xcf\x11\xe0",
        ".DS_Store": b"\0\0\0\1Bud1",
        "desktop.ini": b"[.ShellClassInfo]",
        "__MACOSX/._a.png": APPLE_DOUBLE,
        "__MACOSX/b.png": encode_png(scene(8, 8)),
        "._real.png": encode_png(scene(8, 8)),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    found = sort_out(tmp_path, tmp_path.rglob("*"))
    assert [p.name for p in found.pictures] == ["._real.png", "a.png", "empty.png", "no_ending", "w.jfif", "wrong.txt"]
    assert [p.name for p in found.left_out] == ["notes.txt"]
    assert name_some(found.left_out) == "1 left out, no pictures: notes.txt"
    assert name_some([Path(f"{n}.md") for n in range(9)]).startswith("9 left out, no pictures: 0.md, 1.md")


def test_a_folder_above_the_one_named_does_not_count():
    assert not is_sidecar(PurePath("a.png"), b"\x89PNG\r\n\x1a\n")
    assert is_sidecar(PurePath("x/__MACOSX/a.png"), b"\x89PNG\r\n\x1a\n")
