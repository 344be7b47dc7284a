//! Who is next. Knows hosts, times and lanes; does no I/O.

use std::collections::{BTreeSet, HashMap, VecDeque};

use dyad_protocol::id::HostName;
use dyad_protocol::time::Timestamp;
use dyad_store::queue::HostState;

use super::PROBE_ITEMS;
use super::backoff::Backoff;
use super::round::{Plan, RoundEnd, Verdict};
use crate::config::DeliveryConfig;

/// Hosts remembered as working though nothing waits for them.
const MAX_IDLE: usize = 4_096;

/// Nothing is known to wait.
const NEVER: Timestamp = Timestamp::from_secs(u64::MAX);

/// All hosts, those whose time will come, and those whose time has come.
pub(super) struct Slots {
    hosts: HashMap<HostName, Slot>,
    agenda: BTreeSet<(Timestamp, HostName)>,
    working: Lane,
    suspect: Lane,
    batch_items: usize,
    longest_pause: u64,
    backoff: Backoff,
}

/// Hosts in line, and how many may be sent to at once.
struct Lane {
    line: VecDeque<HostName>,
    free: usize,
}

struct Slot {
    place: Place,
    /// Nothing that waits is due earlier.
    from: Timestamp,
    /// Not to be tried before.
    next_attempt: Timestamp,
    failures: u32,
    batch: usize,
    /// Whether the last batch was taken, and soon.
    works: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Idle,
    Agenda(Timestamp),
    Line,
    Lane { working: bool },
}

impl Slot {
    fn new() -> Self {
        Self {
            place: Place::Idle,
            from: NEVER,
            next_attempt: Timestamp::default(),
            failures: 0,
            batch: PROBE_ITEMS,
            works: false,
        }
    }
}

impl Slots {
    pub(super) fn new(config: &DeliveryConfig) -> Self {
        let lane = |places: usize| Lane {
            line: VecDeque::new(),
            free: places.max(1),
        };
        Self {
            hosts: HashMap::new(),
            agenda: BTreeSet::new(),
            working: lane(config.hosts_at_once),
            suspect: lane(config.probes_at_once),
            batch_items: config.batch_items.max(1),
            longest_pause: config.backoff_last.max(config.retry_after_max),
            backoff: Backoff::new(config),
        }
    }

    /// A host that something waited for when the last process ended.
    pub(super) fn load(&mut self, host: HostName, state: &HostState, now: Timestamp) {
        let slot = self.hosts.entry(host.clone()).or_insert_with(Slot::new);
        slot.from = Timestamp::default();
        slot.failures = state.failures;
        // What worked must not stand behind everything that does not, only because we were restarted.
        slot.works = state.failures == 0;
        // A clock that was wrong when this was written must not silence a host for years.
        slot.next_attempt = state.next_attempt.min(now.plus(self.longest_pause));
        self.plan(&host);
    }

    /// Something new waits.
    pub(super) fn wake(&mut self, host: HostName, due: Timestamp, now: Timestamp) {
        self.forget_idle();
        let slot = self.hosts.entry(host.clone()).or_insert_with(Slot::new);
        slot.from = slot.from.min(due);
        slot.next_attempt = slot.next_attempt.min(now.plus(self.longest_pause));
        self.plan(&host);
    }

    /// When the next host's time comes, of those not in line.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.agenda.first().map(|(at, _)| *at)
    }

    /// The next round to send, if a host's time has come and its lane has room.
    pub(super) fn start(&mut self, now: Timestamp) -> Option<Plan> {
        while let Some((_, host)) = self.agenda.first().filter(|(at, _)| *at <= now) {
            let host = host.clone();
            self.line_up(host);
        }
        let working = self.working.take();
        let host = match &working {
            Some(host) => host.clone(),
            None => self.suspect.take()?,
        };
        let slot = self.hosts.get_mut(&host)?;
        let working = working.is_some();
        slot.place = Place::Lane { working };
        let plan = Plan {
            from: slot.from,
            batch: slot.batch.min(self.batch_items),
            // Two at once once a host takes all that fits.
            batches: if slot.batch >= self.batch_items && slot.batch > 1 {
                2
            } else {
                1
            },
            failures: slot.failures,
            backoff: self.backoff,
            host,
        };
        // What comes from now on is told by wakes.
        slot.from = NEVER;
        Some(plan)
    }

    /// A round is over.
    pub(super) fn end(&mut self, end: RoundEnd, now: Timestamp) {
        let Some(slot) = self.hosts.get_mut(&end.host) else {
            return;
        };
        if let Place::Lane { working } = slot.place {
            let lane = if working {
                &mut self.working
            } else {
                &mut self.suspect
            };
            lane.free += 1;
        }
        slot.place = Place::Idle;
        if let Some(waits) = end.waits_from {
            slot.from = slot.from.min(waits);
        }
        match end.verdict {
            Verdict::NothingDue => {}
            Verdict::Taken { soon } => {
                slot.works = soon;
                slot.failures = 0;
                slot.next_attempt = Timestamp::default();
                slot.batch = (slot.batch * 2).min(self.batch_items);
            }
            Verdict::Failed { next_attempt } => {
                slot.works = false;
                slot.failures = slot.failures.saturating_add(1);
                slot.next_attempt = next_attempt;
                slot.batch = PROBE_ITEMS;
            }
            Verdict::TooMuch { next_attempt, sent } => {
                slot.next_attempt = next_attempt;
                slot.batch = (sent / 2).max(1);
            }
            Verdict::NotTried => {
                slot.next_attempt = now.plus(super::STORE_PAUSE.as_secs());
            }
        }
        self.plan(&end.host);
    }

    /// Puts a host where it belongs, unless it is in line or being sent to.
    fn plan(&mut self, host: &HostName) {
        let Some(slot) = self.hosts.get_mut(host) else {
            return;
        };
        if let Place::Agenda(at) = slot.place {
            self.agenda.remove(&(at, host.clone()));
            slot.place = Place::Idle;
        }
        if slot.place != Place::Idle {
            return;
        }
        if slot.from == NEVER {
            if !slot.works {
                self.hosts.remove(host);
            }
            return;
        }
        let at = slot.from.max(slot.next_attempt);
        slot.place = Place::Agenda(at);
        self.agenda.insert((at, host.clone()));
    }

    fn line_up(&mut self, host: HostName) {
        self.agenda.pop_first();
        let Some(slot) = self.hosts.get_mut(&host) else {
            return;
        };
        slot.place = Place::Line;
        let lane = if slot.works {
            &mut self.working
        } else {
            &mut self.suspect
        };
        lane.line.push_back(host);
    }

    /// Seldom, and all at once: it costs nothing to speak of, and what is forgotten is only that a host
    /// worked.
    fn forget_idle(&mut self) {
        if self.hosts.len() >= MAX_IDLE
            && self.hosts.len() > 2 * (self.agenda.len() + self.in_line())
        {
            self.hosts.retain(|_, slot| slot.place != Place::Idle);
        }
    }

    fn in_line(&self) -> usize {
        self.working.line.len() + self.suspect.line.len()
    }
}

impl Lane {
    /// The first in line, if there is room.
    fn take(&mut self) -> Option<HostName> {
        if self.free == 0 {
            return None;
        }
        let host = self.line.pop_front()?;
        self.free -= 1;
        Some(host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000_000);

    fn slots(working: usize, suspect: usize) -> Slots {
        Slots::new(&DeliveryConfig {
            hosts_at_once: working,
            probes_at_once: suspect,
            ..DeliveryConfig::default()
        })
    }

    fn host(n: usize) -> HostName {
        format!("host{n}.example").parse().unwrap()
    }

    fn end(host: HostName, verdict: Verdict, waits_from: Option<Timestamp>) -> RoundEnd {
        RoundEnd {
            host,
            verdict,
            waits_from,
        }
    }

    #[test]
    fn a_host_is_served_when_its_message_is_due_and_not_twice_at_once() {
        let mut slots = slots(2, 2);
        slots.wake(host(1), NOW.plus(2), NOW);
        assert!(slots.start(NOW.plus(1)).is_none());
        assert_eq!(slots.next(), Some(NOW.plus(2)));
        let plan = slots.start(NOW.plus(2)).unwrap();
        assert_eq!(
            (plan.host, plan.from, plan.batch),
            (host(1), NOW.plus(2), 16)
        );
        slots.wake(host(1), NOW.plus(2), NOW.plus(2));
        assert!(slots.start(NOW.plus(2)).is_none(), "it is being served");
        slots.end(
            end(host(1), Verdict::Taken { soon: true }, None),
            NOW.plus(3),
        );
        let plan = slots.start(NOW.plus(3)).unwrap();
        assert_eq!((plan.batch, plan.batches), (32, 1));
        slots.end(
            end(host(1), Verdict::Taken { soon: true }, None),
            NOW.plus(3),
        );
        assert_eq!(
            (slots.next(), slots.start(NOW.plus(99)).is_none()),
            (None, true)
        );
    }

    #[test]
    fn any_number_of_dead_hosts_leaves_the_lane_of_those_that_work_free() {
        let mut slots = slots(1, 2);
        slots.wake(host(0), NOW, NOW);
        let plan = slots.start(NOW).unwrap();
        slots.end(end(plan.host, Verdict::Taken { soon: true }, None), NOW);
        for n in 1..100 {
            slots.wake(host(n), NOW, NOW);
        }
        let begun: Vec<_> = std::iter::from_fn(|| slots.start(NOW)).collect();
        assert_eq!(begun.len(), 2, "as many as are probed at once");
        slots.wake(host(0), NOW, NOW);
        assert_eq!(slots.start(NOW).unwrap().host, host(0));
    }

    #[test]
    fn a_host_that_takes_its_time_stays_out_of_the_lane_of_those_that_work() {
        let mut slots = slots(1, 1);
        for n in 1..=2 {
            slots.wake(host(n), NOW, NOW);
            let plan = slots.start(NOW).unwrap();
            let soon = n == 1;
            slots.end(end(plan.host, Verdict::Taken { soon }, None), NOW);
        }
        slots.wake(host(2), NOW, NOW);
        assert_eq!(slots.start(NOW).unwrap().host, host(2));
        slots.wake(host(1), NOW, NOW);
        assert_eq!(slots.start(NOW).unwrap().host, host(1));
    }

    #[test]
    fn after_a_restart_what_worked_does_not_stand_behind_what_did_not() {
        let mut slots = slots(1, 1);
        for n in 0..50 {
            let state = HostState {
                waiting: 1,
                failures: u32::from(n != 49),
                ..HostState::default()
            };
            slots.load(host(n), &state, NOW);
        }
        let begun: Vec<_> = std::iter::from_fn(|| slots.start(NOW)).collect();
        assert_eq!(begun.len(), 2);
        assert!(begun.iter().any(|plan| plan.host == host(49)));
    }

    #[test]
    fn hosts_with_more_to_send_take_turns() {
        let mut slots = slots(9, 1);
        slots.wake(host(1), NOW, NOW);
        slots.wake(host(2), NOW, NOW);
        let mut served = Vec::new();
        for _ in 0..4 {
            let plan = slots.start(NOW).unwrap();
            served.push(plan.host.clone());
            slots.end(
                end(
                    plan.host,
                    Verdict::TooMuch {
                        next_attempt: NOW,
                        sent: 4,
                    },
                    Some(NOW),
                ),
                NOW,
            );
        }
        assert_eq!(served, [host(1), host(2), host(1), host(2)]);
    }

    #[test]
    fn a_failure_means_waiting_and_small_batches_and_is_forgotten_with_the_first_success() {
        let mut slots = slots(1, 1);
        slots.wake(host(1), NOW, NOW);
        for _ in 0..6 {
            let plan = slots.start(NOW).unwrap();
            slots.end(
                end(plan.host, Verdict::Taken { soon: true }, Some(NOW)),
                NOW,
            );
        }
        let plan = slots.start(NOW).unwrap();
        assert_eq!((plan.batch, plan.batches), (256, 2));
        let next_attempt = NOW.plus(40);
        slots.end(
            end(plan.host, Verdict::Failed { next_attempt }, Some(NOW)),
            NOW,
        );
        assert!(slots.start(NOW.plus(39)).is_none());
        slots.wake(host(1), NOW.plus(1), NOW.plus(1));
        assert!(
            slots.start(NOW.plus(39)).is_none(),
            "new messages do not shorten it"
        );
        let plan = slots.start(NOW.plus(40)).unwrap();
        assert_eq!((plan.batch, plan.failures, plan.from), (16, 1, NOW));
        slots.end(
            end(plan.host, Verdict::Taken { soon: true }, Some(NOW)),
            NOW.plus(40),
        );
        assert_eq!(slots.start(NOW.plus(40)).unwrap().failures, 0);
    }

    #[test]
    fn a_restart_keeps_the_pause_but_not_one_of_years() {
        let mut slots = slots(1, 9);
        let state = |secs| HostState {
            waiting: 1,
            failures: 3,
            next_attempt: NOW.plus(secs),
            ..HostState::default()
        };
        slots.load(host(1), &state(30), NOW);
        slots.load(host(2), &state(1_000_000_000), NOW);
        assert!(slots.start(NOW.plus(29)).is_none());
        let plan = slots.start(NOW.plus(30)).unwrap();
        assert_eq!((plan.host, plan.failures), (host(1), 3));
        assert_eq!(slots.start(NOW.plus(6 * 3_600)).unwrap().host, host(2));
    }

    #[test]
    fn hosts_that_nothing_waits_for_are_forgotten_when_there_are_many() {
        let mut slots = slots(1, 1);
        for n in 0..MAX_IDLE {
            slots.wake(host(n), NOW, NOW);
            let plan = slots.start(NOW).unwrap();
            slots.end(end(plan.host, Verdict::Taken { soon: true }, None), NOW);
        }
        assert_eq!(slots.hosts.len(), MAX_IDLE);
        slots.wake(host(MAX_IDLE), NOW, NOW);
        assert_eq!(slots.hosts.len(), 1);
        slots.start(NOW).unwrap();
        slots.end(end(host(MAX_IDLE), Verdict::NothingDue, None), NOW);
        assert_eq!(
            slots.hosts.len(),
            0,
            "one that never took anything is forgotten at once"
        );
    }
}
