"""Pictures of more than 8 bits per channel, which Pillow reads as 8."""

import io

import numpy as np
from PIL import Image

from sr_models.errors import SRError
from sr_models.imaging.heif import bits, decode_deep, widened
from sr_models.imaging.jxl import decode_jxl, read_header


def decode_16_bit(image: Image.Image, data: bytes) -> np.ndarray | None:
    """Return (H, W, C) uint16 of a PNG or TIFF of 16 bits, or of an AVIF, HEIF or JPEG XL of more than 8, else None.

    All as they are stored, but HEIF and JPEG XL, which come upright.
    """
    if image.format == "PNG" and len(data) > 25 and data[24] == 16:
        import imagecodecs

        image.load()  # Pillow's checks of chunks and sizes come first
        image.close()  # and its 8 bits go
        array = imagecodecs.png_decode(data)
    elif image.format == "TIFF" and set(_tiff_bits(image)) == {16} and image.mode not in ("I", "F"):
        import tifffile

        with tifffile.TiffFile(io.BytesIO(data)) as file:
            page = file.pages[image.tell()]
            kind = page.photometric.name  # type: ignore[union-attr]
            if page.dtype != np.uint16 or kind not in ("MINISBLACK", "RGB"):
                raise SRError("unsupported_mode", kind="such 16-bit")
            array = page.asarray()
            if page.planarconfig == 2 and array.ndim == 3:  # type: ignore[union-attr]
                array = array.transpose(1, 2, 0)
            array = _plain_alpha(array, tuple(int(e) for e in page.extrasamples))  # type: ignore[union-attr]
            if kind == "RGB" and not page.extrasamples and array.shape[2:] == (4,):  # type: ignore[union-attr]
                array = array[..., :3]  # a fourth channel that is not said to be alpha
    elif image.format in ("AVIF", "HEIF") and bits(data) > 8:
        import imagecodecs

        array = widened(imagecodecs.avif_decode(data), bits(data)) if image.format == "AVIF" else decode_deep(data)
        array = array[0] if array.ndim == 4 else array
    elif image.format == "JXL" and read_header(data).bits > 8:
        array = decode_jxl(data)
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
