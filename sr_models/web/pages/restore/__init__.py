"""The page `/restore`: what is wrong with a picture, its repair, and a classical method beside it. Left to right:

request < findings < result < repairing < api, answering < example < events < choices < layout
"""

from sr_models.web.pages.restore.layout import build
from sr_models.web.shell import Page

page = Page("/restore", "page_restore", build)
