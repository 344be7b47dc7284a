//! The suites every back end passes. They are called from tests, so a failure is a panic.
