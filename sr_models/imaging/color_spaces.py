"""Colours as files signal them without a profile: CICP code points, a PNG's gamma and primaries; converted to sRGB."""

import struct
from dataclasses import dataclass

import numpy as np

_STRIP = 64  # rows that are turned into floating point at once
_SRGB_WHITE = (0.3127, 0.3290)
# Chromaticities of red, green, blue and white, by the code points of ITU-T H.273.
_PRIMARIES = {
    1: ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), _SRGB_WHITE),
    4: ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), (0.310, 0.316)),
    5: ((0.64, 0.33), (0.29, 0.60), (0.15, 0.06), _SRGB_WHITE),
    6: ((0.63, 0.34), (0.31, 0.595), (0.155, 0.07), _SRGB_WHITE),
    7: ((0.63, 0.34), (0.31, 0.595), (0.155, 0.07), _SRGB_WHITE),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _SRGB_WHITE),
    11: ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06), (0.314, 0.351)),
    12: ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06), _SRGB_WHITE),
    22: ((0.63, 0.34), (0.295, 0.605), (0.155, 0.077), _SRGB_WHITE),
}
_LIKE_SRGB = (1, 2, 3, 6, 13, 14, 15)  # video curves are shown as sRGB
_GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}
_PQ, _DCI, _HLG = 16, 17, 18
_WHITE_NITS, _HLG_NITS = 203.0, 1000.0  # of diffuse white (ITU-R BT.2408), of an HLG screen
_KNEE = 0.75  # of diffuse white: brighter light is rolled off, so that none is cut
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


@dataclass(frozen=True)
class Signal:
    """Hold what a file says of its colours: primaries and white as chromaticities, and a transfer curve.

    `transfer` is a code point of H.273; `gamma` stands in its place where it is not None. `known` is False for codes
    that nothing is known of.
    """

    primaries: tuple[tuple[float, ...], ...]
    transfer: int = 13
    gamma: float | None = None
    known: bool = True

    @property
    def is_srgb(self) -> bool:
        """Say whether the values are sRGB as they are."""
        curve = (self.gamma is None and self.transfer in _LIKE_SRGB) or (self.gamma and abs(self.gamma - 2.2) < 0.05)
        return self.known and bool(curve) and np.allclose(self.primaries, _PRIMARIES[1], atol=0.002)

    @property
    def is_hdr(self) -> bool:
        """Say whether the curve holds light brighter than white."""
        return self.gamma is None and self.transfer in (_PQ, _HLG)


SRGB = Signal(_PRIMARIES[1])


def by_code(primaries: int, transfer: int) -> Signal:
    """Return what CICP code points mean; 2, unspecified, counts as sRGB."""
    known = transfer in (*_LIKE_SRGB, *_GAMMAS, _PQ, _DCI, _HLG) and primaries in (2, *_PRIMARIES)
    return Signal(_PRIMARIES.get(1 if primaries == 2 else primaries, _PRIMARIES[1]), transfer, known=known)


def signal_of(data: bytes) -> Signal | None:
    """Return what a PNG or an AVIF or HEIC file says of its colours outside of a profile.

    None where it says nothing.
    """
    if data.startswith(b"\x89PNG"):
        return _of_png(_chunks(data))
    if data[4:8] == b"ftyp" and (place := data.find(b"colrnclx", 0, 2**16)) > 0:
        return by_code(*struct.unpack(">HH", data[place + 8 : place + 12]))
    return None


def _chunks(data: bytes) -> dict[bytes, bytes]:
    """Return the chunks of a PNG in front of its pixels."""
    found, place = {}, 8
    while place + 8 <= len(data) and (kind := data[place + 4 : place + 8]) != b"IDAT":
        length = int.from_bytes(data[place : place + 4], "big")
        found.setdefault(kind, data[place + 8 : place + 8 + length])
        place += 12 + length
    return found


def _of_png(chunks: dict[bytes, bytes]) -> Signal | None:
    """Follow the order of the PNG specification: cICP, then iCCP (a profile), sRGB, gAMA and cHRM."""
    if len(code := chunks.get(b"cICP", b"")) == 4:
        return by_code(code[0], code[1])
    if b"iCCP" in chunks or b"sRGB" in chunks:
        return None
    gama, chrm = chunks.get(b"gAMA", b""), chunks.get(b"cHRM", b"")
    gamma = 1e5 / int.from_bytes(gama, "big") if len(gama) == 4 and any(gama) else None
    points = _PRIMARIES[1]
    if len(chrm) == 32:
        white, *rest = np.array(struct.unpack(">8I", chrm)).reshape(4, 2) / 1e5
        points = tuple(tuple(map(float, p)) for p in (*rest, white))
    if gamma is None and points is _PRIMARIES[1]:
        return None
    sane = gamma is None or 0.2 <= gamma <= 5
    sane = sane and all(0 < y <= 1 and 0 <= x <= 1 for x, y in points) and abs(np.linalg.det(_to_xyz(points))) > 1e-3
    return Signal(points if sane else _PRIMARIES[1], gamma=gamma, known=bool(sane))


def to_srgb(array: np.ndarray, signal: Signal) -> np.ndarray:
    """Convert (H, W, 1 to 4) uint8 or uint16 to sRGB, the depth and alpha kept; HDR is rolled off to white."""
    out, peak = array.copy(), np.iinfo(array.dtype).max
    colours = array.shape[2] - (array.shape[2] in (2, 4))
    matrix = _matrix(signal.primaries).astype(np.float32)
    for top in range(0, len(array), _STRIP):
        part = slice(top, top + _STRIP)
        light = _linear(array[part, :, :colours].astype(np.float32) / peak, signal)
        light = light @ matrix.T if colours == 3 else light
        light = _roll_off(light) if signal.is_hdr else light
        out[part, :, :colours] = _encoded(light.clip(0, 1)) * peak + 0.5
    return out


def _linear(values: np.ndarray, signal: Signal) -> np.ndarray:
    """Return light, 1 is white, of values in [0, 1]."""
    if signal.gamma or signal.transfer in _GAMMAS:
        return values ** np.float32(signal.gamma or _GAMMAS[signal.transfer])
    if signal.transfer == _PQ:
        power = values ** np.float32(1 / 78.84375)
        found = (power - 0.8359375).clip(0) / (18.8515625 - 18.6875 * power)
        return found ** np.float32(1 / 0.1593017578125) * np.float32(10000 / _WHITE_NITS)
    if signal.transfer == _HLG:
        scene = np.where(values <= 0.5, values**2 / 3, (np.exp((values - 0.55991073) / 0.17883277) + 0.28466892) / 12)
        luma = scene @ np.array([0.2627, 0.6780, 0.0593], np.float32) if scene.shape[2] == 3 else scene[..., 0]
        return scene * luma[..., None].clip(1e-6) ** np.float32(0.2) * np.float32(_HLG_NITS / _WHITE_NITS)
    if signal.transfer == _DCI:
        return values ** np.float32(2.6) * np.float32(52.37 / 48)
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** np.float32(2.4))


def _roll_off(light: np.ndarray) -> np.ndarray:
    """Bring light above the knee below 1, all channels of a pixel by the same factor."""
    most = light.max(2, keepdims=True).clip(1e-6)
    rolled = _KNEE + (1 - _KNEE) * (1 - np.exp(-(most - _KNEE).clip(0) / (1 - _KNEE)))
    return light * np.where(most > _KNEE, rolled / most, 1)


def _encoded(light: np.ndarray) -> np.ndarray:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** np.float32(1 / 2.4) - 0.055)


def _to_xyz(points: tuple[tuple[float, ...], ...]) -> np.ndarray:
    """Return the matrix from light of these primaries to XYZ, white at Y = 1."""
    xyz = np.array([(x / y, 1, (1 - x - y) / y) for x, y in points]).T
    with np.errstate(all="ignore"):
        try:
            return xyz[:, :3] * np.linalg.solve(xyz[:, :3], xyz[:, 3])
        except np.linalg.LinAlgError:
            return np.zeros((3, 3))


def _matrix(points: tuple[tuple[float, ...], ...]) -> np.ndarray:
    """Return the matrix from light of these primaries to that of sRGB, white to white (Bradford)."""
    srgb = _to_xyz(_PRIMARIES[1])
    own = _to_xyz(points)
    cones = np.diag(_BRADFORD @ srgb.sum(1) / (_BRADFORD @ own.sum(1)))
    return np.linalg.inv(srgb) @ np.linalg.inv(_BRADFORD) @ cones @ _BRADFORD @ own
