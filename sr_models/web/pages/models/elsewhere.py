"""Nets from elsewhere, as HTML: the folder that the host keeps, and what repairs and draws on other pages."""

import html

from sr_models.checkpoints.card import FOREIGN, PICKLES, Card
from sr_models.checkpoints.catalog import list_checkpoints, locate, models_folder, split_name
from sr_models.web.i18n import text
from sr_models.web.nets import NETS
from sr_models.web.pages.models.facts import address, file_of, others, size_words

MOST = 30  # files of a folder that are listed


def folder(lang: str) -> str:
    """Return the files of the host's folder with what each is and where it runs; how to have one, where there is none.

    A `.pth` is named and never opened.
    """
    there = models_folder()
    if there is None:
        return f"<p>{text('folder_none', lang)}</p><pre><code>python app.py --models FOLDER</code></pre>"
    cards = [c for c in (*NETS.cards(), *list_checkpoints("restore")) if c.foreign]
    rows = [_net(card, lang) for card in cards]
    pickles = sorted(path for path in there.rglob("*") if path.suffix in PICKLES)
    rows += [_row(html.escape(path.name), text("folder_pickle", lang)) for path in pickles]
    if not rows:
        return f"<p>{text('folder_empty', lang)}</p>"
    more = len(rows) - MOST
    said = f"<p class='lab-mute'>{text('folder_more', lang, count=more)}</p>" if more > 0 else ""
    return f"<ul class='files'>{''.join(rows[:MOST])}</ul>{said}"


def _net(card: Card, lang: str) -> str:
    net, scale = split_name(card.name)
    kind = card.architecture.removeprefix(FOREIGN)
    size = size_words(file_of(locate(net, scale)).size, lang)
    facts = text("folder_net", lang, kind=kind, license=card.license, scale=card.scale, size=size)
    where = address("/restore", method=card.name) if scale == 1 else address("/", arch=net, scale=scale)
    use = f"<a class='use' href='{html.escape(where)}'>{text('board_use', lang)}</a>"
    return _row(html.escape(card.name), html.escape(facts), use)


def _row(name: str, said: str, action: str = "") -> str:
    return f"<li><div><b>{name}</b><span class='lab-mute'>{said}</span></div>{action}</li>"


def other_pages(lang: str) -> str:
    """Return a table of the nets that repair and draw, each with a link to where it runs."""
    heads = "".join(
        f"<th scope='col' class='{kind}'>{text(f'board_{code}', lang)}</th>"
        for code, kind in (
            ("net", "left"),
            ("does", "left wide"),
            ("parameters", "wide"),
            ("file", ""),
            ("license", "left"),
        )
    )
    rows = "".join(
        f"<tr><td class='left'><a class='lab-link' href='{html.escape(net.use)}'>{html.escape(net.name)}</a></td>"
        f"<td class='left wide about'>{html.escape(net.about)}</td><td class='wide'>{net.parameters}</td>"
        f"<td>{net.size}</td><td class='left'>{html.escape(net.license)}</td></tr>"
        for net in others(lang)
    )
    return f"<table class='lab-table'><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
