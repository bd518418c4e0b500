//! Requests that name the trace they belong to: a `traceparent` header whose value each exchange brings along.

use crate::domain::template::{NoValues, Template};

use super::request::{PrepareError, Request};
use super::request_head::Unsendable;
use super::request_template::RequestTemplate;
use super::traceparent::{BLANK, NAME};

impl RequestTemplate {
    /// The same with a `traceparent`. One that was given, or left out on purpose, stays so.
    /// # Errors
    /// As [`RequestTemplate::new`].
    pub fn traced(mut self) -> Result<Self, PrepareError> {
        if !self.shape.takes(NAME) {
            return Ok(self);
        }
        // The last of its headers, so that its place is known.
        self.shape.headers.push((NAME.to_owned(), Template::literal(BLANK)));
        self.is_traced = true;
        self.head = self.shape.head(&self.fixed.method).map_err(|_| self.fail())?;
        self.prepare().map_err(|_| self.fail())?;
        Ok(self)
    }

    /// Whether its requests name a trace of ours.
    pub fn is_traced(&self) -> bool {
        self.is_traced
    }

    /// Writes the request, where it is always the same.
    pub(super) fn prepare(&mut self) -> Result<(), Unsendable> {
        if self.shape.is_literal() {
            let mut literal = Request::empty(&self.fixed);
            self.write(&self.as_given(), &NoValues, &[], &mut literal)?;
            self.literal = Some(literal.made_ready().ok_or(Unsendable)?);
        }
        Ok(())
    }

    /// Where the value begins in a head that has just been written.
    pub(super) fn trace_at(&self, head_end: usize) -> Option<usize> {
        let after_value = head_end.checked_sub("\r\n".len())?;
        self.is_traced.then(|| after_value.saturating_sub(BLANK.len()))
    }
}
