"""Animations frame by frame.

GIF, APNG and WebP, read as whole frames and written as they come, one in memory at a time.
"""

import io
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image

from sr_models.errors import SRError
from sr_models.imaging import embed
from sr_models.imaging.color_spaces import signal_of, to_srgb
from sr_models.imaging.decode import MAX_PIXELS, by_profile, open_header, plain, without_opaque_alpha
from sr_models.imaging.metadata import png_chunks

KINDS = {"gif": ".gif", "apng": ".png", "webp": ".webp"}
_KINDS_OF_FORMATS = {"GIF": "gif", "PNG": "apng", "WEBP": "webp"}
KEEP, BACKGROUND, PREVIOUS = 0, 1, 2  # what becomes of a frame when the next one comes
_CLEAR = 255  # the colour of a GIF's palette that is transparent
_MOST_SIDE = {"gif": 65535, "webp": 16383}


@dataclass(frozen=True)
class Frame:
    """Hold one whole frame (H, W, C) uint8, how long it stands, and what becomes of it."""

    array: np.ndarray
    milliseconds: float
    disposal: int


def kind_of(data: bytes) -> str | None:
    """Return which of KINDS an animation is; None for a picture that stands still, and for what cannot be read."""
    still = data.startswith(b"\x89PNG") and b"acTL" not in data[: 2**16]
    if still or not data.startswith((b"GIF8", b"\x89PNG", b"RIFF")):
        return None
    try:
        image = open_header(data, MAX_PIXELS)
        return _KINDS_OF_FORMATS.get(image.format or "") if getattr(image, "is_animated", False) else None
    except Exception:  # it is said where the picture is decoded
        return None


def plays_of(data: bytes) -> int:
    """Return how often an animation is played; 0 is for ever."""
    image = open_header(data, MAX_PIXELS)
    if image.format == "GIF":
        loop = image.info.get("loop")
        return 1 if loop is None else loop + 1 if loop else 0  # a GIF says how often it is played again
    return int(image.info.get("loop", 0))


def count_of(data: bytes) -> int:
    """Return how many frames an animation has."""
    image = open_header(data, MAX_PIXELS)
    return getattr(image, "n_frames", 1) - bool(getattr(image, "default_image", False))


def seconds_of(data: bytes, pixels: int) -> float:
    """Return how long an animation plays once; 0 where its frames have more than so many `pixels` together."""
    image, count = open_header(data, MAX_PIXELS), count_of(data)
    if count * image.width * image.height > pixels:
        return 0.0
    first, total = getattr(image, "n_frames", 1) - count, 0.0
    try:
        for number in range(first, first + count):
            image.seek(number)
            image.load()
            total += float(image.info.get("duration") or 0)
    except Exception:  # it is said where the frames are decoded
        return 0.0
    return total / 1000


def frames(data: bytes) -> Iterator[Frame]:
    """Yield the frames of an animation as they are seen, in sRGB; raise SRError for what cannot be read."""
    image = open_header(data, MAX_PIXELS)
    profile, signal = image.info.get("icc_profile"), signal_of(data)
    number = int(bool(getattr(image, "default_image", False)))  # a picture for readers that know no animation
    while True:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                image.seek(number)
                image.load()
                frame = by_profile(image, profile)[0] if profile else image
                array = np.asarray(plain(frame))
        except EOFError:
            return
        except SRError:
            raise
        except Exception as error:
            raise SRError("truncated" if "truncated" in str(error) else "corrupt") from error
        array = array[:, :, None] if array.ndim == 2 else array
        if signal and signal.known and not profile and not signal.is_srgb:
            array = to_srgb(array, signal)
        yield Frame(without_opaque_alpha(array), float(image.info.get("duration") or 0), _disposal(image))
        number += 1


def _disposal(image: Image.Image) -> int:
    if image.format == "GIF":
        return {2: BACKGROUND, 3: PREVIOUS}.get(getattr(image, "disposal_method", 0), KEEP)
    return int(getattr(image.info.get("disposal", KEEP), "value", image.info.get("disposal", KEEP)))


class Writer:
    """Write an animation of whole frames; the file is whole after `close`."""

    def __init__(self, file: IO[bytes], kind: str, width: int, height: int, plays: int) -> None:
        if max(width, height) > _MOST_SIDE.get(kind, 2**31):
            size = {"width": width, "height": height}
            raise SRError("too_long_for_format", kind=kind, **size, limit=_MOST_SIDE[kind])
        self.file, self.kind, self.size, self.plays = file, kind, (width, height), plays
        self.count = self._sequence = 0
        {"gif": self._begin_gif, "apng": self._begin_apng, "webp": self._begin_webp}[kind]()

    def add(self, frame: Frame) -> None:
        """Write the next frame, (H, W, 1 to 4) uint8."""
        {"gif": self._add_gif, "apng": self._add_apng, "webp": self._add_webp}[self.kind](frame)
        self.count += 1

    def close(self) -> None:
        """Write the end, and at the beginning what was not known there."""
        if self.kind == "gif":
            self.file.write(b";")
        elif self.kind == "apng":
            self.file.write(embed.chunk(b"IEND", b""))
            self.file.seek(33)
            self.file.write(self._control())
        else:
            length = self.file.tell()
            self.file.seek(4)
            self.file.write(struct.pack("<I", length - 8))

    def _begin_gif(self) -> None:
        self.file.write(b"GIF89a" + struct.pack("<HHBBB", *self.size, 0x70, 0, 0))
        if self.plays != 1:
            self.file.write(b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", max(self.plays - 1, 0) & 0xFFFF, 0))

    def _add_gif(self, frame: Frame) -> None:
        wide = _rgba(frame.array)
        clear = wide[..., 3] < 128
        small = Image.fromarray(wide[..., :3]).quantize(_CLEAR)
        indices = np.where(clear, _CLEAR, np.asarray(small)).astype(np.uint8)
        palette = bytes(small.getpalette() or [])[: 3 * _CLEAR].ljust(768, b"\0")
        disposal = {KEEP: 1, BACKGROUND: 2, PREVIOUS: 3}[frame.disposal]
        delay = min(round(frame.milliseconds / 10), 0xFFFF)
        self.file.write(b"!\xf9\x04" + struct.pack("<BHBB", disposal << 2 | bool(clear.any()), delay, _CLEAR, 0))
        self.file.write(b"," + struct.pack("<HHHHB", 0, 0, *self.size, 0x87) + palette + _lzw(indices))

    def _begin_apng(self) -> None:
        self.file.write(b"\x89PNG\r\n\x1a\n" + embed.chunk(b"IHDR", struct.pack(">IIBBBBB", *self.size, 8, 6, 0, 0, 0)))
        self.file.write(self._control())

    def _control(self) -> bytes:
        return embed.chunk(b"acTL", struct.pack(">II", self.count, self.plays))

    def _add_apng(self, frame: Frame) -> None:
        delay = Fraction(frame.milliseconds / 1000).limit_denominator(1000)
        if delay.numerator > 0xFFFF:
            delay = Fraction(min(round(delay), 0xFFFF))
        where = struct.pack(">IIIII", self._next(), *self.size, 0, 0)
        times = struct.pack(
            ">HHBB", delay.numerator, delay.denominator, frame.disposal, 0
        )  # it replaces what was there
        self.file.write(embed.chunk(b"fcTL", where + times))
        buffer = io.BytesIO()
        Image.fromarray(_rgba(frame.array)).save(buffer, "PNG", compress_level=6)
        for kind, chunk in png_chunks(buffer.getvalue()):
            if kind == b"IDAT":
                numbered = embed.chunk(b"fdAT", struct.pack(">I", self._next()) + chunk[8:-4]) if self.count else chunk
                self.file.write(numbered)

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence - 1

    def _begin_webp(self) -> None:
        size = b"".join(struct.pack("<I", n - 1)[:3] for n in self.size)
        self.file.write(b"RIFF\0\0\0\0WEBPVP8X" + struct.pack("<IB3x", 10, 0x12) + size)  # animated, with alpha
        self.file.write(b"ANIM" + struct.pack("<IIH", 6, 0, self.plays))

    def _add_webp(self, frame: Frame) -> None:
        buffer = io.BytesIO()
        Image.fromarray(_rgba(frame.array)).save(buffer, "WEBP", lossless=True, exact=True)
        data, place = buffer.getvalue(), 12
        while data[place : place + 4] != b"VP8L":
            place += 8 + (length := struct.unpack_from("<I", data, place + 4)[0]) + length % 2
        length = struct.unpack_from("<I", data, place + 4)[0]
        picture = data[place : place + 8 + length + length % 2]
        size = b"".join(struct.pack("<I", n - 1)[:3] for n in self.size)
        time = struct.pack("<I", min(round(frame.milliseconds), 0xFFFFFF))[:3]
        flags = 0x02 | (frame.disposal == BACKGROUND)  # it replaces what was there
        self.file.write(
            b"ANMF" + struct.pack("<I", 16 + len(picture)) + bytes(6) + size + time + bytes([flags]) + picture
        )


def write(path: Path, kind: str, plays: int, made: Iterator[Frame]) -> Iterator[Frame]:
    """Write frames into a file as they come, and yield each; the file is there when all of them are."""
    part = path.with_name(path.name + ".part")
    writer = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            for frame in made:
                if writer is None:
                    writer = Writer(file, kind, frame.array.shape[1], frame.array.shape[0], plays)
                writer.add(frame)
                yield frame
            if writer is None:
                raise SRError("corrupt")
            writer.close()
        part.replace(path)
    except OSError as error:
        raise SRError("cannot_write", path=path, reason=error.strerror or "no reason given") from error
    finally:
        part.unlink(missing_ok=True)


def _rgba(array: np.ndarray) -> np.ndarray:
    grey, clear = array.shape[2] < 3, array.shape[2] in (2, 4)
    colour = np.repeat(array[..., :1], 3, 2) if grey else array[..., :3]
    alpha = array[..., -1:] if clear else np.full((*array.shape[:2], 1), 255, np.uint8)
    return np.ascontiguousarray(np.concatenate([colour, alpha], 2))


def _lzw(indices: np.ndarray) -> bytes:
    """Return (H, W) uint8 as a GIF's compressed blocks, by Pillow's encoder."""
    picture = Image.fromarray(indices)
    buffer = io.BytesIO()
    picture.save(buffer, "GIF", interlace=False, optimize=False)
    data = buffer.getvalue()
    place = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    while data[place : place + 1] == b"!":
        place += 2
        while data[place]:
            place += 1 + data[place]
        place += 1
    flags = data[place + 9]
    place += 10 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    return data[place:-1]
