"""A report's own page, whatever its kind."""

from __future__ import annotations

from pathlib import Path

from threatsim.common.errors import InputError
from threatsim.common.files import read_foreign
from threatsim.report.labels import label_of, labelled_page
from threatsim.report.listing.report_reading import known_report


def report_html(folder: Path) -> str:
    """Return a report's page with its label; where it has no page, one made of its record.

    Raises:
        RecordError: the record cannot be read or relied on.
        InputError: the page is a link out of the folder, which would show somebody's private file, or is no text.
    """
    kind = known_report(folder).kind
    try:
        html = read_foreign(folder / kind.page, "run record", within=folder).decode()
    except FileNotFoundError:
        html = kind.resolve(kind.page_anew)(folder)
    except UnicodeDecodeError:
        raise InputError("the page is no text", given=kind.page, location=str(folder / kind.page)) from None
    return labelled_page(html, label_of(folder))
