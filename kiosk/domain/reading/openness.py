"""Whether a question can be answered by yes or no: a hint for the class, never a judgement of who wrote it.

Pupils' spellings included (« pk », « cb », « cmt »). A question that asks a figure, or begs for a story, is open.
"""

from __future__ import annotations

import re
import unicodedata

#: They ask for more than yes or no wherever they stand.
_ASKING = re.compile(
    r"\b(?:comment|cmt|commen|pourquoi|pourkoi|pk|pq|prk|combien|combi1|cb|cbn|quels?|quelles?|kels?|kelles?|lequel|"
    r"laquelle|lesquels|lesquelles|auquel|duquel|quoi|koi|kwa|qu est ce|kest ce|kesk|qu y a t|"
    r"racontez|raconter|racontes|decrivez|decrire|expliquez|expliquer|explique|parlez nous|parler de|montrez|"
    r"dites nous)\b"
)
#: They ask when they begin; further on they only join (« quand vous montez », « le jour où »).
_BEGINNING = re.compile(
    r"(?:(?:a|de|d|avec|chez|pour|par|sur|depuis|vers|en|jusqu a|grace a|tous les) )?"
    r"(?:qui|que|qu|ou|d ou|quand|ke|ki)\b"
)
#: After a comma too, those that do not join there (« À notre âge, que vouliez-vous ? »).
_AFTER_COMMA = re.compile(r"(?:(?:a|de|avec|pour) )?(?:qui|que|qu)\b")
#: These ask at the end too (« Vous travaillez où ? »).
_ENDING = re.compile(r"\b(?:ou|quand|qui)$")
#: « Est-ce que » makes a yes or no of all that follows, but for a story that is asked for.
_YES_OR_NO = re.compile(r"(?:est ce qu|es ce qu|esce qu|esk|eske|ce que vous)")
_STORY = re.compile(r"\b(?:racont|decri|expliqu|parler de|dire comment|dire pourquoi|montrer comment)")
#: What may come before the question itself.
_BEFORE = re.compile(
    r"(?:(?:bonjour|salut|bjr|slt|coucou|et|mais|alors|du coup|donc|en fait|svp|s il vous plait|madame|monsieur|mme|mr|"
    r"sinon|selon vous|a votre avis|dans votre (?:metier|travail|equipe)|au travail)\b ?)+"
)


def closed(text: str) -> bool:
    """True when « oui » or « non » would answer it. Costs one pass over 240 characters at most."""
    plain = unicodedata.normalize("NFD", text[:240].casefold().replace("œ", "oe"))
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    clauses = [" ".join(re.sub(r"[^a-z0-9]", " ", part).split()) for part in re.split(r"[,:]", bare)]
    said = " ".join(filter(None, clauses))
    before = _BEFORE.match(said)
    said = said[before.end() :] if before else said
    if not said:
        return False
    if _YES_OR_NO.match(said):
        return _STORY.search(said) is None
    asked = _ASKING.search(said) or _ENDING.search(said) or _BEGINNING.match(said)
    return not asked and not any(_AFTER_COMMA.match(clause) for clause in clauses[1:])
