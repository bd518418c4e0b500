//! Goose with its own client, for the comparison: ten users who ask one URL as fast as they can.
//!
//! `cargo run --release --example peer-goose -- URL USERS SECONDS` prints how many requests were answered.

#![expect(clippy::print_stdout, reason = "it tells compare.py what it counted")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use goose::config::GooseConfiguration;
use goose::prelude::*;

static ANSWERED: AtomicU64 = AtomicU64::new(0);

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, users, seconds] = arguments.as_slice() else { return Err("URL USERS SECONDS".into()) };
    let users: usize = users.parse()?;
    let mut configuration = GooseConfiguration::default();
    configuration.users = Some(users);
    configuration.increase_rate = Some((users * 20).to_string());
    configuration.run_time = Some(seconds.clone());
    configuration.quiet = 3;
    configuration.no_metrics = true;
    configuration.no_print_metrics = true;
    configuration.no_telnet = true;
    let ask: TransactionFunction = Arc::new(|user: &mut GooseUser| {
        Box::pin(async move {
            let answer = user.get("/").await?;
            if let Ok(answer) = answer.response {
                // To its end, as every other tool here reads it.
                if answer.bytes().await.is_ok() {
                    ANSWERED.fetch_add(1, Ordering::Relaxed);
                }
            }
            Ok(())
        })
    });
    let scenario = Scenario::new("peer").set_host(url).register_transaction(Transaction::new(ask));
    let attack = GooseAttack::initialize_with_config(configuration)?.register_scenario(scenario);
    Box::pin(attack.execute()).await?;
    println!("answered {}", ANSWERED.load(Ordering::Relaxed));
    Ok(())
}
