//! Accounts: who signed up, and whose password is right. Passwords are kept as digests only.

use std::collections::HashMap;
use std::fmt;

use sha2::{Digest as _, Sha256};

use super::super::config::{DEMO_ACCOUNTS, DEMO_PASSWORD};

/// All accounts of the server. They are never deleted.
#[derive(Debug)]
pub(super) struct Accounts {
    all: Vec<Account>,
    /// Place of each account by its email address in small letters.
    by_email: HashMap<Box<str>, u64>,
    most: usize,
}

/// One account.
pub(super) struct Account {
    pub(super) email: Box<str>,
    pub(super) name: Option<Box<str>>,
    secret: [u8; 32],
}

/// Why a signup was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignupRefused {
    /// The email address has an account.
    Taken,
    /// There is no room for another account.
    Full,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").finish_non_exhaustive()
    }
}

impl Accounts {
    /// The accounts that exist from the start, and room for `most` others.
    pub(super) fn new(most: usize) -> Self {
        let mut accounts = Self { all: Vec::new(), by_email: HashMap::new(), most: usize::MAX };
        for number in 1..=DEMO_ACCOUNTS {
            // All addresses differ, so none is taken.
            let _ = accounts.sign_up(&format!("demo-{number}@example.invalid"), DEMO_PASSWORD, None);
        }
        Self { most: most.saturating_add(accounts.count()), ..accounts }
    }

    /// Creates an account; returns its number.
    ///
    /// # Errors
    /// The address is taken, in capitals or not, or there is no room.
    pub(super) fn sign_up(
        &mut self,
        email: &str,
        password: &str,
        name: Option<&str>,
    ) -> Result<u64, SignupRefused> {
        let key: Box<str> = email.to_lowercase().into();
        if self.by_email.contains_key(&key) {
            return Err(SignupRefused::Taken);
        }
        if self.count() >= self.most {
            return Err(SignupRefused::Full);
        }
        let number = self.all.len() as u64;
        let secret = digest(&key, password);
        self.all.push(Account { email: email.into(), name: name.map(Into::into), secret });
        self.by_email.insert(key, number);
        Ok(number)
    }

    /// The account with this address and password; which of the two is wrong remains open.
    pub(super) fn log_in(&self, email: &str, password: &str) -> Option<u64> {
        let key = email.to_lowercase();
        let number = *self.by_email.get(key.as_str())?;
        let account = self.get(number)?;
        (account.secret == digest(&key, password)).then_some(number)
    }

    /// The account with this number.
    pub(super) fn get(&self, number: u64) -> Option<&Account> {
        self.all.get(usize::try_from(number).ok()?)
    }

    /// Number of accounts.
    pub(super) fn count(&self) -> usize {
        self.all.len()
    }
}

/// The address salts the password, so that equal passwords have different digests.
fn digest(email: &str, password: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(email.as_bytes());
    hash.update([0]);
    hash.update(password.as_bytes());
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_accounts_can_log_in() {
        let accounts = Accounts::new(10);
        assert_eq!(accounts.count(), 100);
        assert_eq!(accounts.log_in("demo-1@example.invalid", "obviously-fake"), Some(0));
        assert_eq!(accounts.log_in("DEMO-100@example.invalid", "obviously-fake"), Some(99));
        assert_eq!(accounts.log_in("demo-101@example.invalid", "obviously-fake"), None);
        assert_eq!(accounts.log_in("demo-1@example.invalid", "obviously-false"), None);
        assert_eq!(accounts.log_in("demo-1@example.invalid", ""), None);
    }

    #[test]
    fn an_address_has_one_account_and_the_room_is_limited() {
        let mut accounts = Accounts::new(2);
        assert_eq!(accounts.sign_up("A@example.invalid", "one", Some("A")), Ok(100));
        assert_eq!(accounts.sign_up("a@example.invalid", "two", None), Err(SignupRefused::Taken));
        assert_eq!(accounts.sign_up("b@example.invalid", "two", None), Ok(101));
        assert_eq!(accounts.sign_up("c@example.invalid", "two", None), Err(SignupRefused::Full));
        assert_eq!(accounts.log_in("a@example.invalid", "one"), Some(100));
        let account = accounts.get(100).unwrap();
        assert_eq!((&*account.email, account.name.as_deref()), ("A@example.invalid", Some("A")));
        assert!(accounts.get(102).is_none());
    }

    #[test]
    fn nothing_of_an_account_is_shown() {
        let mut accounts = Accounts::new(1);
        accounts.sign_up("secret@example.invalid", "hidden", Some("nobody")).unwrap();
        assert_eq!(format!("{:?}", accounts.get(100).unwrap()), "Account { .. }");
    }
}
