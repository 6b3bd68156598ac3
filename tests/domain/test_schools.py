"""UAI: twelve real codes (a check on open data, domain notes section 2), the bad ones, and the zones."""

import pytest

from kiosk.contract.schools import normalise_uai, zone_of
from kiosk.ground.errors import KioskError


@pytest.mark.parametrize(
    ("uai", "zone"),
    [
        ("0951099D", "Europe/Paris"),
        ("0750652B", "Europe/Paris"),
        ("7200021K", "Europe/Paris"),
        ("9710002A", "America/Guadeloupe"),
        ("9720002V", "America/Martinique"),
        ("9730001N", "America/Cayenne"),
        ("9740001H", "Indian/Reunion"),
        ("9750001C", "America/Miquelon"),
        ("9760127J", "Indian/Mayotte"),
        ("9830002K", "Pacific/Noumea"),
        ("9840002E", "Pacific/Tahiti"),
        ("9870026P", "Pacific/Wallis"),
    ],
)
def test_real_codes(uai: str, zone: str) -> None:
    assert normalise_uai(uai) == uai
    assert zone_of(uai) == zone


@pytest.mark.parametrize("text", [" 0951099d ", "095 1099 D", "0951099d\n"])
def test_normalises(text: str) -> None:
    assert normalise_uai(text) == "0951099D"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "uai_length"),
        ("095109D", "uai_length"),
        ("09510999D", "uai_length"),
        ("O951099D", "uai_length"),
        ("٠951099D", "uai_length"),
        ("0951099O", "uai_letter"),
        ("0951099I", "uai_letter"),
        ("0951099Q", "uai_letter"),
        ("09510995", "uai_letter"),
        ("0951099E", "uai_checksum"),
    ],
)
def test_refuses(text: str, code: str) -> None:
    with pytest.raises(KioskError) as caught:
        normalise_uai(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("uai", "zone"),
    [
        ("6200001A", "Europe/Paris"),
        ("9770001A", "America/St_Barthelemy"),
        ("9780001A", "America/Marigot"),
        ("9711252J", "America/Guadeloupe"),
        (None, "Europe/Paris"),
        ("", "Europe/Paris"),
    ],
)
def test_zone_of_prefix(uai: str, zone: str) -> None:
    assert zone_of(uai) == zone
