# The words of the page. Plain ones: no jargon where everybody passes.
app-name = Dyad
error-title = That did not work
error-details = Details
error-no-page = There is no such page. Nothing was changed.
error-no-such-contact = There is no such contact here any more. Nothing was changed: the others are in the list.
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
setup-keyring-exposed = This page can be reached from other computers, so it needs a passphrase. Nothing was made yet.
setup-provider = Choose a provider of your own next
setup-provider-help = Services that carry your messages are set up by themselves, on this machine. You can use those of somebody else instead or as well, now or later.

unlock-title = Locked
unlock-working = Your passphrase opens this page. Messages go on arriving meanwhile.
unlock-resting = Your passphrase opens the app. Until then nothing is sent or fetched.
unlock-keyring = The system's keyring has the key: no passphrase is needed.
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
timer-runs = vanish after { $time }
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
too-long = This is longer than 1 MiB. It is still in the field: shorten it, or send it as a file.
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
written-and-arrived = { $written }, arrived { $arrived }
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
key-ends = the first and the last
key-enter = send
key-shift-enter = new line
key-message = reply, change, delete, react to the chosen message
key-message-more = copy the chosen message, see why it is where it is
key-invite = invite somebody
key-escape = leave


# People: inviting, answering, contacts
back = Back
save = Save
change = Change
copy = Copy
copied = Copied.
not-copied = The browser did not let the text be copied. Select it and copy it as usual.
copy-with-words = Copy with some words
share = Share
done-renamed = They are called this here now. They are not told.
done-verified = Noted: you have compared the words, and they are the same.
done-blocked = Blocked. Nothing of theirs comes through, and they are not told.
done-unblocked = They can write to you again.
done-ended = It is over. What was written is still here.
done-profile = They see this profile from now on.
done-timer = Noted. Their app is told.
done-traffic = From the next message on.
done-withdrawn = The invitation is void. Whoever answered it before stays your contact.
done-saved = Saved.
done-removed = Removed. Whoever saw this profile sees the default one.
done-added = Added.
done-moved = No new addresses are made there. It is still asked for messages until the last old address has expired.
done-closed = It is not used any more.
done-looked = Done just now.
which-profile = As whom

invite-intro = You get a link that you pass on in any way you trust. Whoever opens it in their app can become your contact.
invite-for = For whom
invite-single = One person
invite-single-help = It can be answered once. If somebody else was faster, you both learn of it.
invite-multiple = Several people
invite-multiple-help = Anybody who gets the link can become your contact until it expires.
invite-name = What you call them
invite-name-help = Only you see this. If you leave it empty, they are called what they call themselves.
invite-days = Good for
invite-tell = Tell my name in the invitation
invite-tell-help = Without it, they see no name until they have answered.
invite-make = Make the invitation
invite-share-text = I invite you to write with me on Dyad: { $link }
invite-qr-label = QR code of the invitation link
invitations-open = Open invitations
invitations-none = There are none.
invitations-see = All invitations
invitations-past = { $count ->
    [one] One earlier invitation
   *[other] { $count } earlier invitations
}
invitation-unnamed = Without a name
invitation-made = made { $when }
invitation-open = Open until { $when }
invitation-not-hosted = Not yet with the service: the link works as soon as it is, which is tried again and again. Good until { $when }.
invitation-expired = Expired
invitation-answered = Answered
invitation-withdrawn = Void
invitation-single = for one person
invitation-uses = { $count ->
    [0] for several people, nobody answered yet
    [one] for several people, one answered
   *[other] for several people, { $count } answered
}
withdraw = Withdraw
withdraw-means = The link stops working for everybody who has not answered yet. Those who have stay your contacts.
withdraw-yes = Yes, withdraw it
invited-title = Your invitation
invited-single = Give this to one person and to nobody else: whoever has it can answer it, once.
invited-single-for = Give this to { $name } and to nobody else: whoever has it can answer it, once.
invited-multiple = Anybody who has this can become your contact.
invited-until = It is good until { $when }.
invited-hosted = The link works now.
invited-not-hosted = The service that keeps your invitations cannot be reached at the moment. The invitation is made: the link works as soon as the service is back, which is tried by itself. The file works at once.
only-here = Your services run on this computer, and only this computer reaches them: somebody elsewhere cannot accept. To write with people elsewhere, add a provider that they can reach, and invite then.
only-here-add = Add a provider
invited-once = It is shown only here and now: copy it before you leave this page. If you lose it, withdraw it and make another.
invited-link = Link
invited-qr = QR code
invited-qr-help = They scan it with their app: “Accept”, “Scan with the camera”.
invited-file = File
invited-file-help = Holds the whole invitation; works even without the service.
invited-download = Save the file
invited-file-text = Show the text of the file
invited-uri = Address that opens the app
invited-uri-help = The same link, for a machine where the app is installed.

accept-intro = Did somebody give you an invitation? Bring it here.
accept-text = Link, or the text of the file
accept-text-help = Paste the whole of it, from the first to the last letter.
accept-go-look = See whose it is
accept-scan = From a picture, the camera or a file
accept-scan-help = You can also drop a file or a picture anywhere on this page. Pictures stay on this machine.
accept-file = Choose a file
accept-file-too-large = This file is too large for an invitation. Nothing was changed.
accept-look-first = Nothing is answered yet. You first see whose invitation it is and what answering means.
accept-look-title = An invitation
scan-camera = Scan with the camera
scan-stop = Stop the camera
scan-picture = Choose a picture
scan-view = What the camera sees
scan-none = There is no readable code in this picture. Try a sharper or larger one.
scan-denied = The camera cannot be used. Allow it for this page, or choose a picture instead.
scan-looking = Hold the code before the camera.
scan-found = Found.
look-from = { $name } invites you
look-from-nobody = Somebody invites you
look-name = They call themselves
look-no-name = They say no name.
look-uses = Can be answered
look-single = once, by one person
look-multiple = by several people
look-until = Good until
look-hosts = They receive at
look-own = This is your own invitation. Pass it on to somebody else.
look-expired = This invitation expired: { $when }. Ask for a new one. Nothing was changed.
look-means = If you accept
look-means-write = You can write to each other; nobody else can read it.
look-means-see = They see the name and pronouns that you choose to show, and at which service you receive. They do not learn where you are.
look-means-name = Nobody vouches for the name: it is what they say. Are you sure who gave you this? You can compare words with them later.
look-means-end = You can end it or block them at any time.
look-nick = What you call them
look-nick-help = Only you see this.
look-accept = Accept
look-not-now = Not now
look-another = Bring another one

to-conversation = Write
contact-name = Name
contact-they-say = They call themselves
contact-nick = You call them
contact-nick-help = Only you see this name.
verify-title = Is it really them?
verify-not-yet = They have not answered yet. When they have, there are words here to compare.
verify-done = You compared the words: { $when }
verify-intro = Compare these words with them, side by side or in a call in which you know their voice. If all are the same, nobody sits in between.
words = Words to compare
verify-same = They are the same
verify-differ = If they are not the same, do not write anything that matters: somebody may be reading along. Meet, and begin with a new invitation.
verify-qr = Compare by camera
verify-qr-help = When you are together: one shows this code, the other scans it. The app compares.
words-qr-label = QR code of the words to compare
met-title = How you know each other
provenance-accepted = You accepted their invitation.
provenance-answered = They accepted your invitation.
provenance-verified = You compared words with them.
provenance-identity-followed = Their identity was replaced by one that the old one vouches for.
provenance-repaired-restored = The connection was begun anew: older data had been restored.
provenance-repaired-undecryptable = The connection was begun anew: messages could not be decrypted.
provenance-repaired-by-contact = The connection was begun anew: their app asked for it.
contact-choices = Between you
contact-profile = They see you as
contact-timer = Messages vanish
contact-timer-help = Holds for both sides, from the next message on. That nothing is kept over there cannot be proved.
timer-never = never
timer-after = { $time } after they were sent or read
contact-traffic = What you send
traffic-relaxed = Mixed with others (recommended)
traffic-relaxed-help = Held back for some seconds, so that nobody can tell by the time who writes to whom.
traffic-prompt = At once
traffic-prompt-help = Faster. Whoever watches both services could match the times.
health-title = Connection
service-ok = In order, as far as we know.
service-wrong = There is trouble.
addresses-we-hold = Fresh addresses for writing there: { $stock }.
addresses-they-hold = Fresh addresses of yours with them
addresses-none = none
addresses-few = few
addresses-enough = enough
last-heard = Last heard from
last-heard-never = never
unconfirmed = Not confirmed yet
unconfirmed-count = { $count ->
    [one] one message
   *[other] { $count } messages
}
unconfirmed-since = The oldest: { $when }.
secret-renewed = Shared secret renewed
mended = Connection mended
times = { $count ->
    [0] not yet
    [one] once
   *[other] { $count } times
}
identities = Identities, for experts
identity-ours = Yours
identity-theirs = Theirs
end-title = Going separate ways
block = Block
block-means = Nothing of theirs comes through, and they are not told. You can undo it; what they wrote meanwhile comes then.
block-yes = Yes, block them
unblock = Unblock
unblock-means = What they wrote meanwhile comes again.
end = End it
end-means = You cannot write to each other any more. This cannot be undone; only a new invitation brings you together. What was written stays here.
end-announce = Tell them that it is over
end-yes = Yes, end it
forget = Forget
forget-means = They and everything that was written are deleted here, for good. What they have stays with them.
forget-yes = Yes, delete everything
forget-later = To delete what was written, block them or end it first.

# Me
lock = Lock
profiles = Profiles
providers = Providers
settings = Settings
log = What goes on
profiles-intro = This is how people see you. You can have several profiles, such as one for friends and one for work; nobody who sees one learns of another from the app.
profile-nameless = Without a name
profile-default = default
profile-unseen = Nobody sees this one.
profile-seen-by = Seen by
profile-remove = Remove
profile-remove-means = Whoever sees this profile sees the default one from then on, and is told the new name.
profile-remove-yes = Yes, remove it
profile-add = Add a profile
profile-make-default = Use it for new contacts unless I say otherwise
pronouns = Pronouns
read-receipts = Tell them when I have read something
read-receipts-help = Whoever sees this profile is told.
badge = Badge
badge-help = By it you tell your profiles apart. Nobody else sees it.
badge-letters = One or two letters
badge-colour = Colour { $count }

providers-intro = Providers carry your messages and keep them until you fetch them. They cannot read them. With two, one may fail.
providers-none = There is none: nothing can be sent or received. Add one.
role-sender = sends
role-receiver = receives
role-issuer = gives tokens
provider-ok = In order.
provider-trouble = There is trouble; it is tried again by itself.
provider-key-changed = It shows another key than the one you know it by. Somebody may be impersonating it: it is not used until the old key is back. Ask its operator.
provider-leaving = Given up. It is only asked for messages until the last old address has expired.
provider-no-account = The account there is not made yet; it is asked for again by itself.
provider-last-ok = Last answered
provider-added = In use since
provider-key = Key
mailboxes = Mailbox
mailbox-one = In order.
mailbox-none = Not made yet.
mailbox-refused = The service refuses to open it.
mailbox-old = { $count ->
    [one] One older one is still asked for messages.
   *[other] { $count } older ones are still asked for messages.
}
tokens-for-messages = Tokens for messages
tokens-for-mailboxes = Tokens for mailboxes
tokens-enough = enough for today
tokens-few = nearly used up for today
tokens-none = none left; messages wait until there are new ones
tokens-unknown = none known of yet
tokens-count = { $count ->
   *[other] { $count } left
}
next-attempt = Next try: { $when }.
provider-leave = Move away
provider-leave-means = Your contacts get addresses elsewhere. It is still asked for messages until the last old address has expired, so that nothing is lost. You need another provider.
provider-leave-yes = Yes, move away
provider-close = Remove at once
provider-close-means = Its mailboxes are closed at once. What contacts still send there does not arrive; their apps notice and send it again elsewhere, if you have another provider.
provider-close-yes = Yes, remove it at once
providers-look = Look at all of them now
provider-add = Add a provider
provider-url = Its address
provider-code = Code
provider-code-help = Only if the provider asks for one; its operator gives it to you.

notifications = Notifications
notifications-off = None
notifications-without = That there is something new
notifications-with = Who wrote, and what
notifications-help = Your browser shows them while this page is open somewhere. Others at this screen may read them.
notifications-ask = Your browser will ask whether this page may show notifications.
notifications-denied = Your browser does not let this page show notifications. You can change that in its settings for this page.
lock-title = Ask for the passphrase
lock-after = after { $time } without use
lock-never = never by itself
lock-help = Messages go on arriving meanwhile.
lock-keyring = Your system's keyring opens the app, so the page does not lock itself.
theme = Light or dark
theme-system = As the system says
theme-light = Light
theme-dark = Dark
language = Language
language-browser = As the browser says
read-receipts-title = Read receipts
read-receipts-where = Whether others learn that you have read something is chosen for each profile:
storage = Storage
storage-help = Everything lies encrypted on this machine, and nowhere else. Keep a copy of the folder if you want to keep what was written.
storage-where = Folder
storage-memory = In memory only
storage-size = Size
storage-messages = { $count ->
    [one] one
   *[other] { $count }
}

log-stuck = What is stuck
log-nothing-stuck = Nothing is stuck.
log-not-working = The app is not at work: nothing is sent or fetched by itself. Start it anew.
log-clock = This computer's clock is wrong. Please set it.
log-sync = Send and fetch now
log-notices = What happened
log-no-notices = Nothing yet.
log-repairs = { $count ->
    [one] One connection was mended by itself so far.
   *[other] Connections were mended by themselves { $count } times so far.
}
stuck-since = since { $when }
queue-waiting = { $count ->
    [one] One message waits here to be sent.
   *[other] { $count } messages wait here to be sent.
}
queue-accepted = { $count ->
    [one] One message is with your service, on its way.
   *[other] { $count } messages are with your service, on their way.
}
queue-unconfirmed = { $count ->
    [one] One message was not confirmed yet.
   *[other] { $count } messages were not confirmed yet.
}
queue-received = { $count ->
    [one] One message was fetched and not opened yet.
   *[other] { $count } messages were fetched and not opened yet.
}
queue-errands = { $count ->
    [one] One errand at a service is still to be done.
   *[other] { $count } errands at services are still to be done.
}

# What can go wrong, where the app's own words are for a terminal. Its other words are English already.
error-no-words = This code holds no words to compare. Nothing was changed: scan the one under “Compare by camera” on their screen.
error-words-differ = These are other words than yours! Somebody may sit in between, or it is the code of another contact. Nothing was changed. Do not write anything that matters before you have found out.
error-code-needed = This provider takes new people only with a code. Nothing was changed: ask its operator for one and fill it in below.
error-unknown-provider = This provider is not in use. Nothing was changed.
error-unknown-profile = There is no such profile any more. Nothing was changed.
error-no-provider = There is no provider yet, so nothing can be sent or received. Nothing was changed: add one under “Me”, “Providers”.

# Conversations: messages, their menus, search
weeks = { $count ->
    [one] one week
   *[other] { $count } weeks
}
newer-messages = Newer messages
to-end = To the newest
message-menu = What to do with this message
conversation-menu = What to do with this conversation
back-to-conversation = Back to the conversation
one-message = One message
reply = Reply
edit = Change
edit-save = Save the change
copy-text = Copy the text
go-to-quoted = Go to the message that is answered
delete = Delete
delete-help = “Here” takes it away on this machine and tells nobody. “For both” asks the other app to take it away as well; what was read or copied there stays known.
delete-here = Delete here
delete-both = Delete for both
react = React
react-own = Another reaction
react-own-label = Any one emoji or sign
react-back = Take the reaction back
send-again = Send again
not-arrived = Did not arrive.
why-ask = Where is it?
why-title = Where this message is
why-since = So since: { $when }
why-next = Next attempt: { $when }
pin = Keep at the top
unpin = Do not keep at the top
mute = Mute
unmute = Unmute
archive-it = Put into the archive
unarchive = Take out of the archive
mark-unread = Mark as unread
mark-read = Mark as read
marked-unread = marked as unread
timer-label = New messages vanish
timer-set = Set
timer-help = Your own after they were sent, theirs after they were read. It holds for both of you, for messages from now on; a camera or another app can still keep them.
timer-changed = The time after which messages vanish was changed.
vanishes-after = Vanishes { $time } after it was read
locked-with-text = The page is locked, and hides everything but what you were writing, which is not sent. Unlock it in another window; then this page goes on.
search-title = Search: { $query }
search-how = Type words, or their beginnings. Everything that was ever written here is searched, on this machine alone.
search-nothing = Nothing was found
search-nothing-how = Messages are found that hold all the words, or words that begin so. Try fewer or shorter ones. Deleted and vanished messages are not kept.
search-more = Show more
key-menu = menu of the chosen message or conversation (Enter on a message as well)
error-unknown-message = This message is not here any more: it was deleted, or it has vanished. Nothing was changed.
error-deleted = This message was deleted. Nothing was changed.
error-not-yours = Only messages of your own can be changed or deleted for both. Nothing was changed.
error-not-a-text = Only a text can be changed. Nothing was changed.
error-bad-reaction = A reaction is one emoji or one sign. Nothing was changed.
error-bad-timer = Messages cannot vanish after such a time. Nothing was changed.
error-empty-text = There is nothing to send.
error-too-long = This is too long: a text has at most 1 MiB. Nothing was sent or changed: shorten it, or send it as a file.
error-not-stranded = Only a message that did not arrive is sent again. Nothing was changed.

# ---- where a message is, and what is stuck ----
where-blocked = It is kept here: you have blocked { $nick }.
where-unanswered = It is kept here. { $nick } has not answered yet, and no address of theirs is left to write to until they do.
where-no-address = It is kept here. No address of { $nick } is left to write to; their app gives new ones as soon as it hears from yours.
where-held = No sender service has it yet. It is kept here and will be sent to { $receiver }.
where-leaving = It is just being given to a sender service.
where-nothing-sends = It is ready to be sent, but the app is not at work. Start it anew.
where-at-sender = { $sender } has it on disk and is to bring it to { $receiver }, where { $nick } receives.
where-taken = A sender service took it; what became of it is not known. It is sent again if { $nick }'s app does not confirm it.
where-unconfirmed = { $nick }'s app has not confirmed it in 14 days, though it was sent by every way known. It may still arrive.
where-at-receiver = The service where { $nick } receives has it. Their app has not confirmed it: it fetches when it is online.
where-confirmed = { $nick }'s app has it.
where-read = { $nick } has read it, says their app.
where-ended = A service had it when the relationship with { $nick } ended. Whether it arrived is not known.
where-failed = It will not be tried again: the relationship with { $nick } ended before it had arrived.
where-here-unread = It is here, and not marked as read.
where-here-read = It is here, and marked as read.
stuck-provider = Provider { $host }
stuck-messages = { $count ->
    [one] A message
   *[other] { $count } messages
}
stuck-errand = Something to be done at a service
stuck-unconfirmed = A message to { $nick }
where-file-first = It is brought to a service first, and sent then; { $percent } % is there.
where-file-refused = No service takes the file, and the message was not sent.

# ---- files ----
a-file = A file
attach = Send files
attach-drop = Drop files here to send them
attach-remove = Do not send { $name }
files-chosen = Files to be sent
file-keep = Keep what the camera noted
file-keep-help = Otherwise place, time and owner are taken out of pictures.
file-offered = Not fetched yet.
file-uploading = Being brought to a service: { $percent } %
file-fetching = Being fetched: { $percent } %
file-expired = No service keeps it any more. Ask for it again.
file-changed = What the service keeps is not what was sent. Nothing of it was used; ask for it again.
file-refused = No service takes it. It was not sent, and is kept here.
file-save = Save
file-fetch = Fetch
file-again = Try again
file-remove = Remove from this machine
label-file = file { $name }, { $size }. { $text }
size-bytes = { $count } bytes
size-kb = { $count } kB
size-mb = { $count } MB
size-gb = { $count } GB
decimal = { $whole }.{ $tenths }
error-file-too-large = The file is larger than 2 GiB. It was not sent.
error-no-file = No file was chosen. Nothing was sent.
error-name-too-long = This name is too long, or what stands beside it. Nothing was changed: it can have 256 bytes, about as many letters. Shorten it.
error-draft-too-long = This is more than a draft can hold. The one before is kept, and what is in the field stays there: send it, or shorten it.
error-text-too-long = Words beside a file can have at most 1,040 bytes, about as many letters. Nothing was sent: shorten them, or send them as a message of their own.
error-upload-cut = The file did not come completely from the browser. It was not sent; try again.
error-file = The file could not be read or written. Nothing was changed.
error-file-exists = There is a file of that name already. Nothing was written.
error-file-unreadable = The file may not be read. Nothing was sent.
error-how-many-files = So many files are not sent at once. Nothing was sent.
error-no-such-file = There is no such file in this message any more. Nothing was changed: go back to the conversation.
error-not-a-file = That is a folder, not a file. Nothing was sent; choose the files in it.
error-not-here = The file is not here yet. Fetch it first.
error-not-moving = The file is not on its way. Nothing was changed.
error-not-sent = The file has not gone yet. Cancel it instead.
error-picture-not-cleaned = What the camera noted in the picture, such as the place, cannot be taken out. Nothing was sent. Send it with what it notes, if you want that.
notice-not-confirmed = A message was not confirmed in 14 days, though it was sent by every way known. It is still here and may still arrive.
fetch-title = Fetch files by themselves
fetch-never = Never
fetch-up-to = Up to { $size }
fetch-help = From people whose words you have compared. Others wait until you fetch them.
traffic-all-help = For everybody of whom you have not said otherwise on their page.
tokens-for-files = Tokens for files
tokens-for-lookups = Tokens for directories
tokens-none-other = none left until there are new ones

# ---- mails, what is shared, requests for a contact ----
mail-write = Write a mail
mail-to = Mail to { $nick }
mail-subject = Subject
mail-text = Text
mail-attach = Attach files
mail-attach-help = All together at most 48 MB. Send what is larger as a file of its own. They can also be dropped here.
mail-send = Send the mail
mail-read = Read
mail-reply = Answer with a mail
mail-export = Save for a mail program (.eml)
mail-save-named = Save { $name }
mail-kind = Mail
mail-attachments = { $count ->
    [one] { $count } attachment
   *[other] { $count } attachments
}
mail-attached = Attached
mail-no-subject = (no subject)
mail-preview = Mail: { $text }
mail-sent-by = Sent by
mail-sent-to = Sent to
mail-sent = Sent
mail-from = From, says the mail
mail-to-whom = To, says the mail
mail-cc = Copy to, says the mail
mail-date = Written, says the mail
mail-claims = Names and addresses stand in the mail itself. Anybody can write any; who sent it to you stands above.
mail-fetching = It is being fetched. The conversation shows when it is here.
mail-cut = The text goes on. All of it is in what you save for a mail program.
mail-wrote = { $who } wrote ({ $when }):
share-write = Share a link
share-with = Share with { $nick }
share-intro = Something that is kept elsewhere: a document, an album, a list. Only its address is sent, and what opens it.
share-title = What it is called
share-address = Its address
share-what = What it is
share-secret = What opens it, if anything does
share-secret-help = A password or code. It is shown to them when they ask for it.
share-secret-show = Show what opens it
share-send = Share
share-link = Link
share-document = Document
share-album = Album
share-list = List
share-preview = Shared: { $text }
ask-write = Put somebody in contact
ask-with = Put somebody in contact with { $nick }
ask-intro = { $nick } hears that somebody would like to be in contact. With an invitation of theirs, { $nick } can answer it at once.
ask-name = Who
ask-invitation = Their invitation, if you have one
ask-invitation-help = A link that they made. It is only passed on.
ask-note = A few words
ask-send = Send
ask-kind = Contact
ask-said = { $name } would like to be in contact with you. { $nick } tells you so.
ask-told = You told { $nick } that { $name } would like to be in contact.
ask-look = Look at the invitation
ask-answer = Write an answer
ask-preview = In contact: { $text }
error-mail-too-large = The mail is too large: 64 MiB are the most, files in it count four thirds. Nothing was sent; send what is large as files.

# Games
game-play = Play chess
notify-game = Chess: something was done in your game.
game-play-short = Chess
games-with = Chess with { $nick }
games-none = You have not played yet.
game-with = Chess with { $nick }
game-number = Game { $number }
game-new = A new game
game-colour = Your pieces
game-chance = Chance decides
game-white = White (moves first)
game-black = Black
game-ask = Ask { $nick } to play
game-asks-you = { $nick } asks you to play.
game-not-answered = { $nick } has not answered yet.
game-declined = The invitation was declined.
game-withdrawn = The invitation was taken back.
game-your-move = Your move.
game-their-move = { $nick } is to move.
game-won = You won.
game-lost = { $nick } won.
game-drawn = A draw.
game-offers-draw = { $nick } offers a draw.
game-check-said = Check!
game-by-checkmate = Checkmate.
game-by-resignation = By resignation.
game-by-stalemate = Stalemate.
game-by-material = Nobody can give mate any more.
game-by-agreement = Agreed.
game-by-repetition = The same position again and again.
game-by-quiet = Too long without a capture or a pawn move.
game-by-length = No game can be longer.
game-step = Chess: { $step }
game-step-invite = shall we play?
game-step-accept = yes, let us play.
game-step-decline = no, thanks.
game-step-offer = { $move }, and a draw is offered.
game-step-resign = gives up.
game-step-take-back = the invitation is taken back.
game-step-draw = takes the draw.
game-step-claim = claims a draw.
game-step-waits = (Waits for what comes before it.)
game-step-void = (Does not fit the game and does not count.)
game-step-crossed = (Does not count: it crossed something else.)
game-accept = Play
game-decline = No, thanks
game-open = Open the board
game-board = Board
game-white-king = white king
game-white-queen = white queen
game-white-rook = white rook
game-white-bishop = white bishop
game-white-knight = white knight
game-white-pawn = white pawn
game-black-king = black king
game-black-queen = black queen
game-black-rook = black rook
game-black-bishop = black bishop
game-black-knight = black knight
game-black-pawn = black pawn
game-queen = Queen
game-rook = Rook
game-bishop = Bishop
game-knight = Knight
game-check = in check
game-can-go = can move here
game-chosen = chosen
game-movable = can move
game-promote = What does the pawn become?
game-take-back = Take the invitation back
game-take-draw = Take the draw
game-claim-draw = Claim a draw
game-write-move = Or write a move
game-move = Move
game-offer = Offer a draw with it
game-moves = Moves
game-save = Save for other chess programs (PGN)
game-resign = Give up
game-resign-sure = Do you want to give up? The game is lost then.
game-resign-yes = Yes, give up
error-unknown-game = There is no such game any more. Nothing was changed: its messages are in the conversation, where a new one can be begun.
error-game-not-answered = The invitation is not answered yet. Nothing was changed.
error-not-accepted = The game is not accepted. Accept it first; nothing was changed.
error-not-invited = There is no invitation that is yours to answer. Nothing was changed.
error-not-your-turn = It is not your turn. Nothing was changed.
error-illegal-move = That is not a legal move. Nothing was changed. Choose a piece to see where it can go.
error-game-over = The game is over. Nothing was changed.
error-no-draw = No draw is offered, and none can be claimed. Nothing was changed. Offer one with your move.
error-not-now = That cannot be done now. Nothing was changed.
error-is-a-move = What was done in a game cannot be taken back. Nothing was changed.

# Other programs
apps = Apps
apps-intro = Other programs on this computer can use your relationships, such as a shared to-do list. Each sees only the contacts that you give it and only what is of its own kind; you can take that back at any time.
apps-none = No other program uses your relationships. One that wants to asks here and shows a code.
app-asks = “{ $name }” asks to become an app
app-asks-help = If you have just started it, it shows a code. If you have not, do not let it in.
app-asks-until = It waits until { $when }.
app-wants-types = It sends and receives what is of its own kind:
app-wants-messages = It wants to read everything that you and the chosen contacts write, and to write as you.
app-wants-no-messages = It does not see your messages.
app-never-gets = It never gets keys or addresses, nor other contacts than those you choose. It learns what you call them.
app-code = Code that it shows
app-code-help = Type it, so that you let in the program that you mean and no other.
app-with-whom = With whom
app-all-contacts = All contacts, those to come as well
app-no-contacts = Nobody
app-allow-messages = Read everything and write as me
app-allow-messages-means = For programs that take the place of this page. Whatever it reads it can pass on; whatever it writes looks as if you had written it.
app-messages-once = If you take this away, it has to ask anew.
app-allow = Let it in
app-deny = Do not let it in
app-contacts = Contacts
app-messages = Messages
app-reads-messages = It reads everything written with these contacts, and writes as you.
app-no-messages = It sees none.
app-types = Kinds
app-since = Since
app-used = Last used
app-never = Never
app-not-come = Never; it has not come for its token yet
app-revoke = Let it in no longer
app-revoke-means = From now on it is refused. What it sent and received stays; what it has read it may have kept.
app-revoke-yes = Let it in no longer
done-app-allowed = It is let in.
done-app-denied = It is not let in.
done-app-revoked = It is let in no longer.
error-wrong-code = No program that waits shows this code. Nothing was allowed. After five wrong codes all who wait have to ask anew.
error-messages-not-asked = It did not ask for your messages. Nothing was allowed.
error-unknown-request = It does not wait any more.
error-unknown-app = There is no such app any more. Nothing was changed: load this page again to see those that there are.
notice-app-request = A program asks to become an app. Answer it under “Apps”.
message-via = via { $app }

# ---- calls ----
call-audio = Call
call-video = Video call
call-start = Call
call-start-video = Call with video
call-ringing = Incoming calls
call-from = { $nick } is calling
call-from-video = { $nick } is calling with video
call-with = Call with { $nick }
call-take = Answer
call-take-video = Answer with video
call-decline = Decline
call-end = Hang up
call-again = Call again
call-mute = Mute your microphone
call-camera-off = Switch your camera off
call-controls = Your call
call-picture = Picture of { $nick }
call-own-picture = Your own picture
call-preparing = Your browser asks for microphone and camera…
call-rings = { $what }, ringing
call-calling = { $what }, calling…
call-rings-there = { $what }, ringing there
call-connecting = { $what }, connecting…
call-going-on = { $what }, going on
call-missed = Missed call
call-missed-video = Missed video call
call-no-answer = { $what }, no answer
call-they-declined = { $what }, they declined
call-you-declined = { $what }, you declined
call-busy = { $what }, they were in another call
call-lasted = { $what }, lasted { $time }
call-failed = { $what }, could not be connected
call-crossed = { $what }, given up for theirs
call-now-connecting = Connecting…
call-now-talking = Connected
call-now-lost = Connection lost, trying again…
call-no-way = Your browsers found no way to one another. A provider with a relay may help.
call-locked = The app was locked, and the call is over.
call-no-camera = The camera cannot be used: refused, missing, or in use elsewhere. The call goes on with sound only.
call-no-microphone = There is no microphone that can be used. Nobody was called or answered; connect one and try again.
call-refused = The browser may not use the microphone. Nobody was called or answered; allow it in the browser and try again.
call-unable = This browser cannot make calls. Nobody was called or answered.
notify-call = Somebody is calling.
calls = Calls
calls-direct = Directly, where that is possible
calls-direct-help = Whoever you call, or whose call you take, can learn your network address, and so roughly where you are.
calls-relay = Through a relay in any case
calls-relay-help = Contacts do not learn your address; the relay learns both, and how long you talk, but hears nothing. One of your providers must offer a relay.
error-no-relay = Calls are to go through a relay only, and none of your providers offers one. Nobody was called or answered. Change the setting, or use a provider with a relay.
error-in-a-call = You are in a call already. Hang up there first.
error-cannot-call = They cannot be called as things stand. Nothing was sent.
error-call-over = The call is over. Nothing was lost: you can call again from the conversation.
error-call-taken = The call was taken in another window.
error-call-not-now = That cannot be done to the call as it stands. Nothing was sent.
error-unknown-call = There is no such call any more. Nothing was changed: what is known of it is in the conversation.
error-bad-description = Your browser described the call in a way that cannot be sent. Nobody was called.
error-they-call = They are calling you this moment: take that call. Nothing was sent.
error-call = What is known of the call could not be written down. Nothing was changed.
error-no-such-call = There is no such call now. Nothing was done.
error-which-call = There are several such calls. Nothing was done; say which.

# ---- long edits, drafts of mails, games after a restore ----
edit-new-text = The new text
edit-being-sent = The new text is being brought to a service: { $percent } %. Until it is there, { $nick } sees the one before.
edit-refused = No service takes the new text. { $nick } still sees the one before; it is kept here.
mail-draft-kept = You had begun to write this mail. It is kept until you send or discard it.
mail-draft-first = You have begun another mail. Send it or discard it first; then you can write this answer.
mail-draft-files = { $count ->
    [one] A file was attached. Files are not kept with a draft: attach it again.
   *[other] { $count } files were attached. Files are not kept with a draft: attach them again.
}
mail-draft-discard = Discard the draft
mail-draft-keep = Keep as a draft
mail-draft-saved = Kept as a draft.
mail-draft-no-files = Files are not kept with it.
game-missing = Moves are missing?
game-missing-help = After a restore from an older backup, moves that were made since then are missing here. { $nick }'s app can be asked for them. Your own moves are believed only if they bear your app's mark.
game-ask-again = Ask for them
game-asked = { $nick }'s app is asked. What was missing appears here; nothing comes if nothing is missing.
game-step-again = { $count ->
    [one] The game goes on: a step that was missing on this side was brought back.
   *[other] The game goes on: { $count } steps that were missing on this side were brought back.
}
game-step-doubt = The other app says that more was played, but nothing shows that the moves it calls yours are yours. Nothing was changed; you can give up this game and begin another.

# Calls that break, and what is stuck
call-gone = The connection was lost and did not come back. You can call again.
stuck-store = This machine
stuck-file = A file to or from { $nick }

# Pictures beside names
picture = Picture
picture-help = Contacts who see this profile see it beside your name. The square in the middle is shown, small; what the camera noted, such as the place, is not in it.
picture-choose = Choose a picture
picture-show = Show this picture
picture-remove = Show no picture any more
picture-preview = The picture as contacts see it
picture-own = Your picture
picture-of = Picture that { $nick } shows
error-not-a-picture = That is no picture: JPEG, PNG, WebP and GIF can be shown. Nothing was changed.
error-picture-damaged = The picture cannot be read: it is damaged. Nothing was changed.
error-picture-too-large = The picture is too large: at most 64 MiB and about 60 million pixels are looked at. Nothing was changed. Make it smaller first.
error-no-picture-chosen = No picture was chosen. Nothing was changed.
error-no-picture = They show no picture. Nothing was written.

mail-file = Send a mail that you have as a file
mail-file-choose = The file (.eml)
mail-file-help = It goes as it is, without traces of how it came to you and without hidden recipients. At most 64 MB. What you are writing above stays here.
mail-file-send = Send it to { $nick }
mails-title = Mails
mails-count = { $count ->
    [one] One mail with them.
   *[other] { $count } mails with them.
}
mails-save = Save all for a mail program (.mbox)
api-where = Where programs find the app
api-where-help = A program that does not find the app by itself wants one of these. Neither lets it see anything before you allow it.
api-socket = Socket
api-address = Address
overview = Calls and games
games = Games
calls-none = Nobody has called yet. A call is placed from a conversation.
games-none-anywhere = No games yet. A game of chess begins in a conversation.
call-ours = From you:
call-theirs = From them:
