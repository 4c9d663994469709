"""The page `/models`: all nets as a plot and a table, their cards and speed here, nets from elsewhere. Left to right:

facts < speeds, elsewhere < events < layout
"""

from sr_models.web.pages.models.layout import build
from sr_models.web.shell import Page

page = Page("/models", "page_models", build)
