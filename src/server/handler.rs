//! Calls a route's handler. A panic in it ends here, as `500` with a record; nothing else is taken down by it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::api::{
    self, Answer, Body, Call, Expired, Found, Handler, Lines, Parameters, Record, Services, Verb,
};
use crate::authz::Grant;
use crate::clock::UnixTime;
use crate::identity::Uuid;
use crate::wire::Limits;
use crate::wire::head::{self, Head};

use super::exchange::{Context, Outcome};
use super::stream::Group;
use super::upload::{Store, Upload};

/// What a handler is told of a request.
pub(super) fn call<'a>(
    head: &'a Head<'a>,
    parameters: Parameters<'a>,
    body: Body<'a>,
    context: &Context,
    now: UnixTime,
) -> Call<'a> {
    Call {
        parameters,
        query: head.target.query(),
        content_type: head.headers.get("Content-Type").ok().flatten(),
        accept: head.headers.get("Accept").ok().flatten(),
        head: Some(head),
        address: context.address,
        body,
        peer: context.certificate,
        now,
        record_id: context.record_id,
        request_id: context.request_id,
    }
}

/// Runs `handler`.
pub(super) fn run(
    services: &Services,
    handler: fn(&Services, &Grant, &Call<'_>) -> Answer,
    grant: &Grant,
    call: &Call<'_>,
) -> Answer {
    catch_unwind(AssertUnwindSafe(|| handler(services, grant, call)))
        .unwrap_or_else(|_| Answer::internal(call))
}

/// The head that `bytes` were, and what its route takes from its path.
fn again<T>(bytes: &[u8], then: impl FnOnce(&Head<'_>, Parameters<'_>) -> T) -> Option<T> {
    // The limits were kept when the head was first read.
    let limits = Limits {
        head_bytes: usize::MAX,
        headers: head::MAX_HEADERS,
        target_bytes: usize::MAX,
        body_bytes: u64::MAX,
    };
    let (head, _) = head::parse(bytes, &limits).ok().flatten()?;
    match api::find(Verb::of(head.method), &head.target) {
        Found::Route(_, parameters) => Some(then(&head, parameters)),
        Found::MethodNotAllowed(_) | Found::NotFound => None,
    }
}

/// Runs the handler of a request whose body is whole.
pub(super) fn whole(services: &Services, upload: &Upload, now: UnixTime) -> Answer {
    let body = match &upload.store {
        Store::Memory(bytes) => Body::Memory(bytes),
        Store::File(file) => Body::File(file),
    };
    let Upload { context, grant, .. } = upload;
    let answer = again(&upload.head, |head, parameters| {
        let call = call(head, parameters, body, context, now);
        match context.route.map(|route| &route.handler) {
            Some(Handler::Call(handler)) => run(services, *handler, grant, &call),
            _ => Answer::internal(&call),
        }
    });
    answer.unwrap_or_else(|| Answer::internal_of(context.request_id))
}

/// Asks the handler of a request that waits for a change.
pub(super) fn poll(
    services: &Services,
    grant: &Grant,
    head: &[u8],
    context: &Context,
    now: UnixTime,
    expired: Expired,
) -> Option<Answer> {
    let answer = again(head, |head, parameters| {
        let call = call(head, parameters, Body::None, context, now);
        match context.route.map(|route| &route.handler) {
            Some(Handler::Poll(handler)) => {
                catch_unwind(AssertUnwindSafe(|| handler(services, grant, &call, expired)))
                    .unwrap_or_else(|_| Some(Answer::internal(&call)))
            }
            _ => Some(Answer::internal(&call)),
        }
    });
    answer.unwrap_or_else(|| Some(Answer::internal_of(context.request_id)))
}

/// Runs the handler of a group of lines.
pub(super) fn lines(
    services: &Services,
    grant: Grant,
    context: &Context,
    head: &[u8],
    group: &Group,
    ids: &[Uuid],
    now: UnixTime,
) -> Outcome {
    let lines: Vec<&[u8]> =
        group.text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).collect();
    let mut text = Vec::new();
    let request_id = context.request_id;
    let records = again(head, |head, _| {
        let Some(Handler::Lines(handler)) = context.route.map(|route| &route.handler) else {
            return None;
        };
        let group =
            Lines { lines: &lines, record_ids: ids, query: head.target.query(), now, request_id };
        catch_unwind(AssertUnwindSafe(|| handler(services, &grant, &group, &mut text))).ok()
    });
    // Without a record for each line there is no answer: the stream is cut.
    let records: Vec<Record> = records.flatten().unwrap_or_default();
    let records = if records.len() == ids.len() { records } else { Vec::new() };
    Outcome::Lines { grant, text, records: ids.iter().copied().zip(records).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::TrustView;
    use crate::trust::snapshot::Snapshot;
    use crate::trust::validate::OnUnknown;
    use crate::wire::Status;

    #[test]
    fn a_handler_that_panics_answers_500_and_takes_nothing_down() {
        let view = TrustView::new(Snapshot::empty());
        let services = Services::new(view, std::env::temp_dir(), OnUnknown::Warn);
        let id: Uuid = "0192f3a4-5b6c-7d8e-9f01-23456789abcd".parse().unwrap();
        let call = Call {
            parameters: Parameters::default(),
            query: None,
            content_type: None,
            accept: None,
            body: Body::None,
            head: None,
            address: None,
            peer: None,
            now: UnixTime::from_seconds(0),
            record_id: id,
            request_id: id,
        };
        let answer = run(&services, |_, _, _| panic!("internal: ward 7"), &Grant::public(), &call);
        assert_eq!(answer.status, Status::Internal);
        // What it was stays with us.
        assert!(!String::from_utf8_lossy(answer.body.as_ref()).contains("ward 7"));
    }
}
