"""A subject, a title or a short text without its danger: read alone, and not believed."""

from collections.abc import Iterator, Mapping

from alerting.checks.check_input import SUBJECT, TEXT, CheckInput, names
from alerting.checks.wording.hit import Hit
from alerting.checks.wording.sentences import DE, EN, FR, NL, flat, pattern
from alerting.domain.alert import AlertClass
from alerting.domain.channel_profiles import profile_of
from alerting.domain.message import Message

DANGERS: Mapping[str, str] = {
    # “Partez avant 18h00 – Pepinster” looks like phishing; so does “Prenez l'iode maintenant”.
    FR: r"incend|\bfeux?\b|fumée|explosi|inond|\bcrues?\b|\beaux? (?:de|des|en|du|monte)"
    r"|montée des eaux"
    r"|débord|fuite|\bgaz\b|chimi|toxi|nocif|produits? dangereux|monoxyde|\bCO\b|amiante|ammoniac"
    r"|chlore|hydrocarbure|mazout|nucléa|radio(?:log|activ)|attaque|attentat|fusillade|tireur"
    r"|otages?|coups de feu|bombe|colis|suspect|engin|obus|menace|terror|tempête|orage|vents?\b"
    r"|rafale|tornade|neige|verglas|grêle|gel\b|froid|pluies?\b|brouillard|foudre|chaleur|canicul"
    r"|sécheresse|ozone|smog|épidémi|pandémi|gripp|virus|maladie|infect|rougeole|méningite"
    r"|intoxicat|listeria|salmonel|légionel|bactéri|pollu|contamin|botul|cyano|\beau\b|panne"
    r"|coupure"
    r"|électri|courant|blackout|délestage|réseau|injoignable|numéros? d'urgence|cyber|dispar|enlèv"
    r"|alerte enlèvement|évad|accident|effondr|éboul|glissement|séism|tremblement|rupture|digue"
    r"|barrage|déraill|crash|collision|carambol|naufrage|route|circulation|trafic|manifest|émeute"
    r"|grève|travaux|course|concert|festival|animal|loup|tique|moustique|frelon|chien|peste|rage\b"
    r"|danger de mort|mesures|exercice|test\b|rappel|\barmée?s?\b|couteau|sirène|fièvre"
    r"|quarantaine|avalanche",
    NL: r"brand|\bvuur\b|\brook|explosi|ontploff|overstrom|wateroverlast|hoogwater|wassend|dijk|lek"
    r"|\bgas|chemi|giftig|toxisch|schadelijk|gevaarlijke stof|koolmonoxide|\bCO\b|asbest|ammoniak"
    r"|chloor|stookolie|nuclea|kern(?:ongeval|ramp|centrale)|radio(?:logisch|activ|actief)|straling"
    r"|aanval|aanslag|schietpartij|schutter|gijzel|schoten|bom\b|bommelding|verdacht|dreiging"
    r"|terreur"
    r"|obus|storm|onweer|wind|rukwind|tornado|sneeuw|ijzel|hagel|vorst|koude?\b|regen|mist\b"
    r"|bliksem"
    r"|hitte|droogte|ozon|smog|epidemi|pandemi|griep|virus|ziekte|besmet|mazelen|meningitis"
    r"|vergiftig"
    r"|listeria|salmonella|legionella|bacteri|vervuil|verontrein|botulisme|blauwalg|water\b"
    r"|drinkwater"
    r"|stroom|elektriciteit|panne|black-?out|afschakel|netwerk|onbereikbaar|noodnummer|cyber"
    r"|verdwijn|vermist|ontvoer|ontsnapt|ongeval|ongeluk|instort|verzakking|aardbeving|grondver"
    r"|breuk|ontspoor|crash|botsing|kettingbotsing|wegen|verkeer|betoging|rellen|staking"
    r"|werken"
    r"|wedstrijd|koers|concert|festival|dier\b|wolf|teken|hoornaar|hond|pest\b|levensgevaar"
    r"|maatregel"
    r"|oefening|test\b|terugroep|gewapend|\bmes\b|sirene|koorts|quarantaine|lawine",
    DE: r"brand|\bfeuer|rauch|explosi|überschwemm|überflut|hochwasser|flut|damm|deich|leck\b|gas\b"
    r"|gasleck"
    r"|gasgeruch|gasaustritt|chemi|giftig|gefahrstoff|schadstoff|schädlich|kohlenmonoxid|\bCO\b"
    r"|asbest"
    r"|ammoniak|chlor|heizöl|nuklear|atom|kern(?:unfall|kraft)|radio(?:logisch|aktiv)|strahl"
    r"|angriff"
    r"|anschlag|schieß|schütze|geisel|schüsse|bombe|verdächtig|drohung|terror|granate|sturm"
    r"|unwetter"
    r"|gewitter|wind\b|orkan|böen|tornado|schnee|glatteis|eisglätte|hagel|frost|kälte|regen|nebel"
    r"|blitz"
    r"|hitze|dürre|trockenheit|ozon|smog|epidemi|pandemi|grippe|virus|krankheit|seuche|infekt"
    r"|masern"
    r"|meningitis|vergift|listeri|salmonell|legionell|bakteri|verunreinig|verschmutz|verseuch"
    r"|belastet"
    r"|botulismus|blaualgen|wasser\b|strom|elektrizität|blackout|abschalt|netz\b|gestört|notruf"
    r"|cyber"
    r"|verschwind|vermisst|entführ|entflohen|ausgebrochen|unfall|unglück|einsturz|erdrutsch"
    r"|erdbeben"
    r"|bruch\b|entgleis|absturz|zusammenstoß|straße|verkehr|demonstration|unruhen|streik|bauarbeit"
    r"|rennen|konzert|festival|wolf|zecke|hornisse|hund|pest\b|lebensgefahr|maßnahme|übung|test\b"
    r"|rückruf|bewaffnet|messer|sirene|fieber|quarantäne|lawine",
    EN: r"\bfires?\b|wildfire|smoke|explosi|flood|rising water|high water|dam\b|dyke|leak|\bgas\b"
    r"|chemi|toxic|harmful|hazardous|carbon monoxide|\bCO\b|asbestos|ammonia|chlorine|fuel oil"
    r"|spill"
    r"|nuclea|radio(?:log|activ)|radiation|attack|shooting|gunm[ae]n|shooter|hostage|gunshots|bomb"
    r"|suspicious|threat|terror|shell\b|storm|thunder|winds?\b|gusts?|tornado|snow|\bice\b|icy|hail"
    r"|frost|\bcold\b|\brain|fog\b|lightning|heat|drought|ozone|smog|epidemi|pandemi|\bflu\b"
    r"|influenza"
    r"|virus|disease|illness|infect|measles|meningitis|poison|listeria|salmonella|legionella"
    r"|bacteria"
    r"|pollut|contaminat|botulism|algae|water\b|power|electric|blackout|outage|load shedding"
    r"|network"
    r"|numbers down|emergency numbers|cyber|missing|abduct|kidnap|escaped|accident|collapse"
    r"|landslide"
    r"|earthquake|breach|burst|derail|crash|collision|pile-up|roads?\b|traffic|demonstration|riot"
    r"|strike|works\b|race\b|concert|festival|wolf|ticks?\b|hornet|dogs?\b|plague|rabies"
    r"|danger to life"
    r"|measures|exercise|test\b|recall|suspect|\barmed\b|knife|siren|fever|quarantine|avalanche"
    r"|\boil\b",
}  # fmt: skip
"""What names a danger, with its beginnings and compounds: generous, for a wrong warning costs more
than a subject that only touches on its danger."""

_NAMED = {language: pattern(source) for language, source in DANGERS.items()}
DANGER_DETAILS = ("hazard", "event")
"""Details of scenarios that are the danger, in words of whoever writes."""


def subjects_without_danger(message: Message, subject: CheckInput) -> Iterator[Hit]:
    """Of a real alert: the subject where there is one, else a short text."""
    if subject.alert_class is not AlertClass.ALERT:
        return
    text, field = message.subject, SUBJECT
    if not text.strip():
        if not profile_of(message.channel).is_short or not message.text.strip():
            return
        text, field = message.text, TEXT
    typed = [subject.typed.get(name, {}).get(message.language, "") for name in DANGER_DETAILS]
    plain = flat(text)
    if any(one and names(plain, flat(one)) >= 0 for one in typed):
        return
    if not _NAMED[message.language].search(plain):
        yield Hit(field, 0, len(text), {"words": text[:80]})
