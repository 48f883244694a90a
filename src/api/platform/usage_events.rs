//! The JSON of a batch of usage events, read so that one bad event does not spoil the others.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::kernel::id::WorkspaceId;
use crate::kernel::time::Timestamp;
use crate::usage::Kind;
use crate::usage::event::Event;

/// In one call.
pub const MOST_EVENTS: usize = 1_000;

#[derive(Deserialize)]
pub struct Batch {
    pub events: Events,
}

/// The events as they came. What is beyond [`MOST_EVENTS`] is counted and not kept.
pub struct Events {
    pub values: Vec<Value>,
    pub count: usize,
}

impl<'de> Deserialize<'de> for Events {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Counting;
        impl<'de> Visitor<'de> for Counting {
            type Value = Events;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of events")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Events, A::Error> {
                let mut events = Events { values: Vec::new(), count: 0 };
                while events.values.len() < MOST_EVENTS {
                    let Some(value) = from.next_element()? else { return Ok(events) };
                    events.values.push(value);
                    events.count += 1;
                }
                while from.next_element::<IgnoredAny>()?.is_some() {
                    events.count += 1;
                }
                Ok(events)
            }
        }
        from.deserialize_seq(Counting)
    }
}

/// One event with the right types. Its workspace is still a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    pub source: String,
    pub id: String,
    pub workspace: String,
    pub kind: Kind,
    pub seconds: i64,
    pub ended_at: Timestamp,
    pub job: String,
    pub project: String,
    pub key: String,
    pub member: String,
}

impl Reported {
    /// Or the reason, in the words of the answer. Fields nobody knows are left alone.
    pub fn read(value: &Value) -> Result<Self, String> {
        let Value::Object(fields) = value else { return Err("an event must be an object".to_owned()) };
        Ok(Self {
            source: needed_text(fields, "source")?,
            id: needed_text(fields, "id")?,
            workspace: needed_text(fields, "workspace")?,
            kind: needed_text(fields, "kind")?.parse().map_err(|_| "kind must be cpu or gpu".to_owned())?,
            seconds: seconds(fields)?,
            ended_at: Timestamp::parse_rfc3339(&needed_text(fields, "ended_at")?)
                .ok_or("ended_at must be a time like 2026-11-20T09:31:00Z")?,
            job: needed_text(fields, "job")?,
            project: text(fields, "project")?,
            key: text(fields, "key")?,
            member: text(fields, "member")?,
        })
    }

    /// The same, once it is known who `workspace` is.
    pub fn of_workspace(self, workspace: WorkspaceId) -> Event {
        Event {
            source: self.source,
            id: self.id,
            workspace,
            kind: self.kind,
            seconds: self.seconds,
            ended_at: self.ended_at,
            job: self.job,
            project: self.project,
            key: self.key,
            member: self.member,
        }
    }
}

/// Absent and null are the same.
fn text(fields: &Map<String, Value>, name: &str) -> Result<String, String> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(format!("{name} must be a text")),
    }
}

fn needed_text(fields: &Map<String, Value>, name: &str) -> Result<String, String> {
    let text = text(fields, name)?;
    if text.is_empty() { Err(format!("{name} is missing")) } else { Ok(text) }
}

/// A number too large for us is left to the rule that refuses more than 31 days.
fn seconds(fields: &Map<String, Value>) -> Result<i64, String> {
    match fields.get("seconds") {
        None | Some(Value::Null) => Err("seconds is missing".to_owned()),
        Some(Value::Number(number)) if number.is_u64() => Ok(number.as_i64().unwrap_or(i64::MAX)),
        Some(Value::Number(number)) => number.as_i64().ok_or_else(|| "seconds must be a whole number".to_owned()),
        Some(_) => Err("seconds must be a whole number".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event() -> Value {
        json!({"source": "runner-1", "id": "job-8841/3", "workspace": "ada-marchetti", "kind": "gpu", "seconds": 1860,
            "ended_at": "2026-11-20T09:31:00Z", "job": "job-8841", "colour": [1, 2]})
    }

    fn with(name: &str, value: Value) -> Result<Reported, String> {
        let mut event = event();
        event[name] = value;
        Reported::read(&event)
    }

    #[test]
    fn unknown_fields_are_ignored_and_the_last_three_optional() {
        let read = Reported::read(&event()).unwrap();
        assert_eq!((read.kind, read.seconds, read.project.as_str()), (Kind::Gpu, 1860, ""));
        assert_eq!(with("project", json!(null)).unwrap().project, "");
        assert_eq!(with("project", json!("arm")).unwrap().project, "arm");
    }

    #[test]
    fn a_wrong_type_is_said_in_words() {
        assert_eq!(with("seconds", json!(1.5)).unwrap_err(), "seconds must be a whole number");
        assert_eq!(with("seconds", json!("60")).unwrap_err(), "seconds must be a whole number");
        assert_eq!(with("seconds", json!(u64::MAX)).unwrap().seconds, i64::MAX);
        assert_eq!(with("seconds", json!(-5)).unwrap().seconds, -5);
        assert_eq!(with("kind", json!("tpu")).unwrap_err(), "kind must be cpu or gpu");
        assert_eq!(with("id", json!(["a"])).unwrap_err(), "id must be a text");
        assert_eq!(with("job", json!(null)).unwrap_err(), "job is missing");
        assert_eq!(with("member", json!(7)).unwrap_err(), "member must be a text");
        let shape = "ended_at must be a time like 2026-11-20T09:31:00Z";
        assert_eq!(with("ended_at", json!("2026-11-20 09:31")).unwrap_err(), shape);
        assert_eq!(Reported::read(&json!(3)).unwrap_err(), "an event must be an object");
    }

    #[test]
    fn what_is_too_much_is_counted_without_being_kept() {
        let batch: Batch = serde_json::from_value(json!({"events": vec![0; 1_234]})).unwrap();
        assert_eq!((batch.events.values.len(), batch.events.count), (1_000, 1_234));
        assert!(serde_json::from_value::<Batch>(json!({"events": {}})).is_err());
        assert!(serde_json::from_value::<Batch>(json!({})).is_err());
    }
}
