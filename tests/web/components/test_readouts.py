"""The table of readouts: every number explains itself, descriptions are told as a change, old receipts still show."""

import re
from xml.etree import ElementTree

import pytest

from sr_models.pipelines.readouts import DESCRIPTIONS, READOUTS, SCORES, Readouts
from sr_models.web.components.readouts import change, recognised, table
from sr_models.web.i18n import LANGUAGES, catalogue

VALUES = {"psnr_y": 31.234, "ssim_y": 0.88, "edges": 0.87654, "sharpness": 312.0, "jaggedness": 0.0512}


def readouts(**changes) -> Readouts:
    result = dict.fromkeys(READOUTS, 1.0) | VALUES
    facts = {
        "result": result,
        "bicubic": dict.fromkeys(READOUTS, 2.0) | {"sharpness": 211.0},
        "self_check": {"result": VALUES, "bicubic": VALUES},
        "absent": {},
        "protocol": {"border": 4, "lr": "upload", "on_white": False},
    }
    return Readouts(**facts | changes)


def rows(html: str) -> list[ElementTree.Element]:
    """Return the rows of the table that hold numbers; the markup must be well formed."""
    return [
        row
        for row in ElementTree.fromstring(html[: html.index("</table>") + 8]).iter("tr")
        if row.find("td") is not None
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_number_has_a_help_that_opens(lang):
    found = rows(table(readouts(), "SESR", lang))
    codes = [*SCORES, "self_psnr_y", "self_ssim_y", *DESCRIPTIONS]
    assert len(found) == len(codes)
    for row, code in zip(found, codes, strict=True):
        opens = row.find("th/details[@class='help']")
        assert opens is not None
        summary = opens.find("summary")
        assert summary is not None
        assert catalogue(lang)[code] in summary.get("aria-label", "")
        assert (summary.text, summary.tail) == ("?", catalogue(lang)[f"help_{code}"])


def test_rows_are_as_wide_as_the_head_and_hold_plain_numbers():
    html = table(readouts(), "SESR", "en")
    assert len(re.findall("scope='col'", html)) == 4
    assert "scope='colgroup' colspan='4'" in html
    for row in rows(html):
        cells = row.findall("td")
        assert [c.get("class") for c in cells] == [None, None, "change"]
        assert cells[0].get("data-metric") in READOUTS
        assert all(re.fullmatch(r"-?\d+(\.\d+)?", c.text or "") for c in cells[:2])
    shown = {row.findall("td")[0].get("data-metric"): row.findall("td") for row in rows(html)}
    assert shown["edges"][0].text == "0.877"
    assert [c.text for c in shown["sharpness"]] == ["312", "211", "+48 %"]
    assert [c.text for c in shown["jaggedness"]] == ["0.051", "2.000", "-97 %"]
    assert shown["colour_shift"][2].text is None
    assert shown["psnr_rgb"][2].text is None


@pytest.mark.parametrize(
    ("key", "value", "baseline", "expected"),
    [
        ("sharpness", 312, 211, "+48 %"),
        ("blur", 0.3, 0.4, "-25 %"),
        ("contrast", 0.2001, 0.2, "0 %"),
        ("jaggedness", 0.1, 0.0, ""),
        ("jaggedness", 0.1, None, ""),
        ("blur", None, 0.4, ""),
        ("psnr_y", 31.0, 30.0, ""),
    ],
)
def test_descriptions_are_told_as_a_change_against_bicubic(key, value, baseline, expected):
    assert change(key, value, baseline) == expected


def test_a_receipt_without_the_newer_keys_is_still_shown():
    old = {k: 1.0 for k in READOUTS if k not in ("edges", "jaggedness")}
    found = rows(table(readouts(result=old, bicubic=old, self_check=None), "SESR", "en"))
    assert {row.findall("td")[0].get("data-metric") for row in found} == old.keys()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("reason", ["no_edges", "too_large_for_edges"])
def test_a_missing_edge_agreement_says_why(lang, reason):
    shown = table(readouts(absent={"edges": reason}), "SESR", lang)
    assert catalogue(lang)[f"reason_{reason}"] in shown


SEEN = {
    "original": [["Samoyed", 0.4394], ["Eskimo dog", 0.07], ["white wolf", 0.05]],
    "bicubic": [["<b>", 0.25], ["Samoyed", 0.2], ["white wolf", 0.1]],
    "result": [["Samoyed", 0.3], ["Eskimo dog", 0.2], ["white wolf", 0.1]],
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_a_classifier_sees_stands_in_one_line_and_opens_to_three_each(lang):
    element = ElementTree.fromstring(recognised(readouts(recognised=SEEN), "A & B", lang))
    line = element.findtext("summary") or ""
    assert re.findall(r"“(.*?)” (\d+)\u00a0%", line) == [("Samoyed", "44"), ("<b>", "25"), ("Samoyed", "30")]
    named = (catalogue(lang)["original"], catalogue(lang)["recognised_bicubic"], "A & B")
    assert sorted(named, key=line.index) == list(named)
    rows = [[(cell.text or "").replace("\u00a0", " ") for cell in row] for row in element.iter("tr")]
    assert rows[0] == list(named)
    assert rows[2] == ["“Eskimo dog” 7 %", "“Samoyed” 20 %", "“Eskimo dog” 20 %"]
    assert len(rows) == 4
    assert element.findtext("p") == catalogue(lang)["help_recognised"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_a_classifier_there_is_no_line_and_its_reason_stands_under_the_numbers(lang):
    without = readouts(absent={"recognised": "no_classifier"})
    assert recognised(without, "SESR", lang) == ""
    assert catalogue(lang)["reason_no_classifier"] in table(without, "SESR", lang)
