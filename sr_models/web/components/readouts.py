"""Readouts as people see them: one sentence and a table. Numbers come from `job.measure`, never from here."""

import html
import math
from typing import Any

from sr_models.checkpoints.card import Card
from sr_models.imaging import degradations
from sr_models.metrics import METRICS
from sr_models.pipelines.readouts import DESCRIPTIONS, SCORES, Readouts
from sr_models.web.i18n import text

YES_DB, NEARLY_DB = 40, 30


def number(key: str, value: float | None, lang: str) -> str:
    """Write a number as it is meant: dB with two digits, SSIM with four, infinity in words."""
    if value is None:
        return text("absent", lang)
    if math.isinf(value):
        return text("equal", lang)
    return METRICS[key].write(value)


def sentence(readouts: Readouts, lang: str) -> str:
    """Return the result in one sentence, as HTML."""
    result, bicubic, code, extra = readouts.result, readouts.bicubic, "sentence_test", ""
    if readouts.self_check and result["psnr_y"] is None:
        result, bicubic, code = readouts.self_check["result"], readouts.self_check["bicubic"], "sentence_self"
        extra = text("self_help", lang)
    if result["psnr_y"] is None:
        reason = readouts.absent.get("self_check")
        if reason in (None, "has_original"):
            reason = readouts.absent.get("psnr_y") or readouts.absent.get("ssim_y") or "too_small"
        main = text("sentence_none", lang, reason=text(f"reason_{reason}", lang))
    else:
        facts = {
            "psnr": number("psnr_y", result["psnr_y"], lang),
            "ssim": number("ssim_y", result["ssim_y"], lang),
            "bicubic_psnr": number("psnr_y", bicubic["psnr_y"], lang),
            "bicubic_ssim": number("ssim_y", bicubic["ssim_y"], lang),
        }
        gained = gain(result["psnr_y"], bicubic["psnr_y"])
        verdict = "equal_to" if not gained else "closer" if gained > 0 else "further"
        told = f"<span class='{'gain' if gained > 0 else 'loss'}'>{gained:+.2f}</span>"
        shown = text("list_separator", lang) + told if gained else ""
        main = text(code, lang, **facts, gain=shown, verdict=text(verdict, lang))
    shrinks = consistency(readouts.result["lr_consistency"], lang)
    return f"<p class='sentence'>{main}</p>{_help_of_sentence(lang)}<p>{shrinks} {extra}</p>"


def recognised(readouts: Readouts, net: str, lang: str) -> str:
    """Say what a classifier sees in original, bicubic and result, three names each when opened, as HTML.

    "" where there is no original, or no classifier.
    """
    seen = readouts.recognised
    if not seen:
        return ""
    names = {"original": text("original", lang), "bicubic": text("recognised_bicubic", lang), "result": net}
    named = {key: [_seen(*one, lang) for one in seen[key]] for key in names}
    first = text("list_separator", lang).join(f"{html.escape(names[key])} {named[key][0]}" for key in names)
    head = "".join(f"<th scope='col'>{html.escape(name)}</th>" for name in names.values())
    lines = ("".join(f"<td>{one}</td>" for one in line) for line in zip(*named.values(), strict=True))
    rows = "".join(f"<tr>{line}</tr>" for line in lines)
    more = f"<table><tr>{head}</tr>{rows}</table><p>{text('help_recognised', lang)}</p>"
    said = text("recognised", lang, seen=first)
    return f"<details class='recognised'><summary>{said}</summary>{more}</details>"


def _seen(name: str, probability: float, lang: str) -> str:
    return text("recognised_one", lang, name=html.escape(name), percent=f"{100 * probability:.0f}")


def sentence_of_pair(readouts: Readouts, names: tuple[str, str], lang: str) -> str:
    """Say how close the first of two given pictures is to the second, as HTML."""
    result = readouts.result
    facts = {"first": html.escape(names[0]), "second": html.escape(names[1])}
    if result["psnr_rgb"] is None:
        main = text("sentence_none", lang, reason=text(f"reason_{readouts.absent['psnr_rgb']}", lang))
    elif math.isinf(result["psnr_rgb"]):
        main = text("pair_equal", lang, **facts)
    else:
        facts |= {key: number(f"{key}_y", result[f"{key}_y"], lang) for key in ("psnr", "ssim")}
        main = text("sentence_pair", lang, **facts)
    return f"<p class='sentence'>{main}</p>{_help_of_sentence(lang)}"


def _help_of_sentence(lang: str) -> str:
    mark = f"<summary aria-label='{text('help_numbers', lang)}'>?</summary>"
    return f"<details class='help'>{mark}{text('help_sentence', lang)}</details>"


def gain(value: float | None, baseline: float | None) -> float:
    """Return the difference of the two numbers as they are shown, 0 where there is none."""
    if value is None or baseline is None or math.isinf(value) or math.isinf(baseline):
        return 0.0
    return round(round(value, 2) - round(baseline, 2), 2)


def consistency(value: float | None, lang: str) -> str:
    """Say in words whether the result shrinks back to the input."""
    if value is None:
        return ""
    code = "yes" if value >= YES_DB else "nearly" if value >= NEARLY_DB else "no"
    return text(f"consistency_{code}", lang)


def spread(facts: dict[str, Any], card: Card | None, lang: str) -> str:
    """Say how far possible answers lie apart, and whether that tells where the mean is wrong."""
    if not facts.get("levels"):
        return ""
    told = {"levels": f"{facts['levels']:.1f}", "temperature": f"{facts['temperature']:g}", "count": facts["count"]}
    words = text("samples_levels", lang, **told)
    known = card.result("Set14", "rank_spread") if card else None
    if facts.get("rank") is not None:
        words += " " + text("samples_rank", lang, rank=f"{facts['rank']:.2f}")
    elif known:
        words += " " + text("samples_rank_known", lang, rank=f"{known.value:.2f}", gradient=f"{known.baseline:.2f}")
    return f"<p>{words}</p>"


def table(readouts: Readouts, net: str, lang: str, *, other: str = "", perceptual_features: str | None = None) -> str:
    """Return all numbers beside bicubic's, with their protocol, as HTML; keys that an old receipt lacks are left out.

    `other` names the second of two given pictures, whose numbers stand in bicubic's place. `perceptual_features` are
    pretrained features that a loss of the net used, by which no distance is fair.
    """
    scores = [(k, k, readouts.result.get(k), readouts.bicubic.get(k)) for k in SCORES]
    if check := readouts.self_check:
        scores += [(f"self_{k}", k, check["result"][k], check["bicubic"][k]) for k in ("psnr_y", "ssim_y")]
    described = [(k, k, readouts.result.get(k), readouts.bicubic.get(k)) for k in DESCRIPTIONS]
    head_of_described = f"<tr><th scope='colgroup' colspan='4'>{text('described', lang)}</th></tr>"
    lines = _rows(scores, lang) + head_of_described + _rows(described, lang)
    baseline = html.escape(other) or text("column_bicubic", lang)
    columns = (text("column_metric", lang), html.escape(net), baseline, text("column_change", lang))
    head = "".join(f"<th scope='col'>{c}</th>" for c in columns)
    notes = [_sentence(text(f"reason_{r}", lang)) for r in sorted(set(readouts.absent.values()) - {"has_original"})]
    if readouts.result.get("features") is not None and perceptual_features == "lite0":
        notes.append(text("features_used", lang))
    small = " ".join([protocol(readouts, lang), *notes])
    return f"<table class='readouts'><tr>{head}</tr>{lines}</table><p class='protocol'>{small}</p>"


def _rows(rows: list[tuple[str, str, float | None, float | None]], lang: str) -> str:
    """Write the rows (code of the words, metric, result, bicubic) of a table, those without any number left out."""
    return "".join(
        f"<tr><th scope='row'>{text(code, lang)} {help_on(code, lang)}</th>"
        f"<td data-metric='{k}'>{number(k, a, lang)}</td><td>{number(k, b, lang)}</td>"
        f"<td class='change'>{change(k, a, b)}</td></tr>"
        for code, k, a, b in rows
        if a is not None or b is not None
    )


def help_on(code: str, lang: str) -> str:
    """Return a "?" that opens what a number means."""
    name = html.escape(text("help_on", lang, name=text(code, lang)))
    return f"<details class='help'><summary aria-label='{name}'>?</summary>{text(f'help_{code}', lang)}</details>"


def change(key: str, value: float | None, baseline: float | None) -> str:
    """Return a description's change against bicubic in whole per cent, "" for scores and where there is none."""
    if key not in DESCRIPTIONS or value is None or not baseline:
        return ""
    percent = round(100 * (value / baseline - 1))
    return f"{percent:+d} %" if percent else "0 %"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def protocol(readouts: Readouts, lang: str) -> str:
    """Return the line that belongs under the numbers."""
    facts = readouts.protocol
    white = text("protocol_white", lang) if facts["on_white"] else ""
    if "lr" not in facts:
        return text("protocol_pair", lang, white=white)
    lr = text("protocol_upload", lang) if facts["lr"] == "upload" else degradation(facts["lr"], lang)
    return text("protocol", lang, border=facts["border"], lr=lr, white=white)


def degradation(given: dict[str, Any], lang: str) -> str:
    """Describe how a test made its small picture, by the values of its chain in the order of its steps."""
    how = degradations.chosen(**given)
    said = {
        name: text(f"degradation_{name}", lang, value=how[name], seed=how["seed"])
        for name in degradations.DEGRADATIONS
        if how[name]
    }
    before = [words for name, words in said.items() if degradations.DEGRADATIONS[name].before]
    after = [words for name, words in said.items() if not degradations.DEGRADATIONS[name].before]
    kernel = text(f"setting_kernel_{how['kernel']}", lang)
    return text("list_separator", lang).join([*before, kernel, *after])
