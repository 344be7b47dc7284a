//! People get providers and meet each other.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use dyad_client::view::{ContactStatus, InviteRequest};

use super::plan::{HOSTS, Plan};
use crate::person::Person;
use crate::world::{World, WorldError};

/// By when something must have happened that nothing disturbs.
const SOON: Duration = Duration::from_secs(600);

/// Who is to meet whom, and how far that is.
#[derive(Debug)]
pub(super) struct Meetings(Vec<Meeting>);

/// The first invites the second.
#[derive(Debug)]
struct Meeting {
    pair: [Person; 2],
    late: bool,
    progress: Rc<RefCell<Progress>>,
}

#[derive(Debug, Default)]
enum Progress {
    #[default]
    Strangers,
    Asked,
    Invited(String),
    Met,
}

impl Meetings {
    pub(super) fn new(plan: &Plan, people: &[Person]) -> Self {
        let mut pairs = Vec::new();
        for (number, first) in people.iter().enumerate() {
            for second in people.iter().skip(number + 1) {
                pairs.push(Meeting {
                    pair: [first.clone(), second.clone()],
                    late: false,
                    progress: Rc::default(),
                });
            }
        }
        if let Some(last) = pairs.last_mut() {
            last.late = plan.late_meeting;
        }
        Self(pairs)
    }

    /// All pairs that have met or are to meet, by name.
    pub(super) fn pairs(&self) -> impl Iterator<Item = [&str; 2]> {
        self.0
            .iter()
            .map(|meeting| [meeting.pair[0].name(), meeting.pair[1].name()])
    }

    /// Everybody writes to everybody.
    pub(super) fn greet(&self, number: usize) {
        for meeting in &self.0 {
            for (from, to) in [(0, 1), (1, 0)] {
                let [from, to] = [&meeting.pair[from], &meeting.pair[to]];
                let text = format!("{} to {}: greeting {number}", from.name(), to.name());
                from.writes(to.name(), text, Duration::from_secs(30));
            }
        }
    }

    /// Everybody gets both providers, and those who are not late meet, while nothing is broken.
    pub(super) fn settle_in(&self, world: &mut World) -> Result<(), WorldError> {
        for person in world.people().to_vec() {
            for host in HOSTS {
                world.must(&person, "adding a provider", SOON, async move |client| {
                    client.provider_add(host, None).await
                })?;
            }
        }
        for meeting in self.0.iter().filter(|meeting| !meeting.late) {
            meeting.begin();
            let end = world.elapsed() + SOON;
            while !meeting.is_active(world)? {
                meeting.go_on();
                world.pass(Duration::from_secs(5))?;
                if world.elapsed() > end {
                    let [first, second] = &meeting.pair;
                    return Err(WorldError::Waited(format!(
                        "{} and {} meet",
                        first.name(),
                        second.name()
                    )));
                }
            }
        }
        Ok(())
    }

    /// Those who are late try again to meet.
    pub(super) fn go_on(&self, world: &World) {
        for meeting in &self.0 {
            let off = |person: &Person| world.is_off(person.name());
            if !meeting.pair.iter().any(off) {
                meeting.begin();
                meeting.go_on();
            }
        }
    }
}

impl Meeting {
    /// The first asks the app for an invitation, unless that was done. A crash on the way leaves an
    /// invitation that nobody answers, as with people.
    fn begin(&self) {
        let mut progress = self.progress.borrow_mut();
        if !matches!(*progress, Progress::Strangers) {
            return;
        }
        *progress = Progress::Asked;
        let [first, second] = &self.pair;
        let (progress, name) = (Rc::clone(&self.progress), second.name().to_owned());
        first.does(async move |client| {
            let _again = OrElse(Rc::clone(&progress));
            let request = InviteRequest {
                name: Some(name),
                ..InviteRequest::default()
            };
            if let Ok(created) = client.invite(request).await {
                *progress.borrow_mut() = Progress::Invited(created.file);
            }
        });
    }

    /// The second answers, as long as the answer has not come about.
    fn go_on(&self) {
        let Progress::Invited(file) = &*self.progress.borrow() else {
            return;
        };
        let [first, second] = &self.pair;
        let (progress, name) = (Rc::clone(&self.progress), first.name().to_owned());
        let file = file.clone();
        second.does(async move |client| {
            // Asked again it says that it was accepted before.
            let accepted = client.accept(&file, Some(&name)).await;
            let met = accepted.map_or_else(|error| error.code == "already-accepted", |_| true);
            if met {
                *progress.borrow_mut() = Progress::Met;
            }
        });
    }

    fn is_active(&self, world: &mut World) -> Result<bool, WorldError> {
        for (person, other) in [(0, 1), (1, 0)] {
            let name = self.pair[other].name().to_owned();
            let contacts = world.must(
                &self.pair[person],
                "looking at contacts",
                SOON,
                async |client| client.contacts(),
            )?;
            let active = |contact: &dyad_client::view::ContactView| {
                contact.nick == name && contact.status == ContactStatus::Active
            };
            if !contacts.iter().any(active) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// If the app crashes before it answers, the person asks again.
struct OrElse(Rc<RefCell<Progress>>);

impl Drop for OrElse {
    fn drop(&mut self) {
        let mut progress = self.0.borrow_mut();
        if matches!(*progress, Progress::Asked) {
            *progress = Progress::Strangers;
        }
    }
}
