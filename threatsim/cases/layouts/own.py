"""The layout for pictures of one's own: `images/` and `labels.csv`, in a folder named after its modality.

`labels.csv` has the columns `image` (file name in `images/`) and `label` (1 = the finding that a payer pays for,
else 0), and may have `split` (train, val, test) and `patient` or `lesion` (images of one never fall on both sides).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from threatsim.cases.layouts.layout import LabelledImage, Layout, LayoutFiles
from threatsim.cases.layouts.tables import LabelRow, read_table
from threatsim.common.errors import InputError

_SPLITS = {"train": "train", "val": "train", "validation": "train", "test": "test"}
_LONGEST_NAME = 255


def read(found: LayoutFiles) -> Iterator[LabelledImage | InputError]:
    """Read `labels.csv`."""
    for row in read_table(found.tables[0], "image", "label"):
        try:
            yield _image(row, found.folder / "images")
        except InputError as error:
            yield error


def _image(row: LabelRow, images: Path) -> LabelledImage:
    name = row.text("image")
    if not name or len(name) > _LONGEST_NAME or Path(name).name != name:
        raise row.wrong("image", f"'{name[:_LONGEST_NAME]}' is not the name of a file in images/")
    if not (images / name).is_file():
        raise row.wrong("image", f"image '{name}' is not in images/")
    label = row.one_of("label", ("0", "1"))
    split = row.text("split").lower()
    if split and split not in _SPLITS:
        raise row.wrong("split", f"split is '{split}'; allowed are train, val and test")
    return LabelledImage(
        name=name,
        file=images / name,
        label=int(label),
        split=_SPLITS.get(split, ""),
        patient=row.text("patient") or row.text("lesion") or name,
        place=f"{row.table}:{row.line}",
    )


OWN = Layout(
    name="own",
    title="threatsim's own: images/ and labels.csv",
    modality="",
    tables=("labels.csv",),
    read=read,
    findings=("the finding",),
    source="docs/how-to/real-images.md",
)
