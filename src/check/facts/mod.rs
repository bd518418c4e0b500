//! What a health check found out, as plain data: what the report shows, and what two checks are compared by.

mod access;
mod assessed;
mod behaviour;
mod headers;
mod limits;
mod times;
mod tls;

pub use access::{CorsCase, CorsFacts, CorsQuestion, SocketFacts, SocketStep};
pub use assessed::{Assessed, AssessedEndpoint, AssessedService, NotChecked};
pub use behaviour::{BodyFacts, LoginFacts, RedirectFacts};
pub use headers::{HeaderFacts, HeaderTest, SECURITY_HEADERS};
pub use limits::{LimitFacts, LimitOutcome};
pub use times::{PhaseTimes, Spread};
pub use tls::{CertificateFacts, TlsFacts, TlsFault, TlsFaultKind};
