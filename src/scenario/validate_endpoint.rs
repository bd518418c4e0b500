//! The rules for endpoints: their names, their bodies, the levels they are measured at.

use std::sync::Arc;

use crate::domain::endpoint::{Endpoint, RequestBody};
use crate::domain::plan::Cell;

use super::check::{Check, all, cells_of, duplicates};
use super::file::EndpointSection;
use super::key_path::KeyPath;
use super::problem::Reported;
use super::validate_request::{Common, Keys, Request};
use super::validate_slo;

/// Validates every endpoint, and lists the cells.
pub(super) fn endpoints(
    check: &Check<'_>,
    common: &Common<'_>,
) -> Result<(Vec<Endpoint>, Vec<Cell>), Reported> {
    let at = KeyPath::of(["endpoint"]);
    let sections = &common.file.endpoint;
    let names = || sections.iter().map(|endpoint| endpoint.name.as_str());
    for (index, name) in duplicates(names()) {
        let what = format!("endpoint {name:?} is defined twice");
        let hint = names()
            .position(|earlier| earlier == name)
            .and_then(|first| check.document.place_of(&at.index(first).key("name")).position)
            .map(|(line, _)| format!("rename one of them; the other is in line {line}"));
        check.wrong(&at.index(index).key("name"), what, hint.as_deref());
    }
    let read = sections.iter().enumerate().map(|(index, section)| {
        let one = One { check, common, key: at.index(index), section };
        let (endpoint, levels) = (one.endpoint(), one.levels());
        Ok((endpoint?, cells_of(index, levels?.into_iter()).collect::<Vec<_>>()))
    });
    let (endpoints, cells): (Vec<_>, Vec<_>) = all(read)?.into_iter().unzip();
    Ok((endpoints, cells.into_iter().flatten().collect()))
}

struct One<'a> {
    check: &'a Check<'a>,
    common: &'a Common<'a>,
    key: KeyPath,
    section: &'a EndpointSection,
}

impl One<'_> {
    fn endpoint(&self) -> Result<Endpoint, Reported> {
        let Self { check, common, key, section } = self;
        let name = check.name(&key.key("name"), &section.name);
        let keys = Keys {
            method: &section.method,
            base_url: section.base_url.as_deref(),
            path: &section.path,
            headers: &section.headers,
            expect: section.expect.as_ref(),
            timeout: section.timeout.as_deref(),
        };
        let request = Request { check, common, key: key.clone(), keys, placeholders: None };
        let timeout = request.timeout();
        let (method, origin, path) = (request.method(), request.origin(), request.path());
        let (headers, body) = (request.headers(), self.body());
        let expectation = request.expectation();
        let objective = validate_slo::objective(check, key, section.slo.as_ref());
        let pace = validate_slo::pace(check, common.times, key, section.pace.as_ref());
        name?;
        Ok(Endpoint {
            name: Arc::from(section.name.as_str()),
            method: method?,
            origin: origin?,
            path: path?,
            headers: headers?,
            without: Vec::new(),
            body: body?,
            expectation: expectation?,
            objective: objective?,
            pace: pace?,
            timeout: timeout?,
        })
    }

    /// The places of the endpoint's levels among those of the scenario.
    fn levels(&self) -> Result<Vec<usize>, Reported> {
        let is_member = self.common.file.mix.iter().any(|mix| mix.weights.contains_key(&self.section.name));
        validate_slo::levels(self.check, self.common, &self.key, self.section.levels.as_deref(), is_member)
    }

    fn body(&self) -> Result<Option<RequestBody>, Reported> {
        let section = self.section;
        if let Some(file) = &section.body_file {
            let key = self.key.key("body_file");
            if section.body.is_some() {
                return Err(self.check.wrong(
                    &key,
                    "`body` and `body_file` exclude each other",
                    Some("remove one of them"),
                ));
            }
            let path = self.check.readable(&key, file)?;
            let length = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
            return Ok(Some(RequestBody::File { path, length }));
        }
        let key = self.key.key("body");
        let text = section.body.as_ref().map(|text| self.check.resolve(&key, text)).transpose()?;
        Ok(text.map(RequestBody::Text))
    }
}
