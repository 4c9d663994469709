"""The settings of a file: what a result is written as and called, and what becomes of transparent parts."""

from typing import Any

from sr_models.parameters import Parameter

# What a person chooses: kind, and bits (None: as the picture has).
FORMAT_CHOICES: dict[str, tuple[str, int | None]] = {
    "png": ("png", None),
    "png16": ("png", 16),
    "webp": ("webp", 8),
    "tiff16": ("tiff", 16),
    "jpeg": ("jpeg", 8),
}
FORMAT = Parameter("format", "png", choices=tuple(FORMAT_CHOICES), help="Of the results")
QUALITY = Parameter("quality", 90, low=1, high=100, help="Of JPEG")
METADATA = Parameter("metadata", False, help="Keep EXIF, XMP, IPTC and the texts of a PNG, less the place")
OUTPUT: tuple[Parameter[Any], ...] = (FORMAT, QUALITY, METADATA)

# Of files on the command line only.
IF_EXISTS = Parameter(
    "if_exists",
    "skip",
    choices=("skip", "overwrite", "rename"),
    option="if-exists",
    help="A result that is there. Skip: only if made of the same picture by the same settings, else beside it as _2",
)
NAME = Parameter("name", "", high=250, help='Of results: "{stem}_{net}_x{scale}"; also ext, model, format, size, seed')
PLACE = Parameter("place", False, help="With --metadata: the place (GPS) too, and the maker's notes")
DPI = Parameter("dpi", 0, low=1, high=60000, help="Of prints; default: the print is as large as the picture's")
ANIMATION = Parameter(
    "animation",
    "same",
    choices=("same", "first", "gif", "apng", "webp"),
    help="What becomes of a GIF, APNG or WebP that moves: the same kind, its first frame, or another kind",
)
WRITTEN: tuple[Parameter[Any], ...] = (PLACE, DPI)
FILES: tuple[Parameter[Any], ...] = (*WRITTEN, ANIMATION, IF_EXISTS, NAME)

# What becomes of transparent parts: the grey they are laid on.
GROUNDS = {"keep": None, "white": 1.0, "black": 0.0}
ALPHA = Parameter("alpha", "keep", choices=tuple(GROUNDS), help="Transparent parts")
SIZE = Parameter("size", "", help='"1920 wide", "1080 high", "1.5x" ...: enlarged, then shrunk')  # "": the net's own
