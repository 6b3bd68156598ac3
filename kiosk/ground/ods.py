"""An OpenDocument spreadsheet (OASIS 1.3) of texts, numbers and days: the least that Calc and Excel open.

Ours because nothing small is looked after: odfpy's last version is of 2020, odfdo brings lxml to a Raspberry Pi, and
python-calamine, which the centre has, only reads.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Union
from xml.sax.saxutils import escape, quoteattr

Cell = Union[str, int, dt.date]
MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{urn}:1.0"'
    for name, urn in (("office", "office"), ("table", "table"), ("text", "text"), ("manifest", "manifest"))
)
_MANIFEST = (
    f'<manifest:manifest {_SPACES} manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{MIMETYPE}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)
#: What no XML file may hold (XML 1.0, 2.2): one such sign and no office opens the whole.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def written(sheets: Mapping[str, Iterable[Sequence[Cell]]]) -> bytes:
    """The file: name of a sheet → its rows. The same sheets make the same bytes. Texts hold no control character."""
    body = "".join(
        f"<table:table table:name={quoteattr(name)}>{''.join(map(_row, rows))}</table:table>"
        for name, rows in sheets.items()
    )
    content = (
        f'<office:document-content {_SPACES} office:version="1.3"><office:body><office:spreadsheet>{body}'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:  # its kind comes first, and bare (OpenDocument 1.3, part 2, 3.3)
        for name, text in (
            ("mimetype", MIMETYPE), ("META-INF/manifest.xml", _HEAD + _MANIFEST), ("content.xml", _HEAD + content),
        ):  # fmt: skip
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            packed.writestr(zipfile.ZipInfo(name), text, kind)
    return out.getvalue()


def _row(cells: Sequence[Cell]) -> str:
    return f"<table:table-row>{''.join(map(_cell, cells))}</table:table-row>"


def _cell(value: Cell) -> str:
    if isinstance(value, dt.date):
        kind = f'office:value-type="date" office:date-value="{value.isoformat()}"'
    elif isinstance(value, int):
        kind = f'office:value-type="float" office:value="{value}"'
    else:
        kind = 'office:value-type="string"'
    return f"<table:table-cell {kind}><text:p>{escape(_NO_XML.sub('', str(value)))}</text:p></table:table-cell>"
