"""What the invented pupils of a rehearsal write, in French as a class does: their words are data, not the product's."""

from __future__ import annotations

#: How many they are.
PUPILS = 25
#: Among ordinary questions, what a teacher must have met once before a real class: a telephone number (6th), a question
#: already asked in other words (9th), words that hurt (12th), a pupil who may be in danger (15th).
WRITTEN = (
    "Qu’est-ce qui vous a donné envie de faire ce métier ?",
    "À quoi ressemble une journée ordinaire pour vous ?",
    "Quelles études faut-il faire pour arriver là ?",
    "Qu’est-ce qui est le plus dur dans votre travail ?",
    "Combien gagne une personne qui débute ?",
    "Je veux faire un stage chez vous, appelez-moi au 06 12 34 56 78",
    "Avec qui travaillez-vous tous les jours ?",
    "Quels outils avez-vous toujours avec vous ?",
    "faut faire quoi comme études pour arriver là",
    "Comment votre famille a réagi quand vous avez choisi ce métier ?",
    "De quoi êtes-vous le plus fier ou la plus fière ?",
    "ton métier de merde on s’en fout gros connard",
    "Qu’est-ce qui a changé depuis vos débuts ?",
    "Que feriez-vous autrement si vous aviez notre âge ?",
    "j’ai envie de mourir, personne le sait",
    "Comment se passent les vacances et les week-ends ?",
    "Quelle erreur vous a le plus appris ?",
    "Quelles matières du collège vous servent encore ?",
    "Comment on sait que ce métier est fait pour nous ?",
    "Qu’est-ce qu’on voit derrière vous, à l’écran ?",
    "Comment devient-on responsable d’une équipe ?",
    "Quels gestes demandent le plus d’entraînement ?",
    "Que se passe-t-il quand une machine tombe en panne ?",
    "Comment l’environnement est-il pris en compte dans votre travail ?",
    "Quelles qualités comptent le plus, à votre avis ?",
    "Et les nouvelles technologies, elles changent quoi pour vous ?",
    "Qu’aimeriez-vous faire dans dix ans ?",
    "Quel conseil donneriez-vous à une personne qui hésite ?",
)
#: Answers to the reflection: what surprised, which studies.
ANSWERS = (
    ("le travail en équipe", "BTS"),
    ("les horaires", "bac pro"),
    ("son parcours", "bac pro, BTS"),
    ("elle a changé de voie", "BTS"),
    ("rien", "je sais pas"),
    ("le salaire au début", "BTS"),
    ("qu’on apprend encore après l’école", "licence"),
    ("les outils", "CAP"),
    ("le calme dans les urgences", "bac pro"),
    ("on peut commencer tard", "formation pour adultes"),
)
