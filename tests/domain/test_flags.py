"""Hints on a question: what is caught, and above all what must raise nothing."""

from typing import Any

import pytest

from kiosk.domain.reading import flags
from kiosk.domain.reading.flags import find
from kiosk.ground import remembered
from kiosk.ground.i18n import language

QUIET = """
C'est quoi une journée type pour vous ?
Bonjour madame, quelles études avez-vous faites ?
C'est quoi une bite d'amarrage ?
Comment vous ramassez la merde des vaches ?
Votre cabinet se trouve 12 rue Victor Hugo ?
L'entreprise est née en 2011 ?
J'ai 14 ans, je peux faire un stage ?
Vous étiez au lycée Baudelaire ?
Est-ce que l’apprentissage vaut mieux que le lycée pour ce métier ?
Est-ce que votre lycée c’était loin ?
Notre collège, c’est trop tard pour y penser ?
Elle n’a pas le vertige
Factrice
Opticienne
Carrossier
Scénographe
Régisseuse
Tonnelière
Agronome
Bagagiste
les 60 camions
Quatre métiers en vingt ans
Elle n’aime pas la ville
Faut-il passer par parcoursup.fr ?
Vous faites des vidéos sur TikTok ?
Vous retournez dans votre pays pour les vacances ?
Allez-vous faire un stage à l'étranger ?
La chienne a eu combien de petits ?
Vous êtes marié ?
Vous avez vu « Roméo et Juliette » sur scène ?
Est-ce que ça pue dans les égouts ?
Est-ce que vous passez des concours pour monter en grade ?
Vous avez déjà été agressé pendant votre service ?
Avez-vous déjà vu quelqu'un mourir ?
Est-ce que ça peut vous tuer si le câble casse ?
Est-ce qu'on tue les animaux malades ?
Vous avez mal au dos à force ?
Est-ce que c'est dur d'être une femme dans un métier d'hommes ?
En tant que femme, avez-vous déjà subi des remarques sexistes au travail ?
Les femmes et les hommes sont-ils payés pareil dans votre entreprise ?
Pourquoi il y a moins de filles dans ce métier ?
Est-ce que les femmes sont moins payées que les hommes ?
C'est pas trop compliqué d'être la seule fille de l'équipe ?
Est-ce que ce métier est fait pour les filles aussi ?
Est-ce qu'un diabétique peut faire ce métier ?
Le métier est-il accessible aux personnes en situation de handicap ?
Vous habitez loin de votre travail ?
Comment ça se passe quand il y a une dispute entre collègues ?
Vous étiez nul en maths à l'école ?
Vous êtes nul en maths ou pas ?
C'est peut-être une question bête mais à quoi sert un bief ?
Vous avez un gros salaire ?
Est-ce que vous avez eu un gros accident ?
On gagne 1 950 000 euros en combien d'années ?
Vous avez commencé en 2012 ou en 2016 ?
Est-ce que vous utilisez Insta pour votre travail ?
vous utilisez chat gpt au travail ?
Quelle pierre utilisez-vous pour la rénovation ?
Les roses de quelle couleur se vendent le mieux ?
Est-ce que Thomas Pesquet vous a donné envie de faire ce métier ?
Est-ce qu'il y a une marine marchande en France ?
Un jour, vous avez eu honte de votre métier ?
Vous travaillez à Saint-Denis ou à Sainte-Marie ?
Vous êtes allée au lycée Victor-Hugo ?
Avez-vous consulté un médecin du travail ?
Est-ce que le bitume sent mauvais ?
Votre entreprise est réputée ?
Madame, est-ce que vous aimez votre métier ?
Monsieur vous avez quel âge ?
Est-ce que vous êtes stressé ?
Vous avez des enfants ?
Est-ce que la drogue est un problème dans votre métier ?
Qui fait la cuisine et le ménage sur le bateau ?
Est-ce que vous vous faites crier dessus par les clients ?
Quel est le pire accident que vous avez vu ?
Est-ce que les gens sont violents aux urgences ?
Faut-il être fort pour porter les malades ?
Je voudrais devenir infirmière, il faut quel bac ?
Mon père fait le même métier, vous l'avez choisi à cause de vos parents ?
Ma sœur veut faire ce métier, que lui conseillez-vous ?
Je suis en 3e, je peux faire un stage chez vous ?
Que pensez-vous de l'intelligence artificielle ?
Votre métier va-t-il disparaître ?
Est-ce que vous avez déjà eu envie d'arrêter ?
Vous mettez combien de temps pour venir ?
Est-ce que vous faites des nuits de 12 h ?
La réunion de 14 h 30, c'est tous les jours ?
Le code 0951099D sert à quoi ?
Comment on répare une porte qui ferme mal ?
C'est vrai que c'est un métier de fou ?
Vos collègues sont sympas ou ils sont pourris ?
""".strip().splitlines()

CAUGHT = [
    ("c nul votre metier on s'en fou mdrrr", ["rude", "rude"]),
    ("t moche wesh", ["rude"]),
    ("Les femmes savent pas faire ce métier de toute façon", ["rude"]),
    ("Vous êtes un c0nnard", ["rude"]),
    ("connnaaaard va", ["rude"]),
    ("c'est de la m*rde votre truc", ["rude"]),
    ("p.u.t.a.i.n c long", ["rude"]),
    ("PUTAIN répondez", ["rude"]),
    ("ta gueule", ["rude"]),
    ("ferme la un peu", ["rude"]),
    ("vous puez non ?", ["rude"]),
    ("espèce de clown", ["rude"]),
    ("vous êtes trop nul", ["rude"]),
    ("retourne à la cuisine", ["rude"]),
    ("C'est un métier de mecs, pas pour les filles.", ["rude"]),
    ("bande d'abrutis", ["rude"]),
    ("sale noir", ["rude"]),
    ("je vais te frapper à la récré", ["rude"]),
    ("nique ta mère", ["rude"]),
    ("Kévin de la 3eC c'est un gros boloss", ["name", "rude"]),
    ("kevin de la 3e c il pue", ["name", "rude"]),
    ("Je m'appelle Léa Martin, je suis en 3eB", ["name"]),
    ("moi c'est Noah et vous ?", ["name"]),
    ("je mapelle enzo", ["name"]),
    ("Est-ce que Mme Dupont pourra venir ?", ["name"]),
    ("Est-ce que vous pouvez dire à Inès d'arrêter ?", ["name"]),
    ("Pourquoi Clément de la 4e B a le droit ?", ["name"]),
    ("Jean-Baptiste veut savoir si ça paye", ["name"]),
    ("Suivez moi sur insta @noah.exemple2011 !!", ["handle"]),
    ("mon snap c'est lila_2012", ["handle"]),
    ("écrivez moi a lea.martin@exemple.fr", ["email"]),
    ("lea point martin arobase exemple point fr", ["email"]),
    ("voir https://exemple.fr/x?y=1", ["link"]),
    ("allez sur exemple.com", ["link"]),
    ("mon num 06 39 98 12 34", ["phone"]),
    ("0639981234", ["phone"]),
    ("06.39.98.12.34 appelle", ["phone"]),
    ("+33 6 39 98 12 34", ["phone"]),
    ("0 6 3 9 9 8 1 2 3 4", ["phone"]),
    ("0692 12 34 56", ["phone"]),
    ("appelez le 87 12 34 56", ["phone"]),
    ("zéro six trente-neuf quatre-vingt-dix-huit douze", ["phone"]),
    ("Je suis asthmatique, est-ce que je peux faire ce métier ?", ["health"]),
    ("j'ai une dyslexie, c'est grave pour les études ?", ["health"]),
    ("Mon frère est autiste, il pourrait travailler chez vous ?", ["health"]),
    ("Mon père a fait ce métier et il est au chômage depuis un an, c'est normal ?", ["health"]),
    ("Mes parents sont divorcés, je peux faire l'internat ?", ["health"]),
    ("ma mère a un cancer, est-ce que vous en soignez ?", ["health"]),
    ("chez vous, jai un diabete", ["health"]),
    ("jsuis née le 4 mai 2011", ["birth"]),
    ("né le 12/03/2012 à Lens", ["birth"]),
    ("j'habite rue des Lilas à Lens", ["address"]),
    ("12 rue des Lilas, Lens", ["address"]),
    ("J'ai 14 ans et je suis au collège Pasteur", ["school"]),
    ("je suis en 4eC au collège camus", ["school"]),
    ("je mapelle zayneb", ["name"]),
    ("signé : Jade", ["name"]),
    ("ma mère s'appelle Marjolaine", ["name"]),
    ("mon pseudo c'est dark_lolo59", ["handle"]),
    ("k0nnard", ["rude"]),
    ("enk*lé", ["rude"]),
    ("vous couchez avec vos collègues ?", ["rude"]),
    ("retourne dans ton pays", ["rude"]),
    ("le collège pue trop", ["rude"]),
    ("notre lycée c’est une prison", ["rude"]),
    ("ma mère touche le RSA", ["health"]),
    ("je suis en ULIS", ["health"]),
    ("Vous préférez le PSG ou l'OM ?", ["off_topic"]),
    ("Vous connaissez Mbappé ?", ["off_topic"]),
    ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ["nonsense"]),
    ("<script>alert('coucou')</script>", ["nonsense"]),
    ("=1+1", ["nonsense"]),
    ("qsdfgh", ["nonsense"]),
    ("j'ai envie de mourir", ["health"]),
    ("on me harcèle au collège", ["health"]),
]


@pytest.mark.parametrize("text", QUIET)
def test_legitimate_questions_raise_nothing(text: str) -> None:
    assert find(text) == []


@pytest.mark.parametrize(("text", "kinds"), CAUGHT)
def test_caught(text: str, kinds: list[str]) -> None:
    assert [flag.kind for flag in find(text)] == kinds


def test_found_is_the_words_of_the_text() -> None:
    assert [flag.found for flag in find("Écris à Éloïse, au 06 39 98 12 34")] == [
        "Éloïse",
        "06 39 98 12 34",
    ]


@pytest.mark.parametrize(
    "text",
    ["Sophie, avez-vous peur ?", "Mme Le Goff, vous travaillez seule ?", "sophie c'est dur ?"],
)
def test_the_speaker_may_be_named(text: str) -> None:
    assert find(text, ["Sophie Le Goff"]) == []


def test_another_name_is_still_a_name_beside_the_speaker() -> None:
    assert [flag.found for flag in find("Sophie, que pensez-vous de Nolan ?", ["Sophie Le Goff"])] == ["Nolan"]


def test_who_may_be_in_danger_is_said_first_of_all() -> None:
    """Beside every other hint: none hides it, it hides none."""
    found = find("j'ai envie de mourir appelez moi au 0639981234")
    assert [(flag.kind, flag.found) for flag in found] == [("health", ""), ("phone", "0639981234")]
    assert found[0].advice.startswith("Un élève va peut-être mal")


def test_kinds_are_the_known_ones() -> None:
    kinds = {kind for _text, kinds in CAUGHT for kind in kinds}
    assert kinds == set(flags.TITLES) - {flags.IN_DANGER}


def test_advice_follows_the_language() -> None:
    french = find("0639981234")[0].advice
    with language("en"):
        english = find("0639981234")[0].advice
    assert french.startswith("Un numéro de téléphone")
    assert english.startswith("A phone number")


def test_the_library_of_numbers_reads_what_may_be_one_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes longer than all the rest: a year, a rank and an age are left to it by nobody."""
    asked: list[str] = []
    library = flags._library()

    def told() -> Any:
        asked.append("")
        return library

    monkeypatch.setattr(flags, "_library", told)
    remembered.forget()
    assert not flags.find("Depuis 1990, en 2019 et en 2026, combien de stages de 2 semaines (sujet n° 123) ?")
    assert not asked
    for number in ("06 39 98 12 34", "0639981234", "06.39.98.12.34", "06-39-98-12-34", "+687 25 12 34"):
        assert [one.kind for one in flags.find(f"Mon numéro, {number}, vous le voulez ?")] == ["phone"], number
    assert asked
