"""The page `/`: enlarge a picture, or test the nets on it, and compare with bicubic. From left to right:

examples, commands < result < side_by_side < upscaling < compare, critic < samples < events < choices < layout
"""
