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
copied = Copied.
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
timer-never = never
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
error-too-long = This is too long for one message. Nothing was sent: shorten it or divide it.
error-not-stranded = Only a message that did not arrive is sent again. Nothing was changed.
