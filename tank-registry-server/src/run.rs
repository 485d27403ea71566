//! From the command line to an exit status.

use std::error::Error;
use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;
use tokio::runtime::{Builder, Runtime};

use crate::admin::{AdminError, Done};
use crate::cli::{AdminArgs, Cli, Command, ServeArgs};
use crate::settings::{self, Loaded, SettingsErrors, Sources};
use crate::start::Ended;
use crate::status::{REFUSED, USAGE};
use crate::{admin, cli, log, output, scan, start};

/// Threads that read files, hash and inflate; each may hold a file open, and with the connections all
/// of them stay within the 1024 that a process usually may open.
const BLOCKING_THREADS: usize = 128;

/// Runs the program: `args` is the command line, the program's name first.
///
/// The status is 0 when done, 1 when refused or failed, 2 when the command line is wrong; that of a
/// scan tells the verdict, and is 3 when there is none.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let is_scan = args.get(1).is_some_and(|command| command == "scan");
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let is_help = matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            );
            let printed = error.print();
            return match printed {
                Ok(()) if is_help => ExitCode::SUCCESS,
                _ if is_scan => ExitCode::from(scan::NOT_SCANNED),
                _ if is_help => ExitCode::from(REFUSED),
                _ => ExitCode::from(USAGE),
            };
        }
    };
    let done = match cli.command {
        None => serve(&cli.serve),
        Some(Command::Serve(args)) => serve(&args),
        Some(Command::CheckConfig { config }) => check_config(&cli::sources(config.as_ref(), [])),
        Some(Command::Admin(args)) => administer(args),
        Some(Command::Scan(args)) => Ok(ExitCode::from(scan::run(&args))),
    };
    done.unwrap_or_else(ExitCode::from)
}

fn load(sources: &Sources) -> Result<Loaded, u8> {
    settings::load(sources).map_err(|errors| refused(&errors))
}

fn refused(errors: &SettingsErrors) -> u8 {
    for error in errors.as_slice() {
        output::complain(error);
    }
    REFUSED
}

fn serve(args: &ServeArgs) -> Result<ExitCode, u8> {
    let loaded = load(&args.sources())?;
    loaded.check_serving().map_err(|errors| refused(&errors))?;
    log::install(&loaded.settings.log);
    let runtime = runtime(Builder::new_multi_thread().max_blocking_threads(BLOCKING_THREADS))
        .map_err(|error| failed(&error))?;
    let ended = runtime.block_on(start::run(&loaded));
    // Does not wait for work on blocking threads, which after a second signal may be long.
    runtime.shutdown_background();
    match ended {
        Ok(Ended::InOrder) => Ok(ExitCode::SUCCESS),
        Ok(Ended::AtOnce) => Err(REFUSED),
        Err(error) => Err(failed(&error)),
    }
}

fn check_config(sources: &Sources) -> Result<ExitCode, u8> {
    let loaded = load(sources)?;
    loaded.check_serving().map_err(|errors| refused(&errors))?;
    written(output::say(loaded.document().trim_end()))
}

fn administer(args: AdminArgs) -> Result<ExitCode, u8> {
    let json = args.json;
    match administered(args) {
        Ok(done) if json => written(output::say(done.json)),
        Ok(done) => written(output::say(done.text)),
        Err(refusal) => {
            let status = refusal.complain();
            if json {
                let answer = serde_json::json!({ "error": output::chain(&refusal) });
                // The status says the same, where nobody reads this.
                let _ = output::say(answer);
            }
            Err(status)
        }
    }
}

fn administered(args: AdminArgs) -> Result<Done, Refusal> {
    let loaded = settings::load(&args.sources())?;
    // Only what goes wrong: the answer is the command's own.
    let mut log = loaded.settings.log.clone();
    if loaded.origin("log.level") == &settings::Origin::Default {
        "warn".clone_into(&mut log.level);
    }
    log::install(&log);
    let runtime = runtime(&mut Builder::new_current_thread())?;
    Ok(runtime.block_on(admin::run(&loaded.settings, args.command))?)
}

/// Why there is no answer to an admin command.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error(transparent)]
    Settings(#[from] SettingsErrors),
    #[error(transparent)]
    Runtime(#[from] io::Error),
    #[error(transparent)]
    Command(#[from] AdminError),
}

impl Refusal {
    /// Tells people; answers the exit status.
    fn complain(&self) -> u8 {
        match self {
            Self::Settings(errors) => refused(errors),
            Self::Runtime(error) => failed(error),
            Self::Command(error) => {
                output::complain(error);
                error.status()
            }
        }
    }
}

fn runtime(builder: &mut Builder) -> io::Result<Runtime> {
    builder.enable_all().thread_name("tank-registry").build()
}

fn failed(error: &dyn Error) -> u8 {
    output::complain(error);
    REFUSED
}

/// A pipe whose reader has gone has got all it wanted; anything else is worth a word.
fn written(result: io::Result<()>) -> Result<ExitCode, u8> {
    match result {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            if error.kind() != io::ErrorKind::BrokenPipe {
                output::complain(&error);
            }
            Err(REFUSED)
        }
    }
}
