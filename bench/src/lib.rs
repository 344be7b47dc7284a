//! What the benchmark programs share.

pub mod app;
pub mod measure;
pub mod provider;
