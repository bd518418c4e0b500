//! The listening thread of the live page. Everything is bounded: connections, heads, time; it takes few descriptors, because the
//! load needs them.

use std::net::TcpListener as BlockingListener;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::host::process::descriptor_limit;

use super::patient::Patient;

/// Most connections at once, where descriptors suffice.
const MOST_CONNECTIONS: u64 = 1_024;
/// The part of all descriptors that connections may take: one in four.
const DESCRIPTORS: u64 = 4;
/// Largest request head, with its request line. Units: bytes.
const LARGEST_HEAD: usize = 16 << 10;
/// Time to send a request head, and to stay idle between two requests.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// After a failure to accept, usually for lack of descriptors, retrying at once would only burn CPU time.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Threads that read files.
const READERS: usize = 4;
/// How long the end waits for them.
const LONGEST_READ: Duration = Duration::from_millis(200);
/// What a client is sent for whom there is no room.
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// A serving thread. Dropping it stops it.
#[derive(Debug)]
pub(super) struct Listener {
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    /// Serves on a thread of its own until `stop` says true.
    /// # Errors
    /// The operating system refused a thread or the runtime.
    pub(super) fn start(
        listener: BlockingListener,
        router: Router,
        stop: watch::Sender<bool>,
    ) -> std::io::Result<Self> {
        let (ready_sender, ready) = mpsc::channel();
        let stopping = stop.subscribe();
        let run = move || match prepare(listener) {
            Ok((runtime, listener)) => {
                let _ = ready_sender.send(Ok(()));
                run(runtime, listener, router, stopping);
            }
            Err(error) => {
                let _ = ready_sender.send(Err(error));
            }
        };
        let thread = thread::Builder::new().name("live-server".to_owned()).spawn(run)?;
        let server = Self { stop, thread: Some(thread) };
        let lost = |_| Err(std::io::Error::other("the thread ended while starting"));
        ready.recv().unwrap_or_else(lost).map(|()| server)
    }

    /// Stops accepting, drops every connection, waits for the thread.
    pub(super) fn stop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // One that panicked has ended as well.
            let _ = thread.join();
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop();
    }
}

fn prepare(listener: BlockingListener) -> std::io::Result<(Runtime, TcpListener)> {
    let runtime =
        Builder::new_current_thread().enable_io().enable_time().max_blocking_threads(READERS).build()?;
    listener.set_nonblocking(true)?;
    let listener = {
        let _entered = runtime.enter();
        TcpListener::from_std(listener)?
    };
    Ok((runtime, listener))
}

fn run(runtime: Runtime, listener: TcpListener, router: Router, mut stopping: watch::Receiver<bool>) {
    runtime.block_on(async {
        tokio::select! {
            () = accept_all(listener, router) => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
    });
    runtime.shutdown_timeout(LONGEST_READ);
}

async fn accept_all(listener: TcpListener, router: Router) {
    let most =
        descriptor_limit().map_or(MOST_CONNECTIONS, |limit| (limit / DESCRIPTORS).min(MOST_CONNECTIONS));
    let room = Arc::new(Semaphore::new(usize::try_from(most).unwrap_or(1).max(1)));
    loop {
        match listener.accept().await {
            Ok((stream, _)) => match Arc::clone(&room).try_acquire_owned() {
                Ok(permit) => {
                    tokio::spawn(serve(stream, router.clone(), permit));
                }
                // If it cannot be told at once, it is only closed.
                Err(_) => drop(stream.try_write(FULL)),
            },
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn serve(stream: TcpStream, router: Router, _permit: OwnedSemaphorePermit) {
    // Without it an event could wait for the client's delayed acknowledgement. If it fails, only that is lost.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_header_size(LARGEST_HEAD)
        .max_buf_size(2 * LARGEST_HEAD)
        .serve_connection(TokioIo::new(Patient::new(stream)), TowerToHyperService::new(router));
    // An error is a client that left, sent invalid data, or does not read.
    let _ = connection.await;
}
