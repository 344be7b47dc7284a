//! What one provider process carries. `cargo run --release --bin load -- --binary target/release/dyad [--messages N]
//! [--mailboxes N] [--sockets N]`

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dyad_bench::app::{App, Mailbox};
use dyad_bench::provider::Provider;
use dyad_protocol::api::submit::Submission;
use dyad_protocol::id::SealedHash;
use dyad_protocol::token::{Token, TokenClass};
use futures_util::future::join_all;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// Requests in flight at once.
const IN_FLIGHT: usize = 64;
/// Mailboxes that the messages go to.
const ACTIVE_MAILBOXES: usize = 64;
/// Tokens a day of the benchmark's provider.
const QUOTA: u16 = 2_000;

struct Options {
    binary: PathBuf,
    messages: usize,
    mailboxes: usize,
    sockets: usize,
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let options = options()?;
    let dir = tempfile::tempdir()?;
    let provider = Provider::start(&options.binary, dir.path())?;
    let app = App::connect(&provider.host).await?;
    println!("memory after start: {} MiB", provider.memory() >> 20);

    let mut tokens = Stock {
        app: app.clone(),
        class: TokenClass::Mailbox,
        stock: Vec::new(),
    };
    let mut active = Vec::new();
    for _ in 0..ACTIVE_MAILBOXES {
        active.push(Arc::new(app.mailbox(tokens.take().await?).await?));
    }
    unloaded(&app, &active[0]).await?;
    let mut messages = Stock {
        app: app.clone(),
        class: TokenClass::Message,
        stock: Vec::new(),
    };
    loaded(&provider, &app, &active, &mut messages, options.messages).await?;
    conversing(
        &provider,
        &app,
        &active,
        &mut messages,
        options.messages / 2,
    )
    .await?;
    idle_sockets(&provider, &app, &active, options.sockets).await?;
    idle_mailboxes(&provider, &app, &mut tokens, options.mailboxes).await
}

/// One message after the other: submitted, and pushed to an app that is connected.
async fn unloaded(app: &App, mailbox: &Mailbox) -> io::Result<()> {
    const ROUNDS: usize = 200;
    let tokens = app.tokens(TokenClass::Message, QUOTA).await?;
    let mut times = Vec::new();
    let mut listener = app.listen(mailbox).await?;
    for token in tokens.into_iter().take(ROUNDS) {
        let submission = app.submission(mailbox, token)?;
        let begin = Instant::now();
        let (submitted, fetched) = tokio::join!(app.submit(submission), listener.next());
        submitted?;
        fetched?;
        times.push(begin.elapsed());
    }
    print_times("submit to fetch, unloaded", &mut times);
    Ok(())
}

/// Many at once: accepts a second, deliveries a second, latency, and what the process used for each.
async fn loaded(
    provider: &Provider,
    app: &App,
    mailboxes: &[Arc<Mailbox>],
    stock: &mut Stock,
    messages: usize,
) -> io::Result<()> {
    let mut prepared = Vec::new();
    for index in 0..messages {
        let token = stock.take().await?;
        prepared.push(app.submission(&mailboxes[index % mailboxes.len()], token)?);
    }
    let sent: Arc<Mutex<HashMap<SealedHash, Instant>>> = Arc::default();
    let (cpu, begin) = (provider.cpu(), Instant::now());
    let fetching = mailboxes.iter().enumerate().map(|(index, mailbox)| {
        let expected = (messages + mailboxes.len() - 1 - index) / mailboxes.len();
        let (app, mailbox, sent) = (app.clone(), Arc::clone(mailbox), Arc::clone(&sent));
        tokio::spawn(fetch_all(app, mailbox, expected, index == 0, sent))
    });
    let fetching: Vec<_> = fetching.collect();
    let (accepted, mut waits) = submit_all(app, prepared, &sent).await?;
    let mut latencies = all(fetching).await?;
    let (elapsed, cpu) = (begin.elapsed(), provider.cpu() - cpu);
    let rate = |time: Duration| messages as f64 / time.as_secs_f64();
    println!(
        "accepted, synced:                  {:>8.0} /s ({IN_FLIGHT} in flight)",
        rate(accepted)
    );
    println!(
        "accepted, delivered and fetched:   {:>8.0} /s",
        rate(elapsed)
    );
    println!(
        "processor time a message:          {:>8.0} us",
        cpu.as_micros() as f64 / messages as f64
    );
    print_times("submit to accepted, loaded", &mut waits);
    print_times("submit to fetch, loaded", &mut latencies);
    println!("memory after load: {} MiB", provider.memory() >> 20);
    Ok(())
}

/// Of each mailbox one message at a time, from its submission until it is fetched.
async fn conversing(
    provider: &Provider,
    app: &App,
    mailboxes: &[Arc<Mailbox>],
    stock: &mut Stock,
    messages: usize,
) -> io::Result<()> {
    let each = messages / mailboxes.len();
    let mut prepared = Vec::new();
    for mailbox in mailboxes {
        let mut own = Vec::new();
        for _ in 0..each {
            own.push(app.submission(mailbox, stock.take().await?)?);
        }
        prepared.push((own, app.listen(mailbox).await?));
    }
    let (cpu, begin) = (provider.cpu(), Instant::now());
    let talking = prepared.into_iter().map(|(own, mut listener)| {
        let app = app.clone();
        tokio::spawn(async move {
            let mut times = Vec::new();
            for submission in own {
                let hash = hash(&submission)?;
                let begin = Instant::now();
                let fetched = async {
                    // The mailbox may still hold the last message of the round before.
                    while listener.next().await? != hash {}
                    Ok(())
                };
                tokio::try_join!(app.submit(submission), fetched)?;
                times.push(begin.elapsed());
            }
            Ok::<_, io::Error>(times)
        })
    });
    let mut times = all(talking.collect()).await?;
    let (elapsed, cpu) = (begin.elapsed(), provider.cpu() - cpu);
    println!(
        "one after the other, each of {}:    {:>8.0} /s, {:.0} us processor time a message",
        mailboxes.len(),
        times.len() as f64 / elapsed.as_secs_f64(),
        cpu.as_micros() as f64 / times.len() as f64
    );
    print_times("submit to fetch, so", &mut times);
    Ok(())
}

/// What all tasks have measured.
async fn all(tasks: Vec<JoinHandle<io::Result<Vec<Duration>>>>) -> io::Result<Vec<Duration>> {
    let mut times = Vec::new();
    for task in join_all(tasks).await {
        times.extend(task.map_err(io::Error::other)??);
    }
    Ok(times)
}

fn hash(submission: &[u8]) -> io::Result<SealedHash> {
    let submission = Submission::decode(submission).map_err(io::Error::other)?;
    Ok(submission.item.sealed.hash())
}

async fn submit_all(
    app: &App,
    prepared: Vec<Vec<u8>>,
    sent: &Arc<Mutex<HashMap<SealedHash, Instant>>>,
) -> io::Result<(Duration, Vec<Duration>)> {
    let queue = Arc::new(Mutex::new(prepared));
    let begin = Instant::now();
    let workers = (0..IN_FLIGHT).map(|_| {
        let (app, queue, sent) = (app.clone(), Arc::clone(&queue), Arc::clone(sent));
        tokio::spawn(async move {
            let mut waits = Vec::new();
            loop {
                let Some(submission) = queue.lock().await.pop() else {
                    break;
                };
                let hash = hash(&submission)?;
                let begin = Instant::now();
                sent.lock().await.insert(hash, begin);
                app.submit(submission).await?;
                waits.push(begin.elapsed());
            }
            Ok::<_, io::Error>(waits)
        })
    });
    let waits = all(workers.collect()).await?;
    Ok((begin.elapsed(), waits))
}

async fn fetch_all(
    app: App,
    mailbox: Arc<Mailbox>,
    expected: usize,
    skip_earlier: bool,
    sent: Arc<Mutex<HashMap<SealedHash, Instant>>>,
) -> io::Result<Vec<Duration>> {
    let mut times = Vec::new();
    // The first mailbox may still hold the last message of the round before.
    let mut earlier = usize::from(skip_earlier);
    let mut listener = app.listen(&mailbox).await?;
    while times.len() < expected {
        let hash = listener.next().await?;
        match sent.lock().await.get(&hash) {
            Some(begin) => times.push(begin.elapsed()),
            None if earlier > 0 => earlier -= 1,
            None => return Err(io::Error::other("a message that was never sent")),
        }
    }
    Ok(times)
}

/// WebSockets with a mailbox each, on which nothing happens.
async fn idle_sockets(
    provider: &Provider,
    app: &App,
    mailboxes: &[Arc<Mailbox>],
    count: usize,
) -> io::Result<()> {
    let before = provider.memory();
    let mut open = Vec::new();
    for index in 0..count {
        open.push(app.listen(&mailboxes[index % mailboxes.len()]).await?);
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let each = provider.memory().saturating_sub(before) as f64 / count.max(1) as f64;
    println!(
        "memory an idle WebSocket:          {:>8.1} KiB ({count} open)",
        each / 1024.0
    );
    Ok(())
}

/// Mailboxes that nobody writes to.
async fn idle_mailboxes(
    provider: &Provider,
    app: &App,
    tokens: &mut Stock,
    count: usize,
) -> io::Result<()> {
    let (memory, disk) = (provider.memory(), provider.disk());
    let mut left = count;
    while left > 0 {
        let mut group = Vec::new();
        for _ in 0..left.min(IN_FLIGHT) {
            group.push(tokens.take().await?);
        }
        left -= group.len();
        for made in join_all(group.into_iter().map(|token| app.mailbox(token))).await {
            made?;
        }
    }
    let each = |now: u64, before: u64| now.saturating_sub(before) as f64 / count.max(1) as f64;
    println!(
        "an idle mailbox:                   {:>8.1} B of memory, {:.1} B on disk ({count} made)",
        each(provider.memory(), memory),
        each(provider.disk(), disk),
    );
    Ok(())
}

/// Tokens, fetched as they are needed, on new accounts.
struct Stock {
    app: App,
    class: TokenClass,
    stock: Vec<Token>,
}

impl Stock {
    async fn take(&mut self) -> io::Result<Token> {
        if self.stock.is_empty() {
            self.stock = self.app.tokens(self.class, QUOTA).await?;
        }
        self.stock.pop().ok_or(io::Error::other("no tokens"))
    }
}

fn print_times(name: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    println!(
        "{:<34} {:>8.2} ms  p99 {:.2} ms",
        format!("{name}:"),
        at(50),
        at(99)
    );
}

fn options() -> io::Result<Options> {
    let mut options = Options {
        binary: "target/release/dyad".into(),
        messages: 20_000,
        mailboxes: 100_000,
        sockets: 1_000,
    };
    let mut args = std::env::args().skip(1);
    while let Some(name) = args.next() {
        let value = args
            .next()
            .ok_or(io::Error::other(format!("{name} needs a value")))?;
        let number = || {
            value
                .parse()
                .map_err(|_| io::Error::other(format!("{name}: a number")))
        };
        match name.as_str() {
            "--binary" => options.binary = value.into(),
            "--messages" => options.messages = number()?,
            "--mailboxes" => options.mailboxes = number()?,
            "--sockets" => options.sockets = number()?,
            _ => return Err(io::Error::other(format!("unknown option {name}"))),
        }
    }
    Ok(options)
}
