//! Faults: what can go wrong between a client and a cloud, and when.
//!
//! A fault is data, so that a test can run over all of them and a scenario file can hold some.

use crate::http::Call;
use crate::ids::mix;
use crate::service::Service;
use serde::{Deserialize, Serialize};

/// A failure and the requests it befalls.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Only requests to this service.
    #[serde(default)]
    pub service: Option<Service>,
    /// Only requests with this method.
    #[serde(default)]
    pub method: Option<String>,
    /// Only requests whose path and query contain this.
    #[serde(default)]
    pub path: Option<String>,
    /// The requests that it strikes, of those that fit.
    #[serde(default)]
    pub times: Times,
    /// The failure.
    pub what: Failure,
}

/// The requests that a fault strikes, of those that fit; the first one is number 1.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Times {
    /// Every one.
    #[default]
    All,
    /// This one alone.
    Nth(u64),
    /// So many, from the first one on.
    First(u64),
    /// This one and all that follow.
    From(u64),
    /// Some by chance: so many of a thousand. Which ones follows from the seed and the number of the request, so the
    /// same requests in the same order fare the same.
    Random {
        /// The number of requests of a thousand.
        per_mille: u16,
        /// Chooses the requests.
        seed: u64,
    },
}

/// A way in which a request can fail.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Failure {
    /// The service acts on the request, but answers with this status: created, but 500.
    AnswerStatus {
        /// The status code.
        status: u16,
        /// The body.
        #[serde(default)]
        body: String,
    },
    /// One of these: which one follows from the number of the request and, if the requests are chosen by chance, the seed.
    OneOf(Vec<Failure>),
    /// Another answer; the service does not see the request.
    Status {
        /// The status code.
        status: u16,
        /// Headers.
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// The body.
        #[serde(default)]
        body: String,
    },
    /// A refusal that says when to come back; the service does not see the request.
    RetryAfter {
        /// 429 or 503.
        status: u16,
        /// The value of `Retry-After`: seconds or a date.
        after: String,
    },
    /// The answer comes so many milliseconds late.
    Delay(u64),
    /// No answer ever; the connection stays open.
    Hang,
    /// The connection is reset (RST) before the service sees the request.
    Reset,
    /// The connection is closed in good order, without an answer, before the service sees the request.
    Close,
    /// The service acts on the request, but then the connection is reset: nobody knows whether it was done.
    LostAnswer,
    /// The service acts on the request, but of its answer comes only the first half, then the end of the connection. An
    /// answer without a body comes whole.
    Truncate,
    /// The right answer behind so many bytes of white space, without a length: still valid JSON.
    Oversize(u64),
    /// The service acts on the request, but the answer is status 200 with this text, declared as JSON.
    Json(String),
    /// Status 200 with a web page, as from a proxy that wants a login.
    Html,
    /// The token of the request is worthless from now on; so the service refuses this request too.
    ExpireToken,
    /// Each page of a list points to one more, with items never seen before.
    EndlessList,
    /// A page of a list points to itself.
    LoopingList,
    /// `Content-Length` is off by this much. If it is too large the connection ends early; if it is too small the body
    /// is cut there.
    WrongContentLength(i64),
    /// The body comes in pieces of 256 bytes with so many milliseconds before each.
    Drip(u64),
}

impl Fault {
    /// Creates a failure of every request.
    #[must_use]
    pub fn new(what: Failure) -> Self {
        Self { service: None, method: None, path: None, times: Times::All, what }
    }

    /// Restricts the fault to requests to this service.
    #[must_use]
    pub fn service(self, service: Service) -> Self {
        Self { service: Some(service), ..self }
    }

    /// Restricts the fault to requests with this method.
    #[must_use]
    pub fn method(self, method: &str) -> Self {
        Self { method: Some(method.to_owned()), ..self }
    }

    /// Restricts the fault to requests whose path and query contain this.
    #[must_use]
    pub fn path(self, part: &str) -> Self {
        Self { path: Some(part.to_owned()), ..self }
    }

    /// Restricts the fault to the nth request that fits, counted from 1.
    #[must_use]
    pub fn nth(self, number: u64) -> Self {
        Self { times: Times::Nth(number), ..self }
    }

    /// Restricts the fault to the first requests that fit.
    #[must_use]
    pub fn first(self, count: u64) -> Self {
        Self { times: Times::First(count), ..self }
    }

    /// Restricts the fault to the nth request that fits and those after it, counted from 1.
    #[must_use]
    pub fn from(self, number: u64) -> Self {
        Self { times: Times::From(number), ..self }
    }

    /// Restricts the fault to so many of a thousand requests that fit, chosen by the seed: always the same ones.
    #[must_use]
    pub fn random(self, per_mille: u16, seed: u64) -> Self {
        Self { times: Times::Random { per_mille, seed }, ..self }
    }

    fn fits(&self, call: &Call) -> bool {
        self.service.is_none_or(|service| service == call.service)
            && self.method.as_ref().is_none_or(|method| call.method.as_str().eq_ignore_ascii_case(method))
            && self.path.as_ref().is_none_or(|part| call.target.contains(part))
    }
}

impl Times {
    fn due(self, number: u64) -> bool {
        match self {
            Self::All => true,
            Self::Nth(wanted) => number == wanted,
            Self::First(count) => number <= count,
            Self::From(start) => number >= start,
            Self::Random { per_mille, seed } => draw(seed, number) % 1000 < u64::from(per_mille),
        }
    }

    /// Returns the seed that decides between several failures.
    fn seed(self) -> u64 {
        match self {
            Self::Random { seed, .. } => seed,
            Self::All | Self::Nth(_) | Self::First(_) | Self::From(_) => 0,
        }
    }
}

/// Returns a number that follows from a seed and the number of a request.
fn draw(seed: u64, number: u64) -> u64 {
    mix(mix(seed) ^ number)
}

impl Failure {
    /// Returns the failures after which a client cannot know whether the service did what it was asked: it did.
    #[must_use]
    pub fn unclear() -> Vec<Self> {
        let mut all: Vec<Self> = [500, 502, 503, 504].map(Self::answer_status).into();
        all.extend([Self::LostAnswer, Self::Truncate, Self::Html, Self::Json("{".to_owned())]);
        all
    }

    /// Makes the service act on the request, but answer with this status and nothing in it.
    #[must_use]
    pub fn answer_status(status: u16) -> Self {
        Self::AnswerStatus { status, body: String::new() }
    }

    /// Returns this failure, or one of those it stands for.
    fn choose(&self, number: u64) -> Self {
        match self {
            Self::OneOf(choices) if !choices.is_empty() => {
                let place = number % choices.len() as u64;
                choices[place as usize].choose(mix(number))
            }
            other => other.clone(),
        }
    }

    /// Returns an answer with this status and nothing in it.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Status { status, headers: Vec::new(), body: String::new() }
    }

    /// Returns the failures that a test can afford to try at every request: none of them waits. `Oversize` sends 64 MiB.
    #[must_use]
    pub fn every() -> Vec<Self> {
        let mut all: Vec<Self> = [400, 403, 404, 409, 500, 502, 503, 504].map(Self::status).into();
        all.extend([429, 503].map(|status| Self::RetryAfter { status, after: "0".to_owned() }));
        all.extend(
            ["{", "{}", "[]", "null", "", "{\"images\": {}, \"flavors\": \"none\"}"]
                .map(|text| Self::Json(text.to_owned())),
        );
        all.extend([Self::WrongContentLength(10), Self::WrongContentLength(-10), Self::Oversize(64 << 20)]);
        all.extend([Self::Reset, Self::Close, Self::LostAnswer, Self::Truncate, Self::Html]);
        all.extend([Self::ExpireToken, Self::EndlessList, Self::LoopingList]);
        all
    }

    /// Returns a word for logs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::AnswerStatus { .. } => "answer-status",
            Self::OneOf(_) => "one-of",
            Self::Status { .. } => "status",
            Self::RetryAfter { .. } => "retry-after",
            Self::Delay(_) => "delay",
            Self::Hang => "hang",
            Self::Reset => "reset",
            Self::Close => "close",
            Self::LostAnswer => "lost-answer",
            Self::Truncate => "truncate",
            Self::Oversize(_) => "oversize",
            Self::Json(_) => "json",
            Self::Html => "html",
            Self::ExpireToken => "expire-token",
            Self::EndlessList => "endless-list",
            Self::LoopingList => "looping-list",
            Self::WrongContentLength(_) => "wrong-content-length",
            Self::Drip(_) => "drip",
        }
    }
}

/// The faults that are planted, each with the number of requests that fitted it so far.
#[derive(Debug, Default)]
pub(crate) struct Planted(Vec<(Fault, u64)>);

impl Planted {
    pub(crate) fn plant(&mut self, fault: Fault) {
        self.0.push((fault, 0));
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns the failures of this request: all delays that are due, and the first other failure.
    pub(crate) fn due(&mut self, call: &Call) -> Vec<Failure> {
        let mut due: Vec<Failure> = Vec::new();
        for (fault, seen) in self.0.iter_mut().filter(|(fault, _)| fault.fits(call)) {
            *seen += 1;
            if !fault.times.due(*seen) {
                continue;
            }
            let what = fault.what.choose(draw(fault.times.seed().rotate_left(17), *seen));
            let delay = matches!(what, Failure::Delay(_));
            let taken = due.iter().any(|failure| !matches!(failure, Failure::Delay(_)));
            if delay || !taken {
                due.push(what);
            }
        }
        due
    }
}
