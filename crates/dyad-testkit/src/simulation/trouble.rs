//! What goes wrong, and what people do meanwhile.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::plan::Plan;
use crate::person::Person;
use crate::provider::SimulatedProvider;
use crate::rng::Chance;
use crate::world::{World, WorldError};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const YEAR: i64 = 366 * 86_400;

/// How often what went wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Troubles {
    /// Links cut, in one direction or both.
    pub partitions: u64,
    /// Links on which everything came late.
    pub delays: u64,
    /// Links that lost messages now and then.
    pub losses: u64,
    /// Machines that lost power between two writes.
    pub power_cuts: u64,
    /// Providers away for hours.
    pub outages: u64,
    /// Clocks set wrong by years.
    pub clocks: u64,
    /// Disks that were full.
    pub full_disks: u64,
    /// Moments at which everything crashed.
    pub blackouts: u64,
}

impl std::ops::AddAssign for Troubles {
    fn add_assign(&mut self, other: Self) {
        self.partitions += other.partitions;
        self.delays += other.delays;
        self.losses += other.losses;
        self.power_cuts += other.power_cuts;
        self.outages += other.outages;
        self.clocks += other.clocks;
        self.full_disks += other.full_disks;
        self.blackouts += other.blackouts;
    }
}

/// Makes people write and things break, as a seed says.
#[derive(Debug)]
pub(super) struct Troublemaker {
    chance: Chance,
    pace: Duration,
    machines: Vec<String>,
    counted: Troubles,
    written: u64,
    /// What is broken, and when it is mended.
    broken: Vec<(Duration, Broken)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Broken {
    Link([String; 2]),
    Clock(String),
    Disk(String),
}

impl Troublemaker {
    pub(super) fn new(plan: &Plan, world: &World) -> Self {
        Self {
            chance: Chance::new(plan.seed, 1),
            pace: plan.pace,
            machines: world.machines(),
            counted: Troubles::default(),
            written: 0,
            broken: Vec::new(),
        }
    }

    pub(super) fn counted(&self) -> Troubles {
        self.counted
    }

    /// Lets some time pass, mending what is due, and then does one thing.
    pub(super) fn next(&mut self, world: &mut World) -> Result<(), WorldError> {
        let longest = self.pace.saturating_mul(3);
        let until = world.elapsed() + self.chance.duration(Duration::from_secs(1), longest);
        while world.elapsed() < until {
            world.step()?;
            self.mend_due(world);
        }
        match self.chance.below(100) {
            0..=44 => self.write(world),
            45..=54 => self.cut(world),
            55..=59 => self.cut_one_way(world),
            60..=66 => self.delay(world),
            67..=73 => self.lose(world),
            74..=86 => self.power_cut(world),
            87..=89 => self.outage(world),
            90..=92 => self.wrong_clock(world),
            93..=97 => self.fill_disk(world),
            _ => self.blackout(world),
        }
        Ok(())
    }

    /// All links, clocks and disks are as they should be, and all machines on.
    pub(super) fn mend_everything(&mut self, world: &mut World) {
        for (_, broken) in std::mem::take(&mut self.broken) {
            mend(world, &broken);
        }
        world.switch_all_on();
    }

    fn mend_due(&mut self, world: &mut World) {
        let now = world.elapsed();
        let (due, rest) = std::mem::take(&mut self.broken)
            .into_iter()
            .partition(|(at, _)| *at <= now);
        self.broken = rest;
        for (_, broken) in due as Vec<(Duration, Broken)> {
            mend(world, &broken);
        }
    }

    /// Somebody writes to somebody, one or several messages.
    fn write(&mut self, world: &World) {
        let people = world.people();
        let from = self.chance.below(people.len() as u64) as usize;
        let step = self.chance.between(1, people.len() as u64 - 1) as usize;
        let (from, to) = (&people[from], &people[(from + step) % people.len()]);
        let count = self.chance.between(1, 6);
        for _ in 0..count {
            self.written += 1;
            let text = format!("{} to {}: number {}", from.name(), to.name(), self.written);
            let wait = self.chance.duration(Duration::from_secs(1), MINUTE);
            from.writes(to.name(), text, wait);
        }
    }

    fn cut(&mut self, world: &mut World) {
        let Some([a, b]) = self.whole_link() else {
            return;
        };
        world.network().partition(a.as_str(), b.as_str());
        self.break_link([a, b], 3 * HOUR, world);
        self.counted.partitions += 1;
    }

    fn cut_one_way(&mut self, world: &mut World) {
        let Some([a, b]) = self.whole_link() else {
            return;
        };
        world.network().partition_oneway(a.as_str(), b.as_str());
        self.break_link([a, b], HOUR, world);
        self.counted.partitions += 1;
    }

    fn delay(&mut self, world: &mut World) {
        let Some([a, b]) = self.whole_link() else {
            return;
        };
        world.network().hold(a.as_str(), b.as_str());
        self.break_link([a, b], 30 * MINUTE, world);
        self.counted.delays += 1;
    }

    fn lose(&mut self, world: &mut World) {
        let Some([a, b]) = self.whole_link() else {
            return;
        };
        let rate = self.chance.between(1, 15) as f64 / 100.0;
        world
            .network()
            .set_link_fail_rate(a.as_str(), b.as_str(), rate);
        self.break_link([a, b], 2 * HOUR, world);
        self.counted.losses += 1;
    }

    /// A machine's power goes after a few more writes, or at once.
    fn power_cut(&mut self, world: &mut World) {
        let Some(machine) = self.chance.pick(&self.machines).cloned() else {
            return;
        };
        if world.is_off(&machine) {
            return;
        }
        self.counted.power_cuts += 1;
        let writes = self.chance.below(40);
        let keeps_last = self.chance.percent(50);
        if self.chance.percent(70) {
            let fuse = provider(world, &machine).map(SimulatedProvider::fuse);
            let fuse = fuse.or_else(|| person(world, &machine).map(Person::fuse));
            if let Some(fuse) = fuse {
                fuse.arm(writes as u32, keeps_last);
            }
        } else {
            let off = self.chance.duration(Duration::from_secs(1), 30 * MINUTE);
            world.crash(&machine, off);
        }
    }

    /// A provider is away for three hours, or an app.
    fn outage(&mut self, world: &mut World) {
        if let Some(machine) = self.chance.pick(&self.machines).cloned() {
            world.crash(&machine, 3 * HOUR);
            self.counted.outages += 1;
        }
    }

    /// A machine starts with a clock that is wrong by years.
    fn wrong_clock(&mut self, world: &mut World) {
        let people: Vec<Person> = world.people().to_vec();
        let Some(person) = self.chance.pick(&people) else {
            return;
        };
        let years = self.chance.between(1, 10) as i64 * YEAR;
        let ahead = self.chance.percent(50);
        person
            .clock()
            .set_wrong_by(if ahead { years } else { -years });
        world.crash(person.name(), Duration::from_secs(5));
        let until = world.elapsed() + self.chance.duration(MINUTE, 2 * HOUR);
        let clock = Broken::Clock(person.name().to_owned());
        self.broken.push((until, clock));
        self.counted.clocks += 1;
    }

    fn fill_disk(&mut self, world: &mut World) {
        let hosts: Vec<String> = world
            .providers()
            .iter()
            .map(|p| p.host().host().to_owned())
            .collect();
        let Some(host) = self.chance.pick(&hosts).cloned() else {
            return;
        };
        fill(world, &host, true);
        let until = world.elapsed() + self.chance.duration(MINUTE, 30 * MINUTE);
        self.broken.push((until, Broken::Disk(host)));
        self.counted.full_disks += 1;
    }

    fn blackout(&mut self, world: &mut World) {
        for machine in self.machines.clone() {
            let off = self.chance.duration(Duration::from_secs(1), 10 * MINUTE);
            world.crash(&machine, off);
        }
        self.counted.blackouts += 1;
    }

    /// Two machines that talk to each other and whose link is not broken already.
    fn whole_link(&mut self) -> Option<[String; 2]> {
        let providers = 2.min(self.machines.len());
        let first = self.chance.below(providers as u64) as usize;
        let second = self.chance.below(self.machines.len() as u64) as usize;
        let pair = [
            self.machines.get(first)?.clone(),
            self.machines.get(second)?.clone(),
        ];
        let whole = pair[0] != pair[1]
            && !self.broken.iter().any(|(_, broken)| {
                matches!(broken, Broken::Link(other) if pair.iter().all(|end| other.contains(end)))
            });
        whole.then_some(pair)
    }

    fn break_link(&mut self, link: [String; 2], longest: Duration, world: &World) {
        let until = world.elapsed() + self.chance.duration(Duration::from_secs(1), longest);
        self.broken.push((until, Broken::Link(link)));
    }
}

fn mend(world: &mut World, broken: &Broken) {
    match broken {
        Broken::Link([a, b]) => {
            let network = world.network();
            network.set_link_fail_rate(a.as_str(), b.as_str(), 0.0);
            network.release(a.as_str(), b.as_str());
            network.repair(a.as_str(), b.as_str());
        }
        Broken::Clock(name) => {
            if let Some(person) = person(world, name) {
                person.clock().set_wrong_by(0);
            }
        }
        Broken::Disk(host) => fill(world, host, false),
    }
}

fn fill(world: &World, host: &str, full: bool) {
    if let Some(provider) = provider(world, host) {
        for service in ["issuer", "sender", "receiver"] {
            provider.disk(service).faults().set_full(full);
        }
    }
}

fn provider<'a>(world: &'a World, host: &str) -> Option<&'a SimulatedProvider> {
    world.providers().iter().find(|p| p.host().host() == host)
}

fn person<'a>(world: &'a World, name: &str) -> Option<&'a Person> {
    world.people().iter().find(|person| person.name() == name)
}
