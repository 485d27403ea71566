//! The scanner of this process, for the server and for the commands beside it.

use std::sync::Arc;

use tank_registry_core::scan::Gate;
use tank_registry_core::{RegistryBuilder, TokioWorkers};
use tank_registry_scan::RuleScanner;

use crate::scan::{RulesError, read_rules};
use crate::settings::{ScanGate, Settings};

/// Gives the registry the scanner and the gate that the settings ask for.
pub(crate) fn with_scanner(
    builder: RegistryBuilder,
    settings: &Settings,
) -> Result<RegistryBuilder, RulesError> {
    let gate = match settings.scan.gate {
        ScanGate::Quarantine => Gate::Quarantine {
            hold_flagged: settings.scan.hold_flagged,
        },
        ScanGate::Report => Gate::Report,
        ScanGate::Off => return Ok(builder),
    };
    let rules = read_rules(settings.scan.rules.as_deref())?;
    let scanner = RuleScanner::new(rules, Arc::new(TokioWorkers::default()));
    Ok(builder.scanner(Arc::new(scanner)).gate(gate))
}
