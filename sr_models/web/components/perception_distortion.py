"""PSNR against perceptual distance: a dot for each net, a line for each mix, as HTML with its numbers beside.

Source: Blau and Michaeli, "The perception-distortion tradeoff", arXiv 1711.06077, figure 1.
"""

import html
from dataclasses import dataclass

from sr_models.metrics import METRICS
from sr_models.web.i18n import text

WIDTH, HEIGHT = 560, 360
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 14, 46
STEPS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True)
class NetPoint:
    """Hold what one net reached: PSNR-Y in dB, and the perceptual distance, lower is more alike."""

    net: str
    label: str
    psnr: float
    distance: float


@dataclass(frozen=True)
class InterpolationPath:
    """Hold the dots from a measured net to the one that continues it, and what it is called."""

    label: str
    dots: tuple[NetPoint, ...]


def perception_distortion_plane(
    dots: tuple[NetPoint, ...], ways: tuple[InterpolationPath, ...], distance: str, lang: str
) -> str:
    """Return the plot and the table of its dots; "" where there is no dot.

    Both axes grow towards what is better. Nets worse than bicubic in both are in the table alone: they would push the
    others into a corner.
    """
    if not dots:
        return ""
    drawn = [*dots, *(dot for way in ways for dot in way.dots)]
    plain = next((dot for dot in dots if dot.net == "bicubic"), None)
    near = [dot for dot in drawn if not plain or dot.psnr >= plain.psnr or dot.distance <= plain.distance]
    x_low, x_high, x_ticks = _axis([d.psnr for d in near])
    y_low, y_high, y_ticks = _axis([d.distance for d in near])

    def place(dot: NetPoint) -> tuple[float, float]:
        x = LEFT + (dot.psnr - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT)
        return x, TOP + (dot.distance - y_low) / (y_high - y_low) * (HEIGHT - TOP - BOTTOM)  # a low distance is up

    lines = []
    for value in x_ticks:
        x, _ = place(NetPoint("", "", value, y_low))
        lines.append(f"<line class='tick' x1='{x:.1f}' x2='{x:.1f}' y1='{TOP}' y2='{HEIGHT - BOTTOM}'/>")
        lines.append(f"<text x='{x:.1f}' y='{HEIGHT - BOTTOM + 16}' text-anchor='middle'>{value:g}</text>")
    for value in y_ticks:
        _, y = place(NetPoint("", "", x_low, value))
        lines.append(f"<line class='tick' x1='{LEFT}' x2='{WIDTH - RIGHT}' y1='{y:.1f}' y2='{y:.1f}'/>")
        lines.append(f"<text x='{LEFT - 6}' y='{y + 4:.1f}' text-anchor='end'>{value:g}</text>")
    middle = (TOP + HEIGHT - BOTTOM) / 2
    name = text(f"plane_{distance}", lang)
    lines.append(f"<text x='{WIDTH / 2}' y='{HEIGHT - 8}' text-anchor='middle'>{text('plane_x', lang)}</text>")
    words = html.escape(text("plane_y", lang, distance=name))
    lines.append(f"<text transform='translate(14 {middle}) rotate(-90)' text-anchor='middle'>{words}</text>")
    for way in ways:
        points = " ".join("{:.1f},{:.1f}".format(*place(dot)) for dot in way.dots)
        lines.append(f"<polyline points='{points}'><title>{html.escape(way.label)}</title></polyline>")
        lines += [_mark(dot, distance, *place(dot), "") for dot in way.dots[1:-1]]
    lines += [_mark(dot, distance, *place(dot), str(i + 1)) for i, dot in enumerate(dots) if dot in near]
    title = html.escape(text("plane", lang))
    plot = f"<svg viewBox='0 0 {WIDTH} {HEIGHT}' role='img' aria-label='{title}'>{''.join(lines)}</svg>"
    rows = "".join(
        f"<tr><td>{i + 1 if d in near else '–'}</td><th scope='row'>{html.escape(d.label)}</th>"
        f"<td>{METRICS['psnr_y'].write(d.psnr)}</td><td>{METRICS[distance].write(d.distance)}</td></tr>"
        for i, d in enumerate(dots)
    )
    head = f"<tr><td></td><td></td><th scope='col'>dB</th><th scope='col'>{html.escape(name)}</th></tr>"
    caption = f"<p class='protocol'>{text('plane_caption', lang)}</p>"
    return f"<h3>{title}</h3><div class='plane'>{plot}<table>{head}{rows}</table></div>{caption}"


def _mark(dot: NetPoint, distance: str, x: float, y: float, number: str) -> str:
    numbers = f"{METRICS['psnr_y'].write(dot.psnr)} dB, {METRICS[distance].write(dot.distance)}"
    title = html.escape(f"{dot.label}: {numbers}")
    if not number:
        return f"<circle class='step' cx='{x:.1f}' cy='{y:.1f}' r='3'><title>{title}</title></circle>"
    return (
        f"<g data-net='{html.escape(dot.net)}'><circle cx='{x:.1f}' cy='{y:.1f}' r='9'><title>{title}</title></circle>"
        f"<text class='number' x='{x:.1f}' y='{y + 4:.1f}' text-anchor='middle'>{number}</text></g>"
    )


def _axis(values: list[float]) -> tuple[float, float, list[float]]:
    """Return both ends of an axis, a tenth beyond the values, and at most six round ticks within."""
    low, high = min(values), max(values)
    room = max(high - low, 0.02) / 10
    low, high = low - room, high + room
    step = next((s / 10 for s in STEPS if (high - low) / (s / 10) <= 6), None)
    step = step or next((s for s in STEPS if (high - low) / s <= 6), STEPS[-1])
    first = -(-low // step)
    return low, high, [round((first + i) * step, 6) for i in range(7) if (first + i) * step <= high]
