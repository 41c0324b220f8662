"""Texts that must be caught, by kind and language: one a line, “¶” for the end of a line.

The first of each are from the reviews that named the kinds; the others are siblings of them.
"""

from alerting.domain.language import Language

FR, NL, DE, EN = Language

CONTRADICTIONS = {
    FR: """
Gardez le 112 libre pour les vies en danger.¶Vous vous sentez mal ? Appelez le 112.
Gardez le 112 libre. En cas de malaise, appelez le 112.
Laissez le 112 libre pour les urgences. Une question ? Appelez le 112.
Ne sortez pas. Pas d'iode? Pharmacie ou commune.
Restez à l'intérieur. Allez à la pharmacie pour des comprimés.
Restez à l'intérieur, évitez bois et parcs. Rentrez les objets de jardin.
Restez chez vous. Allez chercher des bouteilles d'eau à la commune.
1. Restez à l’intérieur.¶2. Récupérez vos enfants à l’école.
Laissez les enfants à l'école. Allez chercher vos enfants.
Ne buvez pas l'eau du robinet. Faites bouillir l'eau.
Ne la buvez PAS, même bouillie. Faites-la bouillir 5 minutes.
Fermez portes et fenêtres. Ouvrez les fenêtres.
Fermez les fenetres. Aérez.
Restez à l'intérieur. Quittez le bâtiment.
Éloignez-vous. Restez à l’intérieur.
Montez à l'étage. Installez-vous dans une pièce centrale au rez-de-chaussée.
Prenez MAINTENANT vos comprimés d'iode. Ne prenez PAS encore de comprimés d'iode.
""",
    NL: """
Hou 112 vrij voor mensen in levensgevaar. Voelt u zich onwel? Bel 112.
Hou de lijn 112 vrij. Bent u misselijk, bel 112.
Hou 112 vrij voor noodgevallen. Hebt u vragen? Bel 112.
Blijf binnen. Geen jodium? Apotheek of gemeente.
Blijf binnen. Ga naar de apotheek voor tabletten.
Blijf binnen, mijd bossen. Haal de tuinmeubelen binnen.
Blijf thuis. Haal uw kinderen op.
Laat de kinderen op school. Haal uw kinderen af.
Drink het kraanwater niet. Laat het water 5 minuten doorkoken.
Drink geen kraanwater. Kook het water.
Sluit ramen en deuren. Open de ramen.
Sluit de ramen. Verlucht.
Blijf binnen. Verlaat het gebouw.
Ga naar buiten. Blijf binnen.
Ga naar boven. Ga in een kamer op het gelijkvloers zitten.
Neem NU jodiumtabletten in. Neem nog geen jodiumtabletten in.
""",
    DE: """
Halten Sie die 112 für Menschen in Lebensgefahr frei. Bei Unwohlsein rufen Sie die 112 an.
Halten Sie die 112 frei. Sie fühlen sich unwohl? Rufen Sie die 112 an.
Halten Sie die 112 frei. Bei Fragen: 112.
Bleiben Sie drinnen. Kein Jod? Apotheke oder Gemeinde.
Bleiben Sie im Haus. Gehen Sie zur Apotheke.
Bleiben Sie drinnen, meiden Sie Wälder. Gartenmöbel hereinholen.
Bleiben Sie drinnen. Holen Sie die Gartenmöbel ins Haus.
Lassen Sie die Kinder in der Schule. Holen Sie Ihre Kinder ab.
Trinken Sie das Wasser nicht. Kochen Sie das Wasser 5 Minuten ab.
Trinken Sie kein Leitungswasser. Wasser abkochen.
Schließen Sie Fenster und Türen. Öffnen Sie die Fenster.
Schließen Sie die Fenster. Lüften Sie.
Bleiben Sie im Haus. Verlassen Sie das Gebäude.
Bleiben Sie drinnen. Gehen Sie jetzt nach draußen.
Gehen Sie nach oben. Bleiben Sie in einem Raum im Erdgeschoss.
Nehmen Sie jetzt Jodtabletten ein. Nehmen Sie noch keine Jodtabletten ein.
""",
    EN: """
Keep 112 free for people whose life is in danger.¶If you feel unwell, call 112.
Keep 112 free. Feeling unwell? Call 112.
Keep the 112 line clear. Worried? Call 112.
Stay inside. No iodine? Pharmacy or municipality.
Stay inside. Go to the pharmacy for tablets.
Stay inside, avoid woods and parks. Bring garden items indoors.
Stay indoors. Collect your children.
Leave the children at school. Pick up your children.
Do not drink the water. Boil the water for 5 minutes.
Do not drink tap water, even boiled. Boil it for 3 minutes.
Close doors and windows. Open the windows.
Close the windows. Air the house.
Stay inside. Leave the building.
Go outside now. Stay inside.
Go upstairs. Stay in a room on the ground floor.
Take your iodine tablets now. Do not take iodine tablets yet.
""",
}

SUBJECTS = {
    FR: """
Partez avant 18h00 – Pepinster
Prenez l'iode maintenant – Liège
Rentrez maintenant – Herstal
Message important de votre commune
Éloignez-vous – Liège
Restez à l'intérieur – Seraing
Quittez le bâtiment – Dinant
MISE À JOUR 2 – Liège : restez à l'intérieur
Consignes pour les habitants de Huy
Fermez portes et fenêtres – Amay
Évitez le centre-ville – Namur
""",
    NL: """
Vertrek voor 18.00 uur – Pepinster
Neem nu uw tabletten in – Luik
Blijf binnen – Herstal
Belangrijk bericht van uw gemeente
Ga weg – Luik
Sluit ramen en deuren – Gent
Verlaat het gebouw – Dinant
UPDATE 2 – Luik: blijf binnen
Richtlijnen voor de inwoners van Hoei
Schuil nu – Antwerpen
Mijd het stadscentrum – Namen
""",
    DE: """
Verlassen Sie das Gebiet vor 18:00 Uhr – Eupen
Jetzt Tabletten einnehmen – Lüttich
Bleiben Sie drinnen – Herstal
Wichtige Nachricht Ihrer Gemeinde
Gehen Sie – Dinant
Schließen Sie Fenster und Türen – Kelmis
Verlassen Sie das Gebäude – Raeren
AKTUALISIERUNG 2 – Lüttich: Bleiben Sie drinnen
Hinweise für die Einwohner von Eupen
Ins Haus – Herstal
Meiden Sie die Innenstadt – Eupen
""",
    EN: """
Leave before 18:00 – Pepinster
Take the tablets now – Liège
Go inside now – Herstal
Important message from your municipality
Keep away – Liège
Close doors and windows – Ghent
Leave the building – Dinant
UPDATE 2 – Liège: stay inside
Instructions for residents of Huy
Shelter – Herstal
Avoid the city centre – Namur
""",
}

PLACEHOLDERS = {
    FR: """
le {{ river }}
la {{ river }} déborde
Inondation de la {{ river }}
près de {{ location }}
à {{ location }}
l'{{ site }}
du {{ site }}
Sortie du {{ shelter }}
au {{ shelter }}
les {{ site }}
des {{ site }}
d’{{ location }}
""",
    NL: """
de {{ river }}
De {{ river }} treedt buiten de oevers
in het {{ site }}
de {{ site }}
Ongeval in de {{ location }}
langs de {{ river }}
het {{ shelter }}
naar het {{ shelter }}
een {{ site }}
Bij de {{ location }}
aan het {{ location }}
""",
    DE: """
die {{ river }}
Die {{ river }} tritt über die Ufer
am {{ location }}
im {{ site }}
der {{ site }}
in der {{ location }}
beim {{ site }}
vom {{ location }}
zur {{ shelter }}
in den {{ shelter }}
einer {{ site }}
""",
    EN: """
the {{ river }}
The {{ river }} is rising
near the {{ site }}
at the {{ location }}
from the {{ location }}.
an {{ site }}
a {{ site }}
to the {{ shelter }}
Go to the {{ shelter }}.
along the {{ river }}, now
the {{ area }}
""",
}

ARTICLES = {
    FR: """
Rivière : la Vesdre
Cours d’eau : l’Ourthe
INONDATION (la Vesdre)
Lieu : la gare de Namur
Zone: le centre-ville
Produit : le chlore
Maladie : la grippe aviaire
Lieu: les Hauts-Prés
Événement : la course cycliste
Site : l'usine Prayon
Inondation (l'Amblève), partez
""",
    NL: """
Rivier: de Vesder
Waterloop: de Maas
OVERSTROMING (de Vesder)
Plaats: het station van Namen
Zone: het stadscentrum
Stof: het chloor
Ziekte: de vogelgriep
Plaats: de haven van Luik
Evenement: de wielerwedstrijd
Site: de fabriek Prayon
Overstroming (de Leie), vertrek
""",
    DE: """
Gewässer: die Weser
HOCHWASSER (die Weser)
Fluss: die Maas
Ort: der Bahnhof Eupen
Gebiet: die Innenstadt
Stoff: das Chlor
Krankheit: die Vogelgrippe
Ort: das Gewerbegebiet
Ereignis: der Brand
Gelände: die Fabrik Prayon
Hochwasser (die Our), gehen Sie
""",
    EN: """
River: the Vesdre
FLOOD (the Vesdre)
Place: the station
Area: the city centre
Product: the chlorine
Disease: the flu
Site: the Prayon plant
Watercourse: the Meuse
Event: the cycle race
Place: The port of Liège
Flood (the Ourthe), leave now
""",
}
"""What stands in brackets was typed."""

PLACES = {
    FR: """
Lieu : haven van Antwerpen
Incendie à Luik
Zone : Gent et Aalst
Lieu : station van Namen
Lieu : Bahnhof Eupen
Itinéraire vers Doornik
Crue de la Maas
Accueil : gemeentehuis, Halle-Booienhoven
Point d’eau : stadhuis
Zone : Lüttich
Lieu : sporthal, Ronse
Place : town hall
""",
    NL: """
Plaats: port de Liège
Plaats: gare de Namur
Brand in Liège
Zone: Mons en Tournai
Onthaal: maison communale
Plaats: Hôtel de ville
Richting Bruxelles
Overstroming van de Meuse
Zone: Lüttich
Plaats: Bahnhof
Opvang: hall omnisports, Huy
Plaats: port of Zeebrugge
""",
    DE: """
Ort: port de Liège
Ort: gare de Namur
Brand in Liège
Gebiet: Luik
Route Richtung Bruxelles
Ort: haven van Antwerpen
Notunterkunft: maison communale
Ort: gemeentehuis
Gebiet: Antwerp und Ghent
Hochwasser der Meuse
Gebiet: Saint-Vith
Treffpunkt: sports hall
""",
    EN: """
Place: gare de Namur
Place: port de Liège
Place: haven van Antwerpen
Fire in Luik
Area: Lüttich
Area: Gent
Area: Anvers
Direction: Bruxelles
Place: Bahnhof Eupen
Reception centre: maison communale
Place: gemeentehuis
Flooding of the Maas
""",
}

PERIODS = {
    FR: """
15h00 - 14h05 le 24 novembre
De 22h00 à 6h00 le 24 novembre
de 18h00 à 2h05 (24 novembre)
le 23 novembre de 22h à 6h
Le 23 novembre, 23h30 – 1h00.
Coupure 20h - 4h lundi
du 23 novembre 15h00 à 14h05
lundi de 22h00 à 5h00
de 15h00 (23 nov.) à 14h05
15h00 – 02h05 le 24/11
entre 23h00 et 5h00 le 24 novembre
lundi 23 novembre, de 22h00 à 6h00
""",
    NL: """
15.00 uur - 14.05 uur op 24 november
van 22.00 uur tot 06.00 uur op 24 november
op 23 november van 22.00 tot 06.00 uur
op 23 november, 23.30 uur – 01.00 uur
van 15.00 uur op 23 november tot 14.05 uur
maandag van 22 tot 6 uur
tussen 23.00 en 05.00 uur op 24 november
van 18.00 uur tot 02.05 uur (24 november)
20.00 uur - 04.00 uur maandag
15.00 uur – 02.05 uur op 24/11
op maandag 23.00 uur tot 05.00 uur
op maandag 23 november van 22 tot 6 uur
""",
    DE: """
15:00 Uhr - 14:05 Uhr am 24. November
von 22:00 Uhr bis 06:00 Uhr am 24. November
am 23. November von 22:00 bis 06:00 Uhr
am 23. November, 23:30 Uhr – 01:00 Uhr
von 15:00 Uhr am 23. November bis 14:05 Uhr
Montag von 22 bis 6 Uhr
zwischen 23:00 und 05:00 Uhr am 24. November
von 18:00 Uhr bis 02:05 Uhr (24. November)
20:00 Uhr - 04:00 Uhr Montag
15:00 Uhr – 02:05 Uhr am 24.11.2026
am Montag 23:00 Uhr bis 05:00 Uhr
am Montag, 23. November, von 22 bis 6 Uhr
""",
    EN: """
15:00 - 14:05 on 24 November
from 22:00 to 06:00 on 24 November
on 23 November from 22:00 to 06:00
on 23 November, 23:30 – 01:00
from 15:00 on 23 November to 14:05
Monday from 22:00 to 06:00
between 23:00 and 05:00 on 24 November
18:00 to 02:05 (24 November)
20:00 - 04:00 Monday
10 pm to 6 am on 24 November
on Monday 23:00 until 05:00
on Monday 23 November from 22:00 to 06:00
""",
}

PLURALS = {
    FR: """
Faites bouillir l'eau 1 minutes
pendant 1 heures
1 personnes blessées
Liège et 1 communes
dans 1 jours
1 litres par personne
1 comprimés
1 rues fermées
une hausse de 1 degrés
1 blessés
1 autres communes
""",
    NL: """
Laat het water 1 minuten doorkoken
gedurende 1 uren
1 personen gewond
Luik en 1 gemeenten
over 1 dagen
1 tabletten
1 straten afgesloten
1 graden warmer
1 keren
1 gewonden
1 andere gemeenten
""",
    DE: """
Kochen Sie das Wasser 1 Minuten ab
während 1 Stunden
1 Personen verletzt
Lüttich und 1 Gemeinden
in 1 Tage
1 Tabletten
1 Straßen gesperrt
1 Male
seit 1 Wochen
1 Verletzte
1 weitere Gemeinden
""",
    EN: """
Boil the water for 1 minutes
Take iodine 1 time
1 times only
for 1 hours
1 people injured
Liège and 1 municipalities
in 1 days
1 tablets
1 streets closed
1 degrees warmer
1 other municipalities
""",
}

CONDITIONS = {
    FR: """
Vie en danger? App 112 BE ou 02 555 00 00. Sinon: pompiers, urgences ou police les plus proches.
Sur place? Fuyez. Sinon cachez-vous, bloquez la porte.
Une vie est en danger ? Utilisez l'application. Sinon, allez à la caserne.
Vous êtes dans la zone ? Restez-y. Sinon, ne venez pas.
Fumée chez vous ? Appelez le 112. Sinon appelez le 1771.
Si vous êtes sur place, fuyez, sinon cachez-vous.
Malade ? Restez chez vous. Sinon, allez à l'hôpital.
Coincé ? Appelez le 112 ; sinon attendez.
Vous avez une voiture ? Partez. Sinon, montez à l'étage.
Des comprimés à la maison ? Prenez-les. Dans le cas contraire, écoutez la radio.
À l'étage ? Restez-y. Sinon: au sous-sol.
""",
    NL: """
Leven in gevaar? App 112 BE of 02 555 00 00. Anders: brandweer, spoed of politie.
Ter plaatse? Vlucht. Zo niet, verstop u.
Iemand in levensgevaar? Gebruik de app. Anders gaat u naar de kazerne.
Bent u in de zone? Blijf daar. Zo niet, kom niet.
Rook in huis? Bel 112. Anders: bel 1771.
Als u ter plaatse bent, vlucht, anders verstopt u zich.
Ziek? Blijf thuis. Anders, ga naar het ziekenhuis.
Hebt u een auto? Vertrek. Zo niet, ga naar boven.
Tabletten in huis? Neem ze in. Indien niet, luister naar de radio.
Boven? Blijf daar. Anders: naar de kelder.
Op straat? Ga naar binnen; zo niet, wacht.
""",
    DE: """
Lebensgefahr? App 112 BE oder 02 555 00 00. Sonst: nächste Feuerwehr, Notaufnahme oder Polizei.
Vor Ort? Fliehen Sie. Sonst verstecken, Tür blockieren.
Jemand in Lebensgefahr? Nutzen Sie die App. Andernfalls gehen Sie zur Feuerwehr.
Sind Sie im Gebiet? Bleiben Sie dort. Sonst kommen Sie nicht.
Rauch im Haus? Rufen Sie die 112 an. Sonst: 1771.
Wenn Sie vor Ort sind, fliehen Sie, sonst verstecken Sie sich.
Krank? Bleiben Sie zu Hause. Wenn nicht, gehen Sie ins Krankenhaus.
Haben Sie ein Auto? Fahren Sie weg. Sonst gehen Sie nach oben.
Tabletten zu Hause? Nehmen Sie sie ein. Falls nicht, hören Sie Radio.
Oben? Bleiben Sie dort. Ansonsten: in den Keller.
Auf der Straße? Gehen Sie hinein; sonst warten Sie.
""",
    EN: """
Life in danger? App 112 BE or 02 555 00 00. If not: nearest fire station, hospital or police.
On site? Escape. If not, hide, block the door.
Is a life in danger? Use the app. Otherwise, go to the fire station.
Are you in the area? Stay there. If not, do not come.
Smoke at home? Call 112. Otherwise call 1771.
If you are on site, run, otherwise hide.
Ill? Stay at home. If not, go to hospital.
Do you have a car? Leave. Otherwise, go upstairs.
Tablets at home? Take them. If not, listen to the radio.
Upstairs? Stay there. Else, go to the cellar.
In the street? Go inside; otherwise wait.
""",
}

LABELS = {
    FR: """
Plus de 40 ans: avis médical.
Riverains: N60.
Transport: train.
Iode: PAS sans ordre.
Zone: Liège. Route: N61. Accueil: Spa.
Zone: Spa. Sortie: N61.
Eau du robinet polluée. Eau: place du Marché.
Remplace 13h10. Suite: 16h30.
Liège. Abri: hall des sports.
Départ: 18h00.
S|Fuite chimique, entrez – Liège
S|Incendie, rentrez – Liège
S|Chaleur extrême, buvez – Liège
""",
    NL: """
Ouder dan 40: medisch advies.
Bewoners: N60.
Vervoer: trein.
Jodium: NIET zonder bevel.
Vertrek: 18.00 uur.
Schuil: sporthal Spa.
Kraanwater vervuild. Water: Marktplein 3, markt.
Vervangt 13.10 uur. Vervolg: 16.30 uur.
Zone: Luik. Evacuatie: N61.
Evacueer: Luik.
S|Chemisch lek, schuil – Herstal
S|Gaslek, ga weg – Dinant
S|Extreme hitte, drink – Luik
""",
    DE: """
Über 40: ärztlicher Rat.
Anwohner: N60.
Verkehrsmittel: Zug.
Jod: NICHT ohne Anweisung.
Abfahrt: 18:00 Uhr.
Leitungswasser belastet. Wasser: Marktplatz.
Gebiet: Eupen. Evakuierung: N61.
Neu. Ersetzt 13:10 Uhr. Neues: 16:30 Uhr.
Route: N61. Ziel: Sporthalle.
Besser: Zug.
S|Gasleck, gehen Sie – Dinant
S|Chemieunfall, ins Haus – Herstal
S|Hitze, oft trinken – Lüttich
""",
    EN: """
Over 40: medical advice.
Residents: N60.
Transport: train.
Iodine: NOT without our order.
Shelter: sports hall, Spa.
Leave: 18:00.
Tap water contaminated. Water: market square.
Replaces 13:10. Next update: 16:30.
Area: Liège. Evacuation: N61.
Exit: N61.
S|Chemical leak, shelter – Herstal
S|Extreme heat, drink – Liège
S|Flood: leave – Pepinster
""",
}
"""“S|”: a subject."""
