//! Random bytes that nobody can guess, from the operating system.

use std::fs::File;
use std::io::{self, Read as _};

/// Where the operating system offers them.
const SOURCE: &str = "/dev/urandom";

/// Bytes for a secret.
/// # Errors
/// That of the operating system, where it offers none.
pub fn secret<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    File::open(SOURCE)?.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_secrets_differ() {
        assert_ne!(secret::<16>().unwrap(), secret::<16>().unwrap());
    }
}
