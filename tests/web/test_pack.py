"""Several files in one to take away."""

import zipfile

from sr_models.web import pack


def test_files_are_packed_unless_they_are_too_large_together(tmp_path, monkeypatch):
    files = [tmp_path / "a.png", tmp_path / "b.png"]
    for file in files:
        file.write_bytes(file.name.encode() * 10)
    path = tmp_path / "both.zip"
    monkeypatch.setattr(pack, "MAX_BYTES", 100)
    assert pack.pack(path, files) == str(path)
    with zipfile.ZipFile(path) as archive:
        assert [archive.read(name) for name in archive.namelist()] == [file.read_bytes() for file in files]
    path.unlink()
    monkeypatch.setattr(pack, "MAX_BYTES", 99)
    assert pack.pack(path, files) == ""
    assert not path.exists()
