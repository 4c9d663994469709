"""The page `/`: enlarge a picture, or test the nets on it, and compare with bicubic. From left to right:

examples, told, request, waiting < keeping, result, describe, commands < side_by_side, offer, large < upscaling
< compare, critic, api < samples < events < choices < comparing, given < layout
"""

from sr_models.web.pages.upscale import keeping
from sr_models.web.pages.upscale.layout import build
from sr_models.web.shell import Page

page = Page("/", "page_upscale", build, keeping.start)
