//! Collects what a check finds, and what it could not check.

use std::borrow::Cow;
use std::sync::Arc;

use crate::domain::finding::{Finding, Priority};

use super::facts::NotChecked;

/// The texts of a finding.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    /// What is wrong, without values that change from run to run.
    pub(super) issue: String,
    /// What was seen, with its values.
    pub(super) evidence: String,
    /// What it means.
    pub(super) impact: String,
    /// What to do.
    pub(super) recommendation: String,
}

/// What the check of one service found so far.
#[derive(Debug)]
pub(super) struct Noted {
    service: Arc<str>,
    pub(super) findings: Vec<Finding>,
    pub(super) not_checked: Vec<NotChecked>,
}

impl Noted {
    /// Nothing so far.
    pub(super) fn new(service: &Arc<str>) -> Self {
        Self { service: Arc::clone(service), findings: Vec::new(), not_checked: Vec::new() }
    }

    /// Adds a finding. `subject` is the endpoint or path that it is about; empty for the service as a whole.
    pub(super) fn finding(
        &mut self,
        rule: impl Into<Cow<'static, str>>,
        priority: Priority,
        subject: impl Into<String>,
        texts: Texts,
    ) {
        let Texts { issue, evidence, impact, recommendation } = texts;
        self.findings.push(Finding {
            rule: rule.into(),
            priority,
            service: Arc::clone(&self.service),
            subject: subject.into(),
            issue,
            evidence,
            impact,
            recommendation,
        });
    }

    /// Adds something that could not be checked, and why.
    pub(super) fn not_checked(&mut self, what: impl Into<String>, why: impl Into<String>) {
        let service = self.service.to_string();
        self.not_checked.push(NotChecked { service, what: what.into(), why: why.into() });
    }
}
