//! The listening thread of the demo server, its runtime and its connections.
//!
//! Everything is bounded: connections, size and time of a request head. The service decides about responses.

use std::net::TcpListener as BlockingListener;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::config::DemoConfig;
use super::error::DemoError;
use super::service::Service;

/// Connections served at once; further ones wait in the backlog of the operating system.
const MOST_CONNECTIONS: usize = 4_096;
/// Largest request head, with its request line. Units: bytes.
const LARGEST_HEAD: usize = 16 * 1_024;
/// Time to send a request head, and to stay idle between two requests: hyper has one limit for both. A common value of
/// servers.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// After a failure to accept, usually for lack of descriptors, retrying at once would only burn CPU time.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A serving thread. Dropping it stops it.
#[derive(Debug)]
pub(super) struct Server {
    /// Stop signal and thread; `None` once stopped.
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Server {
    /// Serves the listener on a thread of its own.
    ///
    /// # Errors
    /// The operating system refused a thread or the runtime.
    pub(super) fn start(listener: BlockingListener, config: DemoConfig) -> Result<Self, DemoError> {
        let (ready_sender, ready) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        // The runtime is created on the thread that owns it: if an error dropped it on the caller's thread, it could
        // panic there.
        let run = move || match prepare(listener, config) {
            Ok((runtime, listener, service)) => {
                let _ = ready_sender.send(Ok(()));
                run(runtime, listener, service, stopped);
            }
            Err(error) => {
                let _ = ready_sender.send(Err(error));
            }
        };
        let spawned = thread::Builder::new().name("target".to_owned()).spawn(run);
        let thread = spawned.map_err(|source| DemoError::Spawn { source })?;
        let server = Self { running: Some((stop, thread)) };
        let lost =
            |_| Err(DemoError::Runtime { source: std::io::Error::other("the thread ended while starting") });
        ready.recv().unwrap_or_else(lost).map(|()| server)
    }

    /// Stops accepting, drops every connection, waits for the threads. Does nothing the second time.
    pub(super) fn stop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            // Either fails only if the thread has already ended, which is the goal.
            let _ = stop.send(());
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn prepare(
    listener: BlockingListener,
    config: DemoConfig,
) -> Result<(Runtime, TcpListener, Arc<Service>), DemoError> {
    let runtime_failure = |source| DemoError::Runtime { source };
    let runtime = Builder::new_current_thread().enable_io().enable_time().build().map_err(runtime_failure)?;
    listener.set_nonblocking(true).map_err(runtime_failure)?;
    let listener = {
        let _entered = runtime.enter();
        TcpListener::from_std(listener).map_err(runtime_failure)?
    };
    let service = Service::start(config).map_err(|source| DemoError::Spawn { source })?;
    Ok((runtime, listener, Arc::new(service)))
}

fn run(runtime: Runtime, listener: TcpListener, service: Arc<Service>, stopped: oneshot::Receiver<()>) {
    runtime.block_on(async {
        tokio::select! {
            () = accept_all(listener, &service) => {}
            _ = stopped => {}
        }
    });
    // First the connections with all requests in work, then the workers, so that no worker serves a client that is
    // gone.
    drop(runtime);
    drop(service);
}

async fn accept_all(listener: TcpListener, service: &Arc<Service>) {
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    // The semaphore is never closed, so the loop only ends by being dropped.
    while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve(stream, Arc::clone(service), permit));
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn serve(stream: TcpStream, service: Arc<Service>, _permit: OwnedSemaphorePermit) {
    // Without it a short response could wait for the client's delayed acknowledgement. If it fails, only that is lost.
    let _ = stream.set_nodelay(true);
    let answer = service_fn(move |request| {
        let service = Arc::clone(&service);
        async move { service.answer(request).await }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_header_size(LARGEST_HEAD)
        .max_buf_size(2 * LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), answer)
        .with_upgrades();
    // An error is a client that left or sent invalid data, or a fault that closes the connection: all end here.
    let _ = connection.await;
}
