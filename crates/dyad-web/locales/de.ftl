# Die Wörter der Seite. Einfache: keine Fachsprache dort, wo alle vorbeikommen.
app-name = Dyad
error-title = Das hat nicht geklappt
error-details = Einzelheiten
error-no-page = Diese Seite gibt es nicht. Es wurde nichts geändert.
error-no-such-contact = Diesen Kontakt gibt es hier nicht mehr. Es wurde nichts geändert: Die anderen stehen in der Liste.
action-failed = Das hat nicht geklappt. Es wurde nichts geändert; versuch es noch einmal.
connection-lost = Die App antwortet nicht. Was du geschrieben hast, ist noch da; die Seite macht von selbst weiter, sobald die App zurück ist.
back-to-conversations = Zurück zu den Unterhaltungen
close = Schließen
cancel = Abbrechen
go-on = Weiter

closed-title = Diese Seite ist zu
closed-why = Sie gehört zu einer Dyad-App auf diesem Rechner. Dieser Browser wurde noch nicht eingelassen, oder sein Zugang wurde schon benutzt.
closed-how = Gib das in einem Terminal ein, dann öffnet sich die Seite:
entering = Deine Unterhaltungen werden geöffnet.

setup-title = Willkommen bei Dyad
setup-intro = Nachrichten, die nur du und die Menschen lesen können, die du kennst. Alles bleibt auf diesem Rechner, verschlossen mit einer Passphrase.
setup-name = Wie möchtest du heißen?
setup-name-help = Das sehen die Menschen, mit denen du schreibst. Du kannst es ändern oder leer lassen.
setup-passphrase = Wähle eine Passphrase
setup-passphrase-help = Ein paar Wörter, die nur du kennst. Niemand kann sie für dich wiederherstellen.
setup-again = Noch einmal dieselbe
setup-go = Los geht’s
setup-short = Die Passphrase braucht mindestens 8 Zeichen. Es wurde noch nichts angelegt.
setup-different = Das waren zwei verschiedene Passphrasen. Es wurde noch nichts angelegt; gib zweimal dieselbe ein.
setup-other = Andere Möglichkeiten
setup-keyring = Schlüsselbund des Systems benutzen
setup-keyring-help = Deine Arbeitsumgebung kann den Schlüssel aufbewahren, dann brauchst du keine eigene Passphrase.
setup-keyring-exposed = Diese Seite ist von anderen Rechnern aus zu erreichen, deshalb braucht sie eine Passphrase. Es wurde noch nichts angelegt.
setup-provider = Danach einen eigenen Anbieter wählen
setup-provider-help = Dienste, die deine Nachrichten befördern, werden von selbst auf diesem Rechner eingerichtet. Du kannst statt ihrer oder außerdem die von jemand anderem benutzen, jetzt oder später.

unlock-title = Gesperrt
unlock-working = Deine Passphrase öffnet diese Seite. Nachrichten kommen unterdessen weiter an.
unlock-resting = Deine Passphrase öffnet die App. Bis dahin wird nichts gesendet oder abgeholt.
unlock-keyring = Der Schlüsselbund des Systems hat den Schlüssel: Eine Passphrase ist nicht nötig.
unlock-passphrase = Passphrase
unlock-go = Entsperren

main-menu = Hauptmenü
skip-to-content = Zum Inhalt springen
conversations = Unterhaltungen
archive = Archiv
archive-empty = Es wurde nichts weggelegt.
archived-count = { $count ->
    [one] Archiv: eine Unterhaltung
   *[other] Archiv: { $count } Unterhaltungen
}
invite = Einladen
accept = Annehmen
me = Ich
search = Suchen
search-all = Alle Nachrichten durchsuchen
list-empty = Noch niemand da
list-empty-how = Lade jemanden ein, oder nimm eine Einladung an, die du bekommen hast.
home-empty = Fang mit jemandem an, den du kennst
home-empty-how = Mach eine Einladung und gib sie auf einem Weg weiter, dem du traust: lies sie vor, schick sie, zeig sie einer Kamera.
invite-somebody = Jemanden einladen
accept-invitation = Eine Einladung annehmen
choose-conversation = Wähle eine Unterhaltung.
shortcuts-hint = Drück ?, um zu sehen, was die Tastatur kann.
pinned = angeheftet
muted = stumm
draft = Entwurf
you = Du
some-not-sent = etwas wurde nicht zugestellt
unread-messages = { $count ->
    [one] eine neue Nachricht
   *[other] { $count } neue Nachrichten
}
notify-text = Es gibt eine neue Nachricht.

status-requested = Wartet auf Antwort
status-active = In Kontakt
status-blocked = Blockiert: von dort kommt nichts durch
status-ended-by-us = Von dir beendet
status-ended-by-them = Vom Gegenüber beendet
status-refused = Die Einladung hatte schon jemand anders benutzt

about-contact = Über diesen Kontakt
verified = geprüft
timer-runs = verschwindet nach: { $time }
messages = Nachrichten
no-messages = Noch keine Nachrichten.
older-messages = Ältere Nachrichten
new-messages = Neue Nachrichten
write-message = Nachricht schreiben
send = Senden
replying = Antwort an
editing = Ändern
edited = geändert
message-deleted = Diese Nachricht wurde gelöscht.
quote-gone = eine Nachricht, die nicht hier ist
too-long = Das ist länger als 1 MiB. Es steht noch im Feld: kürze es, oder sende es als Datei.
delete-sure = Diese Nachricht löschen?
vanishes-at = Verschwindet: { $when }
timer-on = { $who }: Nachrichten verschwinden. Frist: { $time }.
timer-off = { $who }: Nachrichten bleiben.
label-message = { $who }: { $text }, { $time }
label-reply = { $who }, Antwort an { $to }: { $text }, { $time }
label-reaction = { $who }: { $emoji }
state-waiting = Wartet hier: noch kein Dienst hat sie
state-accepted = Bei deinem Dienst, unterwegs
state-delivered = Beim Dienst des Gegenübers
state-confirmed = Auf dem Gerät des Gegenübers
state-read = Gelesen
state-unconfirmed = Nach 14 Tagen nicht bestätigt
state-failed = Nicht gesendet

days = { $count ->
    [one] ein Tag
   *[other] { $count } Tage
}
hours = { $count ->
    [one] eine Stunde
   *[other] { $count } Stunden
}
minutes = { $count ->
    [one] eine Minute
   *[other] { $count } Minuten
}
seconds = { $count ->
    [one] eine Sekunde
   *[other] { $count } Sekunden
}
today = Heute
yesterday = Gestern
date = { $weekday }, { $day }. { $month } { $year }
date-this-year = { $weekday }, { $day }. { $month }
date-and-time = { $day }, { $time }
written-and-arrived = { $written }, angekommen { $arrived }
monday = Montag
tuesday = Dienstag
wednesday = Mittwoch
thursday = Donnerstag
friday = Freitag
saturday = Samstag
sunday = Sonntag
january = Januar
february = Februar
march = März
april = April
may = Mai
june = Juni
july = Juli
august = August
september = September
october = Oktober
november = November
december = Dezember

shortcuts = Tastatur
key-help = diese Liste
key-search = suchen
key-region = zwischen Liste, Nachrichten und Feld
key-arrows = in der Liste, und von Nachricht zu Nachricht
key-ends = zum Anfang und zum Ende
key-enter = senden
key-shift-enter = neue Zeile
key-message = auf die gewählte Nachricht antworten, sie ändern, löschen, darauf reagieren
key-message-more = die gewählte Nachricht kopieren, sehen, warum sie ist, wo sie ist
key-invite = jemanden einladen
key-escape = verlassen


# Menschen: einladen, annehmen, Kontakte
back = Zurück
save = Speichern
change = Ändern
copy = Kopieren
copied = Kopiert.
not-copied = Der Browser hat das Kopieren nicht erlaubt. Markiere den Text und kopiere ihn wie gewohnt.
copy-with-words = Mit ein paar Worten kopieren
share = Teilen
done-renamed = Dieser Kontakt heißt hier jetzt so. Er erfährt es nicht.
done-verified = Notiert: Ihr habt die Wörter verglichen, und sie sind gleich.
done-blocked = Blockiert. Von dort kommt nichts mehr durch, und niemand erfährt davon.
done-unblocked = Ihr könnt euch wieder schreiben.
done-ended = Es ist vorbei. Was geschrieben wurde, ist noch hier.
done-profile = Dieses Profil ist von jetzt an zu sehen.
done-timer = Notiert. Die App des Gegenübers erfährt es.
done-traffic = Gilt ab der nächsten Nachricht.
done-withdrawn = Die Einladung ist ungültig. Wer sie vorher angenommen hat, bleibt dein Kontakt.
done-saved = Gespeichert.
done-removed = Entfernt. Wer dieses Profil gesehen hat, sieht jetzt das übliche.
done-added = Hinzugefügt.
done-moved = Dort entstehen keine neuen Adressen mehr. Nachrichten werden dort noch abgeholt, bis die letzte alte Adresse abgelaufen ist.
done-closed = Er wird nicht mehr benutzt.
done-looked = Gerade erledigt.
which-profile = Als wer

invite-intro = Du bekommst einen Link, den du auf einem Weg weitergibst, dem du traust. Wer ihn in der App öffnet, kann dein Kontakt werden.
invite-for = Für wen
invite-single = Für eine Person
invite-single-help = Sie kann einmal angenommen werden. War jemand anders schneller, erfahrt ihr es beide.
invite-multiple = Für mehrere
invite-multiple-help = Alle, die den Link bekommen, können deine Kontakte werden, bis er abläuft.
invite-name = Wie du die Person nennst
invite-name-help = Das siehst nur du. Bleibt es leer, gilt der Name, den sie sich selbst gibt.
invite-days = Gültig für
invite-tell = Meinen Namen in der Einladung nennen
invite-tell-help = Ohne das ist kein Name zu sehen, bis die Einladung angenommen ist.
invite-make = Einladung machen
invite-share-text = Ich lade dich ein, mit mir über Dyad zu schreiben: { $link }
invite-qr-label = QR-Code mit dem Link der Einladung
invitations-open = Offene Einladungen
invitations-none = Es gibt keine.
invitations-see = Alle Einladungen
invitations-past = { $count ->
    [one] Eine frühere Einladung
   *[other] { $count } frühere Einladungen
}
invitation-unnamed = Ohne Namen
invitation-made = gemacht: { $when }
invitation-open = Offen bis { $when }
invitation-not-hosted = Noch nicht beim Dienst: Der Link geht, sobald sie dort ist; das wird immer wieder versucht. Gültig bis { $when }.
invitation-expired = Abgelaufen
invitation-answered = Angenommen
invitation-withdrawn = Ungültig
invitation-single = für eine Person
invitation-uses = { $count ->
    [0] für mehrere, noch niemand hat angenommen
    [one] für mehrere, einmal angenommen
   *[other] für mehrere, { $count } Mal angenommen
}
withdraw = Zurückziehen
withdraw-means = Der Link geht dann für alle nicht mehr, die noch nicht angenommen haben. Wer schon angenommen hat, bleibt dein Kontakt.
withdraw-yes = Ja, zurückziehen
invited-title = Deine Einladung
invited-single = Gib das einer einzigen Person und sonst niemandem: Wer es hat, kann annehmen, einmal.
invited-single-for = Gib das { $name } und sonst niemandem: Wer es hat, kann annehmen, einmal.
invited-multiple = Alle, die das haben, können deine Kontakte werden.
invited-until = Gültig bis { $when }.
invited-hosted = Der Link geht jetzt.
invited-not-hosted = Der Dienst, der deine Einladungen aufbewahrt, ist gerade nicht zu erreichen. Die Einladung ist gemacht: Der Link geht, sobald der Dienst zurück ist; das wird von selbst versucht. Die Datei geht sofort.
only-here = Deine Dienste laufen auf diesem Rechner, und nur er erreicht sie: Wer anderswo ist, kann nicht annehmen. Um mit Menschen anderswo zu schreiben, füge einen Anbieter hinzu, den sie erreichen, und lade dann ein.
only-here-add = Anbieter hinzufügen
invited-once = Sie ist nur hier und jetzt zu sehen: Kopiere sie, bevor du diese Seite verlässt. Geht sie verloren, zieh sie zurück und mach eine neue.
invited-link = Link
invited-qr = QR-Code
invited-qr-help = Dein Gegenüber scannt ihn mit der App: „Annehmen“, „Mit der Kamera scannen“.
invited-file = Datei
invited-file-help = Enthält die ganze Einladung; geht auch ohne den Dienst.
invited-download = Datei speichern
invited-file-text = Text der Datei zeigen
invited-uri = Adresse, die die App öffnet
invited-uri-help = Derselbe Link, für einen Rechner, auf dem die App installiert ist.

accept-intro = Hast du eine Einladung bekommen? Bring sie hierher.
accept-text = Link, oder der Text der Datei
accept-text-help = Füg alles ein, vom ersten bis zum letzten Zeichen.
accept-go-look = Sehen, von wem sie ist
accept-scan = Aus einem Bild, von der Kamera oder aus einer Datei
accept-scan-help = Du kannst eine Datei oder ein Bild auch irgendwo auf diese Seite ziehen. Bilder bleiben auf diesem Rechner.
accept-file = Datei auswählen
accept-file-too-large = Diese Datei ist zu groß für eine Einladung. Es wurde nichts geändert.
accept-look-first = Noch wird nichts angenommen. Du siehst erst, von wem die Einladung ist und was Annehmen bedeutet.
accept-look-title = Eine Einladung
scan-camera = Mit der Kamera scannen
scan-stop = Kamera ausschalten
scan-picture = Bild auswählen
scan-view = Was die Kamera sieht
scan-none = In diesem Bild ist kein lesbarer Code. Versuch ein schärferes oder größeres.
scan-denied = Die Kamera ist nicht zu benutzen. Erlaube sie für diese Seite, oder wähle stattdessen ein Bild.
scan-looking = Halte den Code vor die Kamera.
scan-found = Gefunden.
look-from = { $name } lädt dich ein
look-from-nobody = Jemand lädt dich ein
look-name = Nennt sich
look-no-name = Kein Name angegeben.
look-uses = Kann angenommen werden
look-single = einmal, von einer Person
look-multiple = von mehreren
look-until = Gültig bis
look-hosts = Empfängt bei
look-own = Das ist deine eigene Einladung. Gib sie jemand anderem.
look-expired = Diese Einladung ist abgelaufen: { $when }. Bitte um eine neue. Es wurde nichts geändert.
look-means = Wenn du annimmst
look-means-write = Ihr könnt euch schreiben; niemand sonst kann es lesen.
look-means-see = Dein Gegenüber sieht den Namen und die Pronomen, die du zeigen willst, und bei welchem Dienst du empfängst. Wo du bist, erfährt es nicht.
look-means-name = Für den Namen bürgt niemand: Er ist eine Angabe. Weißt du sicher, wer dir das gegeben hat? Ihr könnt später Wörter vergleichen.
look-means-end = Du kannst jederzeit beenden oder blockieren.
look-nick = Wie du diese Person nennst
look-nick-help = Das siehst nur du.
look-accept = Annehmen
look-not-now = Jetzt nicht
look-another = Eine andere bringen

to-conversation = Schreiben
contact-name = Name
contact-they-say = Nennt sich
contact-nick = Du nennst diesen Kontakt
contact-nick-help = Diesen Namen siehst nur du.
verify-title = Ist das wirklich dein Gegenüber?
verify-not-yet = Noch ist keine Antwort da. Sobald sie kommt, stehen hier Wörter zum Vergleichen.
verify-done = Ihr habt die Wörter verglichen: { $when }
verify-intro = Vergleicht diese Wörter, nebeneinander oder in einem Gespräch, in dem du die Stimme erkennst. Sind alle gleich, sitzt niemand dazwischen.
words = Wörter zum Vergleichen
verify-same = Sie sind gleich
verify-differ = Sind sie nicht gleich, dann schreib nichts, was wichtig ist: Vielleicht liest jemand mit. Trefft euch, und fangt mit einer neuen Einladung an.
verify-qr = Mit der Kamera vergleichen
verify-qr-help = Wenn ihr beisammen seid: Einer zeigt diesen Code, der andere scannt ihn. Die App vergleicht.
words-qr-label = QR-Code mit den Wörtern zum Vergleichen
met-title = Woher ihr euch kennt
provenance-accepted = Du hast diese Einladung angenommen.
provenance-answered = Deine Einladung wurde angenommen.
provenance-verified = Ihr habt Wörter verglichen.
provenance-identity-followed = Die Identität des Gegenübers wurde durch eine ersetzt, für die die alte bürgt.
provenance-repaired-restored = Die Verbindung wurde neu begonnen: Ältere Daten waren wiederhergestellt worden.
provenance-repaired-undecryptable = Die Verbindung wurde neu begonnen: Nachrichten ließen sich nicht entschlüsseln.
provenance-repaired-by-contact = Die Verbindung wurde neu begonnen: Die App des Gegenübers hat darum gebeten.
contact-choices = Zwischen euch
contact-profile = Dein Gegenüber sieht dich als
contact-timer = Nachrichten verschwinden
contact-timer-help = Gilt für beide Seiten, ab der nächsten Nachricht. Dass drüben nichts aufgehoben wird, lässt sich nicht beweisen.
timer-never = nie
timer-after = Nach dem Senden oder Lesen: { $time }
contact-traffic = Was du sendest
traffic-relaxed = Unter andere gemischt (empfohlen)
traffic-relaxed-help = Wird ein paar Sekunden zurückgehalten, damit niemand an der Uhrzeit ablesen kann, wer wem schreibt.
traffic-prompt = Sofort
traffic-prompt-help = Schneller. Wer beide Dienste beobachtet, könnte die Zeiten zusammenbringen.
health-title = Verbindung
service-ok = In Ordnung, soweit wir wissen.
service-wrong = Es gibt Schwierigkeiten.
addresses-we-hold = Frische Adressen, um dorthin zu schreiben: { $stock }.
addresses-they-hold = Frische Adressen von dir beim Gegenüber
addresses-none = keine
addresses-few = wenige
addresses-enough = genug
last-heard = Zuletzt gehört
last-heard-never = noch nie
unconfirmed = Noch nicht bestätigt
unconfirmed-count = { $count ->
    [one] eine Nachricht
   *[other] { $count } Nachrichten
}
unconfirmed-since = Die älteste: { $when }.
secret-renewed = Gemeinsames Geheimnis erneuert
mended = Verbindung repariert
times = { $count ->
    [0] noch nicht
    [one] einmal
   *[other] { $count } Mal
}
identities = Identitäten, für Fachleute
identity-ours = Deine
identity-theirs = Die des Gegenübers
end-title = Getrennte Wege
block = Blockieren
block-means = Von dort kommt nichts mehr durch, und niemand erfährt davon. Du kannst es rückgängig machen; dann kommt, was inzwischen geschrieben wurde.
block-yes = Ja, blockieren
unblock = Nicht mehr blockieren
unblock-means = Was inzwischen geschrieben wurde, kommt dann an.
end = Beenden
end-means = Ihr könnt euch dann nicht mehr schreiben. Das lässt sich nicht rückgängig machen; nur eine neue Einladung bringt euch wieder zusammen. Was geschrieben wurde, bleibt hier.
end-announce = Dem Gegenüber sagen, dass es vorbei ist
end-yes = Ja, beenden
forget = Vergessen
forget-means = Der Kontakt und alles, was geschrieben wurde, werden hier endgültig gelöscht. Was drüben liegt, bleibt drüben.
forget-yes = Ja, alles löschen
forget-later = Um das Geschriebene zu löschen, blockiere oder beende zuerst.

# Ich
lock = Sperren
profiles = Profile
providers = Anbieter
settings = Einstellungen
log = Was los ist
profiles-intro = So sehen dich andere. Du kannst mehrere Profile haben, etwa eines für Freunde und eines für die Arbeit; wer eines sieht, erfährt von der App nichts über ein anderes.
profile-nameless = Ohne Namen
profile-default = üblich
profile-unseen = Dieses sieht niemand.
profile-seen-by = Das sehen:
profile-remove = Entfernen
profile-remove-means = Wer dieses Profil sieht, sieht von da an das übliche und erfährt den neuen Namen.
profile-remove-yes = Ja, entfernen
profile-add = Profil hinzufügen
profile-make-default = Für neue Kontakte benutzen, wenn ich nichts anderes sage
pronouns = Pronomen
read-receipts = Mitteilen, wenn ich etwas gelesen habe
read-receipts-help = Das erfahren alle, die dieses Profil sehen.
badge = Abzeichen
badge-help = Daran unterscheidest du deine Profile. Niemand sonst sieht es.
badge-letters = Ein oder zwei Zeichen
badge-colour = Farbe { $count }

providers-intro = Anbieter befördern deine Nachrichten und heben sie auf, bis du sie abholst. Lesen können sie sie nicht. Mit zweien darf einer ausfallen.
providers-none = Es gibt keinen: Nichts kann gesendet oder empfangen werden. Füg einen hinzu.
role-sender = sendet
role-receiver = empfängt
role-issuer = gibt Marken aus
provider-ok = In Ordnung.
provider-trouble = Es gibt Schwierigkeiten; es wird von selbst wieder versucht.
provider-key-changed = Er zeigt einen anderen Schlüssel als den, den du von ihm kennst. Vielleicht gibt sich jemand für ihn aus: Er wird nicht benutzt, bis der alte Schlüssel zurück ist. Frag, wer ihn betreibt.
provider-leaving = Aufgegeben. Dort werden nur noch Nachrichten abgeholt, bis die letzte alte Adresse abgelaufen ist.
provider-no-account = Das Konto dort gibt es noch nicht; darum wird von selbst wieder gebeten.
provider-last-ok = Zuletzt geantwortet
provider-added = Benutzt seit
provider-key = Schlüssel
mailboxes = Postfach
mailbox-one = In Ordnung.
mailbox-none = Noch nicht eingerichtet.
mailbox-refused = Der Dienst will ihn nicht öffnen.
mailbox-old = { $count ->
    [one] Aus einem älteren wird noch abgeholt.
   *[other] Aus { $count } älteren wird noch abgeholt.
}
tokens-for-messages = Marken für Nachrichten
tokens-for-mailboxes = Marken für Postfächer
tokens-enough = genug für heute
tokens-few = für heute fast aufgebraucht
tokens-none = keine mehr; Nachrichten warten, bis es neue gibt
tokens-unknown = noch keine bekannt
tokens-count = { $count ->
   *[other] noch { $count }
}
next-attempt = Nächster Versuch: { $when }.
provider-leave = Wegziehen
provider-leave-means = Deine Kontakte bekommen Adressen anderswo. Nachrichten werden hier noch abgeholt, bis die letzte alte Adresse abgelaufen ist, damit nichts verloren geht. Du brauchst einen anderen Anbieter.
provider-leave-yes = Ja, wegziehen
provider-close = Sofort entfernen
provider-close-means = Die Postfächer dort werden sofort geschlossen. Was Kontakte noch dorthin senden, kommt nicht an; ihre Apps merken es und senden es anderswohin, wenn du einen anderen Anbieter hast.
provider-close-yes = Ja, sofort entfernen
providers-look = Jetzt nach allen sehen
provider-add = Anbieter hinzufügen
provider-url = Adresse
provider-code = Code
provider-code-help = Nur, wenn der Anbieter einen verlangt; du bekommst ihn von dem, der ihn betreibt.

notifications = Benachrichtigungen
notifications-off = Keine
notifications-without = Dass es etwas Neues gibt
notifications-with = Wer geschrieben hat, und was
notifications-help = Dein Browser zeigt sie, solange diese Seite irgendwo offen ist. Wer auf diesen Bildschirm sieht, liest vielleicht mit.
notifications-ask = Dein Browser wird fragen, ob diese Seite Benachrichtigungen zeigen darf.
notifications-denied = Dein Browser lässt diese Seite keine Benachrichtigungen zeigen. Das kannst du in seinen Einstellungen für diese Seite ändern.
lock-title = Nach der Passphrase fragen
lock-after = Nach so langer Ruhe: { $time }
lock-never = nie von selbst
lock-help = Nachrichten kommen unterdessen weiter an.
lock-keyring = Der Schlüsselbund deines Systems öffnet die App, darum sperrt sich die Seite nicht von selbst.
theme = Hell oder dunkel
theme-system = Wie das System
theme-light = Hell
theme-dark = Dunkel
language = Sprache
language-browser = Wie der Browser
read-receipts-title = Lesebestätigungen
read-receipts-where = Ob andere erfahren, dass du etwas gelesen hast, legst du für jedes Profil fest:
storage = Speicher
storage-help = Alles liegt verschlüsselt auf diesem Rechner und sonst nirgends. Heb eine Kopie des Ordners auf, wenn du das Geschriebene behalten willst.
storage-where = Ordner
storage-memory = Nur im Arbeitsspeicher
storage-size = Größe
storage-messages = { $count ->
    [one] eine
   *[other] { $count }
}

log-stuck = Was festhängt
log-nothing-stuck = Nichts hängt fest.
log-not-working = Die App arbeitet nicht: Nichts wird von selbst gesendet oder abgeholt. Starte sie neu.
log-clock = Die Uhr dieses Rechners geht falsch. Bitte stell sie.
log-sync = Jetzt senden und abholen
log-notices = Was geschehen ist
log-no-notices = Noch nichts.
log-repairs = { $count ->
    [one] Bisher hat sich eine Verbindung von selbst repariert.
   *[other] Bisher haben sich Verbindungen { $count } Mal von selbst repariert.
}
stuck-since = seit: { $when }
queue-waiting = { $count ->
    [one] Eine Nachricht wartet hier darauf, gesendet zu werden.
   *[other] { $count } Nachrichten warten hier darauf, gesendet zu werden.
}
queue-accepted = { $count ->
    [one] Eine Nachricht ist bei deinem Dienst, unterwegs.
   *[other] { $count } Nachrichten sind bei deinem Dienst, unterwegs.
}
queue-unconfirmed = { $count ->
    [one] Eine Nachricht ist noch nicht bestätigt.
   *[other] { $count } Nachrichten sind noch nicht bestätigt.
}
queue-received = { $count ->
    [one] Eine Nachricht ist abgeholt und noch nicht geöffnet.
   *[other] { $count } Nachrichten sind abgeholt und noch nicht geöffnet.
}
queue-errands = { $count ->
    [one] Eine Besorgung bei einem Dienst ist noch zu erledigen.
   *[other] { $count } Besorgungen bei Diensten sind noch zu erledigen.
}

# Was schiefgehen kann. Wo hier nichts steht, sagt die App es auf Englisch.
error-no-words = In diesem Code stehen keine Wörter zum Vergleichen. Es wurde nichts geändert: Scanne den unter „Mit der Kamera vergleichen“ auf dem Bildschirm deines Gegenübers.
error-words-differ = Das sind andere Wörter als deine! Vielleicht sitzt jemand dazwischen, oder es ist der Code eines anderen Kontakts. Es wurde nichts geändert. Schreib nichts, was wichtig ist, bevor du es herausgefunden hast.
error-code-needed = Dieser Anbieter nimmt neue Leute nur mit einem Code. Es wurde nichts geändert: Frag, wer ihn betreibt, nach einem und trag ihn unten ein.
error-unknown-provider = Dieser Anbieter wird nicht benutzt. Es wurde nichts geändert.
error-unknown-profile = Dieses Profil gibt es nicht mehr. Es wurde nichts geändert.
error-no-provider = Es gibt noch keinen Anbieter, darum kann nichts gesendet oder empfangen werden. Es wurde nichts geändert: Füg unter „Ich“, „Anbieter“ einen hinzu.

# Dasselbe, wo die App selbst englisch spricht.
error-act = Das ließ sich nicht aufschreiben. Es wurde nichts geändert.
error-already-accepted = Diese Einladung hast du schon angenommen; der Kontakt steht in deiner Liste. Es wurde nichts geändert.
error-already-added = Dieser Anbieter wird schon benutzt. Es wurde nichts geändert.
error-already-running = Die App arbeitet schon. Es wurde nichts geändert: Nimm die, die läuft.
error-ambiguous-invitation = Das passt auf mehrere Einladungen. Es wurde nichts geändert.
error-answer-too-large = Der Dienst hat mehr geantwortet, als er darf. Es wurde nichts geändert; wer ihn betreibt, muss das beheben.
error-app-locked = Die App ist gesperrt. Deine Passphrase öffnet sie.
error-bad-badge = Ein Abzeichen hat eine der angebotenen Farben und höchstens zwei Zeichen. Es wurde nichts geändert.
error-bad-language = Diese Sprache gibt es hier nicht. Es wurde nichts geändert.
error-bad-lifetime = So lange hebt der Dienst keine Einladung auf. Es wurde nichts gemacht: Wähle weniger Tage.
error-bad-lock = Die Seite sperrt sich frühestens nach einer Minute und spätestens nach einer Woche, oder nie. Es wurde nichts geändert.
error-bad-nick = Ein Name hat 1 bis 64 sichtbare Zeichen. Es wurde nichts geändert.
error-bad-request = Diese Anfrage konnte nicht gestellt werden. Es wurde nichts geändert.
error-bad-url = Das ist nicht die Adresse eines Anbieters. Es wurde nichts geändert: Sie sieht aus wie https://dyad.example.
error-busy = Der Dienst hat gerade zu viel zu tun. Versuch es gleich noch einmal.
error-class-not-granted = Der Anbieter gibt deinem Konto davon keine Marken. Es wurde nichts geändert.
error-clock-skew = Die Uhr dieses Rechners geht zu falsch für den Dienst. Stell sie und versuch es noch einmal.
error-closing = Der Dienst macht gerade zu. Versuch es gleich noch einmal.
error-code-refused = Der Anbieter nimmt diesen Code nicht: Er ist falsch, abgelaufen oder schon benutzt. Es wurde nichts geändert.
error-contact-damaged = Was über einen Kontakt gespeichert ist, lässt sich nicht lesen. Es wurde nichts geändert; alles andere geht.
error-contact-gone = Diesen Kontakt gibt es nicht mehr.
error-damaged = Der Speicher ist beschädigt. Er wurde aufgehoben, wie er ist, und nichts wurde geändert. Spiel eine Kopie zurück, wenn du eine hast.
error-default-profile = Das ist dein übliches Profil. Es wurde nichts geändert: Mach zuerst ein anderes zum üblichen.
error-defect = Beim Öffnen ist ein Fehler in der App aufgetreten. Nichts ist verloren; versuch es noch einmal.
error-disk-full = Die Platte ist voll. Es wurde nichts geändert: Schaff Platz und versuch es noch einmal.
error-empty-passphrase = Die Passphrase ist leer. Wähle eine, die es nicht ist.
error-empty-text = Da steht nichts. Es wurde nichts gesendet.
error-engine = Das ließ sich nicht tun. Es wurde nichts geändert; versuch es noch einmal.
error-exists = Dort ist schon alles eingerichtet. Es wurde nichts geändert.
error-expired = Die Einladung ist abgelaufen. Es wurde nichts geändert; bitte um eine neue.
error-forbidden-address = Der Rechner liegt in einem privaten Netz; dort wird nicht angefragt, was andere nennen. Es wurde nichts geändert.
error-forbidden-host = Der Dienst fragt dort nicht an: Die Adresse liegt in einem privaten Netz. Es wurde nichts geändert.
error-forbidden-port = Die Adresse nennt einen Anschluss, der nicht erlaubt ist. Es wurde nichts geändert.
error-full = Beim Dienst ist kein Platz mehr. Es wurde nichts geändert; versuch es später noch einmal.
error-garbage = Der Dienst hat Unsinn geantwortet. Es wurde nichts geändert; wer ihn betreibt, muss das beheben.
error-gone = Die Einladung ist nicht mehr da: Sie ist abgelaufen, wurde zurückgezogen, oder der Link ist nicht vollständig. Es wurde nichts geändert; bitte um eine neue.
error-home-unwritable = In den Ordner der App lässt sich nicht schreiben. Es wurde nichts geändert.
error-host-busy = Der Dienst, bei dem die Einladung liegt, hat gerade zu viel zu tun. Es wurde nichts geändert; versuch es später noch einmal.
error-host-nonsense = Der Dienst, bei dem die Einladung liegt, hat Unsinn geantwortet. Es wurde nichts geändert; versuch es später noch einmal.
error-host-timeout = Der Dienst, bei dem die Einladung liegt, antwortet nicht. Es wurde nichts geändert; versuch es später noch einmal.
error-host-tls = Der Dienst, bei dem die Einladung liegt, kann nicht beweisen, wer er ist. Es wurde nichts geändert; versuch es später noch einmal.
error-host-unreachable = Der Dienst, bei dem die Einladung liegt, ist nicht zu erreichen. Es wurde nichts geändert; versuch es später noch einmal.
error-internal = Beim Dienst ist etwas schiefgegangen. Es wurde nichts geändert; versuch es später noch einmal.
error-invitation = Die Einladung ließ sich nicht beim Dienst hinterlegen. Es wurde nichts gemacht.
error-invitation-unusable = Die Einladung ist beschädigt. Es wurde nichts geändert; bitte um eine neue.
error-invitations-full = Der Dienst hebt gerade keine weiteren Einladungen auf. Versuch es später noch einmal.
error-key-changed = Der Anbieter zeigt einen anderen Schlüssel als den, den du von ihm kennst. Vielleicht gibt sich jemand für ihn aus; nichts davon wird benutzt.
error-key-unreadable = Die Datei mit dem Schlüssel lässt sich nicht lesen. Es wurde nichts geändert.
error-lock-failed = Das Dateisystem kann den Ordner der App nicht sperren. Es wurde nichts geändert.
error-locked = Ein anderes Programm hat die App schon offen. Es wurde nichts geändert: Benutz das, oder beende es.
error-malformed-invitation = Das ist keine vollständige Einladung. Es wurde nichts geändert: Kopiere den ganzen Link, oder bitte noch einmal darum.
error-name-unknown = Dieser Name führt nirgendwohin. Es wurde nichts geändert: Prüf, ob er richtig geschrieben ist, und das Netz.
error-needs-keyring = Die App wird vom Schlüsselbund des Systems geöffnet, nicht von einer Passphrase. Es wurde nichts geändert.
error-needs-passphrase = Die App wird von einer Passphrase geöffnet. Es wurde nichts geändert; gib sie ein.
error-newer = Der Speicher stammt von einer neueren Fassung von Dyad. Es wurde nichts geändert; bring die App auf den neuesten Stand.
error-newer-invitation = Die Einladung stammt von einer neueren Fassung von Dyad. Es wurde nichts geändert; bring die App auf den neuesten Stand.
error-nick-taken = So heißt hier schon ein anderer Kontakt. Es wurde nichts geändert.
error-no-invitation = Die Einladung ist nicht mehr da. Es wurde nichts geändert; bitte um eine neue.
error-keyring-away = Der Schlüssel zu allem hier liegt im Schlüsselbund des Systems, und der gibt ihn gerade nicht her. Es wurde nichts geändert: Entsperre den Schlüsselbund in der Arbeitsumgebung, in der alles angelegt wurde, und versuch es noch einmal.
error-no-keyring = Der Schlüsselbund des Systems ist hier nicht zu benutzen. Nimm stattdessen eine Passphrase.
error-no-profile = Die App ist noch nicht eingerichtet.
error-no-receiver = Es gibt noch keinen Anbieter, bei dem du empfängst. Es wurde nichts geändert: Füg zuerst einen hinzu.
error-no-mailbox-yet = Dein Anbieter hat dieser App noch kein Postfach gegeben. Es wurde nichts geändert. Er wird von selbst wieder gefragt: Versuch es gleich noch einmal.
error-no-services = Dort läuft keiner der Dienste, die die App braucht. Es wurde nichts geändert.
error-not-running = Die App läuft gerade nicht im Hintergrund. Es wurde nichts geändert; starte sie neu.
error-passphrase-needed = Dafür braucht es deine Passphrase. Es wurde nichts geändert; gib sie ein.
error-nonsense = Der Dienst hat Unsinn geantwortet, wie es vorkommt, während an ihm gearbeitet wird. Versuch es später noch einmal.
error-not-answered = Noch ist keine Antwort da; es gibt nichts zu vergleichen. Versuch es, sobald sie gekommen ist.
error-not-numbered = Die Nachricht wird gerade erst geschrieben. Es wurde nichts geändert; versuch es noch einmal.
error-own-invitation = Das ist deine eigene Einladung. Es wurde nichts geändert: Gib sie jemand anderem.
error-plain-http = http geht nur auf diesem Rechner; anderswo braucht es https. Es wurde nichts geändert.
error-receiver-key = Ein empfangender Dienst zeigt einen unbrauchbaren Schlüssel. Es wurde nichts geändert; wer ihn betreibt, muss das beheben.
error-redirect-refused = Der Dienst wollte anderswohin weiterleiten, dem wird nicht gefolgt. Es wurde nichts geändert.
error-send-failed = Die Nachricht konnte nicht gesendet werden. Sie ist noch hier.
error-since-and-before = Diese beiden Angaben passen nicht zusammen.
error-still-a-contact = Ihr könnt euch noch schreiben. Es wurde nichts gelöscht: Beende oder blockiere zuerst.
error-store = Der Speicher auf diesem Rechner hat versagt. Es wurde nichts geändert; versuch es noch einmal.
error-store-busy = Der Speicher auf diesem Rechner ist gerade belegt. Es wurde nichts geändert; versuch es noch einmal.
error-store-io = Der Speicher auf diesem Rechner lässt sich nicht lesen oder schreiben. Es wurde nichts geändert; sieh nach der Platte.
error-store-unwritable = In den Speicher auf diesem Rechner lässt sich nicht schreiben. Es wurde nichts geändert.
error-substituted = Der Dienst hat eine andere Einladung gegeben als die, für die der Link gemacht wurde. Es wurde nichts geändert. Sag das der Person, die dich eingeladen hat, auf einem anderen Weg.
error-timeout = Der Dienst hat nicht rechtzeitig geantwortet. Versuch es später noch einmal.
error-tls = Der Dienst kann nicht beweisen, wer er ist: Sein Zertifikat ist vielleicht abgelaufen, die Uhr dieses Rechners geht falsch, oder jemand sitzt dazwischen. Es wurde nichts geändert.
error-tls-setup = Dieser Rechner kann keine gesicherte Verbindung aufbauen. Es wurde nichts geändert.
error-too-long = Das ist zu lang: Ein Text hat höchstens 1 MiB. Es wurde nichts gesendet oder geändert: kürze es, oder sende es als Datei.
error-too-many = Das waren zu viele Anfragen auf einmal. Versuch es gleich noch einmal.
error-too-many-profiles = Es gibt schon so viele Profile, wie es geben kann. Es wurde nichts geändert.
error-too-many-unconfirmed = Zu viele Nachrichten an diesen Kontakt sind noch nicht bestätigt. Es wurde nichts gesendet; warte, bis einige es sind.
error-too-slow = Die Verbindung zum Dienst ist zu langsam. Versuch es später noch einmal.
error-truncated = Die Antwort des Dienstes brach ab. Versuch es noch einmal.
error-unknown-account = Der Anbieter kennt dein Konto nicht mehr. Es wurde nichts geändert; frag, wer ihn betreibt.
error-unknown-invitation = Diese Einladung gibt es nicht mehr. Es wurde nichts geändert.
error-unknown-message = Diese Nachricht gibt es hier nicht mehr.
error-unknown-nick = So heißt hier kein Kontakt. Es wurde nichts geändert.
error-unreachable = Der Dienst ist nicht zu erreichen. Prüf das Netz; es wird wieder versucht.
error-websocket-refused = Der Dienst lässt keine dauerhafte Verbindung zu. Es geht auch ohne.
error-wrong-keyring-secret = Im Schlüsselbund liegt ein anderes Geheimnis als das, mit dem alles angelegt wurde. Es wurde nichts geändert.
error-wrong-passphrase = Das ist nicht die richtige Passphrase. Es wurde nichts geändert.
error-wrong-status = Das geht nicht, so wie es zwischen euch gerade steht. Es wurde nichts geändert.

notice-request-answered = Die Antwort ist da: Ihr könnt euch schreiben.
notice-contact-joined = Deine Einladung wurde angenommen.
notice-presentation-changed = Nennt sich jetzt anders.
notice-ended = Das Gegenüber hat es beendet. Was geschrieben wurde, ist noch hier.
notice-already-used = Die Einladung hatte schon jemand anders benutzt. Bitte auf einem anderen Weg um eine neue.
notice-second-use = Jemand wollte eine deiner Einladungen benutzen, die schon benutzt war. Vielleicht haben andere den Link gesehen: Vergleiche Wörter mit der Person, die sie zuerst benutzt hat.
notice-repaired = Die Verbindung wurde von selbst neu begonnen. Nichts ist verloren.
notice-not-confirmed = Eine Nachricht wurde in 14 Tagen nicht bestätigt, obwohl sie auf jedem bekannten Weg gesendet wurde. Sie ist noch hier und kommt vielleicht noch an.
notice-identity-followed = Die Identität des Gegenübers wurde durch eine ersetzt, für die die alte bürgt.
notice-identity-refused = Jemand gab sich mit einer anderen Identität für diesen Kontakt aus. Nichts davon wurde geglaubt.
notice-newer-app = Die App des Gegenübers ist neuer: Bring deine auf den neuesten Stand, um alles lesen zu können.
notice-too-many-messages = Es kamen mehr Nachrichten, als an einem Tag angenommen werden. Der Rest kommt später.
notice-clock = Die Uhr dieses Rechners ging falsch oder wurde berichtigt. Bitte sieh nach ihr.
notice-errand-refused = Ein Dienst hat eine Besorgung abgelehnt. Unter „Was los ist“ steht, was noch wartet.
notice-tokens-refused = Ein Anbieter hat keine Marken ausgegeben. Es wird wieder versucht; unter „Anbieter“ steht mehr.
notice-token-key-differs = Ein Anbieter hat verschiedenen Leuten verschiedene Schlüssel für Marken gezeigt. Damit ließe sich verfolgen, wer was sendet: Seine Marken werden nicht benutzt.

# Conversations: messages, their menus, search
weeks = { $count ->
    [one] eine Woche
   *[other] { $count } Wochen
}
newer-messages = Neuere Nachrichten
to-end = Zur neuesten
message-menu = Was sich mit dieser Nachricht tun lässt
conversation-menu = Was sich mit dieser Unterhaltung tun lässt
back-to-conversation = Zurück zur Unterhaltung
one-message = Eine Nachricht
reply = Antworten
edit = Ändern
edit-save = Änderung speichern
copy-text = Text kopieren
go-to-quoted = Zur beantworteten Nachricht
delete = Löschen
delete-help = „Hier“ nimmt sie auf diesem Rechner weg und sagt niemandem etwas. „Für beide“ bittet auch die andere App darum; was dort gelesen oder kopiert wurde, bleibt bekannt.
delete-here = Hier löschen
delete-both = Für beide löschen
react = Reagieren
react-own = Eine andere Reaktion
react-own-label = Ein beliebiges Emoji oder Zeichen
react-back = Reaktion zurücknehmen
send-again = Noch einmal senden
not-arrived = Nicht angekommen.
why-ask = Wo ist sie?
why-title = Wo diese Nachricht ist
why-since = So seit: { $when }
why-next = Nächster Versuch: { $when }
pin = Oben behalten
unpin = Nicht mehr oben behalten
mute = Stummschalten
unmute = Nicht mehr stummschalten
archive-it = Ins Archiv legen
unarchive = Aus dem Archiv holen
mark-unread = Als ungelesen markieren
mark-read = Als gelesen markieren
marked-unread = als ungelesen markiert
timer-label = Frist, nach der neue Nachrichten verschwinden
timer-set = Setzen
timer-help = Deine eigenen, nachdem sie gesendet, fremde, nachdem sie gelesen wurden. Es gilt für euch beide und für Nachrichten von jetzt an; eine Kamera oder eine andere App kann sie trotzdem behalten.
timer-changed = Die Zeit, nach der Nachrichten verschwinden, wurde geändert.
vanishes-after = Verschwindet nach dem Lesen: { $time }
locked-with-text = Die Seite ist gesperrt und verbirgt alles außer dem, was du gerade schreibst; es ist nicht gesendet. Entsperre sie in einem anderen Fenster, dann geht es hier weiter.
search-title = Suche: { $query }
search-how = Tippe Wörter oder ihre Anfänge. Durchsucht wird alles, was hier je geschrieben wurde, und nur auf diesem Rechner.
search-nothing = Nichts gefunden
search-nothing-how = Gefunden werden Nachrichten, in denen alle Wörter vorkommen oder Wörter, die so anfangen. Versuche es mit weniger oder kürzeren. Gelöschte und verschwundene Nachrichten werden nicht aufbewahrt.
search-more = Mehr zeigen
key-menu = Menü der gewählten Nachricht oder der gewählten Unterhaltung (bei einer Nachricht auch Enter)
error-deleted = Diese Nachricht wurde gelöscht. Nichts wurde geändert.
error-not-yours = Nur eigene Nachrichten lassen sich ändern oder für beide löschen. Nichts wurde geändert.
error-not-a-text = Nur ein Text lässt sich ändern. Nichts wurde geändert.
error-bad-reaction = Eine Reaktion ist ein Emoji oder ein Zeichen. Nichts wurde geändert.
error-bad-timer = Nach dieser Zeit können Nachrichten nicht verschwinden. Nichts wurde geändert.
error-not-stranded = Nur eine Nachricht, die nicht angekommen ist, wird noch einmal gesendet. Nichts wurde geändert.

# ---- where a message is, and what is stuck ----
where-blocked = Sie ist hier: Du hast { $nick } blockiert.
where-unanswered = Sie ist hier. { $nick } hat noch nicht geantwortet, und bis dahin ist keine Adresse mehr übrig, an die sie gehen könnte.
where-no-address = Sie ist hier. Es ist keine Adresse von { $nick } mehr übrig; neue kommen, sobald die andere App von deiner hört.
where-held = Noch hat sie kein Sendedienst. Sie ist hier aufgehoben und geht dann an { $receiver }.
where-leaving = Sie wird gerade einem Sendedienst übergeben.
where-nothing-sends = Sie ist bereit, aber die App arbeitet nicht. Starte sie neu.
where-at-sender = { $sender } hat sie auf der Platte und soll sie zu { $receiver } bringen, wo { $nick } empfängt.
where-taken = Ein Sendedienst hat sie angenommen; was daraus wurde, ist nicht bekannt. Bestätigt die App von { $nick } sie nicht, wird sie noch einmal gesendet.
where-unconfirmed = Die App von { $nick } hat sie in 14 Tagen nicht bestätigt, obwohl sie auf jedem bekannten Weg gesendet wurde. Vielleicht kommt sie noch an.
where-at-receiver = Der Dienst, bei dem { $nick } empfängt, hat sie. Die App hat sie noch nicht bestätigt: Sie holt sie ab, sobald sie online ist.
where-confirmed = Die App von { $nick } hat sie.
where-read = { $nick } hat sie gelesen, sagt die andere App.
where-ended = Ein Dienst hatte sie, als die Beziehung mit { $nick } endete. Ob sie angekommen ist, ist nicht bekannt.
where-failed = Es wird nicht wieder versucht: Die Beziehung mit { $nick } endete, bevor sie ankam.
where-here-unread = Sie ist hier und nicht als gelesen vermerkt.
where-here-read = Sie ist hier und als gelesen vermerkt.
stuck-provider = Anbieter { $host }
stuck-messages = { $count ->
    [one] Eine Nachricht
   *[other] { $count } Nachrichten
}
stuck-errand = Etwas, das bei einem Dienst zu tun ist
stuck-unconfirmed = Eine Nachricht an { $nick }
where-file-first = Erst kommt sie zu einem Dienst, dann wird sie gesendet; { $percent } % sind da.
where-file-refused = Kein Dienst nimmt die Datei, und die Nachricht wurde nicht gesendet.

# ---- files ----
a-file = Eine Datei
attach = Dateien senden
attach-drop = Dateien hier ablegen, um sie zu senden
attach-remove = { $name } nicht senden
files-chosen = Dateien, die gesendet werden
file-keep = Behalten, was die Kamera vermerkt hat
file-keep-help = Sonst werden Ort, Zeit und Besitzer aus Bildern genommen.
file-offered = Noch nicht geholt.
file-uploading = Wird zu einem Dienst gebracht: { $percent } %
file-fetching = Wird geholt: { $percent } %
file-expired = Kein Dienst hat sie mehr. Bitte noch einmal darum.
file-changed = Was der Dienst hat, ist nicht, was gesendet wurde. Nichts davon wurde benutzt; bitte noch einmal darum.
file-refused = Kein Dienst nimmt sie. Sie wurde nicht gesendet und ist noch hier.
file-save = Speichern
file-fetch = Holen
file-again = Noch einmal versuchen
file-remove = Von diesem Rechner entfernen
label-file = Datei { $name }, { $size }. { $text }
size-bytes = { $count } Bytes
size-kb = { $count } kB
size-mb = { $count } MB
size-gb = { $count } GB
decimal = { $whole },{ $tenths }
error-file-too-large = Die Datei ist größer als 2 GiB. Sie wurde nicht gesendet.
error-no-file = Es wurde keine Datei gewählt. Nichts wurde gesendet.
error-name-too-long = Dieser Name ist zu lang, oder was daneben steht. Es wurde nichts geändert: er fasst 256 Bytes, etwa so viele Buchstaben. Kürze ihn.
error-draft-too-long = Das ist mehr, als ein Entwurf fasst. Der davor bleibt aufgehoben, und was im Feld steht, bleibt dort: Sende oder kürze es.
error-text-too-long = Worte neben einer Datei können höchstens 1.040 Bytes haben, etwa so viele Buchstaben. Nichts wurde gesendet: Kürze sie, oder sende sie als eigene Nachricht.
error-upload-cut = Die Datei kam nicht ganz vom Browser an. Sie wurde nicht gesendet; versuch es noch einmal.
error-file = Die Datei konnte nicht gelesen oder geschrieben werden. Es wurde nichts geändert.
error-file-expired = Kein Dienst hat die Datei mehr. Es wurde nichts geändert: Bitte deinen Kontakt, sie noch einmal zu senden.
error-file-changed = Was der Dienst hat, ist nicht, was gesendet wurde. Nichts davon wurde benutzt: Bitte deinen Kontakt, es noch einmal zu senden.
error-file-exists = Es gibt schon eine Datei dieses Namens. Nichts wurde geschrieben.
error-file-unreadable = Die Datei darf nicht gelesen werden. Nichts wurde gesendet.
error-how-many-files = So viele Dateien werden nicht auf einmal gesendet. Nichts wurde gesendet.
error-no-such-file = Diese Datei gibt es in der Nachricht nicht mehr. Es wurde nichts geändert: Geh zurück zur Unterhaltung.
error-not-a-file = Das ist ein Ordner und keine Datei. Nichts wurde gesendet; wähle die Dateien darin.
error-not-here = Die Datei ist noch nicht hier. Hol sie zuerst.
error-not-moving = Die Datei ist nicht unterwegs. Es wurde nichts geändert.
error-not-sent = Die Datei ist noch nicht weg. Brich sie stattdessen ab.
error-picture-not-cleaned = Was die Kamera im Bild vermerkt hat, etwa den Ort, lässt sich nicht herausnehmen. Nichts wurde gesendet. Sende es mit diesen Vermerken, wenn du das willst.
fetch-title = Dateien von selbst holen
fetch-never = Nie
fetch-up-to = Bis { $size }
fetch-help = Von Leuten, deren Wörter du verglichen hast. Andere warten, bis du sie holst.
traffic-all-help = Für alle, bei denen du auf ihrer Seite nichts anderes gewählt hast.
tokens-for-files = Marken für Dateien
tokens-for-lookups = Marken für Verzeichnisse
tokens-none-other = keine mehr, bis es neue gibt

# ---- mails, what is shared, requests for a contact ----
mail-write = Mail schreiben
mail-to = Mail an { $nick }
mail-subject = Betreff
mail-text = Text
mail-attach = Dateien anhängen
mail-attach-help = Zusammen höchstens 48 MB. Schicke Größeres als eigene Datei. Man kann sie auch hier ablegen.
mail-send = Mail senden
mail-read = Lesen
mail-reply = Mit einer Mail antworten
mail-export = Für ein Mailprogramm speichern (.eml)
mail-save-named = { $name } speichern
mail-kind = Mail
mail-attachments = { $count ->
    [one] { $count } Anhang
   *[other] { $count } Anhänge
}
mail-attached = Angehängt
mail-no-subject = (ohne Betreff)
mail-preview = Mail: { $text }
mail-sent-by = Gesendet von
mail-sent-to = Gesendet an
mail-sent = Gesendet
mail-from = Von, sagt die Mail
mail-to-whom = An, sagt die Mail
mail-cc = Kopie an, sagt die Mail
mail-date = Geschrieben, sagt die Mail
mail-claims = Namen und Adressen stehen in der Mail selbst. Jeder kann beliebige hineinschreiben; wer sie dir geschickt hat, steht darüber.
mail-fetching = Sie wird geholt. Die Unterhaltung zeigt, wenn sie da ist.
mail-cut = Der Text geht weiter. Ganz steht er in dem, was du für ein Mailprogramm speicherst.
mail-wrote = { $who } schrieb ({ $when }):
share-write = Link teilen
share-with = Mit { $nick } teilen
share-intro = Etwas, das anderswo liegt: ein Dokument, ein Album, eine Liste. Gesendet wird nur die Adresse und was es öffnet.
share-title = Wie es heißt
share-address = Seine Adresse
share-what = Was es ist
share-secret = Was es öffnet, falls nötig
share-secret-help = Ein Passwort oder Code. Es wird gezeigt, wenn man danach fragt.
share-secret-show = Zeigen, was es öffnet
share-send = Teilen
share-link = Link
share-document = Dokument
share-album = Album
share-list = Liste
share-preview = Geteilt: { $text }
ask-write = Jemanden in Kontakt bringen
ask-with = Jemanden mit { $nick } in Kontakt bringen
ask-intro = { $nick } erfährt, dass jemand in Kontakt kommen möchte. Mit einer Einladung dieser Person kann { $nick } gleich antworten.
ask-name = Wer
ask-invitation = Deren Einladung, falls du eine hast
ask-invitation-help = Ein Link, den sie gemacht hat. Er wird nur weitergegeben.
ask-note = Ein paar Worte
ask-send = Senden
ask-kind = Kontakt
ask-said = { $name } möchte mit dir in Kontakt kommen. Das sagt dir { $nick }.
ask-told = Du hast { $nick } gesagt, dass { $name } in Kontakt kommen möchte.
ask-look = Einladung ansehen
ask-answer = Antwort schreiben
ask-preview = In Kontakt: { $text }
error-mail-too-large = Die Mail ist zu groß: 64 MiB sind das Höchste, Dateien darin zählen vier Drittel. Nichts wurde gesendet; schicke Großes als Dateien.
error-mail-on-its-way = Die Mail ist noch nicht hier. Sie ist unterwegs; versuche es später noch einmal.
error-no-mail = In dieser Nachricht ist keine Mail. Es wurde nichts geändert: Geh zurück zur Unterhaltung.
error-no-attachment = Diesen Anhang gibt es in der Mail nicht. Es wurde nichts geändert: Geh zurück zur Mail.
error-something-missing = Es fehlt etwas. Nichts wurde gesendet.
error-too-much = Das ist zu lang für eine Nachricht. Nichts wurde gesendet; kürze es.

# Spiele
game-play = Schach spielen
notify-game = Schach: In eurer Partie hat sich etwas getan.
game-play-short = Schach
games-with = Schach mit { $nick }
games-none = Ihr habt noch nicht gespielt.
game-with = Schach mit { $nick }
game-number = Partie { $number }
game-new = Eine neue Partie
game-colour = Deine Figuren
game-chance = Der Zufall entscheidet
game-white = Weiß (zieht zuerst)
game-black = Schwarz
game-ask = { $nick } zum Spiel auffordern
game-asks-you = { $nick } fordert dich zum Spiel auf.
game-not-answered = { $nick } hat noch nicht geantwortet.
game-declined = Die Aufforderung wurde abgelehnt.
game-withdrawn = Die Aufforderung wurde zurückgenommen.
game-your-move = Du bist am Zug.
game-their-move = { $nick } ist am Zug.
game-won = Du hast gewonnen.
game-lost = { $nick } hat gewonnen.
game-drawn = Remis.
game-offers-draw = { $nick } bietet Remis an.
game-check-said = Schach!
game-by-checkmate = Schachmatt.
game-by-resignation = Durch Aufgabe.
game-by-stalemate = Patt.
game-by-material = Niemand kann mehr mattsetzen.
game-by-agreement = Vereinbart.
game-by-repetition = Immer wieder dieselbe Stellung.
game-by-quiet = Zu lange ohne Schlag und Bauernzug.
game-by-length = Länger kann keine Partie sein.
game-step = Schach: { $step }
game-step-invite = Spielen wir?
game-step-accept = Ja, spielen wir.
game-step-decline = Nein, danke.
game-step-offer = { $move }, und Remis wird angeboten.
game-step-resign = gibt auf.
game-step-take-back = Die Aufforderung ist zurückgenommen.
game-step-draw = nimmt das Remis an.
game-step-claim = beansprucht Remis.
game-step-waits = (Wartet auf das, was davor kommt.)
game-step-void = (Passt nicht zur Partie und zählt nicht.)
game-step-crossed = (Zählt nicht: Es hat sich mit etwas anderem gekreuzt.)
game-accept = Spielen
game-decline = Nein, danke
game-open = Brett öffnen
game-board = Brett
game-white-king = weißer König
game-white-queen = weiße Dame
game-white-rook = weißer Turm
game-white-bishop = weißer Läufer
game-white-knight = weißer Springer
game-white-pawn = weißer Bauer
game-black-king = schwarzer König
game-black-queen = schwarze Dame
game-black-rook = schwarzer Turm
game-black-bishop = schwarzer Läufer
game-black-knight = schwarzer Springer
game-black-pawn = schwarzer Bauer
game-queen = Dame
game-rook = Turm
game-bishop = Läufer
game-knight = Springer
game-check = im Schach
game-can-go = Zug hierher möglich
game-chosen = gewählt
game-movable = kann ziehen
game-promote = Was wird aus dem Bauern?
game-take-back = Aufforderung zurücknehmen
game-take-draw = Remis annehmen
game-claim-draw = Remis beanspruchen
game-write-move = Oder schreib einen Zug
game-move = Ziehen
game-offer = Damit Remis anbieten
game-moves = Züge
game-save = Für andere Schachprogramme speichern (PGN)
game-resign = Aufgeben
game-resign-sure = Willst du aufgeben? Dann ist die Partie verloren.
game-resign-yes = Ja, aufgeben
error-unknown-game = Diese Partie gibt es nicht mehr. Es wurde nichts geändert: Ihre Nachrichten stehen in der Unterhaltung, und dort lässt sich eine neue beginnen.
error-game-not-answered = Die Aufforderung ist noch nicht beantwortet. Es wurde nichts geändert.
error-not-accepted = Die Partie ist nicht angenommen. Nimm sie erst an; es wurde nichts geändert.
error-not-invited = Es gibt keine Aufforderung, die du beantworten könntest. Es wurde nichts geändert.
error-not-your-turn = Du bist nicht am Zug. Es wurde nichts geändert.
error-illegal-move = Das ist kein erlaubter Zug. Es wurde nichts geändert. Wähle eine Figur, um zu sehen, wohin sie kann.
error-game-over = Die Partie ist zu Ende. Es wurde nichts geändert.
error-no-draw = Es ist kein Remis angeboten, und keines kann beansprucht werden. Es wurde nichts geändert. Biete eines mit deinem Zug an.
error-not-now = Das geht jetzt nicht. Es wurde nichts geändert.
error-is-a-move = Was in einer Partie getan wurde, lässt sich nicht zurücknehmen. Es wurde nichts geändert.

# Andere Programme
apps = Apps
apps-intro = Andere Programme auf diesem Rechner können deine Beziehungen nutzen, etwa eine gemeinsame Aufgabenliste. Jedes sieht nur die Kontakte, die du ihm gibst, und nur, was von seiner eigenen Art ist; das kannst du jederzeit zurücknehmen.
apps-none = Kein anderes Programm nutzt deine Beziehungen. Eines, das es möchte, fragt hier und zeigt einen Code.
app-asks = „{ $name }“ möchte eine App werden
app-asks-help = Wenn du es gerade gestartet hast, zeigt es einen Code. Wenn nicht, lass es nicht ein.
app-asks-until = Es wartet bis { $when }.
app-wants-types = Es sendet und empfängt, was von seiner eigenen Art ist:
app-wants-messages = Es möchte alles lesen, was du und die gewählten Kontakte schreiben, und in deinem Namen schreiben.
app-wants-no-messages = Deine Nachrichten sieht es nicht.
app-never-gets = Es bekommt nie Schlüssel oder Adressen und keine anderen Kontakte als die gewählten. Es erfährt, wie du sie nennst.
app-code = Code, den es zeigt
app-code-help = Gib ihn ein, damit du das Programm einlässt, das du meinst, und kein anderes.
app-with-whom = Mit wem
app-all-contacts = Alle Kontakte, auch künftige
app-no-contacts = Niemand
app-allow-messages = Alles lesen und in meinem Namen schreiben
app-allow-messages-means = Für Programme, die diese Seite ersetzen. Was so ein Programm liest, kann es weitergeben; was es schreibt, sieht aus wie von dir.
app-messages-once = Wenn du das wegnimmst, muss es neu fragen.
app-allow = Einlassen
app-deny = Nicht einlassen
app-contacts = Kontakte
app-messages = Nachrichten
app-reads-messages = Es liest alles, was mit diesen Kontakten geschrieben wird, und schreibt in deinem Namen.
app-no-messages = Es sieht keine.
app-types = Arten
app-since = Seit
app-used = Zuletzt benutzt
app-never = Nie
app-not-come = Nie; es hat seinen Ausweis noch nicht abgeholt
app-revoke = Nicht mehr einlassen
app-revoke-means = Es wird von jetzt an abgewiesen. Was es gesendet und empfangen hat, bleibt; was es gelesen hat, kann es behalten haben.
app-revoke-yes = Nicht mehr einlassen
done-app-allowed = Es ist eingelassen.
done-app-denied = Es ist nicht eingelassen.
done-app-revoked = Es wird nicht mehr eingelassen.
error-wrong-code = Kein wartendes Programm zeigt diesen Code. Nichts wurde erlaubt. Nach fünf falschen Codes müssen alle wartenden neu fragen.
error-messages-not-asked = Es hat nicht nach deinen Nachrichten gefragt. Nichts wurde erlaubt.
error-unknown-request = Es wartet nicht mehr.
error-unknown-app = Diese App gibt es nicht mehr. Es wurde nichts geändert: Lade die Seite neu, um zu sehen, welche es gibt.
notice-app-request = Ein Programm möchte eine App werden. Antworte unter „Apps“.
message-via = über { $app }

# ---- calls ----
call-audio = Anruf
call-video = Videoanruf
call-start = Anrufen
call-start-video = Mit Video anrufen
call-ringing = Eingehende Anrufe
call-from = { $nick } ruft an
call-from-video = { $nick } ruft mit Video an
call-with = Anruf mit { $nick }
call-take = Annehmen
call-take-video = Mit Video annehmen
call-decline = Ablehnen
call-end = Auflegen
call-again = Noch einmal anrufen
call-mute = Mikrofon stummschalten
call-camera-off = Kamera ausschalten
call-controls = Dein Anruf
call-picture = Bild von { $nick }
call-own-picture = Dein eigenes Bild
call-preparing = Dein Browser fragt nach Mikrofon und Kamera …
call-rings = { $what }, es klingelt
call-calling = { $what }, wird gerufen …
call-rings-there = { $what }, es klingelt dort
call-connecting = { $what }, wird verbunden …
call-going-on = { $what }, läuft
call-missed = Verpasster Anruf
call-missed-video = Verpasster Videoanruf
call-no-answer = { $what }, keine Antwort
call-they-declined = { $what }, dort abgelehnt
call-you-declined = { $what }, von dir abgelehnt
call-busy = { $what }, dort war besetzt
call-lasted = { $what }, dauerte { $time }
call-failed = { $what }, kam nicht zustande
call-crossed = { $what }, aufgegeben zugunsten des anderen
call-now-connecting = Wird verbunden …
call-now-talking = Verbunden
call-now-lost = Verbindung verloren, neuer Versuch …
call-no-way = Eure Browser fanden keinen Weg zueinander. Ein Anbieter mit einem Relais kann helfen.
call-locked = Die App wurde gesperrt, und der Anruf ist beendet.
call-no-camera = Die Kamera lässt sich nicht benutzen: verweigert, nicht vorhanden oder anderswo in Gebrauch. Der Anruf geht nur mit Ton weiter.
call-no-microphone = Es gibt kein Mikrofon, das sich benutzen lässt. Niemand wurde angerufen und nichts angenommen; schließe eines an und versuche es noch einmal.
call-refused = Der Browser darf das Mikrofon nicht benutzen. Niemand wurde angerufen und nichts angenommen; erlaube es im Browser und versuche es noch einmal.
call-unable = Dieser Browser kann nicht telefonieren. Niemand wurde angerufen und nichts angenommen.
notify-call = Jemand ruft an.
calls = Anrufe
calls-direct = Direkt, wo das möglich ist
calls-direct-help = Wen du anrufst oder wessen Anruf du annimmst, kann deine Netzadresse erfahren und damit ungefähr, wo du bist.
calls-relay = In jedem Fall über ein Relais
calls-relay-help = Kontakte erfahren deine Adresse nicht; das Relais erfährt beide und wie lange ihr sprecht, hört aber nichts. Einer deiner Anbieter muss ein Relais anbieten.
error-no-relay = Anrufe sollen nur über ein Relais gehen, und keiner deiner Anbieter hat eines. Niemand wurde angerufen und nichts angenommen. Ändere die Einstellung, oder nimm einen Anbieter mit Relais.
error-in-a-call = Du bist schon in einem Anruf. Lege dort zuerst auf.
error-cannot-call = So wie es steht, lässt sich dort nicht anrufen. Nichts wurde gesendet.
error-call-over = Der Anruf ist beendet. Es ging nichts verloren: Du kannst aus der Unterhaltung noch einmal anrufen.
error-call-taken = Der Anruf wurde in einem anderen Fenster angenommen.
error-call-not-now = Das geht mit dem Anruf gerade nicht. Nichts wurde gesendet.
error-unknown-call = Diesen Anruf gibt es nicht mehr. Es wurde nichts geändert: Was von ihm bekannt ist, steht in der Unterhaltung.
error-bad-description = Dein Browser hat den Anruf so beschrieben, dass es sich nicht senden lässt. Niemand wurde angerufen.
error-they-call = Du wirst von dort gerade selbst angerufen: nimm diesen Anruf an. Nichts wurde gesendet.
error-call = Was über den Anruf bekannt ist, ließ sich nicht festhalten. Nichts wurde geändert.
error-no-such-call = Es gibt jetzt keinen solchen Anruf. Nichts wurde getan.
error-which-call = Es gibt mehrere solche Anrufe. Nichts wurde getan; sage, welcher gemeint ist.
error-game = Die Partie ließ sich nicht festhalten. Nichts wurde geändert.
error-bad-app-name = Der Name einer App hat ein paar sichtbare Zeichen, höchstens aber so viele wie der eines Kontakts. Nichts wurde geändert.
error-bad-fallback = Der Ersatztext ist leer oder zu lang. Nichts wurde gesendet.
error-bad-key = Der Schlüssel, der Wiederholungen erkennt, ist leer oder zu lang. Nichts wurde gesendet.
error-bad-type = Das ist keine Art, die eine App anmelden kann. Nichts wurde geändert.
error-key-reused = Dieser Schlüssel stand schon für etwas anderes. Nichts wurde gesendet.
error-no-api = Andere Programme erreichen dieses `dyad up` nicht.
error-nothing-wanted = Eine App meldet mindestens eine Art an oder bittet um die Nachrichten.
error-token-revoked = Diese App darf nichts mehr. Sie muss neu eingelassen werden.
error-token-unknown = Das ist nicht der Ausweis einer App.
error-too-large = Das ist mehr, als eine App auf einmal senden kann. Nichts wurde gesendet.
error-too-many-pairings = Es warten schon mehrere Programme auf deine Antwort. Antworte einem davon oder warte zehn Minuten.
error-too-many-types = So viele Arten kann eine App nicht anmelden.
error-type-not-registered = Diese Art hat die App nicht angemeldet. Nichts wurde gesendet.
error-unknown-pairing = Diese Anfrage gibt es nicht mehr: Ihre zehn Minuten sind um, oder ihr Ausweis wurde schon geholt. Das Programm kann neu fragen.
error-unknown-payload = So etwas gibt es nicht, oder diese App darf es nicht sehen.
error-unknown-relationship = Diesen Kontakt gibt es nicht, oder diese App darf ihn nicht sehen.

# ---- long edits, drafts of mails, games after a restore ----
edit-new-text = Der neue Text
edit-being-sent = Der neue Text wird zu einem Dienst gebracht: { $percent } %. Bis er dort ist, sieht { $nick } den davor.
edit-refused = Kein Dienst nimmt den neuen Text. { $nick } sieht weiter den davor; hier ist er aufgehoben.
mail-draft-kept = Du hattest diese Mail angefangen. Sie bleibt, bis du sie sendest oder verwirfst.
mail-draft-first = Du hast eine andere Mail angefangen. Sende oder verwirf sie zuerst; dann kannst du diese Antwort schreiben.
mail-draft-files = { $count ->
    [one] Eine Datei war angehängt. Dateien werden mit einem Entwurf nicht aufgehoben: Hänge sie neu an.
   *[other] { $count } Dateien waren angehängt. Dateien werden mit einem Entwurf nicht aufgehoben: Hänge sie neu an.
}
mail-draft-discard = Entwurf verwerfen
mail-draft-keep = Als Entwurf aufheben
mail-draft-saved = Als Entwurf aufgehoben.
mail-draft-no-files = Dateien werden damit nicht aufgehoben.
game-missing = Fehlen Züge?
game-missing-help = Nach dem Einspielen einer älteren Sicherung fehlen hier die Züge, die danach gemacht wurden. Die App von { $nick } kann danach gefragt werden. Deine eigenen Züge werden nur geglaubt, wenn sie das Zeichen deiner App tragen.
game-ask-again = Danach fragen
game-asked = Die App von { $nick } wird gefragt. Was fehlte, erscheint hier; es kommt nichts, wenn nichts fehlt.
game-step-again = { $count ->
    [one] Die Partie geht weiter: Ein Schritt, der auf dieser Seite fehlte, wurde zurückgebracht.
   *[other] Die Partie geht weiter: { $count } Schritte, die auf dieser Seite fehlten, wurden zurückgebracht.
}
game-step-doubt = Die andere App sagt, dass weitergespielt wurde, aber nichts zeigt, dass die Züge, die sie deine nennt, von dir sind. Nichts wurde geändert; du kannst diese Partie aufgeben und eine neue beginnen.

# Calls that break, and what is stuck
call-gone = Die Verbindung ist abgerissen und kam nicht wieder. Du kannst noch einmal anrufen.
stuck-store = Dieser Rechner
stuck-file = Eine Datei an oder von { $nick }

# Bilder neben Namen
picture = Bild
picture-help = Kontakte, die dieses Profil sehen, sehen es neben deinem Namen. Gezeigt wird das Quadrat in der Mitte, klein; was die Kamera vermerkt hat, etwa der Ort, ist nicht darin.
picture-choose = Wähle ein Bild
picture-show = Dieses Bild zeigen
picture-remove = Kein Bild mehr zeigen
picture-preview = Das Bild, wie Kontakte es sehen
picture-own = Dein Bild
picture-of = Bild, das { $nick } zeigt
error-not-a-picture = Das ist kein Bild: JPEG, PNG, WebP und GIF können gezeigt werden. Nichts wurde geändert.
error-picture-damaged = Das Bild lässt sich nicht lesen: es ist beschädigt. Nichts wurde geändert.
error-picture-too-large = Das Bild ist zu groß: höchstens 64 MiB und etwa 60 Millionen Bildpunkte werden gelesen. Nichts wurde geändert. Verkleinere es zuerst.
error-no-picture-chosen = Es wurde kein Bild gewählt. Nichts wurde geändert.
error-no-picture = Dieser Kontakt zeigt kein Bild. Nichts wurde geschrieben.
notice-picture-changed = Zeigt jetzt ein anderes Bild.
notice-picture-removed = Zeigt kein Bild mehr.

mail-file = Eine Mail senden, die du als Datei hast
mail-file-choose = Die Datei (.eml)
mail-file-help = Sie geht, wie sie ist, ohne Spuren ihres Wegs zu dir und ohne verborgene Empfänger. Höchstens 64 MB. Was du oben schreibst, bleibt hier.
mail-file-send = An { $nick } senden
mails-title = Mails
mails-count = { $count ->
    [one] Eine Mail mit diesem Kontakt.
   *[other] { $count } Mails mit diesem Kontakt.
}
mails-save = Alle für ein Mailprogramm sichern (.mbox)
api-where = Wo Programme die App finden
api-where-help = Ein Programm, das die App nicht von selbst findet, will eines davon wissen. Keines lässt es etwas sehen, bevor du es erlaubst.
api-socket = Socket
api-address = Adresse
overview = Anrufe und Partien
games = Partien
calls-none = Bis jetzt gab es keinen Anruf. Ein Anruf beginnt in einer Unterhaltung.
games-none-anywhere = Bis jetzt gab es keine Partie. Eine Schachpartie beginnt in einer Unterhaltung.
call-ours = Von dir:
call-theirs = Von dort:
