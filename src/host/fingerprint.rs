//! The fingerprint of a machine: properties that must be equal for two runs to be comparable.

use super::linux;

/// Properties of the machine. A text is `unknown` where the system does not report it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// Operating system and processor family, such as `linux x86_64`.
    pub system: String,
    /// Release of the kernel, such as `6.8.0-45-generic`.
    pub kernel: String,
    /// Model name of the first processor.
    pub cpu_model: String,
    /// Number of processors that this process may use.
    pub cores: u32,
    /// CPU frequency governor, such as `performance`.
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
