"""``docs/accessibilite.md``: 106 criteria judged for each public, every page covered; the statement has its figures."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "accessibilite.md").read_text(encoding="utf-8")
#: Criteria of each of the 13 topics of RGAA 4.1.
TOPICS = (9, 2, 3, 13, 8, 2, 5, 10, 4, 14, 13, 11, 12)
STATUSES = {"C", "NC", "NA", "NJ"}
PUBLICS = 5
#: What is no page: a piece of one, a file, a figure for a machine.
PARTS = {
    "display.fragment", "control.fragment", "pupils.support_list", "trial.reached", "healthz", "live", "ready",
    "metrics", "portraits.portrait", "control.letter_file", "control.report_csv", "control.report_ods",
    "control.calendar_one", "control.calendar_all", "control.souvenir_file", "assets.asset",
}  # fmt: skip


def plain(text: str) -> str:
    """With ordinary spaces, one line."""
    return " ".join(text.replace("\u00a0", " ").split())


def rows() -> dict[str, list[str]]:
    """Criterion → its statuses, public by public, then how it was judged."""
    lines = re.findall(r"^\| (\d+\.\d+) \|(.*)\|$", PAGE, re.M)
    assert len(lines) == len(dict(lines)), "a criterion stands twice"
    return {number: [cell.strip() for cell in cells.split("|")][1:] for number, cells in lines}


def totals() -> Counter[str]:
    """Of each status, the worst of a criterion's publics: not met, then not judged, then met."""
    worst = ("NC", "NJ", "C", "NA")
    return Counter(next(s for s in worst if s in cells[:PUBLICS]) for cells in rows().values())


def test_every_criterion_is_judged_once_for_every_public():
    every = [f"{topic}.{n}" for topic, count in enumerate(TOPICS, start=1) for n in range(1, count + 1)]
    assert list(rows()) == every and len(every) == 106
    for number, (*statuses, how) in rows().items():
        assert len(statuses) == PUBLICS and set(statuses) <= STATUSES and how, number


def test_every_page_of_the_kiosk_is_covered(app):
    listed = re.findall(r"`(/[^`]*)`", PAGE.split("| public | pages |")[1].split("\n## ")[0])
    pages = {
        re.sub(r"<\w+:", "<", rule.rule)
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods and rule.endpoint not in PARTS
    }
    assert len(listed) == len(set(listed)) and set(listed) == pages


def test_the_statement_says_the_figures_of_the_audit(client, room):
    total = totals()
    said = plain(client.get("/accessibilite").text)
    applicable = total["C"] + total["NC"] + total["NJ"]
    rate = round(100 * total["C"] / applicable)
    assert rate >= 50 and "Accessibilité : partiellement conforme" in said
    assert f"{total['NA']} sont sans objet ; {total['C']} sont respectés partout, {total['NC']} ne le sont pas" in said
    assert total["NJ"] == 0 and f"{rate} % des critères applicables sont respectés" in said
    page = plain(PAGE)
    assert f"Des {applicable} critères applicables, {rate} % sont respectés" in page
    assert [int(n) for n in re.findall(r"\((?:C|NC|NJ|NA)\) \| (\d+) \|", page)] == [
        total[code] for code in ("C", "NC", "NJ", "NA")
    ]


def test_each_public_finds_the_statement(app, teacher):
    for address in ("/", "/prof/connexion", "/prof", "/prof/preparer"):
        browser = teacher.client if address.startswith("/prof") and "connexion" not in address else app.test_client()
        assert "partiellement conforme" in browser.get(address).text, address
