"""Archives of real images as their makers publish them: which rows a table of labels has, and whose file each is.

Reading order: `tables` (rows with their place), `layout` (what a layout is), `picture_files`, the layouts themselves
(`own`, `fundus`, `chest`, `skin`), `known` (all of them; recognising one), `splits`, `listing` (an archive's images by
split, before a pixel is read).
"""
