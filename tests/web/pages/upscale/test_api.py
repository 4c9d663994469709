"""What programs may call, by the very lines that the page shows."""

import io
import json
import shutil
import subprocess

import gradio as gr
import httpx
import numpy as np
import pytest
from PIL import Image

from sr_models.bench import Server
from sr_models.imaging.encode import encode_png
from sr_models.web import storage
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale import api, commands
from sr_models.web.pages.upscale.request import OTHER, Request, effective
from tests.conftest import WAIT, missing, scene


def call(lines: str, folder) -> list:
    """Run the lines in a folder with a photo.png and return what the server's last message holds."""
    if not shutil.which("curl"):
        missing("needs curl: apt-get install curl")
    done = subprocess.run(["bash", "-c", lines], cwd=folder, capture_output=True, text=True, timeout=WAIT, check=True)
    *_, event, data = [line for line in done.stdout.splitlines() if line]
    assert event == "event: complete", done.stdout
    return json.loads(data.removeprefix("data: "))


def asked(**values) -> Request:
    return Request.of({"visitor": "visitor", **values})


def fetch(address: str) -> bytes:
    return subprocess.run(["curl", "-s", address], capture_output=True, check=True, timeout=WAIT).stdout


@pytest.mark.parametrize(("scale", "size", "expected"), [(2, "", (120, 80)), (2, "1.5x", (90, 60))])
def test_the_curl_lines_enlarge_a_picture(url, tmp_path, scale, size, expected):
    (tmp_path / "photo.png").write_bytes(encode_png(scene(60, 40)))
    (answer,) = call(
        commands.curl(url, asked(net=NETS.trained(2)[0], scale=OTHER if size else scale, size=size), api.TAKEN),
        tmp_path,
    )
    result = Image.open(io.BytesIO(fetch(answer["file"]["url"])))
    assert result.size == expected
    assert answer["receipt"]["output"]["width"] == expected[0]
    assert np.asarray(result).std() > 10


def test_a_bad_request_is_a_sentence(url, tmp_path):
    (tmp_path / "photo.png").write_bytes(b"no picture")
    lines = commands.curl(url, asked(net="espcn", scale=4), api.TAKEN)
    done = subprocess.run(["bash", "-c", lines], cwd=tmp_path, capture_output=True, text=True, timeout=WAIT, check=True)
    assert "not a picture that can be read" in done.stdout
    assert "Traceback" not in done.stdout
    stolen = lines.splitlines()[1:]
    done = subprocess.run(
        ["bash", "-c", "\n".join(["FILE=/etc/passwd", *stolen])],
        capture_output=True,
        text=True,
        timeout=WAIT,
        check=True,
    )
    assert "event: error" in done.stdout
    assert "root:" not in done.stdout


@pytest.mark.parametrize(
    ("picture", "values", "words"),
    [
        (encode_png(scene(20, 20)), ("no net", 4), "no net is not there at ×4"),
        (encode_png(scene(20, 20)), ("espcn", 5), "5"),
        (encode_png(scene(20, 20)), ("espcn", 0), "2, 3, 4, 8"),
        (b"junk", ("espcn", 4), "not a picture that can be read"),
    ],
)
def test_an_ordinary_mistake_is_one_sentence_and_no_traceback(tmp_path, monkeypatch, picture, values, words):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    path = storage.temp_folder() / "photo.png"
    path.write_bytes(picture)
    with pytest.raises(gr.Error) as caught:
        api.upscale({"path": str(path)}, *values)
    assert words in caught.value.message
    assert "8, 0" not in caught.value.message
    assert not caught.value.print_exception  # by which gradio writes a traceback into the log


def test_what_programs_do_wrong_is_a_sentence_to_them_and_nothing_in_the_log(tmp_path):
    from gradio_client import Client, handle_file

    for name, data in (("small.png", encode_png(scene(20, 20))), ("junk.png", b"junk")):
        (tmp_path / name).write_bytes(data)
    Image.new("RGB", (1100, 1100)).save(tmp_path / "large.png")
    server, said = Server(), {}
    with server as url:
        client = Client(url, verbose=False)
        for name, net in (("small.png", "no net"), ("large.png", "espcn"), ("junk.png", "espcn")):
            with pytest.raises(Exception, match=r"\.$") as caught:
                client.predict(handle_file(tmp_path / name), net, 4, api_name="/upscale")
            said[name] = str(caught.value)
        for given in ([], [{"path": "x"}, "espcn"]):
            asked = {"json": {"data": given}, "timeout": WAIT}
            event = httpx.post(f"{url}/gradio_api/call/upscale", **asked).json()["event_id"]
            said[len(given)] = httpx.get(f"{url}/gradio_api/call/upscale/{event}", timeout=WAIT).text
        server.process.terminate()
        log = server.process.communicate()[0]
    assert said["small.png"] == "no net is not there at ×4; choose another net or scale."
    assert said["large.png"].startswith("Enlarging 1100×1100 by 4 would give 19,360,000 pixels")
    assert "not a picture that can be read" in said["junk.png"]
    needed = len(api.TAKEN) + 1
    for given in (0, 2):
        words = f"upscale takes {needed} values and {given} came; /gradio_api/info lists them in their order."
        assert words in said[given]
    assert "Traceback" not in log


def test_the_command_and_the_python_lines_run(tmp_path):
    import sys

    import sr_models

    (tmp_path / "photo.png").write_bytes(encode_png(scene(60, 40)))
    options = {"ensemble": True, "tile": 64, "alpha": "white", "format": "jpeg", "quality": 80, "metadata": True}
    request = effective(asked(net="espcn", scale=OTHER, size="100", **options))
    command = commands.shell(request, 2).replace("sr-models", f"{sys.executable} -m sr_models")
    subprocess.run(["bash", "-c", command], cwd=tmp_path, check=True, timeout=WAIT, capture_output=True)
    (made,) = (tmp_path / "enlarged").iterdir()
    assert Image.open(made).size == (100, 67)
    lines = commands.python(request, 2).replace('"photo.png"', repr(str(tmp_path / "photo.png")))
    scope: dict = {"sr_models": sr_models}
    exec(lines, scope)  # noqa: S102  # what the page shows to copy
    assert scope["sr"].shape == (1, 3, 80, 120)


def test_programs_compare_restore_and_draw_as_the_pages_do(url, tmp_path):
    from gradio_client import Client, handle_file

    photo = tmp_path / "photo.png"
    photo.write_bytes(encode_png(scene(192, 144)))
    client = Client(url, verbose=False, download_files=False)
    found = client.predict(handle_file(photo), 2, "test", api_name="/compare")
    nets = {row["net"]: row for row in found["rows"]}
    assert {"bicubic", "original", "map", *NETS.trained(2)} == nets.keys()
    assert nets["sesr_48x6"]["psnr_y"] > nets["bicubic"]["psnr_y"]
    size = found["width"], found["height"]
    for row in (nets["bicubic"], nets["original"]):
        assert Image.open(io.BytesIO(fetch(row["file"]["url"]))).size == size
    noisy = np.clip(scene(96, 64) + np.random.default_rng(0).normal(0, 25, (64, 96, 3)), 0, 255).astype(np.uint8)
    photo.write_bytes(encode_png(noisy))
    found = client.predict(handle_file(photo), "denoise", api_name="/restore")
    repaired = np.asarray(Image.open(io.BytesIO(fetch(found["file"]["url"]))))
    assert np.abs(repaired - 1.0 * scene(96, 64)).mean() < 0.6 * np.abs(noisy - 1.0 * scene(96, 64)).mean()
    assert [step["task"] for step in found["receipt"]["steps"]] == ["denoise"]
    drawn = client.predict("", 7, 0.8, 5, api_name="/generate")
    side = Image.open(io.BytesIO(fetch(drawn["sample"]["url"]))).size[0]
    assert Image.open(io.BytesIO(fetch(drawn["enlarged"]["url"]))).size[0] % side == 0
    assert drawn["receipt"]["chosen"]["sample"] == 5
    with pytest.raises(Exception, match="task"):
        client.predict(handle_file(photo), "inpaint", api_name="/restore")


def test_only_what_is_meant_for_programs_is_an_api(url):
    found = json.loads(fetch(f"{url}/gradio_api/info"))
    ours = found["named_endpoints"]
    assert ours.keys() == {"/upscale", "/compare", "/restore", "/generate", "/list_models"}
    typed = {each["parameter_name"]: each["python_type"]["type"] for each in ours["/restore"]["parameters"]}
    assert (typed["task"], typed["strength"], typed["metadata"]) == ("str", "float", "bool")
    assert all(endpoint["description"] for endpoint in ours.values())
