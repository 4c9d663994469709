"""What the preview of a strength is told to the visitor as, without a browser."""

import pytest

from sr_models.web.i18n import text
from sr_models.web.pages.restore import choices, example
from sr_models.web.pages.restore.request import METHOD


@pytest.mark.parametrize(("method", "looks_further"), [("wavelet", True), ("non_local_means", False), ("net", False)])
def test_a_preview_says_where_its_method_sees_less_than_in_a_run(method, looks_further):
    asked = {**example.values(), "dejpeg": False, METHOD.name: method}
    shown = choices.previewed(
        {**asked, "visitor": "somebody", "picture": str(example.PICTURE), "centre": "", "lang": "en"}
    )
    assert "<figure>" in shown["preview"]
    assert (text("preview_part", "en", side=192) in shown["preview"]) is looks_further
