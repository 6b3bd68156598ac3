"""The link of an invitation is shown once: it must not go with the page's next refresh, only with the invitation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from browser.phone_kiosk import PhoneKiosk

pytestmark = [pytest.mark.browser, pytest.mark.server]


def test_a_fresh_link_stays_until_it_is_taken_back(kiosk: PhoneKiosk, panel: Callable[..., Page]) -> None:
    page = panel("/prof/salle")
    page.get_by_role("button", name="Nouveau lien d’invitation").click()
    expect(page.locator("#invite-link")).to_be_visible()
    with page.expect_response("**/prof/fragment/room*"):
        kiosk.do("intake", intake="paused")
    page.wait_for_function("document.querySelector('#t-invite')")
    expect(page.locator("#invite-link")).to_be_visible()
    page.get_by_role("button", name="Retirer ce lien").first.click()
    expect(page.locator("#invite-link")).to_have_count(0)
