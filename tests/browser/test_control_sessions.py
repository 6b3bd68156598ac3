"""Sessions in the browser: what is typed survives a reload, a table is seen before it is written, a rehearsal lives."""

from __future__ import annotations

from playwright.sync_api import expect

from browser.control_panel import problems

TABLE = "Fonction;Professionnel;Quand;Durée;Remarque\nIngénieure;Clara Petit;11/12/2026 10h;45;x\n"


def test_a_session_is_typed_reloaded_and_made(panel):
    page = panel("/prof/seances/creer")
    page.fill("#f-metier-1", "soigneur animalier")
    page.fill("#f-nom-1", "Malik Benali")
    page.locator("[name=etape-1]").first.fill("Bac pro, arrêt en terminale")
    page.reload()
    expect(page.locator("#f-metier-1")).to_have_value("soigneur animalier")
    expect(page.locator("[name=etape-1]").first).to_have_value("Bac pro, arrêt en terminale")
    assert problems(page) == []
    page.fill("#f-date", "jeudi 3 décembre 2026")
    page.fill("#f-heure", "14 h")
    page.get_by_role("button", name="Créer et préparer").click()
    expect(page.locator("li.session", has_text="Soigneur animalier")).to_contain_text("Créée ici")


def test_a_table_is_seen_then_taken_and_a_rehearsal_lives_and_goes(panel, tmp_path):
    (tmp_path / "programme.csv").write_text(TABLE, encoding="cp1252")
    page = panel("/prof/seances/importer")
    page.set_input_files("#fichier", tmp_path / "programme.csv")
    page.get_by_role("button", name="Voir ce qu’il contient").click()
    expect(page.get_by_text("non lue")).to_be_visible()
    assert problems(page) == []
    page.get_by_role("button", name="Importer").click()
    card = page.locator("li.session", has_text="Ingénieure")
    card.get_by_text("Ouvrir avec une classe").click()
    card.get_by_label("Classe").fill("4e B")
    card.get_by_role("button", name="Ouvrir la séance").click()
    page.get_by_role("button", name="L’arrêter et ouvrir « Ingénieure »").click()
    expect(page.get_by_role("banner")).to_contain_text("Ingénieure")
    page.goto(page.url.split("/prof")[0] + "/prof/seances")
    page.get_by_role("button", name="Lancer une séance d’essai").click()
    expect(page.locator("#band-rehearsal")).to_contain_text("élèves inventés")
    page.get_by_role("button", name="Pressé").click()
    expect(page.get_by_text("Qu’est-ce qui vous a donné envie de faire ce métier")).to_be_visible()
    page.get_by_role("button", name="Arrêter l’essai").click()
    expect(page.locator("#band-rehearsal")).to_have_count(0)


def test_the_boxes_of_a_path_say_what_they_take_and_stand_step_by_step(panel):
    """Fifteen empty boxes without a word: their names were only heard, and on a phone a step's were not grouped."""
    for width, shown in ((1440, ["Année", "Étape", "Genre"]), (1024, ["Année", "Étape"]), (390, ["Année", "Étape"])):
        page = panel("/prof/seances/creer", viewport={"width": width, "height": 900})
        heads = [one for one in page.locator(".step-columns").first.locator("span").all() if one.is_visible()]
        assert [one.inner_text() for one in heads] == shown
        boxes = page.locator("#parcours-1 li").first.locator("input, select").all()
        steps = [one.bounding_box() for one in page.locator("#parcours-1 li").all()]
        for head, field in zip(heads, boxes, strict=False):
            over, under = head.bounding_box(), field.bounding_box()
            assert abs(over["x"] - under["x"]) < 1 and under["y"] >= over["y"] + over["height"], (width, over, under)
        first, last = boxes[0].bounding_box(), boxes[2].bounding_box()
        if last["y"] > first["y"] + 1:  # on two lines
            inside = last["y"] - first["y"] - first["height"]
            assert steps[1]["y"] - steps[0]["y"] - steps[0]["height"] > 2 * inside, width


def test_what_the_class_will_see_follows_what_is_typed(panel):
    page = panel("/prof/seances/creer")
    seen = page.locator("#vu-1")
    expect(seen).to_contain_text("vous les voyez ici comme la classe")
    page.fill("#f-metier-1", "soigneur animalier")
    expect(seen.locator(".big")).to_have_text("Soigneur animalier")
    page.locator("[name=quand-1]").nth(0).fill("2009")
    page.locator("[name=etape-1]").nth(0).fill("Bac pro")
    page.locator("[name=etape-1]").nth(1).fill("Un an, livreur")
    page.locator("[name=genre-1]").nth(1).select_option("pause")
    expect(seen.locator("li.pause")).to_have_text("Pause : Un an, livreur")
    expect(page.locator("[name=etape-1]").nth(1)).to_be_focused()
    page.reload()  # the draft comes back, and what it shows
    expect(seen.locator("li")).to_have_count(2)
    assert problems(page) == []
    page.locator("[name=etape-1]").nth(0).fill("")
    page.locator("[name=quand-1]").nth(0).fill("")
    expect(seen.locator("li")).to_have_count(1)
    plain = panel("/prof/seances/creer", java_script_enabled=False)
    plain.fill("#f-metier-1", "soigneur animalier")
    plain.fill("#f-nom-1", "Malik Benali")
    expect(plain.locator("#vu-1")).to_contain_text("« Voir ce que l’écran montrera » l’écrit ici.")
    plain.get_by_role("button", name="Voir ce que l’écran montrera").click()
    expect(plain.locator("#vu-1 .big")).to_have_text("Soigneur animalier")
