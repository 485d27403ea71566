//! Examples as processes of their own.
#![allow(dead_code, reason = "each file of tests takes what it needs")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// An example that runs until it is dropped.
pub struct Example {
    process: Child,
    /// The administrator's, empty where another process has made the registry.
    pub key: String,
    pub address: String,
}

impl Example {
    pub fn start(program: &str, folder: &Path) -> Self {
        let mut process = Command::new(program)
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut next = || lines.next().unwrap().unwrap();
        let mut line = next();
        let key = line.strip_prefix("key ").unwrap_or_default().to_owned();
        if !key.is_empty() {
            line = next();
        }
        let address = line.strip_prefix("listening on ");
        let address = address.unwrap_or_else(|| panic!("{line}")).to_owned();
        Self {
            process,
            key,
            address,
        }
    }

    /// Runs Python, which the tests need anyway, with the registry's address and key.
    pub fn python(&self, arguments: &[&str]) -> String {
        self.python_as(&self.key, arguments)
    }

    pub fn python_as(&self, token: &str, arguments: &[&str]) -> String {
        let output = Command::new("python3")
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("TANK_REGISTRY_URL", format!("{}/registry", self.address))
            .env("TANK_TOKEN", token)
            .output()
            .expect("python3 is needed: scripts/test installs it");
        let (stdout, stderr) = (output.stdout, String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{stderr}");
        String::from_utf8(stdout).unwrap()
    }

    /// One request; its status and body.
    pub fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, String) {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .build();
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.to_owned()).unwrap();
        let mut answer = ureq::Agent::from(agent).run(request).unwrap();
        let text = answer.body_mut().read_to_vec().unwrap();
        let text = String::from_utf8_lossy(&text).into_owned();
        (answer.status().as_u16(), text)
    }

    pub fn fetch(&self, path: &str) -> String {
        let program =
            "import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read().decode())";
        self.python(&["-c", program, &format!("{}{path}", self.address)])
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
