//! Two people with a running `dyad up` each, and browsers that look at their pages.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::extensions::cdp::ChromeDevTools;
use thirtyfour::prelude::*;

use crate::small_disk::SmallDisk;

/// Longest that a test waits for what should be there soon.
pub const SOON: Duration = Duration::from_secs(60);
pub const PASSPHRASE: &str = "correct horse battery staple";

/// Whether there is a Chromium to test with. The gate demands one; on a machine without, the tests of the page say
/// that they were left out.
pub fn browser_here() -> bool {
    let here = find("chromedriver").is_some() && find("chromium").is_some();
    assert!(
        here || !browser_demanded(),
        "chromium and chromedriver are missing: apt-get install chromium chromium-driver"
    );
    if !here {
        println!("left out: there is no chromium and chromedriver here");
    }
    here
}

/// Whether nothing may be left out.
pub fn browser_demanded() -> bool {
    std::env::var_os("DYAD_BROWSER").is_some_and(|value| value == "required")
}

pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// One person's machine: a home, and `dyad up` on it.
pub struct Person {
    /// A home of its own, if it is one.
    _dir: Option<TempDir>,
    home: PathBuf,
    up: Option<Child>,
    listen: String,
    page: String,
    passphrase: Option<String>,
    disk: Option<SmallDisk>,
}

impl Person {
    fn with(dir: Option<TempDir>, home: PathBuf, passphrase: Option<&str>) -> Self {
        let mut person = Self {
            _dir: dir,
            home,
            up: None,
            listen: "127.0.0.1:0".into(),
            page: "127.0.0.1:0".into(),
            passphrase: passphrase.map(str::to_owned),
            disk: None,
        };
        person.start();
        person
    }

    /// One whose files lie on a disk of so many MiB. `None` where there can be none.
    pub fn with_small_disk(name: &str, mib: u32) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        // It is not empty when the app comes; then it must be the person's alone.
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(dir.path(), private).unwrap();
        let mut person = Self {
            disk: Some(SmallDisk::at(&dir.path().join("blobs"), mib)?),
            home: dir.path().to_owned(),
            _dir: Some(dir),
            up: None,
            listen: "127.0.0.1:0".into(),
            page: "127.0.0.1:0".into(),
            passphrase: Some(PASSPHRASE.to_owned()),
        };
        person.start();
        person.ok(&["me", "--name", name]);
        Some(person)
    }

    /// The disk of one that has its own.
    pub fn disk(&self) -> &SmallDisk {
        self.disk.as_ref().unwrap()
    }

    /// Its home.
    pub fn home(&self) -> &Path {
        &self.home
    }

    fn empty(passphrase: Option<&str>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().to_owned();
        Self::with(Some(dir), home, passphrase)
    }

    /// Starts `dyad up` on an empty home, as a person does who then opens the page.
    pub fn new() -> Self {
        Self::empty(None)
    }

    /// The same with a profile, as from the command line.
    pub fn called(name: &str) -> Self {
        let person = Self::empty(Some(PASSPHRASE));
        person.ok(&["me", "--name", name]);
        person
    }

    /// Starts `dyad up` on a home that there is.
    pub fn at(home: &Path, passphrase: &str) -> Self {
        Self::with(None, home.to_owned(), Some(passphrase))
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dyad"));
        command
            .args(args)
            .arg("--json")
            .env("DYAD_HOME", &self.home)
            .env("TZ", "Europe/Berlin")
            .env_remove("DYAD_PASSPHRASE")
            .stdin(Stdio::null());
        if let Some(passphrase) = &self.passphrase {
            command.env("DYAD_PASSPHRASE", passphrase);
        }
        match &self.disk {
            Some(disk) => disk.within(&command),
            None => command,
        }
    }

    /// Starts `dyad up`; gives the address that opens the page once.
    pub fn start(&mut self) -> String {
        let args = [
            "up",
            "--no-open",
            "--listen",
            &self.listen,
            "--page",
            &self.page,
        ];
        let mut child = self.command(&args).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let up: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"));
        let page = up["page"].as_str().unwrap().to_owned();
        // The next start is at the same places.
        self.page = page.split('/').nth(2).unwrap().to_owned();
        self.listen = up["url"]
            .as_str()
            .unwrap()
            .trim_start_matches("http://")
            .to_owned();
        self.up = Some(child);
        page
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut up) = self.up.take() {
            let _ = up.kill();
            let _ = up.wait();
        }
    }

    /// Where the page is.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.page)
    }

    /// Does a command; gives what it printed.
    #[track_caller]
    pub fn ok(&self, args: &[&str]) -> Value {
        let output = self.command(args).output().unwrap();
        let out = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success(),
            "{args:?}: {out}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_str(out.lines().next().unwrap_or("null")).unwrap()
    }

    /// A fresh address that opens the page.
    pub fn launch(&self) -> String {
        self.ok(&["page"])["url"].as_str().unwrap().to_owned()
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A browser with a profile of its own.
pub struct Browser {
    pub driver: WebDriver,
    service: Child,
    _profile: TempDir,
}

/// What is special about a browser.
#[derive(Default)]
pub struct Wishes<'a> {
    /// Language it asks for.
    pub language: Option<&'a str>,
    /// A film that its camera sees (Y4M).
    pub camera: Option<&'a Path>,
    /// Camera and microphone that the browser makes up, for calls.
    pub calls: bool,
    /// Dark pages.
    pub dark: bool,
    /// Width and height of the window; 1440 by 900 if nothing is said.
    pub size: Option<(u32, u32)>,
}

impl Browser {
    pub async fn open() -> Self {
        Self::with(&Wishes::default()).await
    }

    pub async fn with(wishes: &Wishes<'_>) -> Self {
        let port = free_port();
        let service = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let profile = tempfile::tempdir().unwrap();
        let (width, height) = wishes.size.unwrap_or((1440, 900));
        let mut args = vec![
            "--headless".into(),
            "--no-sandbox".into(),
            "--disable-gpu".into(),
            "--disable-dev-shm-usage".into(),
            "--disable-quic".into(),
            "--no-first-run".into(),
            "--disable-background-networking".into(),
            "--disable-component-update".into(),
            "--disable-sync".into(),
            "--hide-scrollbars".into(),
            format!("--user-data-dir={}", profile.path().display()),
            format!("--window-size={width},{height}"),
        ];
        if wishes.dark {
            args.push("--force-dark-mode".into());
            args.push("--blink-settings=preferredColorScheme=0".into());
        }
        if let Some(film) = wishes.camera {
            args.push("--use-fake-ui-for-media-stream".into());
            args.push("--use-fake-device-for-media-stream".into());
            args.push(format!(
                "--use-file-for-fake-video-capture={}",
                film.display()
            ));
        }
        if wishes.calls {
            args.push("--use-fake-ui-for-media-stream".into());
            args.push("--use-fake-device-for-media-stream".into());
            // Names of the local network (mDNS) lead nowhere where there is no such network.
            args.push("--disable-features=WebRtcHideLocalIpsWithMdns".into());
        }
        let mut capabilities = DesiredCapabilities::chrome();
        for arg in &args {
            capabilities.add_arg(arg).unwrap();
        }
        let languages = wishes.language.unwrap_or("en-US,en");
        capabilities
            .add_experimental_option("prefs", json!({ "intl.accept_languages": languages }))
            .unwrap();
        let address = format!("http://127.0.0.1:{port}");
        let patience = Instant::now() + SOON;
        let driver = loop {
            match WebDriver::new(&address, capabilities.clone()).await {
                Ok(driver) => break driver,
                Err(e) => assert!(Instant::now() < patience, "the browser does not start: {e}"),
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        Self {
            driver,
            service,
            _profile: profile,
        }
    }

    /// Something that only the browser's own tools can do.
    pub async fn command(&self, name: &str, params: Value) {
        let tools = ChromeDevTools::new(self.driver.handle.clone());
        tools.execute_cdp_with_params(name, params).await.unwrap();
    }

    pub async fn go(&self, url: &str) {
        self.driver.goto(url).await.unwrap();
    }

    /// Waits for an element.
    pub async fn find(&self, css: &str) -> WebElement {
        let patience = Instant::now() + SOON;
        loop {
            if let Ok(found) = self.driver.find(By::Css(css)).await {
                return found;
            }
            if Instant::now() >= patience {
                panic!(
                    "{css} did not appear on {}: {}",
                    self.address().await,
                    self.text().await
                );
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until a script is true.
    pub async fn until(&self, script: &str) {
        let patience = Instant::now() + SOON;
        loop {
            let is = self
                .driver
                .execute(format!("return Boolean({script})"), vec![])
                .await;
            if is.is_ok_and(|value| value.json() == &Value::Bool(true)) {
                return;
            }
            if Instant::now() >= patience {
                panic!(
                    "never true: {script} on {}: {}",
                    self.address().await,
                    self.text().await
                );
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until the page shows this text.
    pub async fn reads(&self, text: &str) {
        let script = format!("document.body.innerText.includes({})", json!(text));
        self.until(&script).await;
    }

    pub async fn text(&self) -> String {
        let body = self.driver.find(By::Css("body")).await.unwrap();
        body.text().await.unwrap_or_default()
    }

    pub async fn address(&self) -> String {
        self.driver
            .current_url()
            .await
            .map(String::from)
            .unwrap_or_default()
    }

    pub async fn click(&self, css: &str) {
        let patience = Instant::now() + SOON;
        loop {
            match self.find(css).await.click().await {
                Ok(()) => return,
                Err(e) => assert!(Instant::now() < patience, "{css} cannot be clicked: {e}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Types into a field, over what is there.
    pub async fn fill(&self, css: &str, text: &str) {
        let patience = Instant::now() + SOON;
        loop {
            let field = self.find(css).await;
            // The page may put another in its place at that very moment.
            let filled = match field.clear().await {
                Ok(()) => field.send_keys(text).await,
                Err(e) => Err(e),
            };
            match filled {
                Ok(()) => return,
                Err(e) => assert!(Instant::now() < patience, "{css} cannot be filled: {e}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Sets a field as a paste would, for what no keyboard types.
    pub async fn paste(&self, css: &str, text: &str) {
        self.find(css).await;
        let script = format!(
            "const f = document.querySelector({}); f.value = {}; f.dispatchEvent(new Event('input', {{bubbles: true}}));",
            json!(css),
            json!(text)
        );
        self.driver.execute(script, vec![]).await.unwrap();
    }

    /// Writes a message as a person does, with Enter.
    pub async fn write(&self, text: &str) {
        let field = self.find("#text").await;
        field.send_keys(text).await.unwrap();
        field.send_keys(Key::Enter + "").await.unwrap();
        self.until("document.getElementById('text').value === ''")
            .await;
    }

    /// Presses keys where the focus is.
    pub async fn keys(&self, keys: &str) {
        let patience = Instant::now() + SOON;
        loop {
            // The page may put another in its place at that very moment; then nothing was pressed.
            let pressed = match self.driver.active_element().await {
                Ok(focused) => focused.send_keys(keys).await,
                Err(e) => Err(e),
            };
            match pressed {
                Ok(()) => return,
                Err(e) => assert!(Instant::now() < patience, "{keys:?} cannot be pressed: {e}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// What a script gives. It waits for an element that is not there yet: a script that looks for one does so before it
    /// changes anything.
    pub async fn script(&self, script: &str) -> Value {
        let patience = Instant::now() + SOON;
        loop {
            match self.driver.execute(script, vec![]).await {
                Ok(value) => return value.json().clone(),
                Err(e) => {
                    let missing = e.to_string();
                    let missing = missing.contains("properties of null")
                        || missing.contains("properties of undefined");
                    assert!(missing && Instant::now() < patience, "{script}: {e}");
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Ends it. (Also when a test fails: the profile's folder goes, and the driver with it.)
    pub async fn close(self) {
        let _ = self.driver.clone().quit().await;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.service.kill();
        let _ = self.service.wait();
    }
}

/// Two people who are in touch.
pub fn in_touch() -> (Person, Person) {
    introduced(Person::called("Alex"), Person::called("Blair"))
}

/// The same two, each with their own home.
pub fn introduced(alex: Person, blair: Person) -> (Person, Person) {
    let link = alex.ok(&["invite", "--name", "Blair"])["created"]["link"]
        .as_str()
        .unwrap()
        .to_owned();
    blair.ok(&["accept", &link, "--name", "Alex"]);
    let patience = Instant::now() + SOON;
    loop {
        let active =
            |person: &Person| person.ok(&["contacts"])["contacts"][0]["status"] == "active";
        if active(&alex) && active(&blair) {
            return (alex, blair);
        }
        assert!(Instant::now() < patience, "they do not get in touch");
        std::thread::sleep(Duration::from_millis(300));
    }
}

/// Whoever's page, in the conversation that stands first.
pub async fn opened(person: &Person) -> Browser {
    let browser = Browser::open().await;
    browser.go(&person.launch()).await;
    browser.click("#list a.row-link").await;
    browser.find("#text").await;
    browser
}
