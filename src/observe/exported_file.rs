//! A file that is written for another program.

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedFile {
    /// Its path below the folder.
    pub name: String,
    /// What is in it.
    pub text: String,
    /// Who may do what with it.
    pub access: Access,
}

/// Who may do what with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody may read it.
    Public,
    /// Its owner only.
    Private,
    /// Everybody may read it and run it.
    Program,
}

impl ExportedFile {
    /// A file that everybody may read.
    pub fn public(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), access: Access::Public }
    }

    /// A file that its owner may read: an example for secrets.
    pub fn private(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { access: Access::Private, ..Self::public(name, text) }
    }

    /// A script.
    pub fn program(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { access: Access::Program, ..Self::public(name, text) }
    }

    /// The same in a folder.
    #[must_use]
    pub fn within(mut self, folder: &str) -> Self {
        self.name = format!("{folder}/{}", self.name);
        self
    }
}
