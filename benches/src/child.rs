//! The servers that this program can be.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use crate::bare;

/// The first argument that makes the program the registry's reference server.
pub(crate) const REGISTRY: &str = "be-registry";

/// The first argument that makes the program a bare hyper server.
pub(crate) const BARE: &str = "be-bare";

/// Is the server that the command line asks for, to its end; nothing when it asks for none.
pub fn child(arguments: &[OsString]) -> Option<ExitCode> {
    match arguments.get(1)?.to_str()? {
        // Its first argument takes the place of a program's name.
        REGISTRY => Some(tank_registry_server::run(arguments[1..].iter().cloned())),
        BARE => Some(bare::serve(Path::new(arguments.get(2)?))),
        _ => None,
    }
}
