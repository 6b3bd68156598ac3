"""Templates read as the rest of the house does: no long line, a block a line; none of their layout travels."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import Environment, TemplateSyntaxError

from kiosk.ground import linebreaks

ROOT = Path(__file__).resolve().parents[1] / "templates"
TEMPLATES = {path.relative_to(ROOT).as_posix(): path for path in sorted(ROOT.rglob("*.html"))}
WIDTH = 140
#: What begins on a line of its own: an element that a browser sets below the one before it.
BLOCKS = (
    "section|div|p|h[1-6]|ul|ol|li|dl|dt|dd|form|fieldset|legend|table|thead|tbody|tr|td|th|blockquote|"
    "header|footer|nav|main|article|aside|details|summary"
)
_BLOCK_WITHIN = re.compile(rf"\S.*<(?:{BLOCKS})[ >]")


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_line_is_taken_in_at_one_look(name):
    lines = TEMPLATES[name].read_text(encoding="utf-8").splitlines()
    assert [(number, len(line)) for number, line in enumerate(lines, 1) if len(line) > WIDTH] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_block_begins_its_line(name):
    lines = TEMPLATES[name].read_text(encoding="utf-8").splitlines()
    assert [(number, line) for number, line in enumerate(lines, 1) if _BLOCK_WITHIN.match(line.strip())] == []


def test_the_head_of_the_centre_s_pages_stands_once():
    heads = [
        name for name in TEMPLATES if name.startswith("centre/") and "<head>" in TEMPLATES[name].read_text("utf-8")
    ]
    assert heads == ["centre/frame.html"]


def compiled(source: str, **values: object) -> str:
    env = Environment()
    linebreaks.prepare(env)
    return env.from_string(source).render(**values)


@pytest.mark.parametrize(
    ("source", "sent"),
    [
        ("<ul>\n  <li>a</li>\n  <li>b</li>\n</ul>\n", "<ul><li>a</li><li>b</li></ul>"),
        ("<p>\n  <b>a</b> <i>b</i>\n</p>", "<p><b>a</b> <i>b</i></p>"),
        ("<p>\n  {{ x }}\n  {{ x }},\n  and\n  more\n</p>", "<p>1 1, and more</p>"),
        ("<p>\n  {% if x %}\n    a\n  {% else %}\n    b\n  {% endif %}\n</p>", "<p>a</p>"),
        ("<p>\n  {% if x %}\n    a\n  {% endif %} {{ x }}\n</p>", "<p>a 1</p>"),
        ("<p>\n  {# why #}\n  a\n</p>", "<p>a</p>"),
        ("<p>\n  a\n  {# why #}\n  b\n</p>", "<p>a b</p>"),
        ("<p>\n  {{ x }}\n  {# why #}\n  {{ x }} {# why #}\n  {# why #}\n  b\n</p>", "<p>1 1 b</p>"),
        ("<a\n  {# why #}\n  b>\n  {# why #}\n  <i>c</i>\n</a>", "<a b><i>c</i></a>"),
        ("a < b\n  c", "a < b c"),
        ('<a\n  b="1"\n  {% if x %} c="2"{% endif %}\n  {% if not x %} d{% endif %}\n  e>', '<a b="1" c="2" e>'),
        ('<a\n  {% if x %}\n    b="1"\n  {% endif %}\n  c="a > b">\n  d</a>', '<a b="1" c="a > b">d</a>'),
        ("<a b\n  {{ x }}\n>", "<a b 1>"),
        ("<textarea>\n {{ x }}\n <b\n>\n</textarea>\n<p>", "<textarea>\n 1\n <b\n>\n</textarea><p>"),
        ("<pre>\n  a</pre>\n<script>\n  '<p>\n'\n</script>\n", "<pre>\n  a</pre><script>\n  '<p>\n'\n</script>"),
    ],
)
def test_only_what_means_something_travels(source, sent):
    assert compiled(source, x=1) == sent


def test_an_attribute_that_would_touch_the_one_before_is_an_error():
    with pytest.raises(TemplateSyntaxError, match="space before it"):
        compiled('<a b="1"\n  {% if x %}c{% endif %}>')


def test_an_error_is_told_with_its_line():
    with pytest.raises(ZeroDivisionError) as caught:
        compiled("<p>\n\n  a\n  {{ 1 / x }}\n</p>", x=0)
    assert caught.traceback[-1].lineno + 1 == 4


def test_every_page_that_a_template_leads_to_is_there(app):
    """A link in a branch that no test takes would be found by a class."""
    asked = re.compile(r"\burl(?:_for)?\(\s*[\"']([\w.]+)[\"']")
    wrong = [
        (name, endpoint)
        for name, path in TEMPLATES.items()
        if not name.startswith("centre/")
        for endpoint in asked.findall(path.read_text(encoding="utf-8"))
        if endpoint not in app.view_functions
    ]
    assert wrong == []


#: Fields of the centre that are alone in their form: its button says what is missing.
ALONE = {"choose.html password", "files.html f-file", "files.html f-stick", "schools.html f-file", "second.html code"}


def test_a_field_that_cannot_stay_empty_says_so_at_the_centre() -> None:
    """RGAA 11.10: in its label, before anything is sent. Macros do it by themselves."""
    silent = set()
    for path in sorted((ROOT / "centre").glob("*.html")):
        page = path.read_text(encoding="utf-8")
        for field in re.finditer(r'<input id="([\w-]+)"[^>]*?\brequired\b', page):
            label = re.search(rf'<label[^>]*for="{field[1]}".*?</label>', page, re.S)
            if label and not re.search(r"must\(|obligatoire", label[0]):
                silent.add(f"{path.name} {field[1]}")
    assert silent == ALONE
