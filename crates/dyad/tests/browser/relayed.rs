//! Calls through a relay in any case, with a real one (coturn), and calls whose way breaks.

use std::fs;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::calls::{becomes, browser_of, calls, flows, link, take, window};
use crate::stage::{Browser, Person, SOON, browser_here, free_port, in_touch};
use crate::turn::{Turn, turn_here};

/// Longest from the moment at which a way breaks to the end of a call that finds no other.
const LOST: Duration = Duration::from_secs(90);

/// Of each connection: the kind of the way that is used, at this end, and what has gone over it. (The other end may be one
/// that was met before it was told of, whatever it is: what it is, the other browser says.)
const WAYS: &str = "const done = arguments[arguments.length - 1];
    (async () => {
      const ways = [];
      for (const connection of window.connections) {
        const reports = await connection.getStats();
        for (const transport of reports.values()) {
          if (transport.type !== 'transport' || !transport.selectedCandidatePairId) continue;
          const pair = reports.get(transport.selectedCandidatePairId);
          const kind = reports.get(pair.localCandidateId)?.candidateType;
          ways.push({ kind, sent: pair.bytesSent, got: pair.bytesReceived });
        }
      }
      done(ways);
    })();";

/// Every kind of way to itself that a browser has found.
const OFFERED: &str = "const done = arguments[arguments.length - 1];
    (async () => {
      const kinds = new Set();
      for (const connection of window.connections) {
        for (const report of (await connection.getStats()).values()) {
          if (report.type === 'local-candidate') kinds.add(report.candidateType);
        }
      }
      done([...kinds]);
    })();";

/// A provider that names a relay.
struct Provider {
    _dir: TempDir,
    port: u16,
    child: Child,
}

impl Provider {
    fn naming(turn: &Turn) -> Self {
        let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
        let at = format!("127.0.0.1:{port}");
        let text = format!(
            "[provider]\nhost = \"{at}\"\nlisten = \"{at}\"\ndata_dir = {:?}\nallow_loopback = true\nmin_free_bytes = 0\n\
             [sender]\n[receiver]\n[issuer]\nopen_registration = true\n{}",
            dir.path().join("data"),
            turn.configuration()
        );
        let config = dir.path().join("provider.toml");
        fs::write(&config, text).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_dyad"))
            .args(["serve", "--config"])
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begin = Instant::now();
        while TcpStream::connect(&at).is_err() {
            assert!(
                begin.elapsed() < Duration::from_secs(60),
                "the provider does not start"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        Self {
            _dir: dir,
            port,
            child,
        }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two people who want relays only, in a call with pictures.
struct Talk {
    alex: Person,
    blair: Person,
    one: Browser,
    two: Browser,
    _provider: Provider,
}

impl Talk {
    async fn over(turn: &Turn) -> Self {
        let provider = Provider::naming(turn);
        let (alex, blair) = in_touch();
        for person in [&alex, &blair] {
            person.ok(&["provider", "add", &provider.url()]);
            person.ok(&["settings", "--relayed-calls", "yes"]);
        }
        let (one, two) = (browser_of(&alex).await, browser_of(&blair).await);
        one.click("#list a.row-link").await;
        let call = link(&one, "#call-video").await;
        window(&one, &call).await;
        two.reads("is calling with video").await;
        take(&two, &blair).await;
        for browser in [&one, &two] {
            browser.reads("Connected").await;
            flows(browser).await;
        }
        Self {
            alex,
            blair,
            one,
            two,
            _provider: provider,
        }
    }

    /// Through the relay at both ends, in both directions.
    async fn is_relayed(&self) {
        for browser in [&self.one, &self.two] {
            let patience = Instant::now() + SOON;
            loop {
                let ways = asked(browser, WAYS).await;
                let ways = ways.as_array().unwrap();
                for way in ways {
                    assert_eq!(way["kind"], "relay", "{ways:?}");
                }
                let over = |way: &Value, what: &str| way[what].as_u64() > Some(10_000);
                if !ways.is_empty() && ways.iter().all(|way| over(way, "sent") && over(way, "got"))
                {
                    break;
                }
                assert!(
                    Instant::now() < patience,
                    "too little goes over it: {ways:?}"
                );
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            // Another was not even found.
            assert_eq!(asked(browser, OFFERED).await, serde_json::json!(["relay"]));
        }
    }

    async fn close(self) {
        self.one.close().await;
        self.two.close().await;
    }
}

async fn asked(browser: &Browser, script: &str) -> Value {
    let answer = browser.driver.execute_async(script, vec![]).await.unwrap();
    answer.json().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_goes_through_the_relay_only_and_on_when_that_was_away() {
    if !browser_here() || !turn_here() {
        return;
    }
    let mut turn = Turn::start();
    let talk = Talk::over(&turn).await;
    talk.is_relayed().await;

    // As when the network is switched: what was agreed with the relay is gone.
    turn.kill();
    for browser in [&talk.one, &talk.two] {
        browser.reads("Connection lost, trying again").await;
    }
    turn.resume();
    for browser in [&talk.one, &talk.two] {
        browser.reads("Connected").await;
        flows(browser).await;
    }
    talk.is_relayed().await;
    for person in [&talk.alex, &talk.blair] {
        assert_eq!(calls(person).len(), 1, "it is the same call");
        becomes(person, "talking").await;
    }
    talk.two.click("#end").await;
    talk.two.reads("lasted").await;
    talk.one.reads("lasted").await;
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_way_does_not_come_back_ends_on_both_sides() {
    if !browser_here() || !turn_here() {
        return;
    }
    let mut turn = Turn::start();
    let talk = Talk::over(&turn).await;
    let lost = Instant::now();
    turn.kill();
    for browser in [&talk.one, &talk.two] {
        browser
            .until("document.getElementById('state').textContent.includes('lasted')")
            .await;
        browser
            .until("connections.every((one) => one.connectionState === 'closed')")
            .await;
        browser.find("#after:not([hidden])").await;
    }
    assert!(lost.elapsed() < LOST, "{:?}", lost.elapsed());
    let told = [talk.one.text().await, talk.two.text().await];
    assert!(
        told.iter()
            .any(|text| text.contains("The connection was lost and did not come back")),
        "{told:?}"
    );
    for person in [&talk.alex, &talk.blair] {
        becomes(person, "ended").await;
    }
    talk.close().await;
}
