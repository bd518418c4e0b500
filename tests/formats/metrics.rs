//! The metrics of a run: their names in the documentation, and their values compared with the files of the run.

use baseline::observe::prometheus::catalogue;

#[test]
fn the_table_of_metrics_is_that_of_the_program() {
    let document = std::fs::read_to_string("docs/metrics.md").unwrap();
    let of_document: Vec<&str> = document.lines().filter(|line| line.starts_with("| `")).collect();
    let of_program: Vec<String> = catalogue::ALL
        .iter()
        .map(|of| {
            let labels: Vec<String> = of.labels.iter().map(|label| format!("`{label}`")).collect();
            let unit = if of.unit.is_empty() { "-" } else { of.unit };
            format!("| `{}` | {} | {unit} | {} | {} |", of.name, of.kind.word(), labels.join(", "), of.help)
        })
        .collect();
    assert_eq!(of_document, of_program);
}
