"""What the documentation's site takes from outside docs/: CONTRIBUTING.md, which forges look for at the root."""

from __future__ import annotations

from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NAME = "CONTRIBUTING.md"


def on_files(files: Any, config: Any) -> Any:
    """Add the page to the site, its links made relative to docs/."""
    from mkdocs.structure.files import File

    text = (ROOT / NAME).read_text(encoding="utf-8").replace("](docs/", "](")
    files.append(File.generated(config, NAME.lower(), content=text))
    return files


def on_page_markdown(markdown: str, **_page: Any) -> str:
    """Links of other pages to the root's file lead to the site's page."""
    return markdown.replace(f"](../{NAME}", f"]({NAME.lower()}")
