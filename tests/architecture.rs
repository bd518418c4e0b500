//! The house rules that the compiler does not know: floors, no circles, sizes, `//!` everywhere, one room a
//! crate, licences, scenarios.

mod circles;
mod crates;
mod floors;
mod licences;
mod scenarios;
mod sizes;
mod source;

use source::{read, tree};

#[test]
fn every_source_file_opens_with_what_it_owns() {
    let silent: Vec<String> =
        ["src", "tests"].into_iter().flat_map(tree).filter(|path| !read(path).starts_with("//! ")).collect();
    assert_eq!(silent, Vec::<String>::new());
}
