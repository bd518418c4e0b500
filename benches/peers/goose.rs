//! Goose with its own client, for the comparison: users who ask one URL as fast as they can, or play a journey of three steps.
//!
//! `cargo run --release --example peer-goose -- URL USERS SECONDS [journey|captures]` prints how many requests were answered.

#![expect(clippy::print_stdout, reason = "it tells compare.py what it counted")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use goose::config::GooseConfiguration;
use goose::goose::GooseResponse;
use goose::prelude::*;
use serde_json::Value;

static ANSWERED: AtomicU64 = AtomicU64::new(0);

/// What a user captured.
#[derive(Clone)]
struct Captured {
    authorization: String,
    path: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, users, seconds, rest @ ..] = arguments.as_slice() else {
        return Err("URL USERS SECONDS [journey|captures]".into());
    };
    let users: usize = users.parse()?;
    let mut configuration = GooseConfiguration::default();
    configuration.users = Some(users);
    configuration.increase_rate = Some((users * 20).to_string());
    configuration.run_time = Some(seconds.clone());
    configuration.quiet = 3;
    configuration.no_metrics = true;
    configuration.no_print_metrics = true;
    configuration.no_telnet = true;
    let transactions: Vec<TransactionFunction> = match rest.first().map(String::as_str) {
        None => vec![Arc::new(|user| Box::pin(get(user, "/")))],
        Some("journey") => vec![
            Arc::new(|user| Box::pin(log_in(user))),
            Arc::new(|user| Box::pin(get(user, "/pitches"))),
            Arc::new(|user| Box::pin(get(user, "/pitches/7a54"))),
        ],
        Some("captures") => vec![
            Arc::new(|user| Box::pin(log_in_and_capture(user))),
            Arc::new(|user| Box::pin(list_and_capture(user))),
            Arc::new(|user| Box::pin(read_captured(user))),
        ],
        Some(_) => return Err("neither journey nor captures".into()),
    };
    let mut scenario = Scenario::new("peer").set_host(url);
    for transaction in transactions {
        scenario = scenario.register_transaction(Transaction::new(transaction));
    }
    let attack = GooseAttack::initialize_with_config(configuration)?.register_scenario(scenario);
    Box::pin(attack.execute()).await?;
    println!("answered {}", ANSWERED.load(Ordering::Relaxed));
    Ok(())
}

/// Reads a response to its end, as every other tool here does.
async fn body(answer: GooseResponse) -> Vec<u8> {
    let Ok(response) = answer.response else { return Vec::new() };
    match response.bytes().await {
        Ok(bytes) => {
            ANSWERED.fetch_add(1, Ordering::Relaxed);
            bytes.to_vec()
        }
        Err(_) => Vec::new(),
    }
}

async fn get(user: &mut GooseUser, path: &str) -> TransactionResult {
    let answer = user.get(path).await?;
    body(answer).await;
    Ok(())
}

async fn log_in(user: &mut GooseUser) -> TransactionResult {
    let answer = user.post_json("/session", &credentials()).await?;
    body(answer).await;
    Ok(())
}

async fn log_in_and_capture(user: &mut GooseUser) -> TransactionResult {
    let answer = user.post_json("/session", &credentials()).await?;
    let token = captured(&body(answer).await, "/token");
    user.set_session_data(Captured { authorization: format!("Bearer {token}"), path: String::new() });
    Ok(())
}

async fn list_and_capture(user: &mut GooseUser) -> TransactionResult {
    let answer = get_with_token(user, "/pitches").await?;
    let id = captured(&body(answer).await, "/data/id");
    if let Some(session) = user.get_session_data_mut::<Captured>() {
        session.path = format!("/pitches/{id}");
    }
    Ok(())
}

async fn read_captured(user: &mut GooseUser) -> TransactionResult {
    let path = user.get_session_data::<Captured>().map_or_else(String::new, |session| session.path.clone());
    let answer = get_with_token(user, &path).await?;
    body(answer).await;
    Ok(())
}

async fn get_with_token(user: &mut GooseUser, path: &str) -> Result<GooseResponse, Box<TransactionError>> {
    let token = user.get_session_data::<Captured>().map_or("", |session| &session.authorization);
    let builder = user.get_request_builder(&GooseMethod::Get, path)?.header("authorization", token);
    user.request(GooseRequest::builder().set_request_builder(builder).build()).await
}

fn credentials() -> Value {
    serde_json::json!({ "name": "Ada", "password": "obviously-fake" })
}

fn captured(body: &[u8], pointer: &str) -> String {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
