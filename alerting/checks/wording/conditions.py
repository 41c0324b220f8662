"""“If not” on the wrong question: “Life in danger? Call … If not: hospital” sends the healthy.

“If not” is understood as the contrary of the last question. So that question must be about whether
people can do what stands between: “Cannot get away? Hide”, “No answer? Go to …” say it better.
"""

import re
from collections.abc import Iterator, Mapping

from alerting.checks.check_input import CheckInput, fields
from alerting.checks.wording.hit import Hit
from alerting.checks.wording.sentences import DE, EN, FR, NL, Sentence, pattern, sentences
from alerting.domain.language import Language
from alerting.domain.message import Message

IF_NOT: Mapping[Language, re.Pattern[str]] = {
    FR: pattern(
        r"(?:^|[,;:–-] ?)(?:sinon|si(?: ce n'est)? non|dans le cas contraire|à défaut)(?=[ ,:])"
    ),
    NL: pattern(
        r"(?:^|[,;:–-] ?)(?:anders|zo niet|zoniet|indien niet"
        r"|in het andere geval)(?=[ ,:])(?! (?:dan|gezegd|of|nog)\b)"
    ),
    DE: pattern(
        r"(?:^|[,;:–-] ?)(?:sonst|ansonsten|andernfalls|anderenfalls|wenn nicht"
        r"|falls nicht)(?=[ ,:])(?! (?:noch|nichts|niemand\w*|wer|wo|keine?)\b)"
    ),
    EN: pattern(
        r"(?:^|[,;:–-] ?)(?:if not|otherwise|or else|else|if it is not|if you are not)(?=[ ,:])"
    ),
}
ABILITY: Mapping[Language, re.Pattern[str]] = {
    FR: pattern(
        r"possib|impossib|pouve[zs]|peut|peuve|pouvoir|parven|réuss|arrive[zr]|capable|sans danger"
        r"|sans risque|en sécurité|accessib|disponib|fonctionn|répon|joign|le temps|moyen de"
    ),
    NL: pattern(
        r"mogelijk|\bkun|\bkan\b|\bkunnen|lukt|slaag|in staat|veilig|zonder gevaar|bereik"
        r"|beschikbaar|werkt|antwoord|gaat het|tijd\b|toegankelijk"
    ),
    DE: pattern(
        r"möglich|könn|kann\b|gelingt|gelung|schaff|in der lage|sicher|gefahrlos|ohne gefahr"
        r"|erreich|verfügbar|funktion|antwort|geht das|geht es|zeit\b|zugänglich"
    ),
    EN: pattern(
        r"possib|\bcan\b|\bcan't|cannot|\bable|manage|safe|without (?:danger|risk)|reach|available"
        r"|work(?:s|ing)?\b|answer|\btime to\b|accessible|succeed"
    ),
}
"""What makes a question one about ability: then the contrary is meant, and understood."""
CLAUSE: Mapping[Language, re.Pattern[str]] = {
    FR: pattern(r"\b(?:si|s'il|s'ils|quand|lorsque)\b|\bsi c'est\b"),
    NL: pattern(r"\b(?:als|indien|wanneer)\b"),
    DE: pattern(r"\b(?:wenn|falls|sofern)\b"),
    EN: pattern(r"\b(?:if|when)\b"),
}


def loose_conditions(message: Message, _: CheckInput) -> Iterator[Hit]:
    """Each “if not” whose question, or clause with “if”, is about something else."""
    language = message.language
    for field, text in fields(message):
        parts = sentences(text)
        for at, sentence in enumerate(parts):
            match = IF_NOT[language].search(sentence.text)
            if match is None or sentence.asks:
                continue
            governing = _governing(parts, at, match.start(), language)
            if governing is None or ABILITY[language].search(governing):
                continue
            start = sentence.start + match.start()
            start += len(match[0]) - len(match[0].lstrip(",;:–- "))
            words = text[start : sentence.start + match.end()]
            facts = {"words": words, "question": governing.strip()}
            yield Hit(field, start, sentence.start + match.end(), facts)


def _governing(parts: tuple[Sentence, ...], at: int, before: int, language: Language) -> str | None:
    """What “if not” denies: a clause of its own sentence, else the question before it."""
    own = parts[at].text[:before]
    clauses = list(CLAUSE[language].finditer(own))
    if clauses:
        return re.split(r"[,;:]", own[clauses[-1].start() :])[0]
    for sentence in reversed(parts[max(0, at - 3) : at]):
        clauses = list(CLAUSE[language].finditer(sentence.text))
        if clauses and not sentence.asks:
            return re.split(r"[,;:.]", sentence.text[clauses[-1].start() :])[0]
        if sentence.asks:
            return sentence.text
    return None
