"""What people are told to do, by measure and language: words that order it, in a text made flat.

A measure counts where its words stand in an order; see `contradictions.measures_in`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from alerting.checks.wording.sentences import DE, EN, FR, NL
from alerting.domain.language import Language

STAY_INSIDE: Mapping[Language, str] = {
    FR: r"\brest(?:ez|er) (?:bien )?(?:a l'interieur|chez vous|dedans|au chaud|confines?)"
    r"|\bmettez-vous a l'abri|\bne sortez (?:pas|plus)\b|\bconfinez-vous",
    NL: r"\bblijf (?:nu )?(?:binnen|thuis)|\bga (?:nu )?naar binnen|\bga niet naar buiten"
    r"|\bschuil\b|\bkom niet buiten",
    DE: r"\bbleiben sie (?:bitte )?(?:drinnen|im haus|zu hause|im gebäude)|\b(?:im haus|drinnen"
    r"|zu hause) bleiben|\bgehen sie nicht (?:hinaus|nach draußen|ins freie)"
    r"|\bverlassen sie das haus nicht|\bgehen sie (?:jetzt |sofort |bitte )?ins haus\b",
    EN: r"\bstay (?:inside|indoors|in|at home)\b|\bdo not go out(?:side|doors)?\b"
    r"|\bremain indoors\b|\bshelter (?:in place|inside|indoors)\b|\bgo inside\b",
}
OPEN_WINDOWS: Mapping[Language, str] = {
    FR: r"\bouvrez (?:grand |toutes |bien )?(?:les |vos )?(?:portes et )?(?:les )?fenêtres"
    r"|\baérez\b",
    NL: r"\b(?:open|zet) (?:de |uw |alle )?(?:deuren en )?ramen(?: en deuren)?\b|\bverlucht\b",
    DE: r"\böffnen sie (?:die |alle |ihre )?(?:türen und )?fenster|\blüften sie\b|\bfenster (?:auf"
    r"|öffnen)\b",
    EN: r"\bopen (?:the |your |all )?(?:doors and )?windows|\bair (?:the|your) (?:house|rooms?"
    r"|home)\b",
}
CLOSE_WINDOWS: Mapping[Language, str] = {
    FR: r"\bferm(?:ez|er) (?:bien |toutes )?(?:les |vos )?(?:portes et )?(?:les )?fenêtres",
    NL: r"\b(?:sluit|hou|houd) (?:de |uw |alle )?(?:deuren en )?ramen\b(?! open)"
    r"|\bdoe de ramen dicht",
    DE: r"\bschließen sie (?:die |alle |ihre )?(?:türen und )?fenster"
    r"|\bfenster (?:und türen )?(?:zu|schließen)\b",
    EN: r"\b(?:close|shut) (?:the |your |all )?(?:doors and )?windows",
}
LEAVE_AT_SCHOOL: Mapping[Language, str] = {
    FR: r"\blaissez (?:les|vos) enfants à (?:l'école|la crèche)",
    NL: r"\blaat (?:de|uw) kinderen op school",
    DE: r"\blassen sie (?:die|ihre) kinder in der schule",
    EN: r"\bleave (?:the|your) children at school",
}
FETCH_CHILDREN: Mapping[Language, str] = {
    FR: r"\b(?:allez (?:re)?chercher|récupérez|reprenez|venez chercher) (?:les"
    r"|vos) enfants",
    NL: r"\bhaal (?:de|uw) kinderen",
    DE: r"\bholen sie (?:die|ihre) kinder",
    EN: r"\b(?:fetch|collect|pick up) (?:the|your) children",
}
DO_NOT_DRINK: Mapping[Language, str] = {
    FR: r"\bne (?:la |le )?buvez (?:pas|jamais|plus)\b",
    NL: r"\bdrink (?:(?:het|dit) )?(?:(?:kraan|leiding)?water )?(?:niet|nooit)\b"
    r"|\bdrink (?:geen|nooit) (?:kraan|leiding)?water\b",
    DE: r"\btrinken sie (?:das |dieses |kein |es )?(?:leitungs)?(?:wasser )?nicht\b"
    r"|\btrinken sie kein (?:leitungs)?wasser\b|\bwasser nicht trinken\b",
    EN: r"\b(?:do not|never|don't) drink (?:the |this |any )?(?:tap )?(?:water|it)\b"
    r"|\bdrink no (?:tap )?water\b",
}
BOIL_WATER: Mapping[Language, str] = {
    FR: r"\bfaites(?:-la| la)?(?: bien)? bouillir\b|\bl'eau (?:doit|peut) être bouillie",
    NL: r"\b(?:laat|kook) (?:het |dit |al het )?(?:kraanwater|leidingwater|water"
    r"|het)[^.!?\n]{0,30}"
    r"\b(?:door|ge)?(?:koken|kook)\w*|\bkook (?:het |al het )?(?:kraan|leiding)?water\b",
    DE: r"\bkochen sie (?:das |dieses |alles )?(?:leitungs)?wasser\b[^.!?\n]{0,40}\bab\b"
    r"|\bwasser abkochen\b|\bkochen sie es [^.!?\n]{0,30}\bab\b",
    EN: r"\bboil (?:the |all |your |this )?(?:tap )?(?:water|it)\b",
}
LEAVE_AREA: Mapping[Language, str] = {
    FR: r"\b(?:quittez|évacuez) (?:maintenant |immédiatement |vite )?(?:la zone|le bâtiment"
    r"|le "
    r"quartier|votre (?:maison|habitation|logement)|les lieux|l'immeuble)"
    r"|\b(?:partez|sortez) (?:maintenant|immédiatement|tout de suite)|\béloignez-vous\b"
    r"|\bévacuez\b",
    NL: r"\b(?:verlaat|evacueer) (?:nu |onmiddellijk )?(?:de zone|het gebouw|de wijk"
    r"|uw (?:huis|woning)|het gebied)|\bvertrek (?:nu|onmiddellijk|meteen)"
    r"|\bga (?:nu )?naar buiten\b|\bevacueer\b",
    DE: r"\bverlassen sie (?:jetzt |sofort |umgehend )?(?:das gebiet|das gebäude|ihr haus"
    r"|ihre wohnung|die zone|das viertel)(?! nicht)|\bgehen sie (?:jetzt "
    r"|sofort )?(?:hinaus|nach draußen|weg)\b|\bevakuieren sie\b",
    EN: r"\b(?:leave|evacuate) (?:now |immediately )?(?:the (?:area|building|zone)"
    r"|your (?:home|house))|\b(?:leave|get out|go outside) (?:now|immediately|at once)"
    r"|\bevacuate\b",
}
GO_UPSTAIRS: Mapping[Language, str] = {
    FR: r"\b(?:montez|allez) (?:vite )?(?:à l'étage|aux étages|au premier)",
    NL: r"\bga (?:nu )?naar (?:boven|een hogere verdieping|de (?:hoogste )?verdieping)",
    DE: r"\bgehen sie (?:jetzt )?(?:nach oben|in (?:ein|das) (?:oberes? "
    r"|obere )?(?:obergeschoss|stockwerk))",
    EN: r"\bgo (?:up|upstairs|to (?:an|the) upper floor)\b",
}
GO_DOWNSTAIRS: Mapping[Language, str] = {
    FR: r"\b(?:installez-vous|restez|allez|descendez"
    r"|abritez-vous)[^.!?\n]{0,40}\b(?:au rez-de-chaussée|à la cave|dans la cave)",
    NL: r"\b(?:ga|blijf|schuil)\b[^.!?\n]{0,50}\b(?:gelijkvloers|in de kelder"
    r"|naar de kelder)",
    DE: r"\b(?:gehen|bleiben|begeben) sie\b[^.!?\n]{0,50}\b(?:im erdgeschoss"
    r"|ins erdgeschoss|im keller|in den keller)",
    EN: r"\b(?:go|stay|shelter)\b[^.!?\n]{0,50}\b(?:ground floor|cellar|basement)\b",
}
TAKE_IODINE: Mapping[Language, str] = {
    FR: r"\bprenez (?:maintenant |tout de suite |immédiatement )?(?:vos |les |des |l'"
    r"|de l')?(?:comprimés d')?iode\b(?! (?:uniquement|seulement))",
    NL: r"\bneem (?:nu |onmiddellijk )?(?:uw |de )?jodium(?:tabletten)?(?: nu)?(?: in)?\b",
    DE: r"\bnehmen sie (?:jetzt |sofort )?(?:ihre "
    r"|die )?jod(?:tabletten)?(?: jetzt)?(?: ein)?\b",
    EN: r"\btake (?:your |the )?iodine(?: tablets)?(?: now)?\b",
}
NO_IODINE_YET: Mapping[Language, str] = {
    FR: r"\bne prenez (?:pas|pas encore|jamais) (?:de |d'|vos "
    r"|les )?(?:comprimés d')?iode(?! une (?:seconde|deuxième))",
    NL: r"\bneem (?:nog |nu )?geen (?:jodium|jodiumtabletten)\b(?! (?:in )?(?:een tweede))"
    r"|\bneem (?:de )?jodium\w* (?:nog )?niet\b",
    DE: r"\bnehmen sie (?:noch |jetzt )?keine jod\w*(?! ein zweites)|\bnoch keine jod\w+",
    EN: r"\bdo not take (?:any |your |the )?iodine(?: tablets)?+(?! (?:a second|twice"
    r"|again))",
}


@dataclass(frozen=True, slots=True)
class MeasureWords:
    """One thing people are told to do, so that channels can be compared by it."""

    name: str
    words: Mapping[Language, str]
    denies: bool = False
    """Whether the words are themselves a “do not”."""


MEASURES: tuple[MeasureWords, ...] = (
    MeasureWords("stay-inside", STAY_INSIDE, denies=True),
    MeasureWords("leave", LEAVE_AREA),
    MeasureWords("close-windows", CLOSE_WINDOWS),
    MeasureWords("open-windows", OPEN_WINDOWS),
    MeasureWords("leave-children-at-school", LEAVE_AT_SCHOOL),
    MeasureWords("fetch-children", FETCH_CHILDREN),
    MeasureWords("do-not-drink", DO_NOT_DRINK, denies=True),
    MeasureWords("boil-water", BOIL_WATER),
    MeasureWords("go-upstairs", GO_UPSTAIRS),
    MeasureWords("go-downstairs", GO_DOWNSTAIRS),
    MeasureWords("take-iodine", TAKE_IODINE),
    MeasureWords("no-iodine-yet", NO_IODINE_YET, denies=True),
)
