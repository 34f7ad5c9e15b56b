//! A client of the stream.

use std::collections::VecDeque;
use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;
use serde_json::Value;

use crate::process::Process;

/// Longer than anything may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// An event as a client reads it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    /// The id of the last event as browsers keep it: one without an id has that of the one before.
    pub(crate) id: String,
    /// The name; empty for a comment and for what only has an id.
    pub(crate) name: String,
    pub(crate) data: Value,
    pub(crate) comment: String,
}

impl Event {
    /// The millisecond, the number and the log of the id.
    pub(crate) fn position(&self) -> (i64, u64, String) {
        let mut parts = self.id.split('-');
        let mut next = || parts.next().unwrap_or_else(|| panic!("{self:?}"));
        (next().parse().unwrap(), next().parse().unwrap(), next().to_owned())
    }
}

enum Bytes {
    Body(Body),
    Answer(reqwest::Response),
}

/// A stream that is being read.
pub(crate) struct Stream {
    bytes: Bytes,
    text: String,
    read: VecDeque<Event>,
    pub(crate) last_id: String,
    pub(crate) retry: Option<u32>,
    /// Whether it was ended in order, and not broken off.
    pub(crate) ended_well: Option<bool>,
}

impl Stream {
    /// The stream of an answer of the router.
    #[track_caller]
    pub(crate) fn of(response: http::Response<Body>) -> Self {
        let media = response
            .headers()
            .get("content-type")
            .map(|value| value.to_str().unwrap());
        assert_eq!((response.status().as_u16(), media), (200, Some("text/event-stream")));
        Self::new(Bytes::Body(response.into_body()))
    }

    /// The stream of a process.
    pub(crate) async fn from(process: &Process, token: &str, last: Option<&str>) -> Self {
        let mut request = reqwest::Client::new()
            .get(format!("{}/api/v1/events", process.url()))
            .bearer_auth(token);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{}", process.log());
        Self::new(Bytes::Answer(response))
    }

    fn new(bytes: Bytes) -> Self {
        Self {
            bytes,
            text: String::new(),
            read: VecDeque::new(),
            last_id: String::new(),
            retry: None,
            ended_well: None,
        }
    }

    /// The next block: an event, a comment, or where the stream is. `None` when it has ended.
    pub(crate) async fn block(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.read.pop_front() {
                return Some(event);
            }
            let chunk = tokio::time::timeout(PATIENCE, self.chunk()).await;
            let chunk = chunk.unwrap_or_else(|_| panic!("nothing comes after {}", self.last_id))?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                let event = self.parse(&block);
                self.read.push_back(event);
            }
        }
    }

    async fn chunk(&mut self) -> Option<Vec<u8>> {
        let (chunk, well) = match &mut self.bytes {
            Bytes::Body(body) => match body.frame().await {
                Some(Ok(frame)) => (Some(frame.into_data().unwrap().to_vec()), true),
                ended => (None, ended.is_none()),
            },
            Bytes::Answer(answer) => match answer.chunk().await {
                Ok(chunk) => (chunk.map(|chunk| chunk.to_vec()), true),
                Err(_) => (None, false),
            },
        };
        if chunk.is_none() {
            self.ended_well = Some(well);
        }
        chunk
    }

    fn parse(&mut self, block: &str) -> Event {
        let (mut name, mut data, mut comment) = (String::new(), Value::Null, String::new());
        for line in block.lines() {
            match line.split_once(": ").unwrap_or((line, "")) {
                ("id", id) => self.last_id = id.to_owned(),
                ("event", event) => name = event.to_owned(),
                ("data", json) => data = serde_json::from_str(json).unwrap(),
                ("retry", millis) => self.retry = Some(millis.parse().unwrap()),
                ("", text) => comment = text.to_owned(),
                other => panic!("{other:?} in {block:?}"),
            }
        }
        Event {
            id: self.last_id.clone(),
            name,
            data,
            comment,
        }
    }

    /// Reads until the stream says where it is: from here on everything is told.
    pub(crate) async fn opened(mut self) -> Self {
        while self.last_id.is_empty() {
            assert!(self.block().await.is_some(), "it ended at its beginning");
        }
        self
    }

    /// The next event.
    pub(crate) async fn event(&mut self) -> Option<Event> {
        loop {
            let block = self.block().await?;
            if !block.name.is_empty() {
                return Some(block);
            }
        }
    }

    /// The next event that is wanted; those before it are left out.
    pub(crate) async fn until(&mut self, name: &str, is_wanted: impl Fn(&Value) -> bool) -> Event {
        let mut others = Vec::new();
        while let Some(event) = self.event().await {
            if event.name == name && is_wanted(&event.data) {
                return event;
            }
            others.push(event);
        }
        panic!("the stream ended without the {name} that is waited for, after {others:?}")
    }

    /// All events up to the one that is wanted.
    pub(crate) async fn through(&mut self, name: &str, is_wanted: impl Fn(&Value) -> bool) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(event) = self.event().await {
            let is_last = event.name == name && is_wanted(&event.data);
            events.push(event);
            if is_last {
                return events;
            }
        }
        panic!("the stream ended without the {name} that is waited for, after {events:?}")
    }

    /// Reads to the end; the events that came.
    pub(crate) async fn rest(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(event) = self.event().await {
            events.push(event);
        }
        events
    }
}
