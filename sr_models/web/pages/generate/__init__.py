"""The page `/generate`: a sheet of drawn pictures, one of them enlarged, a walk, a plane. Left to right:

request < nearest, duel < result < drawing < api, ready < events < layout
"""

from sr_models.web.pages.generate.layout import build
from sr_models.web.shell import Page

page = Page("/generate", "page_generate", build)
