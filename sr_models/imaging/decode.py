"""Picture files to arrays: limits from the header first, then the first frame, upright, in sRGB."""

import io
import math
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

from sr_models.errors import SRError
from sr_models.imaging.color_spaces import SRGB, Signal, signal_of, to_srgb
from sr_models.imaging.containers import refuse_camera_raw, seek_main_picture
from sr_models.imaging.headers import is_cut, is_scan, jpeg_quality, refuse_foreign, webp_size, what_is_wrong
from sr_models.imaging.heif import is_heif, register
from sr_models.imaging.jxl import read_header
from sr_models.imaging.metadata import orientation_of, resolution_of, turned_upright, without_metadata
from sr_models.imaging.picture import Picture, fit
from sr_models.imaging.sixteen_bit import decode_16_bit
from sr_models.imaging.whole_files import check_whole

MAX_BYTES = 40 * 2**20
MAX_PIXELS = 3 * 2**24  # 8192x6144, what a telephone of "50 megapixels" takes; decoding it takes some 1000 MB at most
MAX_SHRINKABLE = 2**26  # pixels that are decoded only to be made smaller
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "AVIF", "JXL")
_MAX_SCANS = 200  # of a progressive JPEG of 2**24 pixels, in larger ones fewer: each is a pass over the whole picture


def read(path: str | Path, *, max_bytes: int | None = MAX_BYTES) -> Picture:
    """Decode the file at `path`; raise SRError with a sentence for everything that is not a usable picture.

    `max_bytes=None` is for files that we wrote ourselves.
    """
    return decode(read_bytes(path, max_bytes))


def read_smaller(path: str | Path, pixels: int) -> Picture:
    """Decode a file of up to MAX_SHRINKABLE pixels, shrunk to at most `pixels`, the aspect kept; else as `read`."""
    return decode(read_bytes(path), pixels)


def read_bytes(path: str | Path, max_bytes: int | None = MAX_BYTES) -> bytes:
    """Return a file's bytes; raise SRError where it is too large or cannot be read."""
    try:
        size = Path(path).stat().st_size
        if max_bytes and size > max_bytes:
            raise SRError("file_too_large", megabytes=size / 2**20, limit=max_bytes // 2**20)
        return Path(path).read_bytes()
    except FileNotFoundError as error:
        raise SRError("file_missing", path=path) from error
    except OSError as error:
        raise SRError("cannot_read", path=path, reason=error.strerror or "no reason given") from error


def decode(data: bytes, pixels: int | None = None) -> Picture:
    """Decode the bytes of a picture file: limits from the header first, then the first frame, upright, in sRGB.

    With `pixels`, a picture of up to MAX_SHRINKABLE is shrunk to at most as many.
    """
    try:
        return _decode(data, pixels)
    except SRError as error:
        bare = without_metadata(data) if error.code in ("corrupt", "truncated", "not_an_image") else data
        if bare == data:
            raise
        try:
            picture = _decode(bare, pixels)
        except SRError:
            raise error from None
        return replace(picture, notes=(*picture.notes, "metadata_ignored"))


def _decode(data: bytes, pixels: int | None) -> Picture:
    limit = MAX_SHRINKABLE if pixels else MAX_PIXELS
    image = open_header(data, limit)
    check_whole(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            seek_main_picture(image, data)
            _check_pixels(*image.size, limit)
            return _decode_frame(image, data, pixels)
    except SRError:
        raise
    except Exception as error:
        cut = is_cut(data) or any(words in str(error) for words in ("truncated", "NEED_MORE_INPUT"))
        raise SRError("truncated" if cut else "corrupt") from error


def open_header(data: bytes, limit: int) -> Image.Image:
    """Open the bytes of a picture file without its pixels; raise SRError for what is none, or has more than `limit`."""
    if not data:
        raise SRError("empty")
    refuse_foreign(data)
    refuse_camera_raw(data)
    heif = is_heif(data)
    if heif:
        register()
    _check_pixels(*webp_size(data), limit)  # Pillow takes memory for all of a WebP before it tells the size
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=("HEIF",) if heif else FORMATS)
    except Image.DecompressionBombError as error:
        raise SRError("too_many_pixels", limit=limit) from error
    except Exception as error:
        check_whole(data)
        raise SRError(what_is_wrong(data)) from error
    if min(image.size) < 1:
        raise SRError("corrupt")
    _check_pixels(*image.size, limit)
    return image


def size_of(path: str | Path) -> tuple[int, int]:
    """Return (width, height) of the picture in a file, upright, without decoding it; raise SRError as `read` does."""
    image = open_header(read_bytes(path), MAX_PIXELS)
    width, height = image.size
    return (height, width) if orientation_of(image) in (5, 6, 7, 8) else (width, height)


def _check_pixels(width: int, height: int, limit: int) -> None:
    if width * height > limit:
        raise SRError("too_large", width=width, height=height, limit=limit)


def size_within(width: int, height: int, pixels: int) -> tuple[int, int]:
    """Return the largest size of the same aspect with at most `pixels`."""
    if width * height <= pixels:
        return width, height
    ratio = math.sqrt(pixels / (width * height))
    short = max(int(min(width, height) * ratio), 1)
    long = max(min(int(max(width, height) * ratio), pixels // short), 1)
    return (short, long) if width < height else (long, short)


def _decode_frame(image: Image.Image, data: bytes, pixels: int | None) -> Picture:
    notes, kind, quality = [], image.format or "", jpeg_quality(image)
    if _has_more_frames(image, data):
        notes.append("first_frame")
    if is_scan(image):
        notes.append("scan")
    size = size_within(*image.size, pixels) if pixels else image.size
    shrunk = size != image.size
    profile, dpi = image.info.get("icc_profile"), resolution_of(image)
    signal = _signal(image, data)
    orientation = orientation_of(image)
    array = decode_16_bit(image, data)
    if array is not None:
        if profile:
            notes.append("icc_ignored")
        array = array if kind in ("HEIF", "JXL") else _turn(array, orientation)
        lying = array.shape[1] > array.shape[0]
        array = fit(array, (max(size), min(size)) if lying else (min(size), max(size))) if shrunk else array
    else:
        image = _shrunk(image, size) if shrunk else image
        image.load()
        if image.mode in ("I", "F"):
            raise SRError("unsupported_mode", kind="32-bit" if image.mode == "I" else "floating-point")
        image = turned_upright(image)
        if profile:
            image, note = by_profile(image, profile)
            notes.append(note)
        array = np.asarray(plain(image))
        array = array[:, :, None] if array.ndim == 2 else array
    if signal and not profile and not signal.is_srgb:
        array = to_srgb(array, signal) if signal.known else array
        notes.append("colour_ignored" if not signal.known else "hdr_converted" if signal.is_hdr else "colour_converted")
    notes += (
        ["oriented"] * (2 <= orientation <= 8) + ["made_smaller"] * shrunk + ["metadata_ignored"] * (not orientation)
    )
    return Picture(without_opaque_alpha(array), kind, tuple(notes), quality, dpi)


def _signal(image: Image.Image, data: bytes) -> Signal | None:
    """Return what a file says of its colours outside of a profile; a profile that is not read says nothing known."""
    if image.format == "JXL":
        return read_header(data).colours or replace(SRGB, known=False)
    return signal_of(data)


def _shrunk(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Shrink an opened picture by Pillow's antialiased bicubic; a JPEG is not even decoded at its full size."""
    drafted = image.draft(None, (2 * size[0], 2 * size[1]))  # type: ignore[arg-type]
    image.load()
    if image.mode in ("1", "P", "PA") or "transparency" in image.info:
        image = plain(image)
    return image.resize(size, Image.Resampling.BICUBIC, box=drafted[1] if drafted else None, reducing_gap=2.0)


def _has_more_frames(image: Image.Image, data: bytes) -> bool:
    """Say whether there is a second frame; refuse files made to keep a decoder busy."""
    pixels = max(image.width * image.height, 2**24)
    if image.format == "JPEG" and data.count(b"\xff\xda") * pixels > _MAX_SCANS * 2**24:
        raise SRError("corrupt")
    if image.format != "TIFF":
        return getattr(image, "n_frames", 1) > 1
    tile = [image.tag_v2.get(tag, 1) for tag in (322, 323)]  # type: ignore[attr-defined]
    if not all(isinstance(n, int) for n in tile) or tile[0] * tile[1] > MAX_PIXELS:
        raise SRError("corrupt")
    here = image.tell()
    try:
        image.seek(0 if here else 1)  # counting all of them would read all of them
    except EOFError:
        return False
    finally:
        image.seek(here)
    return True


def _turn(array: np.ndarray, orientation: int) -> np.ndarray:
    """Apply the EXIF orientation (2 to 8) to an array (H, W, C)."""
    if orientation in (5, 6, 7, 8):
        array = array.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    return np.ascontiguousarray(array)


def by_profile(image: Image.Image, profile: bytes) -> tuple[Image.Image, str]:
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


def plain(image: Image.Image) -> Image.Image:
    """Bring any 8-bit mode to L, LA, RGB or RGBA."""
    clear = "transparency" in image.info
    if image.mode in ("1", "L") and not clear:
        return image.convert("L")
    if image.mode in ("L", "LA", "La"):
        return image.convert("RGBA").convert("LA") if image.mode == "L" else image.convert("LA")
    if image.mode in ("P", "PA", "RGBA", "RGBa") or clear:
        wide = image.convert("RGBA")
        return wide if clear or image.mode != "P" else wide.convert("RGB")
    if image.mode in ("RGB", "CMYK", "YCbCr", "LAB", "RGBX"):
        return image.convert("RGB")
    raise SRError("unsupported_mode", kind=image.mode)


def without_opaque_alpha(array: np.ndarray) -> np.ndarray:
    """Drop an alpha channel that is solid everywhere: it says nothing."""
    if array.shape[2] in (2, 4) and array[..., -1].min() == np.iinfo(array.dtype).max:
        return array[..., :-1]
    return array
