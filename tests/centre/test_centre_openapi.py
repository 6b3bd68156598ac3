"""`openapi.json` against the running centre: schemathesis writes the requests, right and wrong ones."""

from __future__ import annotations

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import CHECKS
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks as openapi_checks

from centre.centre_process import Centre

pytestmark = pytest.mark.server
#: What a schema cannot tell: a school's checksum letter, whose token it is, a cursor of another centre.
EXCLUDED = (openapi_checks.positive_data_acceptance,)


def test_schemathesis_finds_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    centre = Centre(tmp_path_factory.mktemp("openapi"))
    try:
        kiosk = centre.office().pair()
        schema = schemathesis.openapi.from_url(f"{centre.url}/openapi.json")
        schema.config.generation.update(modes=list(schemathesis.GenerationMode))
        seen: set[str] = set()
        for result in schema.get_all_operations():
            assert isinstance(result, Ok), result
            operation = result.ok()
            headers = {"Authorization": f"Bearer {kiosk.token}"} if operation.path == "/v1/exchange" else {}

            @hypothesis.settings(
                max_examples=60,
                deadline=None,
                database=None,
                derandomize=True,
                suppress_health_check=list(hypothesis.HealthCheck),
            )
            @hypothesis.given(
                case=operation.as_strategy()
                # By its value: mypy reads for 3.10, which has no StrEnum.
                | operation.as_strategy(generation_mode=schemathesis.GenerationMode("negative"))
            )
            def try_it(case: schemathesis.Case) -> None:
                case.call_and_validate(base_url=centre.url, headers=headers, excluded_checks=list(EXCLUDED), timeout=10)

            try_it()
            seen.add(operation.path)
        assert seen == {"/v1/about", "/v1/pair", "/v1/exchange", "/v1/portraits/{sha256}"} and CHECKS
        assert centre.process.poll() is None and "Traceback" not in centre.log.read_text("utf-8")
    finally:
        centre.stop()
