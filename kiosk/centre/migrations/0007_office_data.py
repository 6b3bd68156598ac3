"""What the office works with: files looked at before they are written, the directory of schools, words to search by,
groups of questions that a person undid, and the page where a speaker answers.
"""

import re
import unicodedata

from kiosk.ground.migrations import add_column, run, run_all

TABLES = """
CREATE TABLE IF NOT EXISTS brought (id VARCHAR(255) NOT NULL PRIMARY KEY, at BIGINT NOT NULL, name TEXT NOT NULL,
    data BYTEA NOT NULL, written_at BIGINT, undone_at BIGINT, before TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS brought_at ON brought (at);
CREATE TABLE IF NOT EXISTS school (uai VARCHAR(255) NOT NULL PRIMARY KEY, name TEXT NOT NULL,
    kind VARCHAR(255) NOT NULL DEFAULT '', town TEXT NOT NULL, postcode VARCHAR(255) NOT NULL DEFAULT '',
    academie VARCHAR(255) NOT NULL DEFAULT '', rural BOOLEAN, email TEXT NOT NULL DEFAULT '',
    typed BOOLEAN NOT NULL DEFAULT {false}, words TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS school_academie ON school (academie);
CREATE TABLE IF NOT EXISTS speaker_link (digest VARCHAR(255) NOT NULL PRIMARY KEY, session_id VARCHAR(255) NOT NULL,
    speaker_id VARCHAR(255) NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, seen_at BIGINT);
CREATE INDEX IF NOT EXISTS speaker_link_session_id ON speaker_link (session_id);
CREATE TABLE IF NOT EXISTS proposed (uai VARCHAR(255) NOT NULL, id VARCHAR(255) NOT NULL,
    speaker_id VARCHAR(255) NOT NULL, text TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (uai, id));
CREATE INDEX IF NOT EXISTS enrolment_state ON enrolment (state);
CREATE INDEX IF NOT EXISTS code_created_at ON code (created_at);
"""
COLUMNS = (
    ("session", "words TEXT NOT NULL DEFAULT ''"),
    ("speaker", "words TEXT NOT NULL DEFAULT ''"),
    ("question", "apart BOOLEAN NOT NULL DEFAULT {false}"),
)
#: Table → the column that is searched by.
SEARCHED = {"session": "title", "speaker": "name"}


def up(db):
    """The tables, the columns, and the words of what is there."""
    false = "0" if db.param == "?" else "false"
    run_all(db, TABLES.format(false=false))
    for table, column in COLUMNS:
        add_column(db, table, column.format(false=false))
    for table, column in SEARCHED.items():
        for id, text in run(db, f"SELECT id, {column} FROM {table} WHERE words = ''").fetchall():
            run(db, f"UPDATE {table} SET words = ? WHERE id = ?", _words(text), id)


def _words(text):
    """Letters and digits alone, without accents nor case."""
    apart = "".join(one for sign in text.casefold() for one in unicodedata.normalize("NFKD", sign))
    return " ".join(re.findall("[a-z0-9]+", re.sub(r"[\u0300-\u036f]", "", apart)))
