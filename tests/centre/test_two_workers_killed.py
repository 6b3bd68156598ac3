"""Two workers of one centre on one PostgreSQL, each killed (kill -9) in its turn while schools exchange: nothing that
was answered is lost, nothing is doubled, no number serves twice.
"""

from __future__ import annotations

import itertools
import json
import random
import threading
import uuid
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import requests

from centre.centre_process import Centre, Kiosk, enrolment, question, session

pytestmark = pytest.mark.server
#: Kills; answers that must come between two of them; schools that talk meanwhile.
KILLS, BETWEEN, SCHOOLS = 22, 8, 4


class School(threading.Thread):
    """A kiosk that says one thing after another, to whichever worker answers, and at times what it said before."""

    def __init__(self, kiosk: Kiosk, workers: list[Centre], sid: str, over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.kiosk, self.workers, self.sid, self.over = kiosk, workers, sid, over
        self.told: list[tuple[dict[str, Any], str]] = []
        self.answers = self.cuts = 0
        self.wrong: list[str] = []
        self._turns = itertools.cycle(range(len(workers)))
        self._dice = random.Random(kiosk.id)

    def run(self) -> None:
        while not self.over.is_set():
            text = f"Question {len(self.told)} de {self.kiosk.id} ?"
            said = self.kiosk.operation("question.prepared", **question(str(uuid.uuid4()), self.sid, text))
            if self._dice.random() < 0.2:
                body = enrolment(str(uuid.uuid4()), self.sid, label=f"4e {len(self.told)}")
                said = self.kiosk.operation("enrolment.request", **body)
            again = [one for one, _status in self._dice.sample(self.told, min(2, len(self.told)))]
            verdicts = self._send([*again, said])
            self.told.append((said, verdicts[said["id"]]))
            before = {one["id"]: status for one, status in self.told}
            self.wrong += [id for id, status in verdicts.items() if before[id] != status]

    def _send(self, operations: list[dict[str, Any]]) -> dict[str, str]:
        """Until somebody answers: the same again is harmless."""
        message = self.kiosk.message(*operations, cursor=self.kiosk.cursor)
        while True:
            self.kiosk.centre = self.workers[next(self._turns)]
            try:
                answer = self.kiosk.send(message)
            except requests.RequestException:
                self.cuts += 1
                continue
            if answer.status_code == 200:
                break
            if answer.status_code != 503:
                self.wrong.append(answer.text)
        self.answers += 1
        value = answer.json()
        self.kiosk.cursor = value["cursor"]
        return {one["id"]: one["status"] for one in value["verdicts"]}


def test_twenty_two_kills_on_two_workers_lose_and_double_nothing(cluster: Any, tmp_path: Path) -> None:
    database = cluster.database()
    workers = [Centre(tmp_path, database)]
    over = threading.Event()
    schools: list[School] = []
    try:
        workers.append(Centre(tmp_path, database))
        office, sid = workers[0].office(), f"S-{uuid.uuid4()}"
        office.upload([session(sid)])
        schools = [School(office.pair(), workers, sid, over) for _school in range(SCHOOLS)]
        for school in schools:
            school.start()
        for kill in range(KILLS):
            wanted = sum(one.answers for one in schools) + BETWEEN
            while sum(one.answers for one in schools) < wanted:
                assert any(one.is_alive() for one in schools)
                over.wait(0.01)
            workers[kill % 2].kill()
            workers[kill % 2].start()
        over.set()
        for school in schools:
            school.join(60)
            assert not school.is_alive()
    finally:
        over.set()
        for worker in workers:
            worker.stop()
    assert [wrong for one in schools for wrong in one.wrong] == [] and sum(one.cuts for one in schools) > 0
    told = {said["id"]: (said, status) for one in schools for said, status in one.told}
    base = psycopg2.connect(database)
    try:
        with base.cursor() as cursor:
            cursor.execute("SELECT id, kiosk, seq, verdict FROM operation")
            kept = cursor.fetchall()
            cursor.execute("SELECT id, text FROM question")
            questions = dict(cursor.fetchall())
            cursor.execute("SELECT COUNT(*), COUNT(DISTINCT id) FROM enrolment WHERE state = 'confirmed'")
            enrolled = cursor.fetchone()
    finally:
        base.close()
    assert {id: json.loads(verdict)["status"] for id, _kiosk, _seq, verdict in kept} == {
        id: status for id, (_said, status) in told.items()
    }
    assert len({(kiosk, seq) for _id, kiosk, seq, _verdict in kept}) == len(kept) == len(told)
    bodies = [said["body"] for said, _status in told.values()]
    assert questions == {body["question_id"]: body["text"] for body in bodies if "question_id" in body}
    places = sum("enrolment_id" in body for body in bodies)
    assert enrolled == (places, places)
