"""Near misses: texts that are right, and must never be warned of. Same shape as `caught`."""

from alerting.domain.language import Language

FR, NL, DE, EN = Language

CONTRADICTIONS = {
    FR: """
Gardez le 112 libre pour les urgences. Vous avez du mal à respirer ? Appelez le 112.
Gardez le 112 libre pour les urgences. Malaise cardiaque ? Appelez le 112.
Vous toussez ? Appelez un médecin. Du mal à respirer ? Appelez le 112. Gardez le 112 libre.
N’appelez pas le 112 pour demander des informations : gardez-le libre pour les urgences.
Quelqu’un a un malaise ou est confus ? Appelez le 112 et rafraîchissez cette personne.
Restez à l’intérieur. Ne sortez pas pour chercher des comprimés. Écoutez la radio.
Avant la tempête, rentrez les meubles de jardin. Restez à l’intérieur.
Restez à l’intérieur. Rentrez vos animaux si vous pouvez le faire sans danger.
Restez à l'intérieur. Avant 18h00, rentrez les objets du jardin.
Laissez les enfants à l'école. N'allez pas chercher vos enfants.
Ne buvez pas l'eau sans la faire bouillir. Faites bouillir l'eau 5 minutes.
Ne buvez pas l’eau qui n’a pas été bouillie. Faites bouillir l'eau.
Ne la buvez PAS, même bouillie. Buvez de l'eau en bouteille.
Fermez les fenêtres le jour. Aérez la nuit.
Fermez portes et fenêtres. Après la fin de l'alerte, ouvrez les fenêtres.
Quittez la zone avant 18h00. Vous ne pouvez pas partir ? Montez à l'étage, ne sortez pas.
Zone rouge : quittez le bâtiment. Ailleurs, restez à l'intérieur.
Préparez vos comprimés d’iode. Ne prenez pas d’iode sans consigne des autorités.
Prenez vos comprimés d’iode. Ne prenez pas de comprimés d’iode une seconde fois.
N'ouvrez pas les fenêtres. Fermez les fenêtres.
""",
    NL: """
Hou 112 vrij voor mensen in levensgevaar. Hebt u moeite om te ademen? Bel 112.
Hou 112 vrij voor noodgevallen. Kunt u niet goed ademen? Bel 112.
Is iemand onwel of verward? Bel 112 en koel die persoon af.
Hebt u vragen? Bel niet naar 112: hou 112 vrij.
Blijf binnen. Ga niet naar buiten om tabletten te halen.
Haal vóór de storm de tuinmeubelen binnen. Blijf binnen tot het einde.
Voor u vertrekt, haal de tuinmeubelen binnen. Blijf daarna binnen.
Laat de kinderen op school. Haal uw kinderen niet af.
Drink geen kraanwater dat niet is doorgekookt. Laat het water 5 minuten doorkoken.
Drink het niet, ook niet gekookt. Gebruik flessenwater.
Sluit overdag de ramen. Verlucht 's nachts.
Sluit ramen en deuren. Open de ramen pas als wij het melden.
Verlaat de zone. Kunt u niet weg? Blijf binnen.
Rode zone: verlaat het gebouw. Elders: blijf binnen.
Leg uw jodiumtabletten klaar. Neem nog geen jodiumtabletten in.
Neem nu uw jodiumtabletten in. Neem geen jodiumtabletten in een tweede keer.
Open de ramen niet. Sluit de ramen.
""",
    DE: """
Halten Sie die 112 frei. Bei Atemnot oder Bewusstseinsstörung: 112.
Halten Sie die 112 frei. Sie bekommen schlecht Luft? Rufen Sie die 112 an.
Fühlt sich jemand unwohl oder ist jemand verwirrt? Rufen Sie die 112 an.
Bei Fragen rufen Sie 1771 an. Halten Sie die 112 frei.
Bleiben Sie drinnen. Gehen Sie nicht zur Apotheke.
Holen Sie die Gartenmöbel herein, bevor der Sturm beginnt. Bleiben Sie dann drinnen.
Gartenmöbel VORHER hereinholen. Bleiben Sie drinnen.
Lassen Sie die Kinder in der Schule. Holen Sie Ihre Kinder nicht ab.
Trinken Sie kein Leitungswasser, das nicht abgekocht ist. Kochen Sie das Wasser 5 Minuten ab.
Trinken Sie das Wasser nicht, auch nicht abgekocht. Nutzen Sie Flaschenwasser.
Schließen Sie tagsüber die Fenster. Lüften Sie nachts.
Schließen Sie die Fenster. Öffnen Sie die Fenster erst, wenn wir Entwarnung geben.
Verlassen Sie das Gebiet. Sie können nicht weg? Bleiben Sie im Haus.
Rote Zone: Verlassen Sie das Gebäude. Außerhalb: Bleiben Sie drinnen.
Legen Sie Ihre Jodtabletten bereit. Nehmen Sie noch keine Jodtabletten ein.
Öffnen Sie die Fenster nicht. Schließen Sie die Fenster.
Verlassen Sie das Haus nicht. Bleiben Sie drinnen.
""",
    EN: """
Keep 112 free for emergencies. Trouble breathing? Call 112.
Keep 112 free. Someone seriously ill? Call 112.
Someone unwell or confused? Call 112 and cool that person down.
Do not call 112 with questions: keep it free.
Stay inside. Do not go outside to fetch tablets.
Bring garden furniture indoors before the storm. Then stay inside.
Stay inside. Bring your animals in if you can do so safely.
Leave the children at school. Do not fetch your children.
Do not drink tap water that has not been boiled. Boil the water for 5 minutes.
Do not drink the water, even boiled. Use bottled water.
Close the windows by day. Air the rooms at night.
Close the windows. Open the windows only when we give the all clear.
Leave the building. Cannot leave? Stay inside.
Red zone: leave the building. Elsewhere: stay inside.
Keep your tablets ready. Do not take iodine tablets yet.
Take your iodine tablets now. Do not take iodine tablets a second time.
Do not open the windows. Close the windows.
You may go outside and open the windows again.
""",
}

SUBJECTS = {
    FR: """
Inondation : quittez la zone avant 18h00 – Pepinster
Eau du robinet (bactéries) : faites-la bouillir – Liège
FIN D’ALERTE – fuite chimique – danger écarté : Liège
Attaque en cours : évitez la zone – Liège
Disparition inquiétante : Anna, 8 ans
Coupure d'électricité – Liège
Numéros d’urgence en panne : 112, 101 – Liège
Zone fermée à la circulation – Liège
Effondrement d'un immeuble : évitez la rue – Anvers
Chien errant dangereux : restez à l'intérieur – Huy
""",
    NL: """
Overstroming: verlaat de zone vóór 18.00 uur – Pepinster
Mogelijk bacteriën in kraanwater: laat het doorkoken – Luik
EINDE ALARM – chemisch lek – gevaar geweken: Luik
Aanval bezig: mijd de zone – Luik
Onrustwekkende verdwijning: Anna, 8 jaar
Geen stroom – Luik
Noodnummers onbereikbaar: 112, 101 – Luik
Wegen afgesloten voor het verkeer – Luik
Instorting van een gebouw: mijd de straat – Antwerpen
Ontsnapte hond: blijf binnen – Hoei
""",
    DE: """
Hochwasser: Verlassen Sie das Gebiet vor 18:00 Uhr – Eupen
Bakterien im Leitungswasser möglich: Wasser abkochen – Lüttich
ENTWARNUNG – Chemieunfall – Gefahr vorbei: Lüttich
Angriff im Gange: meiden Sie das Gebiet – Lüttich
Besorgniserregendes Verschwinden: Anna, 8 Jahre
Stromausfall – Eupen
Notrufnummern gestört: 112, 101 – Lüttich
Straßensperrung – Eupen
Einsturz eines Gebäudes: meiden Sie die Straße – Eupen
Kampfmittelfund: Bombe – Raeren
""",
    EN: """
Flood: leave the area before 18:00 – Pepinster
Possible bacteria in tap water: boil it – Liège
ALL CLEAR – chemical leak – danger over: Liège
Attack under way: avoid the area – Liège
Missing person, at risk: Anna, 8 years
Power cut – Liège
Emergency numbers down: 112, 101 – Liège
Roads closed – Liège
Building collapse: avoid the street – Antwerp
Escaped dog: stay inside – Huy
""",
}

PLACEHOLDERS = {
    FR: """
de {{ onset }} à {{ expires }}
le {{ date }}
Cours d’eau : {{ river }}
le message de {{ prev_time }}
monter de {{ depth }}
Lieu : {{ location }}
Zone : {{ area }}
via {{ site }}
""",
    NL: """
van {{ onset }} tot {{ expires }}
Waterloop: {{ river }}
het bericht van {{ prev_time }}
vóór {{ deadline }}
in {{ location }}
Plaats: {{ location }}
via {{ site }}
""",
    DE: """
von {{ onset }} bis {{ expires }}
am {{ date }}
Gewässer: {{ river }}
die Nachricht von {{ prev_time }}
um {{ depth }} steigen
Ort: {{ location }}
in {{ location }}
""",
    EN: """
from {{ onset }} to {{ expires }}
the {{ prev_time }} message
River: {{ river }}
the {{ app }} app
Place: {{ location }}
in {{ location }}
by {{ depth }}
""",
}

ARTICLES = {
    FR: """
Rivière : Vesdre
Lieu : La Louvière
Zone : La Calamine
Lieu : Le Roeulx
Nouveau : la zone est réduite
Cause : une erreur de manipulation
INONDATION (Vesdre)
Zone : Les Bons Villers
Reste en vigueur : la rue de l'Usine est fermée
Ce que nous savons : le feu est éteint
""",
    NL: """
Rivier: Vesder
Plaats: De Panne
Zone: De Haan
Nieuw: de zone is verkleind
Oorzaak: een bedieningsfout
Plaats: Den Haag
OVERSTROMING (Vesder)
Wat wij weten: de brand is geblust
Zone: De Pinte
Blijft gelden: de straat is afgesloten
""",
    DE: """
Gewässer: Weser
Ort: Eupen
Neu: Das Gebiet ist kleiner
Ursache: ein Bedienungsfehler
HOCHWASSER (Weser)
Was wir wissen: Der Brand ist gelöscht
Rufen Sie an (die Leitung ist frei)
Es gilt weiter: die Straße ist gesperrt
Ort: Dermbach
Gebiet: Desselgem
""",
    EN: """
River: Vesdre
Place: Liège
New: the area is smaller
Cause: a handling error
FLOOD (Vesdre)
What we know: the fire is out
Call us (the line is open)
Still in force: the street is closed
Place: Theux
Area: Anderlecht
""",
}

PLACES = {
    FR: """
Incendie à Liège
Lieu : port d’Anvers
Trains vers Brussels Airport
Zone : Liège, Mons, Bruxelles
Informations : https://www.gent.be
Lieu : Gentsesteenweg 12
Lieu : Halle aux Viandes
Lieu : Anvers (Antwerpen)
Lieu : Bruxelles/Brussel
Gare de Luik-Guillemins
Lieu : station de métro Delta
""",
    NL: """
Brand in Luik
Plaats: haven van Luik
Plaats: Rue de Liège 12, Herstal
Plaats: Chaussée de Mons 4, Anderlecht
Plaats: Quai de la Meuse, Seraing
Informatie: www.liege.be
Zone: Luik (Liège)
Zone: Brussels Hoofdstedelijk Gewest
Plaats: Liège-Guillemins
CHU de Liège vangt gewonden op
Trein naar Brussels Airport
Plaats: Hal 5, Leuven
Zone: Louvain-la-Neuve
Plaats: Place de la Gare, Namen
""",
    DE: """
Brand in Lüttich
Ort: Bahnhof Eupen
Ort: Rue de Liège 12, Herstal
Nennen Sie Ihren Namen
Bergen Sie keine Gegenstände
Gebiet: Namur, Mons
Informationen: www.liege.be
Gebiet: Lüttich (Liège)
Ort: Quai de la Meuse, Seraing
Hochwasser der Maas
Ort: Rathaus, Sankt Vith
""",
    EN: """
Fire in Liège
Place: Namur station
Place: Quai de Wallonie, Seraing
Place: Place Saint-Lambert
Area: Antwerp, Ghent and Bruges
Place: Rue de Bruxelles 12
Information: www.brussel.be
Trains to Brussels Airport
The town hall is open
Find a safe haven
Place: Port of Antwerp-Bruges
""",
}

PERIODS = {
    FR: """
de 15h00 (23 novembre) à 14h05 (24 novembre)
de 15h00 à 18h00 le 24 novembre
le 24 novembre de 9h à 17h
du 23 novembre 15h00 au 24 novembre 2h05
chaque nuit de 22h00 à 6h00
de 22h00 à 6h00
de 22h00 (lundi) au lendemain 6h00
Nuit du 23 au 24 novembre, de 22h00 à 6h00
tous les lundis de 22h00 à 6h00
lundi 23 novembre 22h00 - mardi 24 novembre 6h00
Message de 16h30. Prochain message : 9h00 (24 novembre)
23 novembre 2026, 14h05. Le message de 13h10 était une erreur.
""",
    NL: """
van 15.00 uur op 23 november tot 14.05 uur op 24 november
van 15.00 uur tot 18.00 uur op 24 november
op 24 november van 9 tot 17 uur
elke nacht van 22 tot 6 uur
van 22.00 uur tot 06.00 uur
maandag 22.00 uur tot de volgende dag 06.00 uur
nacht van 23 op 24 november, van 22.00 tot 06.00 uur
elke maandag van 22 tot 6 uur
van maandag 22.00 uur tot dinsdag 06.00 uur
Bericht van 16.30 uur. Volgend bericht: 09.00 uur op 24 november
23 november 2026, 14.05 uur. Het bericht van 13.10 uur was een vergissing.
""",
    DE: """
von 15:00 Uhr am 23. November bis 14:05 Uhr am 24. November
von 15:00 Uhr bis 18:00 Uhr am 24. November
am 24. November von 9 bis 17 Uhr
jede Nacht von 22 bis 6 Uhr
von 22:00 Uhr bis 06:00 Uhr
Montag 22:00 Uhr bis zum nächsten Tag 06:00 Uhr
Nacht vom 23. auf den 24. November, von 22:00 bis 06:00 Uhr
jeden Montag von 22 bis 6 Uhr
Montag 22:00 Uhr bis Dienstag 06:00 Uhr
Nachricht von 16:30 Uhr. Nächste Nachricht: 09:00 Uhr am 24. November
23. November 2026, 14:05 Uhr. Die Nachricht von 13:10 Uhr war ein Irrtum.
""",
    EN: """
from 15:00 on 23 November to 14:05 on 24 November
from 15:00 to 18:00 on 24 November
on 24 November from 9 am to 5 pm
every night from 22:00 to 06:00
from 22:00 to 06:00
Monday 22:00 to 06:00 the next day
night of 23 to 24 November, 22:00 to 06:00
every Monday from 22:00 to 06:00
Monday 23 November 22:00 to Tuesday 24 November 06:00
Monday 22:00 - Tuesday 06:00
Message of 16:30. Next message: 09:00 on 24 November
23 November 2026, 14:05. The message of 13:10 was a mistake.
""",
}

PLURALS = {
    FR: """
1 minute
1 fois
1 bus
11 minutes
1,5 minutes
21 personnes
1 000 personnes
Phase 1 communes
04 222 00 1 minutes
1 personne blessée
2 minutes
24/1 heures
""",
    NL: """
1 uur
1 minuut
1 keer
11 minuten
1,5 uren
21 personen
Fase 1 gemeenten
1 persoon
2 uur
1 liter
10 minuten
""",
    DE: """
1 Mal
1-mal
1 Minute
1 Stunde
1 Liter
1 Meter
1 Einwohner
11 Minuten
1,5 Stunden
Phase 1 Gemeinden
1 Kilometer
nur 1 Mal
""",
    EN: """
1 minute
once
a 1-minute walk
11 minutes
1.5 hours
21 people
Phase 1 municipalities
1 time-limited test
2 times
1 person
101 numbers
""",
}

CONDITIONS = {
    FR: """
Fuyez si c'est sans danger, sinon cachez-vous.
Pouvez-vous partir ? Partez. Sinon, montez à l'étage.
Impossible ? Cachez-vous.
Pas de réponse ? Allez chez les pompiers. Sinon, envoyez quelqu'un.
Si vous pouvez partir, partez. Sinon, restez.
Restez chez vous, sinon vous risquez une amende.
Vous pouvez sortir sans risque ? Sortez. Dans le cas contraire, restez.
Sinon, appelez le 1771.
Le 112 répond ? Expliquez. Sinon, appelez le 02 555 00 00.
Avez-vous le temps de partir ? Partez. Sinon, montez.
""",
    NL: """
Vlucht als het veilig is, anders verstopt u zich.
Kunt u weg? Vertrek. Zo niet, ga naar boven.
Is het mogelijk? Vertrek. Anders: ga naar boven.
Ziek? Blijf thuis en doe niets anders.
Ga ergens anders heen.
Anders dan gemeld is de zone kleiner.
Antwoordt 112? Leg uit. Zo niet, bel 02 555 00 00.
Lukt dat niet? Wacht. Anders: bel 112.
Als u kunt, vertrek. Zo niet, blijf.
Bel 1771. Anders: mail ons.
""",
    DE: """
Fliehen Sie, wenn es gefahrlos möglich ist, sonst verstecken Sie sich.
Können Sie weg? Gehen Sie. Sonst gehen Sie nach oben.
Ist es möglich? Gehen Sie. Andernfalls: nach oben.
Krank? Bleiben Sie zu Hause. Sonst niemand.
Was sonst? Warten Sie.
Antwortet 112? Erklären Sie. Sonst: 02 555 00 00.
Gelingt das? Gut. Wenn nicht, warten Sie.
Wenn Sie können, gehen Sie. Sonst bleiben Sie.
Rufen Sie 1771 an. Sonst: schreiben Sie uns.
Lage wie sonst auch.
""",
    EN: """
Escape if it is safe, otherwise hide.
Can you leave? Leave. If not, go upstairs.
Is it possible? Go. Otherwise, go upstairs.
Ill? Stay at home unless otherwise told.
Anyone else? Tell us.
Does 112 answer? Explain. If not, call 02 555 00 00.
Are you able to leave? Leave. Otherwise stay.
If you can, leave. Otherwise, stay.
Call 1771. Otherwise, write to us.
Is it safe to go? Go. If not, hide.
""",
}

LABELS = {
    FR: """
Plus de 40 ans : pas sans avis médical.
Accès riverains: N60.
Transport conseillé: train.
Itinéraire: N61 vers Eupen.
Routes fermées : N61 entre Pepinster et Verviers.
Centre d’accueil : hall des sports, Spa.
Eau potable: place du Marché.
Remplace le message de 13h10.
Aide à l’évacuation : 0800 12 345.
Zone à évacuer : Liège.
S|Fuite chimique : restez à l’intérieur – Liège
S|Inondation : quittez la zone – Pepinster
""",
    NL: """
Ouder dan 40? Alleen op medisch advies.
Toegang voor bewoners: N60.
Aanbevolen vervoer: trein.
Route: N61 richting Eupen.
Opvang: sporthal, Spa.
Drinkwater: Marktplein.
Vervangt het bericht van 13.10 uur.
Hulp bij evacuatie: 0800 12 345.
Te evacueren zone: Luik.
S|Chemisch lek: ga naar binnen en blijf binnen – Herstal
S|Extreme hitte: drink vaak water – Luik
""",
    DE: """
Über 40: nur auf ärztlichen Rat.
Zufahrt Anwohner: N60.
Empfohlene Verkehrsmittel: Zug.
Route: N61 Richtung Eupen.
Notunterkunft: Sporthalle, Spa.
Trinkwasser: Marktplatz.
Ersetzt die Nachricht von 13:10 Uhr.
Hilfe bei der Evakuierung: 0800 12 345.
Zu evakuierendes Gebiet: Eupen.
S|Chemieunfall: ins Haus gehen und dort bleiben – Herstal
S|Hitze: oft Wasser trinken – Lüttich
""",
    EN: """
Over 40: only on medical advice.
Access for residents: N60.
Recommended transport: train.
Route: N61 towards Eupen.
Reception centre: sports hall, Spa.
Safe water: market square.
Replaces the 13:10 message.
Help with evacuation: 0800 12 345.
Area to evacuate: Liège.
S|Chemical leak: go inside and stay inside – Herstal
S|Extreme heat: drink water often – Liège
""",
}
