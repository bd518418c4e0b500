//! The fingerprint of a machine: what must be equal for two runs to be comparable.

use super::linux;

/// What is known of the machine. `unknown` where it does not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// Operating system and processor family, such as `linux x86_64`.
    pub system: String,
    /// The kernel's release.
    pub kernel: String,
    /// The processor's name.
    pub cpu_model: String,
    /// Processors that this process may use.
    pub cores: u32,
    /// The frequency governor.
    pub governor: String,
}

/// Reads the fingerprint of this machine.
pub fn read() -> Fingerprint {
    let or_unknown = |value: Option<String>| value.unwrap_or_else(|| "unknown".to_owned());
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get().try_into().unwrap_or(1));
    Fingerprint {
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        kernel: or_unknown(linux::kernel()),
        cpu_model: or_unknown(linux::cpu_model()),
        cores,
        governor: or_unknown(linux::governor()),
    }
}
