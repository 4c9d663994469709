"""Files to pictures and back: bit depth, alpha, orientation, colour profile. The only place that knows 8 and 16 bits."""

import io
import struct
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageCms, ImageOps
from torch import Tensor

from sr_models.errors import SRError
from sr_models.resample import resize

MAX_BYTES = 20 * 2**20
MAX_PIXELS = 2**24
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "AVIF")
EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif")
# What is refused by name: the first bytes (b"????" stands for a length) and what people call it.
_FOREIGN = (
    (b"%PDF", "PDF"),
    (b"%!PS", "EPS"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"P6\n", "PPM"),
    (b"P5\n", "PGM"),
    (b"\xff\x0a", "JPEG XL"),
    (b"8BPS", "Photoshop"),
)
_MAX_SCANS = 200  # of a progressive JPEG: each costs a pass over the whole picture
_HEIC = (b"heic", b"heix", b"hevc", b"mif1", b"msf1")


@dataclass(frozen=True)
class Picture:
    """Hold one decoded picture: `array` (H, W, C) of uint8 or uint16, C = 1 grey, 2 LA, 3 RGB, 4 RGBA.

    `notes` are codes of what was done to it: oriented, first_frame, icc_converted, icc_ignored.
    """

    array: np.ndarray
    format: str = "PNG"
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Columns in pixels."""
        return self.array.shape[1]

    @property
    def height(self) -> int:
        """Rows in pixels."""
        return self.array.shape[0]

    @property
    def depth(self) -> int:
        """Bits per channel, 8 or 16."""
        return self.array.dtype.itemsize * 8

    @property
    def mode(self) -> str:
        """L, LA, RGB or RGBA."""
        return ("L", "LA", "RGB", "RGBA")[self.array.shape[2] - 1]

    def tensor(self) -> Tensor:
        """Return the picture as (1, C, H, W) float32 in [0, 1]."""
        return to_tensor(self.array)


def to_tensor(array: np.ndarray) -> Tensor:
    """Turn (H, W, C) uint8 or uint16 into (1, C, H, W) float32 in [0, 1]."""
    flat = torch.from_numpy(np.ascontiguousarray(array.transpose(2, 0, 1)).astype(np.float32))
    return (flat / np.iinfo(array.dtype).max)[None]


def to_array(picture: Tensor, depth: int = 8) -> np.ndarray:
    """Turn (1, C, H, W) in [0, 1] into (H, W, C) uint8 or uint16, rounded."""
    peak = 2**depth - 1
    whole = (picture[0].float().clamp(0, 1) * peak + 0.5).permute(1, 2, 0).cpu().numpy()  # the cast rounds down
    return whole.astype(np.uint8 if depth == 8 else np.uint16)


def quantize(picture: Tensor, depth: int = 8) -> Tensor:
    """Round a picture in [0, 1] to the values that a file of this depth can hold, halves up."""
    peak = 2**depth - 1
    return (picture.clamp(0, 1) * peak + 0.5).floor() / peak


def to_8_bit(array: np.ndarray) -> np.ndarray:
    """Turn uint16 into uint8 by rounding the value over 257; uint8 stays."""
    return array if array.dtype == np.uint8 else ((array.astype(np.uint32) + 128) // 257).astype(np.uint8)


def crop_to_multiple(array: np.ndarray, scale: int) -> np.ndarray:
    """Cut rows and columns at the end so that both are multiples of `scale`."""
    return array[: array.shape[0] // scale * scale, : array.shape[1] // scale * scale]


def shrink(picture: Tensor, scale: int, *, kernel: str = "bicubic") -> Tensor:
    """Shrink (1, C, H, W) in [0, 1], sides multiples of `scale`, as MATLAB shrinks an 8-bit picture.

    Rows first, then columns, each rounded and clipped to 8 bits: so the LR files of the test sets were made.
    """
    height, width = picture.shape[-2:]
    rows = quantize(resize(picture, height // scale, width, kernel=kernel))
    return quantize(resize(rows, height // scale, width // scale, kernel=kernel))


def flatten(picture: Tensor) -> Tensor:
    """Lay a picture with alpha on white: (1, 2 or 4, H, W) to (1, 1 or 3, H, W); others stay."""
    if picture.shape[1] not in (2, 4):
        return picture
    alpha = picture[:, -1:]
    return picture[:, :-1] * alpha + (1 - alpha)


def as_8_bit(array: np.ndarray) -> Tensor:
    """Return what is measured: (H, W, C) as (1, 1 or 3, H, W) with values of 8 bits, transparent parts on white."""
    return quantize(flatten(to_tensor(to_8_bit(array))))


def read(path: str | Path, *, max_bytes: int | None = MAX_BYTES) -> Picture:
    """Decode the file at `path`; raise SRError with a sentence for everything that is not a usable picture.

    `max_bytes=None` is for files that we wrote ourselves.
    """
    try:
        size = Path(path).stat().st_size
        if max_bytes and size > max_bytes:
            raise SRError("file_too_large", megabytes=size / 2**20, limit=max_bytes // 2**20)
        data = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise SRError("file_missing", path=path) from error
    except OSError as error:
        raise SRError("cannot_read", path=path, reason=error.strerror or "no reason given") from error
    return decode(data)


def decode(data: bytes) -> Picture:
    """Decode the bytes of a picture file: limits from the header first, then the first frame, upright, in sRGB."""
    if not data:
        raise SRError("empty")
    _refuse_foreign(data)
    _check_pixels(*_webp_size(data))  # Pillow takes memory for all of a WebP before it tells the size
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise SRError("too_many_pixels", limit=MAX_PIXELS) from error
    except Exception as error:
        raise SRError(_what_is_wrong(data)) from error
    if min(image.size) < 1:
        raise SRError("corrupt")
    _check_pixels(*image.size)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _decode_frame(image, data)
    except SRError:
        raise
    except Exception as error:
        raise SRError("truncated" if "truncated" in str(error) or _is_cut(data) else "corrupt") from error


def _check_pixels(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise SRError("too_large", width=width, height=height, limit=MAX_PIXELS)


def _webp_size(data: bytes) -> tuple[int, int]:
    """Return width and height from the header of a WebP, (0, 0) for anything else."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or len(data) < 30:
        return 0, 0
    if data[12:16] == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if data[12:16] == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack("<HH", data[26:30])
    return width & 0x3FFF, height & 0x3FFF


def _refuse_foreign(data: bytes) -> None:
    head = data[:512].lstrip()
    for start, kind in _FOREIGN:
        if data.startswith(start):
            raise SRError("unsupported_format", kind=kind)
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC and b"avif" not in data[8:32]:
        raise SRError("unsupported_format", kind="HEIC")
    if head.startswith((b"<svg", b"<?xml")) and b"<svg" in data[:4096]:
        raise SRError("unsupported_format", kind="SVG")


def _what_is_wrong(data: bytes) -> str:
    """Tell a cut or damaged picture from something else, by its signature."""
    if _is_cut(data):
        return "truncated"
    known = (b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
    return "corrupt" if data.startswith(known) or data[8:12] == b"WEBP" else "not_an_image"


def _is_cut(data: bytes) -> bool:
    """Say whether a file ends before its own header says: a PNG without a header, a short WebP or AVIF."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return len(data) < 33
    if data.startswith(b"RIFF") and len(data) >= 12:
        return struct.unpack("<I", data[4:8])[0] + 8 > len(data)
    position = 0
    while data[4:8] == b"ftyp" and position + 8 <= len(data):
        size = struct.unpack(">I", data[position : position + 4])[0]
        if size < 8:  # 0: to the end of the file; 1: a long box, which no picture under the limit has
            return False
        position += size
    return position > len(data)


def _decode_frame(image: Image.Image, data: bytes) -> Picture:
    notes, kind = [], image.format or ""
    if _has_more_frames(image, data):
        notes.append("first_frame")
    profile = image.info.get("icc_profile")
    orientation = image.getexif().get(0x0112, 1)
    array = _decode_16_bit(image, data)
    if array is not None:
        if profile:
            notes.append("icc_ignored")
        array = _turn(array, orientation)
    else:
        image.load()
        if image.mode in ("I", "F"):
            raise SRError("unsupported_mode", kind="32-bit" if image.mode == "I" else "floating-point")
        image = ImageOps.exif_transpose(image)
        if profile:
            image, note = _to_srgb(image, profile)
            notes.append(note)
        array = _to_8_bit_array(image)
    if 2 <= orientation <= 8:
        notes.append("oriented")
    return Picture(_without_opaque_alpha(array), kind, tuple(notes))


def _has_more_frames(image: Image.Image, data: bytes) -> bool:
    """Say whether there is a second frame; refuse files made to keep a decoder busy."""
    if image.format == "JPEG" and data.count(b"\xff\xda") > _MAX_SCANS:
        raise SRError("corrupt")
    if image.format != "TIFF":
        return getattr(image, "n_frames", 1) > 1
    tile = [image.tag_v2.get(tag, 1) for tag in (322, 323)]  # type: ignore[attr-defined]
    if not all(isinstance(n, int) for n in tile) or tile[0] * tile[1] > MAX_PIXELS:
        raise SRError("corrupt")
    try:
        image.seek(1)  # counting all of them would read all of them
    except EOFError:
        return False
    finally:
        image.seek(0)
    return True


def _decode_16_bit(image: Image.Image, data: bytes) -> np.ndarray | None:
    """Return (H, W, C) uint16 of a 16-bit PNG or TIFF, else None."""
    if image.format == "PNG" and len(data) > 25 and data[24] == 16:
        import imagecodecs

        image.load()  # Pillow's checks of chunks and sizes come first
        array = imagecodecs.png_decode(data)
    elif image.format == "TIFF" and set(_tiff_bits(image)) == {16} and image.mode not in ("I", "F"):
        import tifffile

        with tifffile.TiffFile(io.BytesIO(data)) as file:
            page = file.pages[0]
            if page.dtype != np.uint16 or page.photometric.name not in ("MINISBLACK", "RGB"):  # type: ignore[union-attr]
                raise SRError("unsupported_mode", kind="such 16-bit")
            array = page.asarray()
            if page.planarconfig == 2 and array.ndim == 3:  # type: ignore[union-attr]
                array = array.transpose(1, 2, 0)
            array = _plain_alpha(array, tuple(int(e) for e in page.extrasamples))  # type: ignore[union-attr]
    else:
        return None
    array = array[:, :, None] if array.ndim == 2 else array
    # Pillow may tell the size of a TIFF already turned upright.
    right = array.dtype == np.uint16 and array.ndim == 3 and sorted(array.shape[:2]) == sorted(image.size)
    if not right or array.shape[2] > 4:
        raise SRError("unsupported_mode", kind="such 16-bit")
    return array


def _plain_alpha(array: np.ndarray, extra: tuple[int, ...]) -> np.ndarray:
    """Bring a TIFF's extra channel to straight alpha: 2 is that, 1 is premultiplied, 0 is something else and goes."""
    if len(extra) != 1 or array.ndim != 3 or extra[0] == 2:
        return array
    colour, alpha = array[..., :-1], array[..., -1:]
    if extra[0] == 0:
        return colour
    straight = np.minimum(np.divide(colour * 65535.0, np.maximum(alpha, 1)) + 0.5, 65535).astype(np.uint16)
    return np.concatenate([np.where(alpha > 0, straight, 0), alpha], 2)


def _tiff_bits(image: Image.Image) -> tuple[int, ...]:
    bits = image.tag_v2.get(258, (1,))  # type: ignore[attr-defined]
    return bits if isinstance(bits, tuple) else (bits,)


def _turn(array: np.ndarray, orientation: int) -> np.ndarray:
    """Apply the EXIF orientation (2 to 8) to an array (H, W, C)."""
    if orientation in (5, 6, 7, 8):
        array = array.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    return np.ascontiguousarray(array)


def _to_srgb(image: Image.Image, profile: bytes) -> tuple[Image.Image, str]:
    """Convert to sRGB by the embedded profile; a damaged or unfit one is ignored, and the note says so."""
    if "transparency" in image.info and image.mode == "RGB":
        image = image.convert("RGBA")
    alpha = image.getchannel("A") if image.mode in ("RGBA", "LA") else None
    if image.mode in ("P", "1", "L", "LA", "PA", "I;16"):
        return image, "icc_ignored"
    colour = image.convert("RGB") if image.mode == "RGBA" else image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        colour = ImageCms.profileToProfile(colour, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image, "icc_ignored"
    assert colour is not None
    if alpha is not None:
        colour.putalpha(alpha)
    return colour, "icc_converted"


def _to_8_bit_array(image: Image.Image) -> np.ndarray:
    """Bring any 8-bit mode to L, LA, RGB or RGBA."""
    clear = "transparency" in image.info
    if image.mode in ("1", "L") and not clear:
        image = image.convert("L")
    elif image.mode in ("L", "LA", "La"):
        image = image.convert("RGBA").convert("LA") if image.mode == "L" else image.convert("LA")
    elif image.mode in ("P", "PA", "RGBA", "RGBa") or clear:
        wide = image.convert("RGBA")
        image = wide if clear or image.mode != "P" else wide.convert("RGB")
    elif image.mode in ("RGB", "CMYK", "YCbCr", "LAB", "RGBX"):
        image = image.convert("RGB")
    else:
        raise SRError("unsupported_mode", kind=image.mode)
    array = np.asarray(image)
    return array[:, :, None] if array.ndim == 2 else array


def _without_opaque_alpha(array: np.ndarray) -> np.ndarray:
    """Drop an alpha channel that is solid everywhere: it says nothing."""
    if array.shape[2] in (2, 4) and array[..., -1].min() == np.iinfo(array.dtype).max:
        return array[..., :-1]
    return array


def encode_png(array: np.ndarray) -> bytes:
    """Encode (H, W, C) uint8 or uint16 as PNG, without any metadata."""
    if array.dtype == np.uint16:
        import imagecodecs

        pixels = array[:, :, 0] if array.shape[2] == 1 else array
        return bytes(imagecodecs.png_encode(np.ascontiguousarray(pixels), level=1))
    buffer = io.BytesIO()
    Image.fromarray(array[:, :, 0] if array.shape[2] == 1 else array).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
