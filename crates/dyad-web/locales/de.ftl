# The words of the page. Plain ones: no jargon where everybody passes.
app-name = Dyad
error-title = That did not work
error-details = Details
error-no-page = There is no such page. Nothing was changed.
error-no-such-contact = There is no such contact here any more.
action-failed = That did not work. Nothing was changed; try again.
connection-lost = The app does not answer. What you wrote is still here; this page goes on by itself when the app is back.
back-to-conversations = Back to the conversations
close = Close
cancel = Cancel
go-on = Go on

closed-title = This page is closed
closed-why = It belongs to a Dyad app that runs on this machine, and this browser has not been let in, or its way in was used before.
closed-how = Type this in a terminal; it opens the page:
entering = Opening your conversations.

setup-title = Welcome to Dyad
setup-intro = Messages that only you and the people you know can read. Everything stays on this machine, locked with a passphrase.
setup-name = How do you want to be called?
setup-name-help = People you write with see this. You can change it, or leave it empty.
setup-passphrase = Choose a passphrase
setup-passphrase-help = A few words that only you know. Nobody can recover them for you.
setup-again = The same again
setup-go = Start
setup-short = The passphrase needs at least 8 characters. Nothing was made yet.
setup-different = These were two different passphrases. Nothing was made yet; type the same one twice.
setup-other = Other choices
setup-keyring = Use the system's keyring
setup-keyring-help = Your desktop can keep the key, so that you need no passphrase of your own.
setup-services-help = Services that carry your messages are set up by themselves. You can choose others later under “Me”, “Providers”.

unlock-title = Locked
unlock-working = Your passphrase opens this page. Messages go on arriving meanwhile.
unlock-resting = Your passphrase opens the app. Until then nothing is sent or fetched.
unlock-passphrase = Passphrase
unlock-go = Unlock

main-menu = Main
skip-to-content = Skip to content
conversations = Conversations
archive = Archive
archive-empty = Nothing was put away.
archived-count = { $count ->
    [one] Archive: one conversation
   *[other] Archive: { $count } conversations
}
invite = Invite
accept = Accept
me = Me
search = Search
search-all = Search all messages
list-empty = Nobody here yet
list-empty-how = Invite somebody, or answer an invitation that you were given.
home-empty = Begin with somebody you know
home-empty-how = Make an invitation and pass it on in any way you trust: read it out, send it, show it to a camera.
invite-somebody = Invite somebody
accept-invitation = Answer an invitation
choose-conversation = Choose a conversation.
shortcuts-hint = Press ? to see what the keyboard can do.
pinned = pinned
muted = muted
draft = Draft
you = You
some-not-sent = something was not delivered
unread-messages = { $count ->
    [one] one new message
   *[other] { $count } new messages
}
notify-text = There is a new message.

status-requested = Waiting for their answer
status-active = In touch
status-blocked = Blocked: nothing of theirs comes through
status-ended-by-us = You ended this
status-ended-by-them = They ended this
status-refused = The invitation had been used by somebody else

about-contact = About this contact
verified = verified
timer-runs = verschwindet nach: { $time }
messages = Messages
no-messages = No messages yet.
older-messages = Older messages
new-messages = New messages
write-message = Write a message
send = Send
replying = Reply to
editing = Change
edited = changed
message-deleted = This message was deleted.
quote-gone = a message that is not here
too-long = This is too long for one message. It is still in the field: shorten it or divide it.
delete-sure = Delete this message?
vanishes-at = Vanishes { $when }
timer-on = { $who } set messages to vanish after { $time }.
timer-off = { $who } set messages to stay.
label-message = { $who }: { $text }, { $time }
label-reply = { $who }, replying to { $to }: { $text }, { $time }
label-reaction = { $who }: { $emoji }
state-waiting = Waiting here: no service has it yet
state-accepted = With your service, on its way
state-delivered = With their service
state-confirmed = On their device
state-read = Read
state-unconfirmed = Not confirmed after 14 days
state-failed = Not sent

days = { $count ->
    [one] one day
   *[other] { $count } days
}
hours = { $count ->
    [one] one hour
   *[other] { $count } hours
}
minutes = { $count ->
    [one] one minute
   *[other] { $count } minutes
}
seconds = { $count ->
    [one] one second
   *[other] { $count } seconds
}
today = Today
yesterday = Yesterday
date = { $weekday }, { $day } { $month } { $year }
date-this-year = { $weekday }, { $day } { $month }
date-and-time = { $day }, { $time }
monday = Monday
tuesday = Tuesday
wednesday = Wednesday
thursday = Thursday
friday = Friday
saturday = Saturday
sunday = Sunday
january = January
february = February
march = March
april = April
may = May
june = June
july = July
august = August
september = September
october = October
november = November
december = December

shortcuts = Keyboard
key-help = this list
key-search = search
key-region = between list, messages and the field
key-arrows = in the list, and from message to message
key-enter = send
key-shift-enter = new line
key-message = reply, change, delete, react to the chosen message
key-invite = invite somebody
key-escape = leave

# Conversations: messages, their menus, search.
weeks = { $count ->
    [one] eine Woche
   *[other] { $count } Wochen
}
newer-messages = Neuere Nachrichten
to-end = Zur neuesten
message-menu = Was sich mit dieser Nachricht tun lässt
conversation-menu = Was sich mit diesem Gespräch tun lässt
back-to-conversation = Zurück zum Gespräch
one-message = Eine Nachricht
reply = Antworten
edit = Ändern
edit-save = Änderung speichern
copy-text = Text kopieren
copied = Kopiert.
go-to-quoted = Zur beantworteten Nachricht
delete = Löschen
delete-help = „Hier“ nimmt sie auf diesem Gerät weg und sagt niemandem etwas. „Für beide“ bittet auch die andere App darum; was dort gelesen oder kopiert wurde, bleibt bekannt.
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
timer-label = Neue Nachrichten verschwinden nach
timer-never = nie
timer-set = Setzen
timer-help = Deine eigenen, nachdem sie gesendet, fremde, nachdem sie gelesen wurden. Es gilt für euch beide und für Nachrichten von jetzt an; eine Kamera oder eine andere App kann sie trotzdem behalten.
timer-changed = Die Zeit, nach der Nachrichten verschwinden, wurde geändert.
vanishes-after = Verschwindet nach dem Lesen: { $time }
locked-with-text = Die Seite ist gesperrt und verbirgt alles außer dem, was du gerade schreibst; es ist nicht gesendet. Entsperre sie in einem anderen Fenster, dann geht es hier weiter.
search-title = Suche: { $query }
search-how = Tippe Wörter oder ihre Anfänge. Durchsucht wird alles, was hier je geschrieben wurde, und nur auf diesem Gerät.
search-nothing = Nichts gefunden
search-nothing-how = Gefunden werden Nachrichten, in denen alle Wörter vorkommen oder Wörter, die so anfangen. Versuche es mit weniger oder kürzeren. Gelöschte und verschwundene Nachrichten werden nicht aufbewahrt.
search-more = Mehr zeigen
key-menu = Menü der gewählten Nachricht oder des gewählten Gesprächs (bei einer Nachricht auch Enter)
error-unknown-message = Diese Nachricht ist nicht mehr hier: sie wurde gelöscht oder ist verschwunden. Nichts wurde geändert.
error-deleted = Diese Nachricht wurde gelöscht. Nichts wurde geändert.
error-not-yours = Nur eigene Nachrichten lassen sich ändern oder für beide löschen. Nichts wurde geändert.
error-not-a-text = Nur ein Text lässt sich ändern. Nichts wurde geändert.
error-bad-reaction = Eine Reaktion ist ein Emoji oder ein Zeichen. Nichts wurde geändert.
error-bad-timer = Nach dieser Zeit können Nachrichten nicht verschwinden. Nichts wurde geändert.
error-empty-text = Es gibt nichts zu senden.
error-too-long = Das ist zu lang für eine Nachricht. Nichts wurde gesendet: kürze oder teile es.
error-not-stranded = Nur eine Nachricht, die nicht angekommen ist, wird noch einmal gesendet. Nichts wurde geändert.
