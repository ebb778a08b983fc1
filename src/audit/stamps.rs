//! The generations of sealed files, as the trail tells them: so that an old file put back is noticed at the next start.
//!
//! Records that open a segment or begin a run list every file; those of a change list what was written by it. The end
//! of the trail, one segment, is therefore enough to know what there must be.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::state::Stamp;

use super::event::{EventType, Pair, Value};
use super::record::Record;

/// The name in a record's details.
const NAME: &str = "state";

/// The files that there are now.
pub type Listing = Arc<dyn Fn() -> Vec<Stamp> + Send + Sync>;

/// What a record says of these files.
#[must_use]
pub fn pair(stamps: &[Stamp]) -> Pair<'static> {
    let one = |stamp: &Stamp| {
        Value::Map(vec![
            ("name", Value::from(stamp.name.to_string())),
            ("generation", Value::from(stamp.generation)),
            ("sha256", Value::from(stamp.sha256.to_string())),
        ])
    };
    (NAME, Value::List(stamps.iter().map(one).collect()))
}

/// What was recorded last of each file.
#[derive(Debug, Default)]
pub(in crate::audit) struct Recorded(BTreeMap<Box<str>, Stamp>);

impl Recorded {
    /// Takes in what `record` says.
    pub(in crate::audit) fn take(&mut self, record: &Record<'_>) {
        // Few records have it, and most need not be read for that.
        if !contains(record.line, b"\"state\":[") {
            return;
        }
        let Some(json) = record.json() else { return };
        let Some(listed) = json.pointer("/details/state").and_then(Json::as_array) else { return };
        if lists_all(record.kind) {
            self.0.clear();
        }
        for stamp in listed.iter().filter_map(stamp) {
            self.0.insert(stamp.name.clone(), stamp);
        }
    }

    pub(in crate::audit) fn into_stamps(self) -> Vec<Stamp> {
        self.0.into_values().collect()
    }
}

/// Whether records of this type list every file.
fn lists_all(kind: &str) -> bool {
    [EventType::SegmentOpened, EventType::Startup].iter().any(|one| one.as_str() == kind)
}

fn stamp(json: &Json) -> Option<Stamp> {
    let text = |name: &str| json.get(name).and_then(Json::as_str);
    Some(Stamp {
        name: text("name")?.into(),
        generation: json.get("generation")?.as_u64()?,
        sha256: text("sha256")?.parse().ok()?,
    })
}

fn contains(line: &[u8], what: &[u8]) -> bool {
    line.windows(what.len()).any(|part| part == what)
}
