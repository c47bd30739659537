//! Answers requests: the contract of today's result server, and what it lacks.

mod accepts;
mod answer;
mod app;
mod board;
mod body;
mod cache;
mod documents;
mod download;
mod failures;
mod files;
mod limits;
mod login;
mod metrics;
mod openapi;
mod pages;
mod past;
mod path;
mod query;
mod reports;
mod results;
mod router;
mod serve;
mod service;
mod settings;
mod site;
mod status;
mod turns;
mod uploads;
mod words;

pub use app::App;
pub use files::{Files, StartError, rulebook};
pub use openapi::document as openapi;
pub use router::router;
pub use serve::{Limits as ConnectionLimits, serve};
pub use settings::{Clock, Settings};
