"""Plain words stay what they are."""

from sr_models.web.components.words import Words


def test_an_empty_line_parts_paragraphs_and_nothing_is_taken_for_html_or_markdown():
    words = Words()
    assert words.postprocess("a *b* <i>\n\nc & d") == "<p>a *b* &lt;i&gt;</p><p>c &amp; d</p>"
    assert words.postprocess("") == words.postprocess(None) == ""
